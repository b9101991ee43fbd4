// Where one types: posts, replies and slash commands, with suggestions for what begins with `/`, `@`, `~` and `:`.

import { call } from "./api.js";
import { h, icon } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { fullName, state } from "./state.js";

const MOST = 8; // suggestions at once
const drafts = new Map(); // what was typed and not sent, by place

/**
 * Make a composer. `place()` gives `{key, channel, rootId, label}`, or null where nothing can be said; `onSent` is called
 * after each sending.
 */
export function composer(id, place, onSent) {
  const text = h("textarea", { rows: 1, enterkeyhint: "send", autocomplete: "off", role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-suggestions` });
  const send = h("button", { class: "send", title: "Send", type: "button" }, icon("send"));
  const problem = h("p", { class: "problem", role: "alert" });
  const popup = h("ul", { id: `${id}-suggestions`, class: "suggestions", role: "listbox", "aria-label": "Suggestions", hidden: true });
  const node = h("div", { class: "composer" }, popup, h("div", { class: "box" }, text, send), problem);
  let shown = null; // the place that is shown
  let isSending = false;

  const suggestions = suggest(text, popup);

  async function submit() {
    const message = text.value;
    const to = place();
    if (!message.trim() || !to || isSending) return;
    isSending = true;
    problem.textContent = "";
    text.readOnly = true;
    try {
      await say(message, to);
      drafts.delete(to.key);
      if (place()?.key === to.key) text.value = "";
      suggestions.close();
      onSent();
    } catch (error) {
      problem.textContent = error.message;
    }
    text.readOnly = false;
    isSending = false;
    grow(text);
  }

  text.addEventListener("input", () => {
    drafts.set(shown, text.value);
    problem.textContent = "";
    suggestions.look();
    grow(text);
  });
  text.addEventListener("keydown", (event) => {
    if (event.isComposing || suggestions.took(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  });
  text.addEventListener("blur", () => suggestions.close());
  send.addEventListener("click", submit);

  function draw() {
    const to = place();
    node.hidden = !to;
    if (!to) return;
    text.placeholder = to.label;
    text.ariaLabel = to.label;
    if (shown === to.key) return;
    shown = to.key;
    text.value = drafts.get(shown) ?? "";
    problem.textContent = "";
    grow(text);
  }
  return { node, draw, text };
}

function say(message, { channel, rootId }) {
  const where = { channel_id: channel.id, root_id: rootId };
  if (/^\/\S/.test(message)) return call("POST", "/commands/execute", { ...where, team_id: state.team.id, command: message.trimEnd() });
  return call("POST", "/posts", { ...where, message });
}

function grow(text) {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

// ------------------------------------------------------------------------------------------------ suggestions

/** What is being typed, and what could be meant: `{start, options: [{text, label, hint, detail}], hint}`, or null. */
function meant(before) {
  const command = /^\/(\S*)$/.exec(before);
  if (command) {
    const options = state.commands.filter((one) => one.trigger.startsWith(command[1].toLowerCase())).map((one) => ({ text: `/${one.trigger} `, label: `/${one.trigger}`, hint: one.auto_complete_hint, detail: one.auto_complete_desc }));
    return { start: 0, options };
  }
  const known = /^\/(\S+)\s/.exec(before) && state.commands.find((one) => before.toLowerCase().startsWith(`/${one.trigger} `));
  const word = /(?:^|\s)([@~:])([\w.-]*)$/.exec(before);
  if (!word) return known ? { start: 0, options: [], hint: `/${known.trigger} ${known.auto_complete_hint}` } : null;
  const [, sign, typed] = word;
  return { start: before.length - typed.length - 1, options: named(sign, typed.toLowerCase()) };
}

function named(sign, typed) {
  if (sign === "@") {
    const people = [...state.users.values()].filter((user) => !user.delete_at).map((user) => ({ text: `@${user.username} `, label: `@${user.username}`, detail: fullName(user) }));
    const groups = ["channel", "all", "here"].map((name) => ({ text: `@${name} `, label: `@${name}`, detail: "everybody in this channel" }));
    return [...people, ...groups].filter((one) => `${one.label} ${one.detail}`.toLowerCase().split(/[@\s._-]+/).some((part) => part.startsWith(typed)) || one.label.startsWith(`@${typed}`));
  }
  if (sign === "~") {
    return [...state.channels.values()].filter((one) => one.type !== "D" && one.name.startsWith(typed)).map((one) => ({ text: `~${one.name} `, label: `~${one.name}`, detail: one.display_name }));
  }
  if (typed.length < 2) return [];
  return [...EMOJI].filter(([name]) => name.startsWith(typed)).map(([name, shape]) => ({ text: `:${name}: `, label: `${shape} :${name}:`, detail: "" }));
}

function suggest(text, popup) {
  let offer = null;
  let chosen = 0;

  function draw() {
    const options = offer?.options.slice(0, MOST) ?? [];
    popup.hidden = !options.length && !offer?.hint;
    text.ariaExpanded = String(!popup.hidden);
    popup.replaceChildren(
      ...(offer?.hint ? [h("li", { class: "hint", role: "presentation" }, offer.hint)] : []),
      ...options.map((one, index) => h("li", { id: `${popup.id}-${index}`, role: "option", "aria-selected": String(index === chosen), onmousedown: (event) => { event.preventDefault(); take(index); } }, h("b", null, one.label), one.hint && h("span", null, one.hint), h("small", null, one.detail))),
    );
    if (options.length) text.setAttribute("aria-activedescendant", `${popup.id}-${chosen}`);
    else text.removeAttribute("aria-activedescendant");
  }

  function look() {
    offer = meant(text.value.slice(0, text.selectionStart));
    chosen = 0;
    draw();
  }

  function take(index) {
    const end = text.selectionStart;
    text.setRangeText(offer.options[index].text, offer.start, end, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function close() {
    offer = null;
    draw();
  }

  /** Whether a key was meant for the suggestions. */
  function took(event) {
    const count = Math.min(offer?.options.length ?? 0, MOST);
    if (event.key === "Escape" && offer) {
      event.stopPropagation();
      close();
      return true;
    }
    if (!count) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const isWhole = text.value.slice(offer.start, text.selectionStart) === offer.options[chosen].text.trimEnd();
    const isTaking = event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !isWhole);
    if (!step && !isTaking) return false;
    event.preventDefault();
    if (step) {
      chosen = (chosen + step + count) % count;
      draw();
    } else take(chosen);
    return true;
  }
  return { look, close, took };
}
