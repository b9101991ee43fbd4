// Elements, made and kept. Text only ever becomes text here: nothing on this page is parsed as HTML.

/** Make an element: `on…` are listeners, `data` and `style` are objects, nothing is set for null, undefined or false. */
export function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) node.style.setProperty(key, one);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SHAPES = {
  back: "M15 5l-7 7 7 7",
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  down: "M6 9l6 6 6-6",
  edit: "M4 20h4L19 9l-4-4L4 16z",
  face: "M12 3a9 9 0 100 18 9 9 0 000-18zM9 10v.01M15 10v.01M8.5 14a4.3 4.3 0 007 0",
  globe: "M12 3a9 9 0 100 18 9 9 0 000-18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 017 0v3",
  menu: "M4 7h16M4 12h16M4 17h16",
  people: "M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM3 20c0-4 2.5-6 6-6s6 2 6 6M16 4.6a3.5 3.5 0 010 6M17.5 14.3c2.2.8 3.5 2.6 3.5 5.7",
  plus: "M12 5v14M5 12h14",
  reply: "M10 6l-6 6 6 6M4 12h9a7 7 0 017 7",
  robot: "M5 9h14v10H5zM12 9V5M9.5 13.5v1.5M14.5 13.5v1.5M12 4.5v.01",
  send: "M4 4l17 8-17 8 3-8zM7 12h6",
  sun: "M12 8a4 4 0 100 8 4 4 0 000-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  threads: "M4 5h16v11h-9l-5 4v-4H4zM8 9h8M8 12.5h5",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13",
};

/** Draw an icon; it says nothing to a screen reader, its button's label does. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

const signatures = new WeakMap();

/**
 * Make the children of `container` those of `items`, `{key, signature, build}` each: what has kept its signature stays
 * as it is, with its focus, and the focus in what is built anew goes to the part of the same `data-focus`.
 */
export function keyed(container, items) {
  const known = new Map([...container.children].map((node) => [node.dataset.key, node]));
  items.forEach(({ key, signature, build }, index) => {
    let node = known.get(key);
    known.delete(key);
    if (!node || signatures.get(node) !== signature) node = replaced(node, build(), key, signature);
    if (container.children[index] !== node) container.insertBefore(node, container.children[index] ?? null);
  });
  for (const node of known.values()) node.remove();
}

function replaced(old, made, key, signature) {
  made.dataset.key = key;
  signatures.set(made, signature);
  if (!old) return made;
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(made);
  if (active) {
    const name = active.dataset.focus;
    const again = [...made.querySelectorAll("[data-focus]")].find((node) => node.dataset.focus === name);
    (again && !again.disabled ? again : made).focus();
  }
  return made;
}

/** An address that is safe to go to, or null: the web, mail and telephones, nothing that runs. */
export function safeAddress(text) {
  return /^(https?|ftp|mailto|tel):[^\s]+$/i.test(text) ? text : null;
}

/** A link that leaves this page without telling where it came from. */
export function link(address, ...children) {
  const safe = safeAddress(address);
  if (!safe) return h("span", null, ...children);
  return h("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }, ...children);
}
