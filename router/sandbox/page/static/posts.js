// One post: who, when, what was said, its attachments with buttons and menus, reactions, and its thread.

import { call } from "./api.js";
import { h, icon, link } from "./dom.js";
import { EMOJI, QUICK } from "./emoji.js";
import { render } from "./markdown.js";
import { avatar, names } from "./people.js";
import { address, attempt, fullName, isEphemeral, reactionsOf, repliesTo, state } from "./state.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const TOGETHER_MS = 5 * 60 * 1000; // posts of one person within this time share a head

/** The posts of a list for `keyed`: with the days between them, from that of `after` on, and a line before what is new. */
export function listed(posts, { isThread = false, newSince = 0, after = null } = {}) {
  const items = [];
  let before = null;
  let today = after && day.format(after.create_at);
  let isNew = false;
  for (const post of posts) {
    const date = day.format(post.create_at);
    if (date !== today) {
      items.push(line(`day ${date}`, date, "day"));
      before = null;
    }
    today = date;
    if (newSince && !isNew && post.create_at > newSince && post.user_id !== state.me.id && !isEphemeral(post)) {
      isNew = true;
      items.push(line("new", "New messages", "new"));
      before = null;
    }
    items.push(item(post, isThread, before));
    before = post;
  }
  return items;
}

function line(key, text, kind) {
  return { key, signature: text, build: () => h("div", { class: `line ${kind}`, role: "separator" }, h("span", null, text)) };
}

function item(post, isThread, before) {
  const isNext = before && belongTogether(before, post);
  const replies = isThread ? [] : repliesTo(post.id);
  const talkers = [...new Set(replies.map((one) => one.user_id))].slice(-3);
  const hasThread = state.route.thread === post.id && !isThread;
  const signature = JSON.stringify([post, isNext, talkers, replies.length, hasThread, state.users.get(post.user_id), state.users.size]);
  return { key: post.id, signature, build: () => build(post, { isThread, isNext, replies, talkers, hasThread }) };
}

/** Whether a post goes on under the head of the one before; what has buttons or a thread stands alone. */
function belongTogether(before, post) {
  const isSame = before.user_id === post.user_id && before.type === post.type && post.create_at - before.create_at < TOGETHER_MS;
  return isSame && !before.reply_count && !post.metadata?.priority && !post.props?.attachments;
}

function build(post, { isThread, isNext, replies, talkers, hasThread }) {
  const user = state.users.get(post.user_id);
  if (post.type.startsWith("system_") && !isEphemeral(post)) return system(post);
  const classes = ["post", isNext && "next", isEphemeral(post) && "ephemeral", hasThread && "open"].filter(Boolean).join(" ");
  const label = `${user?.username ?? "somebody"}, ${clock.format(post.create_at)}`;
  return h(
    "article",
    { class: classes, tabindex: "-1", "aria-label": label, data: { post: post.id } },
    h("div", { class: "side" }, isNext ? time(post) : avatar(isFromSystem(post) ? SYSTEM : user)),
    h(
      "div",
      { class: "body" },
      !isNext && head(post, user),
      isNext && isEphemeral(post) && only(),
      content(post),
      attachments(post),
      reactions(post),
      !isThread && thread(post, replies, talkers),
    ),
    !isEphemeral(post) && tools(post, isThread),
  );
}

const SYSTEM = { username: "System", first_name: "System" };
const isWebhook = (post) => post.props?.from_webhook === "true";

/** What only one person sees comes from the system, a slash command's answer in the name of whoever typed it. */
const isFromSystem = (post) => isEphemeral(post) && !isWebhook(post);

function system(post) {
  return h("article", { class: "post system", tabindex: "-1", data: { post: post.id } }, h("div", { class: "side" }), h("div", { class: "body" }, post.message, " ", time(post)));
}

