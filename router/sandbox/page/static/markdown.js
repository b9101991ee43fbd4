// Markdown as Mattermost shows it, made into elements. What it does not know stays text; images are never loaded.
//
// `context` says what names mean: `person(name)` gives "me", "other" or null, `channel(name)` gives a label or null.

import { EMOJI } from "./emoji.js";
import { h, link, safeAddress } from "./dom.js";

const DEEPEST = 12; // quotes, lists and emphasis inside each other; deeper ones stay text
const GROUPS = new Set(["channel", "all", "here"]);
const PUNCTUATION = /[!-/:-@[-`{-~]/;

/** Give the elements of a whole text. */
export function render(text, context) {
  const fragment = document.createDocumentFragment();
  fragment.append(...blocks(text.replace(/\r\n?/g, "\n").split("\n"), context, 0));
  return fragment;
}

// ------------------------------------------------------------------------------------------------ blocks

const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})\s*([\w+#.-]*)/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$/;
const RULE = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( {1,4}|$)/;
const TABLE = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const CODE = /^(?: {4}|\t)/;

function* blocks(lines, context, depth) {
  let paragraph = [];
  const flush = function* () {
    if (paragraph.length) yield h("p", null, inline(paragraph.join("\n").trim(), context));
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ) {
    const block = depth < DEEPEST ? blockAt(lines, at, context, depth, paragraph.length > 0) : null;
    if (block || !lines[at].trim()) yield* flush();
    if (block) {
      yield block.node;
      at = block.end;
    } else {
      if (lines[at].trim()) paragraph.push(lines[at]);
      at += 1;
    }
  }
  yield* flush();
}

/** The block that starts at a line, with the line after its end; null where running text goes on. */
function blockAt(lines, at, context, depth, inParagraph) {
  const line = lines[at];
  let found;
  if ((found = FENCE.exec(line))) return fence(lines, at, found);
  if ((found = HEADING.exec(line))) {
    return { node: h(`h${found[1].length}`, null, inline(found[2], context)), end: at + 1 };
  }
  if (RULE.test(line)) return { node: h("hr"), end: at + 1 };
  if (QUOTE.test(line)) {
    const end = until(lines, at + 1, (next) => !next.trim());
    const inner = lines.slice(at, end).map((one) => one.replace(QUOTE, ""));
    return { node: h("blockquote", null, ...blocks(inner, context, depth + 1)), end };
  }
  if ((found = ITEM.exec(line)) && (!inParagraph || line.slice(found[0].length).trim())) {
    return list(lines, at, context, depth);
  }
  if (line.includes("|") && TABLE.test(lines[at + 1] ?? "") && lines[at + 1].includes("-")) {
    return table(lines, at, context);
  }
  if (!inParagraph && CODE.test(line) && line.trim()) {
    const end = until(lines, at, (next) => next.trim() && !CODE.test(next));
    const text = lines.slice(at, end).map((one) => one.replace(CODE, "")).join("\n").trimEnd();
    return { node: code(text, ""), end };
  }
  return null;
}

function until(lines, start, isOver) {
  let end = start;
  while (end < lines.length && !isOver(lines[end])) end += 1;
  return end;
}

function fence(lines, at, [, marks, language]) {
  const closing = new RegExp(`^ {0,3}${marks[0] === "`" ? "`" : "~"}{${marks.length},}[ \\t]*$`);
  const end = until(lines, at + 1, (line) => closing.test(line));
  return { node: code(lines.slice(at + 1, end).join("\n"), language), end: end + 1 };
}

function code(text, language) {
  return h("pre", { tabindex: "0" }, language && h("span", { class: "language" }, language), h("code", null, text));
}

function list(lines, at, context, depth) {
  const ordered = /\d/.test(ITEM.exec(lines[at])[2]);
  const node = h(ordered ? "ol" : "ul", ordered ? { start: parseInt(ITEM.exec(lines[at])[2], 10) } : null);
  let found;
  while (at < lines.length && (found = ITEM.exec(lines[at])) && /\d/.test(found[2]) === ordered) {
    const width = found[0].length;
    const belongs = (line) => !line.trim() || line.startsWith(" ".repeat(found[1].length + 2));
    let end = until(lines, at + 1, (line) => !belongs(line));
    while (end > at + 1 && !lines[end - 1].trim()) end -= 1;
    const inner = [lines[at].slice(width), ...lines.slice(at + 1, end).map((line) => outdented(line, width))];
    node.append(h("li", null, ...blocks(inner, context, depth + 1)));
    at = until(lines, end, (line) => line.trim());
    if (at > end && !ITEM.test(lines[at] ?? "")) return { node, end };
  }
  return { node, end: at };
}

function outdented(line, width) {
  const blanks = /^ */.exec(line)[0].length;
  return line.slice(Math.min(blanks, width));
}

function table(lines, at, context) {
  const row = (line, tag) => {
    const cells = line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/);
    return h("tr", null, cells.map((cell) => h(tag, null, inline(cell.trim().replace(/\\\|/g, "|"), context))));
  };
  const end = until(lines, at + 2, (line) => !line.includes("|"));
  const body = lines.slice(at + 2, end).map((line) => row(line, "td"));
  return { node: h("table", null, h("thead", null, row(lines[at], "th")), h("tbody", null, body)), end };
}

// ------------------------------------------------------------------------------------------------ running text

const AUTOLINK = /<((?:https?|ftp|mailto|tel):[^\s<>]+)>/y;
const ADDRESS = /(?:https?|ftp):\/\/[^\s<>]+|www\.[^\s<>]+/iy;
const MENTION = /@([a-z0-9][a-z0-9._-]*)/iy;
const CHANNEL = /~([a-z0-9][a-z0-9_-]*)/iy;
const HASHTAG = /#([a-z][\w-]{2,})/iy;
const SHORTCODE = /:([a-z0-9_+-]{1,40}):/y;
const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/iy;
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
const TARGET = /\(\s*<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s+(?:"([^"]*)"|'([^']*)'))?\s*\)/y;
const LONGEST_LABEL = 2000;

/** Give the nodes of running text, line ends as breaks. */
function inline(text, context, depth = 0) {
  const nodes = [];
  const never = new Set(); // markers that are known not to be closed any more, so that no text is read twice over
  let plain = "";
  let at = 0;
  const add = (node, length) => {
    if (plain) nodes.push(plain);
    plain = "";
    nodes.push(node);
    at += length;
  };
  while (at < text.length) {
    const found = partAt(text, at, context, depth, never);
    if (found && typeof found.node === "string") {
      plain += found.node;
      at += found.length;
    } else if (found) {
      add(found.node, found.length);
    } else {
      plain += text[at];
      at += 1;
    }
  }
  if (plain) nodes.push(plain);
  return nodes;
}

function partAt(text, at, context, depth, never) {
  const character = text[at];
  switch (character) {
    case "\n":
      return { node: h("br"), length: 1 };
    case "\\":
      return PUNCTUATION.test(text[at + 1] ?? "") ? { node: text[at + 1], length: 2 } : null;
    case "`":
      return codeSpan(text, at, never);
    case "<":
      return context.isLinked ? null : matched(AUTOLINK, text, at, ([whole, address]) => [link(address, address.replace(/^mailto:/i, "")), whole]);
    case "!":
    case "[":
      return bracketed(text, at, context, depth);
    case "*":
    case "_":
    case "~":
      return emphasis(text, at, context, depth, never) ?? (character === "~" ? channel(text, at, context) : null);
    case "@":
      return mention(text, at, context);
    case "#":
      return startsWord(text, at) ? matched(HASHTAG, text, at, ([whole]) => [h("span", { class: "hashtag" }, whole), whole]) : null;
    case ":":
      return matched(SHORTCODE, text, at, ([whole, name]) => EMOJI.has(name) && [emoji(name), whole]);
    case "&":
      return matched(ENTITY, text, at, ([whole, decimal, hex, name]) => [entity(decimal, hex, name), whole]);
    default:
      return /[hfw]/i.test(character) && !context.isLinked && startsWord(text, at) ? bareAddress(text, at) : null;
  }
}

