// Interactive dialogs: opened by an integration, filled in here, submitted through the server.

import { call } from "./api.js";
import { h } from "./dom.js";
import { render } from "./markdown.js";
import { names } from "./people.js";
import { choices } from "./posts.js";
import { changed, state } from "./state.js";

let open = null;

/** Show the oldest dialog that waits; one at a time. */
export function drawDialogs() {
  if (open || !state.dialogs.length) return;
  open = modal(state.dialogs.shift());
  document.body.append(open);
  open.showModal();
}

function modal({ url, dialog }) {
  const elements = (dialog.elements ?? []).map((element, index) => field(element, index));
  const problem = h("p", { class: "problem", role: "alert" });
  const submit = h("button", { class: "primary" }, dialog.submit_label || "Submit");
  const form = h(
    "form",
    { novalidate: true },
    h("h2", { id: "dialog-title" }, dialog.title),
    dialog.introduction_text && h("div", { class: "text" }, render(dialog.introduction_text, names)),
    elements.map((one) => one.node),
    problem,
    h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => cancel() }, "Cancel"), submit),
  );
  const node = h("dialog", { "aria-labelledby": "dialog-title" }, form);

  const send = (submission, cancelled) => call("POST", "/actions/dialogs/submit", {
    url,
    callback_id: dialog.callback_id ?? "",
    state: dialog.state ?? "",
    user_id: state.me.id,
    channel_id: (state.posts.get(state.route.thread)?.channel_id ?? state.route.channel?.id) || "",
    team_id: state.team.id,
    submission,
    cancelled,
  });

  function close() {
    open = null;
    node.close();
    node.remove();
    changed();
  }

  function cancel() {
    if (dialog.notify_on_cancel) send({}, true).catch(() => {});
    close();
  }

  async function pass() {
    const faults = elements.map((one) => one.check());
    if (faults.some(Boolean)) return elements[faults.findIndex(Boolean)].focus();
    submit.disabled = true;
    try {
      const given = elements.map((one) => [one.name, one.value()]).filter(([, value]) => value !== undefined);
      judge(await send(Object.fromEntries(given), false));
    } catch (error) {
      problem.textContent = error.message;
    }
    submit.disabled = false;
  }

  /** Close after an answer without a fault; its faults stand at their fields, the next step takes this one's place. */
  function judge({ error, errors, type, form: next }) {
    problem.textContent = error ?? "";
    for (const one of elements) one.show(errors?.[one.name] ?? "");
    if (error || Object.keys(errors ?? {}).length) return elements.find((one) => errors?.[one.name])?.focus();
    if (type === "form" && next) state.dialogs.unshift({ url, dialog: next });
    close();
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); pass(); });
  node.addEventListener("cancel", (event) => { event.preventDefault(); cancel(); });
  return node;
}

// ------------------------------------------------------------------------------------------------ elements

const SUBTYPES = new Set(["text", "email", "number", "tel", "url", "password"]);

/** One element of a dialog: its node, and how to read it, judge it, and show what is wrong with it. */
function field(element, index) {
  const id = `element-${index}`;
  const fault = h("p", { id: `${id}-fault`, class: "problem", role: "alert" });
  const made = control(element, id);
  const help = element.help_text && h("p", { id: `${id}-help`, class: "help" }, render(element.help_text, names));
  const optional = element.optional ? h("span", { class: "optional" }, " (optional)") : element.type !== "bool" && h("span", { class: "required", "aria-hidden": "true" }, " *");
  const isGroup = element.type === "radio";
  const title = h(isGroup ? "legend" : "label", isGroup ? null : { for: id }, element.display_name, optional);
  for (const one of made.inputs) one.setAttribute("aria-describedby", `${id}-fault${help ? ` ${id}-help` : ""}`);

  function show(text) {
    fault.textContent = text;
    for (const one of made.inputs) one.setAttribute("aria-invalid", String(Boolean(text)));
  }
  function check() {
    const text = wrong(element, made.value());
    show(text);
    return text;
  }
  return { name: element.name, node: h(isGroup ? "fieldset" : "div", { class: "element" }, title, made.node, help, fault), value: made.value, show, check, focus: () => made.inputs[0]?.focus() };
}

function control(element, id) {
  const given = element.default ?? "";
  const common = { id, name: element.name, placeholder: element.placeholder, maxlength: element.max_length || null };
  switch (element.type) {
    case "textarea":
      return single(h("textarea", { ...common, rows: 4 }, given), (input) => input.value || undefined);
    case "select":
      return menu(element, id);
    case "radio":
      return radios(element, id);
    case "bool": {
      const input = h("input", { id, name: element.name, type: "checkbox", checked: given === "true" || given === true });
      return { node: h("span", { class: "bool" }, input, h("label", { for: id }, element.placeholder || element.display_name)), inputs: [input], value: () => input.checked };
    }
    default: {
      const type = SUBTYPES.has(element.subtype) ? element.subtype : "text";
      const read = (input) => (input.value === "" ? undefined : type === "number" ? input.valueAsNumber : input.value);
      return single(h("input", { ...common, type, value: given }), read);
    }
  }
}

const single = (input, read) => ({ node: input, inputs: [input], value: () => read(input) });

function menu(element, id) {
  const given = String(element.default ?? "").split(",");
  const options = choices(element).map(([text, value]) => h("option", { value, selected: given.includes(value) }, text));
  const none = !element.multiselect && h("option", { value: "" }, element.placeholder || "Select…");
  const input = h("select", { id, name: element.name, multiple: element.multiselect }, none, options);
  const all = () => [...input.selectedOptions].map((one) => one.value);
  return single(input, () => (element.multiselect ? (all().length ? all() : undefined) : input.value || undefined));
}

function radios(element, id) {
  const inputs = choices(element).map(([, value], index) => h("input", { id: `${id}-${index}`, type: "radio", name: id, value, checked: value === element.default }));
  const rows = choices(element).map(([text], index) => h("label", { class: "radio" }, inputs[index], text));
  return { node: h("div", null, rows), inputs, value: () => inputs.find((one) => one.checked)?.value };
}

/** What Mattermost's own client says before it sends anything. */
function wrong(element, value) {
  if (value === undefined) return element.optional || element.type === "bool" ? "" : "This field is required.";
  if (typeof value === "string" && value.length < (element.min_length || 0)) return `Minimum input length is ${element.min_length}.`;
  if (element.subtype === "number" && Number.isNaN(value)) return "Must be a number.";
  return "";
}
