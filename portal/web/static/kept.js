// What is typed into a form is kept: in this browser until it was sent, and while a session ends.
// Drafts are named by person, unit, form and tab; of fields that hold sensitive data they hold nothing.
(() => {
  "use strict";

  const PREFIX = "draft:";
  const HOURS = 12;
  const person = document.body.dataset.person || "";
  const dialog = document.getElementById("session-over");
  const words = dialog ? dialog.dataset : {};
  const kept = (window.portalKept = { sessionOver, uploadsOf: async () => true, busy: () => false, renew: async () => false });

  // ---- the store ---------------------------------------------------------------------------------

  function random() {
    return [...crypto.getRandomValues(new Uint8Array(9))].map((n) => n.toString(36)).join("");
  }
  let tab = "";
  try {
    tab = sessionStorage.getItem("tab") || random();
    sessionStorage.setItem("tab", tab);
  } catch { /* no store: leaving asks */ }

  const keyOf = (name) => `${PREFIX}${name}|${tab}`;
  function read(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }
  function write(key, draft) {
    try { localStorage.setItem(key, JSON.stringify(draft)); return Boolean(tab); } catch { return false; }
  }
  function forget(key) {
    try { localStorage.removeItem(key); } catch { /* nothing is there then */ }
  }
  function keys(prefix) {
    try { return Object.keys(localStorage).filter((key) => key.startsWith(prefix)); } catch { return []; }
  }

  // ---- one form ----------------------------------------------------------------------------------

  const pattern = (name) => name.split("/").map((t) => (/^\d/.test(t) ? "*" : t.replace(/~(?![01]).*$/, ""))).join("/");
  const under = (name, places) => { const at = pattern(name); return places.some((p) => at === p || at.startsWith(p + "/")); };

  class Kept {
    constructor(form) {
      this.form = form;
      this.body = form.querySelector(".form-body");
      this.key = keyOf(form.dataset.draft);
      this.fresh = this.pairs();
      this.first = JSON.stringify(this.typed(this.fresh));
      this.lost = false; // something could not be kept
      ["input", "change"].forEach((kind) => form.addEventListener(kind, () => this.keep()));
    }
    places() {
      const told = this.form.querySelector("[data-personal]");
      try { return told ? JSON.parse(told.dataset.personal) : {}; } catch { return {}; }
    }
    pairs() {
      const all = [...new FormData(this.form)].filter(([name, value]) => name !== "csrf_token" && typeof value === "string");
      return all;
    }
    // What a person typed: everything but sensitive data, and personal data as the page brought them.
    typed(pairs) {
      const { sensitive = [], personal = [] } = this.places();
      const brought = this.fresh && !document.body.hasAttribute("data-posted") ? new Set(this.fresh.map(String)) : new Set();
      return pairs.filter((pair) => !under(pair[0], sensitive) && !(under(pair[0], personal) && pair[1] && brought.has(String(pair))));
    }
    sensitive(pairs) {
      const { sensitive = [] } = this.places();
      return JSON.stringify(pairs.filter(([name, value]) => value && under(name, sensitive)));
    }
    changed() {
      const own = ([name]) => !["made", "once"].includes(name);
      return JSON.stringify(this.typed(this.pairs()).filter(own)) !== JSON.stringify(JSON.parse(this.first).filter(own));
    }
    keep() {
      const pairs = this.pairs();
      this.lost = this.sensitive(pairs) !== this.sensitive(this.fresh);
      if (!this.changed()) forget(this.key);
      else if (!write(this.key, { at: Date.now(), pairs: this.typed(pairs) })) this.lost = true;
    }
    // Conditions, rows and pickers come back by asking the server for the form with these values.
    async restore(draft) {
      const { form, body } = this;
      const inside = new Set([...form.elements].filter((e) => body && body.contains(e)).map((e) => e.name));
      const outside = [...form.elements].filter((e) => e.name && !(body && body.contains(e)));
      outside.forEach((e) => put(e, draft.pairs));
      if (!body || !body.childElementCount) { this.first = "[]"; this.keep(); return true; }
      body.inert = true;
      try { return await this.refresh(draft, outside, inside); } finally { body.inert = false; }
    }
    async refresh(draft, outside, inside) {
      const { form, body } = this;
      const data = new FormData();
      outside.filter((e) => e.type === "hidden" || e.name === "reason").forEach((e) => data.append(e.name, e.value));
      const there = new Set(draft.pairs.map(([name]) => name));
      const { sensitive = [], personal = [] } = this.places();
      this.fresh.forEach(([name, value]) => {
        if (inside.has(name) && !there.has(name) && under(name, [...sensitive, ...personal])) data.append(name, value);
      });
      draft.pairs.forEach(([name, value]) => { if (!outside.some((e) => e.name === name)) data.append(name, value); });
      data.append("_refresh", "1");
      let answer;
      try {
        answer = await fetch(form.action, { method: "POST", body: data, headers: { "HX-Request": "true" }, credentials: "same-origin" });
      } catch { return false; }
      if (!answer.ok) return false;
      body.innerHTML = await answer.text();
      if (window.htmx) htmx.process(body);
      body.dispatchEvent(new CustomEvent("portal:shown", { bubbles: true }));
      this.first = "[]"; // it stays a draft, whatever the browser itself had put back
      this.keep();
      return true;
    }
  }

  function put(element, pairs) {
    const values = pairs.filter(([name]) => name === element.name).map(([, value]) => value);
    if (["csrf_token"].includes(element.name) || ["submit", "button", "file"].includes(element.type)) return;
    if (["radio", "checkbox"].includes(element.type)) element.checked = values.includes(element.value);
    else if (values.length) element.value = values[0];
  }

  const forms = new Map();
  const formOf = (element) => forms.get(element && element.closest && element.closest("form[data-draft]"));

  function note(form, text, buttons) {
    form.parentElement.querySelectorAll(":scope > .kept-note").forEach((old) => old.remove());
    const box = document.createElement("div"), said = document.createElement("div"), list = document.createElement("div");
    box.className = "alert alert-info kept-note";
    box.setAttribute("role", "status");
    said.textContent = text;
    list.className = "btn-list";
    buttons.forEach(([label, act]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm";
      button.textContent = label;
      button.addEventListener("click", act);
      list.append(button);
    });
    const close = document.createElement("button");
    close.type = "button";
    close.className = "alert-close";
    close.dataset.dismiss = "kept-note";
    close.setAttribute("aria-label", words.close);
    close.textContent = "×";
    if (buttons.length) said.append(list);
    box.append(said, close);
    form.before(box);
    return box;
  }
  // What concerns the sending stands beside the button.
  function beside(form, text) {
    const place = form.querySelector(".form-actions") || form;
    place.querySelectorAll(".kept-said").forEach((old) => old.remove());
    const said = document.createElement("span");
    said.className = "kept-said";
    said.setAttribute("role", "status");
    said.textContent = text;
    place.append(said);
    return said;
  }
  function time(draft) {
    const at = new Date(draft.at), two = (n) => String(n).padStart(2, "0");
    return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
  }
  function discard(key, reload) {
    forget(key);
    if (!reload) return;
    forms.forEach((one) => { one.leaving = true; });
    location.reload();
  }

  async function begin(form) {
    const one = new Kept(form);
    forms.set(form, one);
    if (document.body.hasAttribute("data-posted")) { one.first = "[]"; one.keep(); return; }
    const own = read(one.key);
    if (own) {
      if (await one.restore(own)) {
        const { sensitive = [] } = one.places();
        const text = words.restored.replace("{time}", time(own)) + (sensitive.length ? ` ${words.unkept}` : "");
        note(form, text, [[words.discard, () => discard(one.key, true)]]);
      }
      return;
    }
    const other = keys(`${PREFIX}${form.dataset.draft}|`).map((key) => [key, read(key)]).filter(([, draft]) => draft)
      .sort((a, b) => b[1].at - a[1].at)[0];
    if (!other) return;
    const box = note(form, words.elsewhere.replace("{time}", time(other[1])), [
      [words.take, async () => { if (await one.restore(other[1])) { forget(other[0]); box.remove(); } }],
      [words.discard, () => { forget(other[0]); box.remove(); }],
    ]);
  }

  // What a form on a page is about, where its address does not say it: the rule, the entry, the thing of a list.
  const PASSING = ["csrf_token", "version", "once", "made", "next", "back"];
  function about(form) {
    const told = [...form.querySelectorAll("input[type=hidden][name]")].filter((e) => !PASSING.includes(e.name) && e.value.length < 100);
    return told.map((e) => `${e.name}=${e.value}`).join("&");
  }

  function start() {
    const old = Date.now() - HOURS * 3600 * 1000;
    keys(PREFIX).forEach((key) => { const draft = read(key); if (!draft || draft.at < old) forget(key); });
    // Small forms with a text, such as a reason, need no name from the page.
    document.querySelectorAll("form").forEach((f) => {
      // What saves each change by itself has nothing to be kept.
      const plain = f.getAttribute("method") === "post" && !f.dataset.draft && !f.dataset.draftOf && !f.hasAttribute("data-autosave");
      if (!person || !plain || !f.querySelector("textarea") || f.querySelector("[type=password]")) return;
      f.dataset.draft = `${person}||${new URL(f.getAttribute("action") || "", location.href).pathname}|${about(f)}`;
    });
    // What was sent from this tab is over once another page came of it, and goes on where the answer was a refusal.
    const here = new Set([...document.querySelectorAll("form[data-draft]")].map((f) => keyOf(f.dataset.draft)));
    document.querySelectorAll("form[data-draft-of]").forEach((f) => here.add(keyOf(f.dataset.draftOf)));
    const posted = document.body.hasAttribute("data-posted"), done = document.querySelector("#flash .alert-success");
    keys(PREFIX).filter((key) => tab && key.endsWith(`|${tab}`)).forEach((key) => {
      const draft = read(key);
      if (!draft.sent) return;
      if (posted) write(key, { ...draft, sent: false });
      else if (done || !here.has(key)) forget(key);
    });
    document.querySelectorAll("form[data-draft]").forEach(begin);
  }

  document.addEventListener("htmx:afterSwap", (event) => { const one = formOf(event.detail.target); if (one) one.keep(); });
  document.addEventListener("portal:file", (event) => { const one = formOf(event.target); if (one) one.keep(); });
  window.addEventListener("beforeunload", (event) => {
    const asks = [...forms.values()].some((one) => !one.leaving && one.form.isConnected && (one.lost || kept.busy(one.form)));
    if (asks) { event.preventDefault(); event.returnValue = ""; }
  });

  // ---- a session that ends -------------------------------------------------------------------------

  async function whoIsHere() {
    try {
      const answer = await fetch(document.body.dataset.session || "/session", { headers: { Accept: "application/json" }, credentials: "same-origin" });
      return answer.ok ? await answer.json() : null;
    } catch { return null; }
  }
  function take(token) {
    const meta = document.querySelector("meta[name=csrf-token]");
    if (meta) meta.content = token;
    document.querySelectorAll("input[name=csrf_token]").forEach((input) => { input.value = token; });
  }
  kept.renew = async () => {
    const here = await whoIsHere();
    if (mine(here)) take(here.csrf);
    return mine(here);
  };
  const mine = (here) => Boolean(here) && person !== "" && String(here.person) === person;

  let waiting = []; // what goes on once the person is signed in again
  let turn = 0;
  function sessionOver(then) {
    if (then) waiting.push(then);
    if (dialog.open) return;
    dialog.querySelector("[data-other]").hidden = true;
    dialog.showModal();
    turn = setInterval(look, 3000);
  }
  async function look() {
    if (!dialog.open) return;
    const here = await whoIsHere();
    if (!dialog.open || !here || here.person === null) return;
    dialog.querySelector("[data-other]").hidden = mine(here);
    if (!mine(here)) return;
    take(here.csrf);
    const next = waiting;
    waiting = [];
    dialog.close();
    next.forEach((act) => act());
  }
  if (dialog) {
    dialog.querySelector("[data-later]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { clearInterval(turn); waiting = []; });
    window.addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
  }

  // A part of the page that is asked for without a session: the page stays as it is.
  let again = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.status !== 401 && xhr.status !== 400) { again = null; return; }
    const asked = requestConfig && requestConfig.elt;
    const repeat = () => { if (asked && asked.isConnected) asked.matches("button, a") ? asked.click() : asked.dispatchEvent(new Event("change", { bubbles: true })); };
    if (xhr.status === 401 && person) {
      event.detail.shouldSwap = false;
      sessionOver(repeat);
    } else if (xhr.status === 400 && formOf(asked) && again !== asked) {
      again = asked; // the token may be that of an earlier session: once more with the one of now
      event.detail.shouldSwap = false;
      whoIsHere().then((here) => {
        if (mine(here)) { take(here.csrf); repeat(); } else sessionOver(repeat);
      });
    }
  });

  // Before a form is sent: files have arrived, and the session goes on.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (new URL(form.getAttribute("action") || "", location.href).pathname === "/logout/") {
      keys(`${PREFIX}${person}|`).forEach(forget);
      forms.forEach((one) => { one.leaving = true; });
      return;
    }
    const name = form.dataset.draft || form.dataset.draftOf;
    if (!name || form.getAttribute("method") !== "post") return;
    if (form.dataset.ready) {
      delete form.dataset.ready;
      const draft = read(keyOf(name)), one = forms.get(form);
      if (draft) write(keyOf(name), { ...draft, sent: true });
      if (one) one.leaving = true;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.checking) return;
    form.dataset.checking = "1";
    const button = event.submitter;
    try {
      if (kept.busy(form)) {
        const said = beside(form, words.waiting);
        const buttons = [...form.querySelectorAll(".form-actions button")];
        buttons.forEach((b) => { b.disabled = true; });
        const arrived = await kept.uploadsOf(form);
        buttons.forEach((b) => { b.disabled = false; });
        said.remove();
        if (!arrived) return;
      }
      const here = await whoIsHere();
      if (!here) { beside(form, words.away); return; }
      if (!mine(here)) {
        sessionOver(() => { beside(form, words.back); if (button) button.focus(); });
        return;
      }
      take(here.csrf);
    } finally {
      delete form.dataset.checking;
    }
    form.dataset.ready = "1";
    form.requestSubmit(button && button.isConnected && button.form === form ? button : null);
    delete form.dataset.ready; // where a control of the page itself refused it
  }, true);
  window.addEventListener("pageshow", (event) => { if (event.persisted) forms.forEach((one) => { one.leaving = false; one.keep(); }); });

  if (document.readyState === "complete") start();
  else window.addEventListener("load", start); // after the browser has put back what it remembers by itself
})();
