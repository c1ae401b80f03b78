// Pickers: a code from a tree. Type to search, or go down level by level. The server says what can be chosen and what a
// text names; nothing is taken by guessing, and nothing opens by itself.
(() => {
  "use strict";

  const WAIT = 160, MOST = 30, PAGE = 8, ROOM = 220;
  let serial = 0;

  function make(tag, css, attributes = {}) {
    const made = document.createElement(tag);
    if (css) made.className = css;
    Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
    return made;
  }

  class Picker {
    constructor(field) {
      this.field = field;
      this.words = JSON.parse(field.dataset.words || "{}");
      this.options = [];
      this.path = [];      // the levels that were gone down
      this.at = -1;        // the option that the arrows are on; -1: none
      this.turn = 0;       // answers of an earlier turn come too late
      this.timer = 0;
      this.wished = false; // the first option is to be marked when it is there
      this.opening = false; // an answer is awaited that opens the list
      this.known = field.hasAttribute("data-known");
      this.build();
      this.listen();
      if (field.value && !this.known && !field.dataset.label) this.recognise(field.value);
    }

    // A page that knows codes only: the box shows the path all the same.
    async recognise(code) {
      const named = await this.ask({ named: code });
      if (!named || named.length !== 1 || named[0].code !== this.field.value || this.input.value !== code) return;
      this.known = true;
      this.input.value = this.shown = named[0].shown || named[0].label;
    }

    // ---- its parts -----------------------------------------------------------------------------

    build() {
      const { field } = this, id = `picker-${++serial}`;
      this.box = make("div", "lookup");
      this.input = make("input", field.className, { type: "text", role: "combobox", autocomplete: "off", spellcheck: "false" });
      const input = this.input;
      input.id = field.id;
      input.value = this.shown = field.dataset.label || field.value;
      input.placeholder = field.placeholder;
      ["aria-invalid", "aria-required", "aria-label"].forEach((n) => field.hasAttribute(n) && input.setAttribute(n, field.getAttribute(n)));
      if (field.maxLength > 0) input.maxLength = 200; // a path is longer than a code
      this.list = make("ul", "lookup-list", { id, role: "listbox", tabindex: "-1" });
      const label = field.id && document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
      this.list.setAttribute("aria-label", label ? label.textContent : field.getAttribute("aria-label") || this.words.list);
      this.said = make("p", "lookup-note");
      this.popup = make("div", "lookup-popup");
      this.popup.hidden = true;
      this.status = make("div", "visually-hidden", { role: "status" });
      this.refusal = make("div", "lookup-refusal", { id: `${id}-refusal` });
      this.refusal.hidden = true;
      const described = [field.getAttribute("aria-describedby"), this.refusal.id].filter(Boolean).join(" ");
      input.setAttribute("aria-describedby", described);
      input.setAttribute("aria-autocomplete", "list");
      input.setAttribute("aria-haspopup", "listbox");
      input.setAttribute("aria-expanded", "false");
      input.setAttribute("aria-controls", id);
      // What served without this script.
      const place = field.parentElement;
      place.querySelectorAll(":scope > .lookup-label, :scope > .lookup-offers").forEach((old) => old.remove());
      field.type = "hidden";
      field.id = `${field.id}-code`;
      field.after(this.box);
      this.popup.append(this.said, this.list);
      this.box.append(input, this.popup, this.refusal, this.status);
      input.lookup = this;
    }

    listen() {
      const { input } = this;
      // Only a person opens the list, never the focus that comes back to the box.
      input.addEventListener("click", () => {
        if (this.known && input.value === this.shown && input.selectionStart === input.selectionEnd) input.select();
        if (this.popup.hidden) this.begin();
      });
      input.addEventListener("input", () => {
        clearTimeout(this.timer);
        this.path = [];
        this.turn++;
        this.opening = true;
        this.timer = setTimeout(() => this.open(input.value.trim()), WAIT);
      });
      input.addEventListener("keydown", (event) => this.key(event));
      input.addEventListener("blur", () => setTimeout(() => this.leave(), 0));
      // The focus stays in the box while the list is used; scrolling it by a finger chooses nothing.
      this.popup.addEventListener("mousedown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => this.clicked(event));
    }

    // ---- asking --------------------------------------------------------------------------------

    async ask(parts) {
      const url = new URL(this.field.dataset.lookup, location.href);
      Object.entries(parts).forEach(([name, value]) => value && url.searchParams.set(name, value));
      try {
        const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
        const found = answer.ok ? await answer.json() : null;
        return Array.isArray(found) ? found : null;
      } catch { return null; }
    }

    // What is not chosen is searched for; from what is chosen one looks at the whole list.
    begin() {
      const text = this.input.value.trim();
      return this.open(this.known && text === this.shown ? "" : text);
    }

    async open(query) {
      clearTimeout(this.timer);
      const turn = ++this.turn;
      this.opening = true;
      const above = this.path.length ? this.path[this.path.length - 1].code : "";
      const found = await this.ask({ q: query, parent: query ? "" : above });
      if (turn !== this.turn || !this.input.isConnected || document.activeElement !== this.input) return;
      this.opening = false;
      this.draw(found, query);
    }

    draw(found, query) {
      this.options = [...(this.path.length ? [{ back: true }] : []), ...(found || [])];
      this.list.replaceChildren(...this.options.map((option, index) => this.row(option, index)));
      this.list.hidden = !this.options.length;
      const alike = (found || []).filter((one) => query && one.label === query).length;
      const text = !found ? this.words.away : !found.length ? this.words.empty : alike > 1 ? this.say("same", alike, query)
        : found.length >= MOST ? this.say("first", found.length) : "";
      this.said.textContent = text || "";
      this.said.hidden = !text;
      this.popup.hidden = false;
      this.input.setAttribute("aria-expanded", String(Boolean(this.options.length)));
      this.put();
      this.mark(this.wished && this.options.length ? 0 : -1);
      this.wished = false;
      this.tell(text || this.say("found", (found || []).length));
    }

    row(option, index) {
      const item = make("li", option.back ? "lookup-back" : "lookup-option", { role: "option", "aria-selected": "false" });
      item.id = `${this.list.id}-${index}`;
      item.dataset.index = index;
      const words = make("span", "lookup-words"), name = make("span", "lookup-name");
      words.append(name);
      if (option.back) {
        name.textContent = `← ${this.path.map((one) => one.label).join(" › ")}`;
        item.setAttribute("aria-label", `${this.words.back}: ${this.path[this.path.length - 1].label}`);
      } else {
        name.textContent = option.label;
        if (/[\u3400-\u9fff]/.test(option.label) && document.documentElement.lang === "en") item.lang = "zh-Hans";
        [["lookup-path", this.path.length ? "" : option.path], ["lookup-warn", option.note]].filter(([, text]) => text).forEach(([css, text]) => {
          const line = make("small", css);
          line.textContent = text;
          words.append(line);
        });
      }
      item.append(words);
      if (!option.back && option.leaf === false) {
        const more = make("span", "lookup-more", { "aria-hidden": "true" });
        more.title = this.words.more || "";
        more.textContent = "›";
        item.append(more);
      }
      return item;
    }

    // The list stands where there is room for it: below the box, else above, never beyond what is seen.
    put() {
      const seen = window.visualViewport, bar = document.querySelector(".topbar");
      const top = (seen ? seen.offsetTop : 0) + (bar ? bar.getBoundingClientRect().bottom : 0);
      const bottom = seen ? seen.offsetTop + seen.height : innerHeight;
      let box = this.input.getBoundingClientRect();
      if (bottom - box.bottom < ROOM && box.top - top < ROOM) {
        window.scrollBy({ top: box.top - top - 72, behavior: "instant" });
        box = this.input.getBoundingClientRect();
      }
      const below = bottom - box.bottom - 8, above = box.top - top - 8, up = below < ROOM && above > below;
      this.popup.classList.toggle("lookup-up", up);
      const note = this.said.hidden ? 0 : this.said.offsetHeight;
      this.list.style.maxHeight = `${Math.max(96, Math.min(360, up ? above : below) - note)}px`;
    }

    // ---- keys and clicks -----------------------------------------------------------------------

    clicked(event) {
      const item = event.target.closest("[role=option]");
      const option = item && this.options[Number(item.dataset.index)];
      if (!option) return;
      if (event.target.closest(".lookup-more")) this.down(option);
      else this.take(option);
    }

    take(option) {
      if (option.back) this.up();
      else this.choose(option);
    }

    key(event) {
      if (event.isComposing) return;
      const open = !this.popup.hidden && this.options.length > 0, last = this.options.length - 1;
      const moves = {
        ArrowDown: () => (this.at >= last ? 0 : this.at + 1), ArrowUp: () => (this.at <= 0 ? last : this.at - 1),
        PageDown: () => Math.min(last, this.at + PAGE), PageUp: () => Math.max(0, this.at - PAGE), Home: () => 0, End: () => last,
      };
      const on = open && this.at >= 0 ? this.options[this.at] : null;
      if (event.key in moves && open && (on || event.key.startsWith("Arrow"))) {
        event.preventDefault();
        this.mark(moves[event.key]());
      } else if (event.key === "ArrowDown" || (event.key === "ArrowUp" && event.altKey)) {
        event.preventDefault();
        if (this.opening) this.wished = true; // the first of what is being asked for
        else if (this.popup.hidden) this.begin();
      } else if (event.key === "ArrowRight" && on && on.leaf === false) {
        event.preventDefault();
        this.down(on);
      } else if (event.key === "ArrowLeft" && on && this.path.length) {
        event.preventDefault();
        this.up();
      } else if (event.key === "Enter") {
        event.preventDefault();
        if (on) this.take(on);
        else if (!this.opening) {
          this.close();
          this.settle();
        }
      } else if (event.key === "Escape" && !this.popup.hidden) {
        event.preventDefault();
        event.stopPropagation();
        this.close();
      } else if (event.key === "Escape" && this.input.value !== this.shown) {
        event.preventDefault();
        event.stopPropagation();
        this.input.value = this.shown;
      } else if (event.key === "Tab") this.close(); // at once: the list must not lie over the field that comes next
    }

    mark(index) {
      this.at = index;
      [...this.list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === index)));
      const item = index >= 0 ? this.list.children[index] : null;
      if (item) {
        item.scrollIntoView({ block: "nearest" });
        this.input.setAttribute("aria-activedescendant", item.id);
      } else this.input.removeAttribute("aria-activedescendant");
    }

    down(option) {
      this.path.push(option);
      this.open("");
    }

    up() {
      this.path.pop();
      this.open("");
    }

    close() {
      clearTimeout(this.timer);
      this.turn++; // what was asked comes too late
      this.opening = this.wished = false;
      this.popup.hidden = true;
      this.input.setAttribute("aria-expanded", "false");
      this.mark(-1);
    }

    // ---- what is chosen ------------------------------------------------------------------------

    choose(option) {
      this.close();
      this.path = [];
      this.known = true;
      this.input.value = this.shown = option.shown || option.label;
      this.accept();
      this.tell(this.say("chosen", 0, this.shown));
      if (document.activeElement === document.body) this.input.focus({ preventScroll: true });
      this.set(option.code);
    }

    set(code) {
      if (this.field.value === code) return;
      this.field.value = code;
      this.field.dispatchEvent(new Event("change", { bubbles: true }));
    }

    leave() {
      const active = document.activeElement;
      if (!this.input.isConnected || active === this.input || this.box.contains(active)) return;
      this.close();
      this.settle();
    }

    // What stands in the box is a choice if one bears the name alone; else the box stays without a choice and says why.
    async settle() {
      const text = this.input.value.trim();
      if (text === this.shown.trim()) return;
      if (!text) {
        this.known = false;
        this.shown = "";
        this.accept();
        this.set("");
        return;
      }
      this.known = false;
      this.shown = text;
      this.field.value = text; // sent at once, the server goes by the same rule
      const named = await this.ask({ named: text });
      if (!this.input.isConnected || this.input.value.trim() !== text || this.known) return;
      if (named && named.length === 1) {
        this.field.value = "";
        this.choose(named[0]);
        return;
      }
      await this.unless(named, text);
      this.field.dispatchEvent(new Event("change", { bubbles: true }));
    }

    // A refreshed form brings back what stood in the box, and not why it is no choice.
    async recall() {
      const text = this.field.value;
      if (!text || this.known || document.getElementById(`${this.input.id}-error`)) return;
      const named = await this.ask({ named: text });
      if (this.input.isConnected && this.input.value === text) await this.unless(named, text);
    }

    // Of what bears no name alone it is told whether something is found by it: then it waits to be chosen.
    async unless(named, text) {
      if (!named || named.length === 1) return;
      const found = named.length ? named : await this.ask({ q: text });
      if (!this.input.isConnected || this.input.value.trim() !== text || this.known) return;
      this.refuse(this.say(named.length ? "same" : found && found.length ? "some" : "none", named.length, text));
    }

    refuse(text) {
      const words = make("span"), button = make("button", "btn btn-sm", { type: "button" });
      words.textContent = text;
      button.textContent = this.words.choose;
      button.addEventListener("click", () => {
        this.input.focus();
        this.begin();
      });
      this.refusal.replaceChildren(words, button);
      this.refusal.hidden = false;
      this.input.setAttribute("aria-invalid", "true");
      this.input.classList.add("is-invalid");
      this.tell(text);
    }

    accept() {
      this.refusal.hidden = true;
      this.refusal.replaceChildren();
      this.input.removeAttribute("aria-invalid");
      this.input.classList.remove("is-invalid");
      const told = document.getElementById(`${this.input.id}-error`);
      if (told) told.hidden = true;
    }

    // ---- what is said --------------------------------------------------------------------------

    say(word, n, text) {
      return (this.words[word] || "").replace("{n}", n).replace("{name}", text || "");
    }

    tell(text) {
      this.status.textContent = text;
    }

    // ---- a refreshed form ----------------------------------------------------------------------

    state() {
      const pending = this.input.value !== this.shown;
      return { id: this.input.id, text: this.input.value, changed: pending, open: this.opening || !this.popup.hidden || pending, path: this.path, marked: [this.input.selectionStart, this.input.selectionEnd] };
    }

    // The box that took another's place has the focus; only a list or a search that somebody began goes on, and marked text stays so.
    resume({ text, changed, open, path, marked }) {
      this.input.focus({ preventScroll: true });
      if (changed) this.input.value = text;
      this.input.setSelectionRange(...marked);
      this.path = path;
      if (open) this.begin();
    }
  }

  function start(root) {
    const found = root && root.querySelectorAll ? root.querySelectorAll("input[data-lookup]") : [];
    found.forEach((field) => {
      if (field.dataset.ready) return;
      field.dataset.ready = "1";
      new Picker(field).recall();
    });
  }

  window.portalPickers = { start };
  document.addEventListener("portal:shown", (event) => start(event.target)); // a draft that came back
  document.addEventListener("htmx:afterSettle", (event) => start(event.target));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => start(document));
  else start(document);
})();
