// Editors of the studio save each change at once. One save is on its way at a time; one that failed is told loudly.
(() => {
  "use strict";
  // A designer takes over the form of another thing without loading the page again: the form is that of the moment.
  const shown = () => document.querySelector("form[data-autosave]");
  const lost = document.getElementById("editor-lost");
  if (!lost) return;
  let running = false, waiting = false;

  // What the portal refused is told above the page: sending it once more would be refused once more.
  function say(failed, refused = false) {
    lost.classList.toggle("is-refused", refused);
    if (lost.hidden === !failed) return;
    lost.hidden = !failed;
    document.body.classList.toggle("is-unsaved", failed);
    if (failed) lost.scrollIntoView({ block: "nearest" });
  }

  async function save() {
    const form = shown();
    if (!form) return;
    if (running) { waiting = true; return; }
    running = true;
    waiting = false;
    try {
      await htmx.ajax("POST", form.getAttribute("action"), { source: form, target: "#editor-quiet", swap: "innerHTML" });
    } catch { say(true); }
    running = false;
    if (waiting) save();
  }

  // Answers to changes go nowhere but to their places outside of the form.
  const quiet = document.createElement("div");
  quiet.id = "editor-quiet";
  quiet.hidden = true;
  document.body.append(quiet);

  document.addEventListener("change", (event) => {
    const at = event.target, form = shown();
    if (!form || !form.contains(at) || at.hasAttribute("hx-post") || !at.name) return;
    save();
  });
  document.addEventListener("submit", (event) => {
    const by = event.submitter;
    if (event.target !== shown() || (by && by.hasAttribute("hx-post"))) return;
    event.preventDefault();
    save();
  });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-save-again]")) save(); });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.requestConfig && event.detail.requestConfig.verb === "post" && event.target.id !== "draftbar") {
      const saved = event.detail.successful && event.detail.xhr.status < 400;
      const { status } = event.detail.xhr;
      say(!saved, status >= 400 && status < 500 && ![401, 408, 429].includes(status));
      if (saved) document.dispatchEvent(new Event("studio:saved"));
    }
  });
  // The bar asks every ten seconds: once it is answered again, what was not saved is sent again.
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.target.id === "draftbar" && !lost.hidden && !lost.classList.contains("is-refused") && event.detail.xhr.status < 400) save();
  });
  ["htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, () => say(true)));
  addEventListener("beforeunload", (event) => { if (running || !lost.hidden) event.preventDefault(); });
})();