/** Match at a place; `make` gives what to show and the text that it stands for, or nothing. */
function matched(pattern, text, at, make) {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  const made = found && make(found);
  return made ? { node: made[0], length: made[1].length } : null;
}

const startsWord = (text, at) => !/[\p{L}\p{N}_]/u.test(text[at - 1] ?? " ");

function entity(decimal, hex, name) {
  if (name) return NAMED[name.toLowerCase()];
  const number = decimal ? parseInt(decimal, 10) : parseInt(hex, 16);
  return number > 0 && number <= 0x10ffff && (number < 0xd800 || number > 0xdfff) ? String.fromCodePoint(number) : "\ufffd";
}

function codeSpan(text, at, never) {
  const marks = /`+/y;
  marks.lastIndex = at;
  const run = marks.exec(text)[0];
  const asText = { node: run, length: run.length };
  if (never.has(run)) return asText;
  for (const closing of text.slice(at + run.length).matchAll(/`+/g)) {
    if (closing[0].length !== run.length) continue;
    const inner = text.slice(at + run.length, at + run.length + closing.index).replace(/\n/g, " ");
    const shown = inner.trim() ? inner.replace(/^ (.*) $/, "$1") : inner;
    return { node: h("code", null, shown), length: run.length * 2 + closing.index };
  }
  never.add(run);
  return asText;
}