function head(post, user) {
  const priority = post.metadata?.priority?.priority;
  return h(
    "header",
    null,
    h("b", { class: "name", title: user && fullName(user) }, isFromSystem(post) ? "System" : (user?.username ?? "somebody")),
    ((user?.is_bot && !isEphemeral(post)) || isWebhook(post)) && h("span", { class: "tag" }, "BOT"),
    time(post),
    isEphemeral(post) && only(),
    priority && h("span", { class: `priority ${priority === "urgent" ? "urgent" : ""}` }, priority),
  );
}

const only = () => h("span", { class: "only" }, "(Only visible to you)");

const time = (post) => h("time", { datetime: new Date(post.create_at).toISOString(), title: whole.format(post.create_at) }, clock.format(post.create_at));

function content(post) {
  const text = h("div", { class: "text", dir: "auto" }, render(post.message, names));
  if (post.edit_at) (text.lastElementChild?.tagName === "P" ? text.lastElementChild : text).append(h("span", { class: "edited", title: `Edited ${whole.format(post.edit_at)}` }, "Edited"));
  return post.message && text;
}

// ------------------------------------------------------------------------------------------------ attachments

const NAMED_COLOURS = { good: "#3db887", warning: "#ffbc1f", danger: "#d24b4e" };

function attachments(post) {
  const given = post.props?.attachments;
  if (!Array.isArray(given)) return null;
  return given.filter((one) => one && typeof one === "object").map((one) => attachment(post, one));
}

