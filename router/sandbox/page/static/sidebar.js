// The left side: threads, channels and direct messages, with what is unread in each.

import { call } from "./api.js";
import { h, icon, keyed } from "./dom.js";
import { avatar, walk } from "./people.js";
import { address, attempt, fullName, go, isUnread, mentionsIn, partner, state, titleOf } from "./state.js";

/** Make the sidebar; `draw` brings it up to date. */
export function sidebar() {
  const top = h("div", { class: "places" });
  const channels = h("div", { class: "places", role: "group", "aria-label": "Channels" });
  const directs = h("div", { class: "places", role: "group", "aria-label": "Direct messages" });
  const picker = h("div", { id: "direct-menu", class: "menu", popover: true });
  picker.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open") picker.replaceChildren(h("h2", null, "Write to"), h("div", { class: "people" }, whom().map(choice)));
  });
  picker.addEventListener("keydown", (event) => walk(event, [...picker.querySelectorAll("button")]));
  const team = h("h1");
  const node = h(
    "nav",
    { class: "sidebar", "aria-label": "Places" },
    team,
    top,
    h("h2", null, "Channels"),
    channels,
    h("h2", null, "Direct messages", h("button", { class: "add", title: "Write to somebody", popovertarget: "direct-menu" }, icon("plus"))),
    directs,
    picker,
  );

  function draw() {
    team.textContent = state.team?.display_name ?? "";
    const all = [...state.channels.values()].sort((one, other) => titleOf(one).localeCompare(titleOf(other)));
    keyed(top, [threads()]);
    keyed(channels, all.filter((one) => one.type !== "D").map(place));
    keyed(directs, all.filter((one) => one.type === "D").map(place));
  }
  return { node, draw };
}

function threads() {
  const { total_unread_mentions: mentions, total_unread_threads: unread } = state.threads;
  return entry("threads", { href: "#/threads", isHere: state.route.isThreads, isNew: unread > 0, mentions, title: "Threads" }, () => icon("threads"));
}

function place(channel) {
  const user = partner(channel);
  const isHere = !state.route.isThreads && state.route.channel?.id === channel.id;
  const shape = () => user ? avatar(user, "small") : icon(channel.type === "P" ? "lock" : "globe");
  const href = address({ channel, thread: null, isThreads: false });
  return entry(channel.id, { href, isHere, isNew: isUnread(channel), mentions: mentionsIn(channel), title: titleOf(channel) }, shape);
}

function entry(key, shown, shape) {
  const { href, isHere, isNew, mentions, title } = shown;
  const build = () => h(
    "a",
    { href, class: isNew && "unread", "aria-current": isHere && "page", data: { focus: "entry" } },
    shape(),
    h("span", { class: "title" }, title),
    mentions > 0 && h("span", { class: "badge", "aria-label": `${mentions} mentions` }, mentions),
  );
  return { key, signature: JSON.stringify(shown), build };
}

const whom = () => [...state.users.values()].filter((user) => user.id !== state.me.id && !user.delete_at).sort((one, other) => one.username.localeCompare(other.username));

function choice(user, index) {
  const write = () => attempt(async () => {
    const channel = await call("POST", "/channels/direct", [state.me.id, user.id]);
    state.channels.set(channel.id, channel);
    document.getElementById("direct-menu").hidePopover();
    go({ channel, thread: null, isThreads: false });
  });
  return h("button", { onclick: write, autofocus: index === 0 }, avatar(user), h("span", { class: "who" }, h("b", null, fullName(user)), h("small", null, `@${user.username}`)));
}
