// Behaviour of every page, attached by data- attributes; no page carries a script of its own.
(function () {
  "use strict";
  const $ = (selector, root) => (root || document).querySelector(selector);
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const token = () => ($("meta[name=csrf-token]") || {}).content;

  // Navigation on a narrow screen
  function toggleNav(open) {
    document.body.classList.toggle("nav-open", open);
    const now = document.body.classList.contains("nav-open");
    all("[data-toggle-nav]").forEach(b => b.hasAttribute("aria-expanded") && b.setAttribute("aria-expanded", now));
    if (now) { const first = $("#sidebar a"); if (first) first.focus(); }
  }
  // A question before anything that cannot be undone; it names the thing.
  function ask(text, label, then) {
    const dialog = $("#confirm"), yes = $("[data-yes]", dialog);
    $("#confirm-text", dialog).textContent = text;
    yes.textContent = label || yes.dataset.default;
    yes.onclick = () => { dialog.close(); then(); };
    $("[data-no]", dialog).onclick = () => dialog.close();
    dialog.showModal();
  }
  document.addEventListener("submit", event => {
    const form = event.target, question = form.dataset.confirm;
    if (question && !form.dataset.confirmed) {
      event.preventDefault();
      ask(question, form.dataset.confirmLabel, () => { form.dataset.confirmed = "1"; form.requestSubmit ? form.requestSubmit() : form.submit(); });
      return;
    }
    if (form.method === "post" && !event.defaultPrevented) {
      if (form.dataset.sent) { event.preventDefault(); return; }  // a second click is not a second case
      form.dataset.sent = "1";
      const file = "download" in form.dataset;  // after a file no new page comes that would end it
      setTimeout(() => { delete form.dataset.sent; }, file ? 500 : 8000);
      if (!file) busy(true);
    }
  });
  document.addEventListener("click", event => {
    const target = event.target.closest("[data-toggle-nav],[data-dismiss],[data-print],tr[data-href],a,button,input,label,summary,select");
    all("details.menu[open]").forEach(menu => { if (!menu.contains(event.target)) menu.open = false; });
    if (!target) return;
    if (target.matches("[data-toggle-nav]")) toggleNav();
    else if (target.matches("[data-dismiss]")) target.closest("." + target.dataset.dismiss).remove();
    else if (target.matches("[data-print]")) window.print();
    else if (target.matches("tr[data-href]") && !String(getSelection())) {
      if (event.ctrlKey || event.metaKey) window.open(target.dataset.href, "_blank", "noopener");
      else location.href = target.dataset.href;
    }
  });
  if ($("[data-print-now]")) addEventListener("load", () => window.print());
  // Paper has nothing that opens: what is folded and belongs to the matter is unfolded for the print alone.
  addEventListener("beforeprint", () => all("details.told:not([open]), details.told-more:not([open])").forEach(one => { one.open = true; one.dataset.unfolded = ""; }));
  addEventListener("afterprint", () => all("details[data-unfolded]").forEach(one => { one.open = false; delete one.dataset.unfolded; }));
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") {
      if (document.body.classList.contains("nav-open")) toggleNav(false);
      all("details.menu[open]").forEach(menu => { menu.open = false; $("summary", menu).focus(); });
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      const button = $("[data-hotkey=s]");
      if (button) { event.preventDefault(); button.click(); }
    }
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      const button = $("[data-hotkey=Enter]");
      if (button) { event.preventDefault(); button.click(); }
    }
    // Enter in a single-line field never submits a long form by surprise.
    if (event.key === "Enter" && event.target.matches("form[data-no-enter] input:not([type=submit]):not([type=checkbox]):not([type=radio])")) event.preventDefault();
  });
  // Progress for every wait over 300 ms
  let timer = 0;
  function busy(on) {
    clearTimeout(timer);
    const bar = $("#busy");
    if (!bar) return;
    if (on) timer = setTimeout(() => { bar.hidden = false; }, 300); else bar.hidden = true;
  }
  document.addEventListener("htmx:configRequest", event => { event.detail.headers["X-CSRFToken"] = token(); });
  document.addEventListener("htmx:beforeRequest", () => busy(true));
  document.addEventListener("htmx:afterRequest", () => busy(false));
  window.addEventListener("pageshow", () => { busy(false); all("form[data-sent]").forEach(f => delete f.dataset.sent); });

  // Filter rows of the stock lists
  function stockFilters() {
    all("[data-fab-filters]").forEach(form => {
      const rows = $("[data-rows]", form), adder = $("[data-add]", form), search = $("[data-search]", form);
      function add(col, name, value) {
        const template = all("template[data-col]", form).find(t => t.dataset.col === col);
        if (!template) return;
        const row = template.content.firstElementChild.cloneNode(true);
        const op = $("[data-op]", row), field = $("[data-value] input, [data-value] select, [data-value] textarea", row);
        if (name !== undefined) all("option", op).forEach(o => { if (o.textContent === name) op.value = o.value; });
        field.removeAttribute("id");
        field.setAttribute("aria-label", $(".filter-name", row).textContent);
        if (value !== undefined) { if (field.type === "checkbox") field.checked = value === "y" || value === true; else field.value = value; }
        const rename = () => { field.name = "_flt_" + op.value + "_" + col; };
        rename();
        op.addEventListener("change", rename);
        $("[data-remove]", row).addEventListener("click", () => { row.remove(); search.hidden = !rows.children.length; if (!rows.children.length) form.submit(); });
        rows.append(row);
        search.hidden = false;
        if (name === undefined) field.focus();
      }
      adder.addEventListener("change", () => { if (adder.value) add(adder.value); adder.value = ""; });
      JSON.parse(form.dataset.active || "[]").forEach(([col, name, value]) => add(col, name, value));
    });
  }
  // A multiple select as a list of boxes
  function pickLists() {
    all("select[multiple]").forEach(select => {
      const box = document.createElement("div");
      box.className = "pick-list";
      box.setAttribute("role", "group");
      const label = $("label[for='" + select.id + "']");
      if (label) box.setAttribute("aria-label", label.textContent);
      all("option", select).forEach(option => {
        const line = document.createElement("label"), input = document.createElement("input"), text = document.createElement("span");
        line.className = "form-check"; input.type = "checkbox"; input.className = "form-check-input"; input.checked = option.selected; text.textContent = option.textContent;
        if (/[\u3400-\u9fff]/.test(option.textContent)) option.lang = text.lang = "zh-Hans";  // names stay in their own language
        input.addEventListener("change", () => { option.selected = input.checked; });
        line.append(input, text); box.append(line);
      });
      select.hidden = true;
      select.after(box);
    });
  }
  // What concerns one choice only is shown with that choice; without this script all of it is there
  function shownFor() {
    all("[data-shown-for]").forEach(part => {
      const [id, value] = part.dataset.shownFor.split("="), select = document.getElementById(id);
      const show = () => { part.hidden = select.value !== value; };
      select.addEventListener("change", show);
      show();
    });
  }
  // The unit tree opens level by level
  document.addEventListener("click", event => {
    const toggle = event.target.closest(".tree-toggle");
    if (!toggle) return;
    const open = toggle.getAttribute("aria-expanded") === "true";
    toggle.setAttribute("aria-expanded", String(!open));
    const branch = document.getElementById(toggle.getAttribute("aria-controls"));
    branch.hidden = open;
    if (!open && !branch.childElementCount) htmx.ajax("GET", toggle.dataset.url, { target: branch, swap: "innerHTML" });
  });
  document.addEventListener("DOMContentLoaded", () => {
    stockFilters(); pickLists(); shownFor();
    // Of tabs in a row that is wider than the window, the one of this page is seen
    all(".tabs [aria-current]").forEach(tab => { tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2; });
    const first = $("[data-autofocus]");
    if (first) first.focus();
  });
})();
