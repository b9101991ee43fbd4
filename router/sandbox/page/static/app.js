// The page put together: who one is, the places on the left, the channel, the thread, and what the keys do.

import { drawDialogs } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { channelPane, threadPane } from "./panes.js";
import { avatar, personMenu } from "./people.js";
import { sidebar } from "./sidebar.js";
import { attempt, fullName, go, look, mentions, openRoute, route, start, state, titleOf, watch } from "./state.js";

const person = personMenu();
const places = sidebar();
const channel = channelPane();
const thread = threadPane();
const notice = h("p", { class: "notice", role: "status", hidden: true });
const toggle = h("button", { class: "tool burger", title: "Channels", "aria-expanded": "false", onclick: () => showPlaces(!document.body.classList.contains("places-shown")) }, icon("menu"));
const shade = h("div", { class: "shade", onclick: () => showPlaces(false) });

document.body.append(
  h("header", { class: "bar" }, toggle, h("span", { class: "product" }, "Sandbox", h("small", null, "a look-alike of Mattermost")), h("span", { class: "grow" }), person.button, person.menu),
  notice,
  h("div", { class: "work" }, places.node, shade, channel.node, thread.node),
);

function showPlaces(isShown) {
  document.body.classList.toggle("places-shown", isShown);
  toggle.ariaExpanded = String(isShown);
}

watch(() => {
  if (state.me) person.button.replaceChildren(avatar(state.me), h("span", null, fullName(state.me)), icon("down"));
  notice.textContent = state.isOffline ? "The connection is lost. Trying again…" : state.problem;
  notice.hidden = !notice.textContent;
  document.body.ariaBusy = String(!state.route.channel && !state.route.isThreads);
  document.body.classList.toggle("thread-shown", Boolean(state.posts.get(state.route.thread)));
  places.draw();
  channel.draw();
  thread.draw();
  drawDialogs();
  document.title = `${mentions() ? `(${mentions()}) ` : ""}${state.route.channel ? titleOf(state.route.channel) : "Threads"} · Sandbox`;
});

addEventListener("hashchange", () => {
  const before = state.route;
  route();
  showPlaces(false);
  attempt(openRoute).then(() => {
    if (state.route.thread && state.route.thread !== before.thread) thread.text.focus();
    else if (state.route.channel?.id !== before.channel?.id && matchMedia("(pointer: fine)").matches) channel.text.focus();
  });
});
addEventListener("focus", () => attempt(look));
document.addEventListener("visibilitychange", () => attempt(look));

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.route.thread && !document.querySelector("dialog[open], :popover-open")) {
    const root = state.route.thread;
    go({ thread: null });
    document.querySelector(`.channel [data-post="${root}"]`)?.focus();
  }
  if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    toNext(event.key === "ArrowDown" ? 1 : -1, event.shiftKey);
  }
});

/** Go to the next place of the sidebar, with `onlyUnread` to the next that has something new. */
function toNext(step, onlyUnread) {
  const all = [...places.node.querySelectorAll(".places a")];
  const here = all.findIndex((one) => one.getAttribute("aria-current") === "page");
  for (let count = 1; count <= all.length; count += 1) {
    const next = all[(here + step * count + all.length * count) % all.length];
    if (!onlyUnread || next.classList.contains("unread")) return next.click();
  }
}

start();
