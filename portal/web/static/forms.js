// Comfort for forms. Everything works without this file: it holds no rule of any form.
(() => {
  "use strict";

  function start(root) {
    if (window.portalPickers) portalPickers.start(root);
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

  // Folds: what somebody opened stays open, and each says how much in it is filled in.
  const folds = (root) => [...root.querySelectorAll("details[id]")];
  let openFolds = new Map();
  const words = (fold) => JSON.parse(fold.closest("[data-folds]").dataset.folds);
  function told(input) {
    if (["radio", "checkbox"].includes(input.type)) return input.checked && input.value ? input.parentElement.textContent.trim() : "";
    const box = input.parentElement.querySelector("[role=combobox]");
    if (box) return box.value;
    return input.tagName === "SELECT" ? (input.value ? input.selectedOptions[0].textContent : "") : input.value;
  }
  document.addEventListener("change", (event) => {
    const fold = event.target.closest(".form-fold"), line = event.target.closest(".form-line");
    if (fold) {
      const filled = new Set([...fold.querySelectorAll("input[name], select[name], textarea[name]")]
        .filter((e) => e.type !== "hidden" && e.name.startsWith("/") && told(e)).map((e) => e.name)).size;
      const said = words(fold);
      fold.querySelector(".form-fold-state").textContent = filled ? said.filled.replace("{n}", filled) : said.blank;
    }
    if (line) setTimeout(() => line.querySelectorAll("[data-tells]").forEach((one) => {
      const input = document.getElementById(one.dataset.tells);
      if (input) one.querySelector(".form-line-value").textContent = told(input);
    }));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-shortcut]");
    const place = link && document.getElementById(link.hash.slice(1));
    if (!place) return;
    event.preventDefault();
    const fold = place.closest("details");
    if (fold) fold.open = true;
    place.scrollIntoView({ block: "center" });
    const first = place.querySelector("input:not([type=hidden]), select, textarea");
    if (first) first.focus({ preventScroll: true });
  });

  // Beside a new record: what may be the same matter, asked for when what says so was entered.
  const same = document.querySelector("[data-same]");
  let asked = 0;
  async function look(form) {
    const turn = ++asked;
    let answer;
    try {
      answer = await fetch(same.dataset.same, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" }, credentials: "same-origin" });
    } catch { return; }
    if (answer.ok && turn === asked) same.innerHTML = await answer.text();
  }
  if (same) {
    const watched = JSON.parse(same.dataset.watched);
    document.addEventListener("change", (event) => {
      const form = event.target.closest("form[data-form]");
      const place = (event.target.name || "").replace(/\/\d+(?=\/|$)/g, "/*");
      if (form && watched.includes(place)) look(form);
    });
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-take-over]");
      if (!button || !window.htmx) return;
      event.preventDefault();
      const body = button.form.querySelector(".form-body");
      htmx.ajax("POST", button.form.action, { source: body, target: body, swap: "innerHTML show:none", values: { take: button.value } })
        .then(() => look(button.form));
    });
  }

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
  let searching = null; // the picker that has the focus: it is made by a script, so nobody else restores it
  let focused = ""; // the control that has the focus, for those that a script makes: a choice of a file
  document.addEventListener("htmx:beforeSwap", (event) => {
    const body = event.detail.target;
    if (!body || !body.matches || !body.matches(".form-body")) return;
    typed = new Map();
    openFolds = new Map(folds(body).map((fold) => [fold.id, fold.open]));
    const active = document.activeElement;
    const picker = active && body.contains(active) && active.lookup;
    searching = picker ? picker.state() : null;
    focused = active && body.contains(active) ? active.id : "";
    named(body).forEach((e) => {
      if (!sent.has(place(e)) || sent.get(place(e)) === held(e)) return;
      const box = e.matches("[data-lookup]") && e.parentElement.querySelector("[role=combobox]");
      const known = box ? box.lookup.known : e.hasAttribute("data-known");
      typed.set(place(e), { value: e.value, checked: e.checked, label: box ? box.value : e.dataset.label, known });
    });
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const body = event.detail.target;
    if (!body || !body.matches || !body.matches(".form-body")) return;
    named(body).filter((e) => typed.has(place(e))).forEach((e) => {
      const { value, checked, label, known } = typed.get(place(e));
      if (["radio", "checkbox"].includes(e.type)) e.checked = checked;
      else e.value = value;
      if (label !== undefined) e.dataset.label = label;
      if (e.matches("[data-lookup]")) e.toggleAttribute("data-known", known);
    });
    folds(body).forEach((fold) => { if (openFolds.get(fold.id)) fold.open = true; });
    start(body);
    const input = searching && document.getElementById(searching.id);
    if (input && input.lookup) input.lookup.resume(searching);
    const before = !input && focused && document.getElementById(focused);
    if (before && document.activeElement === document.body) before.focus({ preventScroll: true });
    const button = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (button && button.name && button.name.startsWith("_add:")) {
      const list = [...body.querySelectorAll("button")].find((b) => b.name === button.name);
      const rows = list && list.closest("fieldset").querySelectorAll(":scope > .form-row");
      const first = rows && rows.length && rows[rows.length - 1].querySelector("input:not([type=hidden]), select, textarea");
      if (first) first.focus();
    }
  });

  // A draft that came back (kept.js).
  document.addEventListener("portal:shown", (event) => start(event.target));

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => start(document));
  else start(document);
})();
