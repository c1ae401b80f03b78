// Pages of a draft: when saving stops, they say so loudly and hold what edits. No page saves twice at once.
(() => {
  "use strict";
  const lost = document.getElementById("draft-lost");
  const bar = document.getElementById("draftbar");
  if (!bar || !lost) return;
  let failures = 0;
  const hold = on => {
    lost.hidden = !on;
    document.body.classList.toggle("held", on);
    document.querySelectorAll(".draft-edit").forEach(part => { part.inert = on; });
  };
  const saves = event => event.target.closest && (event.target === bar || event.target.closest("[data-saves]"));
  const failed = event => {
    if (!saves(event)) return;
    // One question of the bar may get lost; a change that was not saved may not.
    failures += event.target === bar ? 1 : 2;
    if (failures > 1) hold(true);
  };
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);
  document.addEventListener("htmx:responseError", event => {
    const status = event.detail.xhr.status;
    if (status >= 500 || status === 401 || (event.target === bar && status !== 409)) failed(event);
  });
  document.addEventListener("htmx:afterOnLoad", event => {
    if (saves(event) && event.detail.xhr.status < 400) { failures = 0; hold(false); }
  });
  document.addEventListener("studio:saved", () => window.htmx && window.htmx.trigger(bar, "studio:ask"));
})();