function attachment(post, one) {
  const colour = NAMED_COLOURS[one.color] ?? (/^#[0-9a-f]{6}$/i.test(one.color) ? one.color : null);
  const problem = h("p", { class: "problem", role: "alert" });
  const fields = Array.isArray(one.fields) ? one.fields : [];
  const actions = (Array.isArray(one.actions) ? one.actions : []).filter((action) => action?.name);
  return h(
    "section",
    { class: "attachment" },
    one.pretext && h("div", { class: "text" }, render(String(one.pretext), names)),
    h(
      "div",
      { class: "card", style: colour && { "border-inline-start-color": colour } },
      one.author_name && h("div", { class: "author" }, one.author_link ? link(String(one.author_link), String(one.author_name)) : String(one.author_name)),
      one.title && h("h4", null, one.title_link ? link(String(one.title_link), String(one.title)) : render(String(one.title), names)),
      one.text && h("div", { class: "text" }, render(String(one.text), names)),
      fields.length > 0 && h("dl", { class: "fields" }, fields.map(field)),
      one.footer && h("footer", null, String(one.footer)),
      actions.length > 0 && h("div", { class: "actions" }, actions.map((action) => control(post, action, problem))),
      problem,
    ),
  );
}

function field(one) {
  return h("div", { class: one.short ? "short" : "" }, h("dt", null, render(String(one.title ?? ""), names)), h("dd", null, render(String(one.value ?? ""), names)));
}

function control(post, action, problem) {
  return action.type === "select" ? menu(post, action, problem) : button(post, action, problem);
}

const STYLES = new Set(["default", "primary", "success", "good", "warning", "danger"]);

function button(post, action, problem) {
  const own = /^#[0-9a-f]{6}$/i.test(action.style) ? { "--own": action.style } : null;
  const style = own ? "own" : STYLES.has(action.style) ? action.style : "default";
  const node = h("button", { class: `action ${style}`, style: own, title: action.tooltip, disabled: action.disabled, data: { focus: action.id } }, render(String(action.name), names).textContent);
  node.addEventListener("click", () => act(node, post, action, problem));
  return node;
}

function menu(post, action, problem) {
  const node = h("select", { class: "action", "aria-label": action.name, disabled: action.disabled, data: { focus: action.id } }, h("option", { value: "", disabled: true, selected: true, hidden: true }, action.name), choices(action).map(([text, value]) => h("option", { value, selected: value === action.default_option }, text)));
  node.addEventListener("change", () => act(node, post, action, problem, node.value));
  return node;
}

/** What a menu or a dialog's element offers, as pairs of text and value. */
export function choices({ data_source: source, options }) {
  if (source === "users") return [...state.users.values()].filter((user) => !user.delete_at).sort((one, other) => one.username.localeCompare(other.username)).map((user) => [`${fullName(user)} (@${user.username})`, user.id]);
  if (source === "channels") return [...state.channels.values()].filter((one) => one.type !== "D").map((one) => [one.display_name, one.id]);
  return (Array.isArray(options) ? options : []).map((one) => [String(one?.text ?? ""), String(one?.value ?? "")]);
}

/** Tell the server what was pressed or chosen; once at a time, and a failure is shown beside it. */
async function act(node, post, action, problem, chosen) {
  if (node.ariaBusy === "true") return;
  node.ariaBusy = "true";
  problem.textContent = "";
  try {
    await call("POST", `/posts/${post.id}/actions/${encodeURIComponent(action.id)}`, chosen === undefined ? {} : { selected_option: chosen });
  } catch (error) {
    problem.textContent = error.message;
  }
  node.ariaBusy = "false";
}

// ------------------------------------------------------------------------------------------------ reactions and tools

function reactions(post) {
  const byName = Map.groupBy(reactionsOf(post), (one) => one.emoji_name);
  if (!byName.size) return null;
  return h("div", { class: "reactions" }, [...byName].map(([name, given]) => {
    const isMine = given.some((one) => one.user_id === state.me.id);
    const who = given.map((one) => state.users.get(one.user_id)?.username ?? "somebody").join(", ");
    return h("button", { class: "reaction", "aria-pressed": String(isMine), title: `:${name}: ${who}`, "aria-label": `${name}, ${given.length}`, data: { focus: `reaction ${name}` }, onclick: () => react(post, name, isMine) }, EMOJI.get(name) ?? `:${name}:`, h("span", null, given.length));
  }));
}

function react(post, name, isMine) {
  return attempt(() => isMine
    ? call("DELETE", `/users/me/posts/${post.id}/reactions/${encodeURIComponent(name)}`)
    : call("POST", "/reactions", { user_id: state.me.id, post_id: post.id, emoji_name: name }));
}

function tools(post, isThread) {
  const id = `react-${isThread ? "thread" : "channel"}-${post.id}`;
  const quick = h("div", { id, class: "menu quick", popover: true }, QUICK.map((name) => h("button", { title: `:${name}:`, popovertarget: id, onclick: () => react(post, name, reactionsOf(post).some((one) => one.user_id === state.me.id && one.emoji_name === name)) }, EMOJI.get(name))));
  return h(
    "div",
    { class: "tools" },
    h("button", { class: "tool", title: "Add reaction", popovertarget: id, data: { focus: "react" } }, icon("face")),
    quick,
    !isThread && h("a", { class: "tool", href: address({ thread: post.id }), title: "Reply", data: { focus: "reply" } }, icon("reply")),
    post.user_id === state.me.id && h("button", { class: "tool danger", title: "Delete", onclick: () => attempt(() => call("DELETE", `/posts/${post.id}`)) }, icon("trash")),
  );
}

function thread(post, replies, talkers) {
  const count = Math.max(post.reply_count ?? 0, replies.filter((one) => !isEphemeral(one)).length);
  const whispers = replies.filter(isEphemeral);
  const last = Math.max(post.last_reply_at ?? 0, ...replies.map((one) => one.create_at));
  return [
    whispers.map((one) => whisper(post, one)),
    count > 0 && h("a", { class: "thread", href: address({ thread: post.id }), data: { focus: "thread" } }, h("span", { class: "talkers" }, talkers.map((id) => avatar(state.users.get(id), "small"))), h("b", null, `${count} ${count === 1 ? "reply" : "replies"}`), h("span", null, `Last reply ${clock.format(last)}`)),
  ];
}

/** What a press was answered with. Mattermost's own client shows it in the thread alone, unseen while that is closed. */
function whisper(post, { message }) {
  const place = h("a", { href: address({ thread: post.id }) }, "in this thread");
  return h("div", { class: "whisper", role: "status" }, h("span", { class: "only" }, "(Only visible to you, ", place, ")"), h("div", { class: "text" }, render(message, names)));
}
