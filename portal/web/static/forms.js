// Comfort for forms. Everything works without this file: it holds no rule of any form.
(() => {
  "use strict";

  function start(root) {
    root.querySelectorAll("input[data-lookup]").forEach(lookup);
    const summary = root.querySelector(".error-summary");
    if (summary) summary.focus({ preventScroll: false });
  }

  // Enter never submits by surprise.
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.key !== "Enter" || event.isComposing || !at.closest("form[data-form]")) return;
    if (at.matches("input:not([type=submit]):not([type=button])")) event.preventDefault();
  });

  // A link of the error summary puts the cursor into the field.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".error-summary a[href^='#']");
    if (!link) return;
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target) return;
    event.preventDefault();
    const hidden = target.type === "hidden" && target.parentElement.querySelector("[role=combobox]");
    (hidden || target).focus();
    (hidden || target).scrollIntoView({ block: "center" });
  });

  // What is entered while the form is being refreshed stays: texts, choices, picked codes, files that arrived.
  const named = (body) => [...body.querySelectorAll("input[name], select[name], textarea[name]")].filter((e) => !own.has(e.name));
  const own = new Set(["made"]);
  const held = (e) => (["radio", "checkbox"].includes(e.type) ? String(e.checked) : e.value);
  const place = (e) => (["radio", "checkbox"].includes(e.type) ? `${e.name}=${e.value}` : e.name);
  let sent = new Map();
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.target.closest && event.target.closest("form[data-form]");
    if (form) sent = new Map(named(form).map((e) => [place(e), held(e)]));
  });
  let typed = new Map();
  let searching = null; // the picker somebody is typing in: it is made by this script, so nobody else restores it
  document.addEventListener("htmx:beforeSwap", (event) => {
    const body = event.detail.target;
    if (!body || !body.matches || !body.matches(".form-body")) return;
    typed = new Map();
    const active = document.activeElement;
    const picker = active && body.contains(active) && active.lookup;
    searching = picker ? { id: active.id, text: active.value, changed: active.value !== picker.shown } : null;
    named(body).forEach((e) => {
      if (!sent.has(place(e)) || sent.get(place(e)) === held(e)) return;
      const box = e.matches("[data-lookup]") && e.parentElement.querySelector("[role=combobox]");
      typed.set(place(e), { value: e.value, checked: e.checked, label: box ? box.value : e.dataset.label });
    });
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const body = event.detail.target;
    if (!body || !body.matches || !body.matches(".form-body")) return;
    named(body).filter((e) => typed.has(place(e))).forEach((e) => {
      const { value, checked, label } = typed.get(place(e));
      if (["radio", "checkbox"].includes(e.type)) e.checked = checked;
      else e.value = value;
      if (label !== undefined) e.dataset.label = label;
    });
    start(body);
    const input = searching && document.getElementById(searching.id);
    if (input && input.lookup) input.lookup.resume(searching);
    const button = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (button && button.name && button.name.startsWith("_add:")) {
      const list = [...body.querySelectorAll("button")].find((b) => b.name === button.name);
      const rows = list && list.closest("fieldset").querySelectorAll(":scope > .form-row");
      const first = rows && rows.length && rows[rows.length - 1].querySelector("input:not([type=hidden]), select, textarea");
      if (first) first.focus();
    }
  });

  // ---- a code from a tree: type to search, or go down level by level ----------------------------

  let serial = 0;

  function lookup(field) {
    if (field.dataset.ready) return;
    field.dataset.ready = "1";
    const id = `lookup-${++serial}`;
    const box = document.createElement("div");
    box.className = "lookup";
    const input = document.createElement("input");
    const described = field.getAttribute("aria-describedby");
    input.type = "text";
    input.className = field.className;
    input.id = field.id;
    input.value = field.dataset.label || field.value;
    input.autocomplete = "off";
    input.placeholder = field.placeholder;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", id);
    if (described) input.setAttribute("aria-describedby", described);
    ["aria-invalid", "aria-required"].forEach((n) => field.hasAttribute(n) && input.setAttribute(n, field.getAttribute(n)));
    const list = document.createElement("ul");
    list.id = id;
    list.className = "lookup-list";
    list.setAttribute("role", "listbox");
    list.tabIndex = -1; // a list that scrolls would be a stop of Tab, and vanish with the focus
    list.hidden = true;
    field.type = "hidden";
    field.id = `${field.id}-code`;
    field.after(box);
    box.append(input, list);
    const label = box.parentElement.querySelector(".lookup-label");
    if (label) label.remove();
    new Lookup(field, input, list);
  }

  class Lookup {
    constructor(field, input, list) {
      Object.assign(this, { field, input, list, options: [], at: -1, path: [], timer: 0, turn: 0 });
      this.shown = input.value;
      input.lookup = this;
      input.addEventListener("focus", () => this.open(""));
      input.addEventListener("input", () => {
        clearTimeout(this.timer);
        this.path = [];
        this.timer = setTimeout(() => this.open(input.value.trim()), 180);
      });
      input.addEventListener("keydown", (event) => this.key(event));
      input.addEventListener("blur", () => setTimeout(() => this.leave(), 150));
    }

    resume({ text, changed }) {
      this.input.focus();
      if (!changed) return;
      this.input.value = text;
      this.open(text.trim());
    }

    async open(query) {
      const turn = ++this.turn;
      const url = new URL(this.field.dataset.lookup, location.href);
      if (query) url.searchParams.set("q", query);
      if (this.path.length) url.searchParams.set("parent", this.path[this.path.length - 1].code);
      let found = [];
      try {
        const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
        if (answer.ok) found = await answer.json();
      } catch {
        found = [];
      }
      if (turn !== this.turn || document.activeElement !== this.input) return;
      this.options = Array.isArray(found) ? found : [];
      this.draw();
    }

    draw() {
      this.list.replaceChildren();
      if (this.path.length) this.row({ back: true, label: this.path.map((p) => p.label).join(" › ") }, -2);
      this.options.forEach((option, index) => this.row(option, index));
      if (!this.options.length) {
        const none = document.createElement("li");
        none.className = "lookup-none";
        none.textContent = this.field.dataset.empty;
        this.list.append(none);
      }
      this.list.hidden = false;
      this.input.setAttribute("aria-expanded", "true");
      this.mark(-1);
    }

    row(option, index) {
      const item = document.createElement("li");
      item.className = option.back ? "lookup-back" : "lookup-option";
      item.id = `${this.list.id}-${index}`;
      item.setAttribute("role", "option");
      const text = document.createElement("span");
      text.textContent = option.back ? `← ${option.label}` : option.label;
      item.append(text);
      if (option.path && option.path !== option.label) {
        const path = document.createElement("small");
        path.textContent = option.path;
        item.append(path);
      }
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        if (option.back) this.up();
        else if (event.target.closest(".lookup-more")) this.down(option);
        else this.choose(option);
      });
      if (!option.back && option.leaf === false) {
        const more = document.createElement("span");
        more.className = "lookup-more";
        more.title = this.field.dataset.more;
        more.textContent = "›";
        item.append(more);
      }
      this.list.append(item);
    }

    mark(index) {
      this.at = index;
      this.list.querySelectorAll("[aria-selected]").forEach((e) => e.removeAttribute("aria-selected"));
      const item = index >= 0 && document.getElementById(`${this.list.id}-${index}`);
      if (item) {
        item.setAttribute("aria-selected", "true");
        item.scrollIntoView({ block: "nearest" });
        this.input.setAttribute("aria-activedescendant", item.id);
      } else this.input.removeAttribute("aria-activedescendant");
    }

    key(event) {
      const open = !this.list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!open) return void this.open("");
        const count = this.options.length;
        if (count) this.mark((this.at + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
      } else if (event.key === "ArrowRight" && open && this.at >= 0 && this.options[this.at].leaf === false) {
        event.preventDefault();
        this.down(this.options[this.at]);
      } else if (event.key === "ArrowLeft" && open && this.path.length && this.at >= 0) {
        event.preventDefault();
        this.up();
      } else if (event.key === "Enter" && open && this.at >= 0) {
        event.preventDefault();
        this.choose(this.options[this.at]);
      } else if (event.key === "Escape" && open) {
        event.stopPropagation();
        this.close();
      } else if (event.key === "Tab") {
        this.close(); // at once: the list must not lie over the field that comes next
      }
    }

    down(option) {
      this.path.push(option);
      this.open("");
    }

    up() {
      this.path.pop();
      this.open("");
    }

    choose(option) {
      this.input.value = this.shown = option.label;
      this.set(option.code);
      this.close();
    }

    set(code) {
      if (this.field.value === code) return;
      this.field.value = code;
      this.field.dispatchEvent(new Event("change", { bubbles: true }));
    }

    close() {
      this.list.hidden = true;
      this.input.setAttribute("aria-expanded", "false");
      this.mark(-1);
    }

    leave() {
      if (document.activeElement === this.input) return;
      this.close();
      const typed = this.input.value.trim();
      if (typed === this.shown) return;
      if (!typed) this.set("");
      else {
        const exact = this.options.find((o) => o.label === typed || o.code === typed);
        if (exact) return void this.choose(exact);
        this.set(typed); // the server says what is wrong with it
      }
      this.shown = typed;
    }
  }

  // A draft that came back (kept.js).
  document.addEventListener("portal:shown", (event) => start(event.target));

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => start(document));
  else start(document);
})();
