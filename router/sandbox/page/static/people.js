// How people look: avatars, names, and the menu in which one becomes somebody else.

import { me, people, readAs } from "./api.js";
import { h, icon } from "./dom.js";
import { fullName, state, userNamed } from "./state.js";

/** A circle with somebody's initials, of a colour of their own; bots are square. */
export function avatar(user, size = "") {
  const name = user ? fullName(user) : "?";
  const initials = name.split(/[\s._-]+/).filter(Boolean).slice(0, 2).map((word) => word[0].toUpperCase()).join("");
  const hue = [...(user?.username ?? "")].reduce((sum, character) => (sum * 31 + character.codePointAt(0)) % 360, 7);
  const shape = `avatar ${size} ${user?.is_bot ? "bot" : ""}`;
  return h("span", { class: shape, style: { "--hue": hue }, "aria-hidden": "true" }, user?.is_bot ? icon("robot") : initials);
}

/** What a text is rendered with: who and which channel its names mean. */
export const names = {
  person: (name) => (name === me ? "me" : userNamed(name) ? "other" : null),
  channel: (name) => [...state.channels.values()].find((one) => one.type !== "D" && one.name === name)?.display_name ?? null,
};

const THEMES = ["system", "light", "dark"];

function choose(theme) {
  localStorage.setItem("theme", theme);
  document.documentElement.dataset.theme = theme;
}

/** The button with one's own face, and the menu that it opens. */
export function personMenu() {
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "system";
  const list = h("div", { class: "people" });
  const themes = THEMES.map((theme) => h("label", null, h("input", { type: "radio", name: "theme", value: theme, checked: document.documentElement.dataset.theme === theme, onchange: () => choose(theme) }), theme));
  const menu = h("div", { id: "person-menu", class: "menu", popover: true }, h("h2", null, "Act as"), list, h("fieldset", { class: "themes" }, h("legend", null, "Theme"), themes));
  menu.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open") list.replaceChildren(...people.map(person));
  });
  menu.addEventListener("keydown", (event) => walk(event, [...list.children]));
  const button = h("button", { class: "myself", popovertarget: "person-menu", title: "Act as somebody else" });
  return { button, menu };
}

/** Go through a list by the arrow keys. */
export function walk(event, items) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !items.length) return;
  event.preventDefault();
  items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
}

function person(username) {
  const user = userNamed(username);
  const count = h("span", { class: "badge", hidden: true });
  if (user) showMentions(username, count);
  return h(
    "a",
    { href: `/as/${encodeURIComponent(username)}${location.hash}`, "aria-current": username === me && "true", autofocus: username === me },
    avatar(user ?? { username, first_name: username }),
    h("span", { class: "who" }, h("b", null, user ? fullName(user) : username), h("small", null, `@${username}`)),
    count,
    username === me && icon("check"),
  );
}

/** Show how many mentions wait for somebody; only that person's own client is told. */
async function showMentions(username, badge) {
  const [team] = await readAs(username, "/users/me/teams/unread?include_collapsed_threads=true").catch(() => []);
  const mentions = team ? team.mention_count_root + team.thread_mention_count : 0;
  badge.hidden = !mentions;
  badge.textContent = mentions;
  badge.title = `${mentions} unread mentions`;
}
