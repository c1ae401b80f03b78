// Rules in the studio: the list shows the rule that the page is about; buttons of a sentence go the way of its changes.
(() => {
  "use strict";
  const list = document.querySelector(".rule-list"), now = list && list.querySelector("[aria-current]");
  if (now) list.scrollTop = now.offsetTop - list.clientHeight / 3;
  const form = document.querySelector(".ruling-form[data-autosave]"), act = document.getElementById("ruling-act");
  if (!form || !act) return;

  // One save is on its way at a time (editing.js): a button pressed meanwhile waits for its turn like a change does.
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    event.preventDefault();
    act.value = button.value;
    act.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("htmx:configRequest", (event) => { if (event.detail.elt === form) act.value = ""; });
})();