function bracketed(text, at, context, depth) {
  const isImage = text[at] === "!";
  const start = isImage ? at + 1 : at;
  if (text[start] !== "[" || context.isLinked || depth >= DEEPEST) return null;
  const end = closingBracket(text, start);
  if (end < 0) return null;
  TARGET.lastIndex = end + 1;
  const target = TARGET.exec(text);
  if (!target || !safeAddress(target[1])) return null;
  const label = text.slice(start + 1, end);
  const shown = isImage ? ["🖼 ", label || target[1]] : inline(label, inLink(context), depth + 1);
  return { node: link(target[1], ...shown), length: end + 1 + target[0].length - at };
}

/** Inside a link nothing is a link of its own. */
const inLink = (context) => ({ ...context, isLinked: true, channel: () => null });

function closingBracket(text, start) {
  let open = 0;
  for (let at = start; at < Math.min(text.length, start + LONGEST_LABEL); at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "[") open += 1;
    else if (text[at] === "]" && (open -= 1) === 0) return at;
  }
  return -1;
}

const STYLES = { "**": "strong", __: "strong", "*": "em", _: "em", "~~": "del" };

function emphasis(text, at, context, depth, never) {
  if (depth >= DEEPEST) return null;
  const double = text.slice(at, at + 2);
  for (const mark of [double, text[at]]) {
    if (!STYLES[mark] || never.has(mark) || (mark[0] === "_" && !startsWord(text, at))) continue;
    if (/^\s|^$/.test(text.slice(at + mark.length, at + mark.length + 1))) continue;
    const end = closing(text, at + mark.length, mark);
    if (end > at + mark.length) {
      const inner = inline(text.slice(at + mark.length, end), context, depth + 1);
      return { node: h(STYLES[mark], null, inner), length: end + mark.length - at };
    }
    if (end < 0) never.add(mark);
  }
  return null;
}

/** Where an emphasis ends: at its mark, not after a blank, outside code, not escaped; -1 if nowhere. */
function closing(text, start, mark) {
  const never = new Set();
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "`") at += codeSpan(text, at, never).length - 1;
    else if (text.startsWith(mark, at)) {
      const run = runOf(text, at, mark[0]);
      const isOwn = mark.length === 2 ? run >= 2 : run !== 2;
      const isWord = mark[0] === "_" && /[\p{L}\p{N}]/u.test(text[at + run] ?? " ");
      if (isOwn && !isWord && !/\s/.test(text[at - 1])) return run > mark.length && at > start ? at + run - mark.length : at;
      at += run - 1;
    }
  }
  return -1;
}

function runOf(text, at, character) {
  let end = at;
  while (text[end] === character) end += 1;
  return end - at;
}

/** A mention, where somebody is called so; punctuation at its end is tried away, as Mattermost does. */
function mention(text, at, context) {
  if (/[\p{L}\p{N}@_]/u.test(text[at - 1] ?? " ")) return null;
  return matched(MENTION, text, at, ([, name]) => {
    for (let known = name; known; known = /[._-]$/.test(known) ? known.slice(0, -1) : "") {
      const lower = known.toLowerCase();
      const whom = GROUPS.has(lower) ? "me" : context.person(lower);
      if (whom) return [h("span", { class: `mention ${whom}` }, `@${known}`), `@${known}`];
    }
    return null;
  });
}

function channel(text, at, context) {
  if (!startsWord(text, at)) return null;
  return matched(CHANNEL, text, at, ([whole, name]) => {
    const label = context.channel(name.toLowerCase());
    return label && [h("a", { href: `#/channels/${encodeURIComponent(name.toLowerCase())}` }, `~${label}`), whole];
  });
}

const emoji = (name) => h("span", { class: "emoji", role: "img", title: `:${name}:`, "aria-label": name }, EMOJI.get(name));

/** An address in running text, without the punctuation that ends its sentence. */
function bareAddress(text, at) {
  return matched(ADDRESS, text, at, ([whole]) => {
    let address = whole.replace(/[*_~]+$/, "");
    for (;;) {
      const shorter = address.replace(/[.,;:!?'"\]*_~]+$/, "");
      const unbalanced = shorter.endsWith(")") && shorter.split(")").length > shorter.split("(").length;
      const next = unbalanced ? shorter.slice(0, -1) : shorter;
      if (next === address) break;
      address = next;
    }
    const target = /^www\./i.test(address) ? `http://${address}` : address;
    return safeAddress(target) && address.length > 8 ? [link(target, address), address] : null;
  });
}
