// The middle and the right: a channel with its root posts, one's threads, and the thread that is open.

import { composer } from "./composer.js";
import { h, icon, keyed } from "./dom.js";
import { avatar } from "./people.js";
import { listed } from "./posts.js";
import { address, attempt, fullName, isEphemeral, partner, postsOf, readOlder, repliesTo, state, titleOf } from "./state.js";

const NEAR = 60; // pixels from the end within which a list stays at its end

/** A list of posts that stays at its end while one is there, whatever grows in it or around it, and starts there. */
function scroller(label) {
  const list = h("div", { class: "list", role: "log", "aria-label": label });
  const node = h("div", { class: "scroll", tabindex: "-1" }, list);
  let place = null;
  let isAtEnd = true;
  const settle = () => { if (isAtEnd) node.scrollTop = node.scrollHeight; };
  const toEnd = () => { isAtEnd = true; settle(); };
  let last = 0;
  node.addEventListener("scroll", () => { // what grows scrolls nothing up, a person does
    if (node.scrollHeight - node.scrollTop - node.clientHeight < NEAR) isAtEnd = true;
    else if (node.scrollTop < last) isAtEnd = false;
    last = node.scrollTop;
  });
  const growth = new ResizeObserver(settle);
  growth.observe(list);
  growth.observe(node);
  const draw = (key, items) => {
    if (key !== place) isAtEnd = true;
    place = key;
    const below = node.scrollHeight - node.scrollTop;
    const isAtStart = node.scrollTop < NEAR;
    keyed(list, items);
    if (isAtStart && !isAtEnd) node.scrollTop = node.scrollHeight - below; // what was read from above stays in sight
    settle();
  };
  return { node, draw, toEnd };
}

/** The middle: a channel, or the threads that one follows. */
export function channelPane() {
  const heading = h("div", { class: "heading" });
  const posts = scroller("Posts");
  const typing = composer("channel", () => {
    const { channel, isThreads } = state.route;
    return channel && !isThreads ? { key: channel.id, channel, rootId: "", label: `Write to ${titleOf(channel)}` } : null;
  }, posts.toEnd);
  const node = h("main", { class: "channel" }, heading, posts.node, typing.node);

  function draw() {
    const { channel, isThreads } = state.route;
    if (!channel && !isThreads) return;
    keyed(heading, [{ key: "heading", signature: JSON.stringify([isThreads, channel, channel && titleOf(channel)]), build: () => (isThreads ? threadsHeading() : channelHeading(channel)) }]);
    posts.draw(isThreads ? "threads" : channel.id, isThreads ? followed() : channelItems(channel));
    typing.draw();
  }
  return { node, draw, text: typing.text };
}

function channelItems(channel) {
  const isWhole = state.whole.has(channel.id);
  const above = isWhole ? beginning(channel) : { key: "older", signature: channel.id, build: () => h("button", { class: "older", onclick: () => attempt(readOlder) }, "Load older posts") };
  return [above, ...listed(postsOf(channel.id), { newSince: state.newSince })];
}

function beginning(channel) {
  const user = partner(channel);
  const text = user
    ? `This is the start of your direct messages with ${fullName(user)}. Nobody else sees them.`
    : `This is the start of ${channel.display_name}, a ${channel.type === "P" ? "private" : "public"} channel.`;
  const build = () => h("div", { class: "beginning" }, user ? avatar(user, "large") : h("span", { class: "disc" }, icon(channel.type === "P" ? "lock" : "globe")), h("h2", null, user ? fullName(user) : channel.display_name), h("p", null, text), channel.purpose && h("p", null, channel.purpose));
  return { key: "beginning", signature: JSON.stringify([channel, user]), build };
}

function channelHeading(channel) {
  const user = partner(channel);
  return h("div", null, user ? avatar(user, "small") : icon(channel.type === "P" ? "lock" : "globe"), h("h2", null, titleOf(channel)), user && h("span", { class: "about" }, fullName(user)), channel.header && h("span", { class: "about" }, channel.header));
}

const threadsHeading = () => h("div", null, icon("threads"), h("h2", null, "Threads"), h("span", { class: "about" }, "those you follow: you wrote in them, or were mentioned"));

function followed() {
  const { threads } = state.threads;
  if (!threads.length) return [{ key: "none", signature: "", build: () => h("div", { class: "beginning" }, h("span", { class: "disc" }, icon("threads")), h("h2", null, "No threads yet"), h("p", null, "Threads that you write in or are mentioned in are listed here.")) }];
  return threads.map((thread) => ({ key: thread.id, signature: JSON.stringify([thread, state.route.thread === thread.id, state.users.size]), build: () => threadEntry(thread) }));
}

function threadEntry({ id, post, reply_count: count, unread_replies: unread, unread_mentions: mentions }) {
  const user = state.users.get(post.user_id);
  const first = post.message.split("\n").find((line) => line.trim()) ?? "";
  return h(
    "a",
    { class: `follow ${unread ? "unread" : ""} ${state.route.thread === id ? "open" : ""}`, href: address({ thread: id, isThreads: true }), data: { focus: "entry" } },
    avatar(user),
    h("span", { class: "who" }, h("b", null, user?.username ?? ""), h("span", null, first.replace(/[*_`\\\u200b]/g, "")), h("small", null, `${count} ${count === 1 ? "reply" : "replies"}${unread ? `, ${unread} new` : ""}`)),
    mentions > 0 && h("span", { class: "badge", "aria-label": `${mentions} mentions` }, mentions),
  );
}

/** The right: one thread. */
export function threadPane() {
  const about = h("span", { class: "about" });
  const close = h("a", { class: "tool", title: "Close thread" }, icon("close"));
  const posts = scroller("Thread");
  const typing = composer("thread", () => {
    const root = state.posts.get(state.route.thread);
    const channel = root && state.channels.get(root.channel_id);
    return channel ? { key: root.id, channel, rootId: root.id, label: "Reply to this thread" } : null;
  }, posts.toEnd);
  const node = h("aside", { class: "pane", "aria-label": "Thread", hidden: true }, h("div", { class: "heading" }, h("div", null, h("h2", null, "Thread"), about, close)), posts.node, typing.node);

  function draw() {
    const root = state.posts.get(state.route.thread);
    node.hidden = !root;
    if (!root) return;
    const channel = state.channels.get(root.channel_id);
    about.textContent = channel ? titleOf(channel) : "";
    close.href = address({ thread: null });
    const replies = repliesTo(root.id);
    const said = replies.filter((one) => !isEphemeral(one)).length;
    const count = { key: "count", signature: String(said), build: () => h("div", { class: "line count", role: "separator" }, h("span", null, `${said} ${said === 1 ? "reply" : "replies"}`)) };
    posts.draw(root.id, [...listed([root], { isThread: true, after: root }), ...(said ? [count] : []), ...listed(replies, { isThread: true, after: root })]);
    typing.draw();
  }
  return { node, draw, text: typing.text };
}
