// The week of those stationed: arrow keys go from day to day, Delete takes the chosen one out; what was changed has the focus.
(() => {
  "use strict";
  const table = document.querySelector("table.week");
  if (!table) return;
  const BY = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  table.addEventListener("keydown", (event) => {
    const at = event.target.closest("[data-cell]"), by = BY[event.key];
    if (!at || event.ctrlKey || event.metaKey || event.altKey) return;
    if ((event.key === "Delete" || event.key === "Backspace") && at.hasAttribute("aria-current")) {
      const form = document.getElementById("week-clear");
      if (form) { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (!by) return;
    event.preventDefault();
    const cell = at.closest("td"), row = cell.parentElement, inner = [...cell.querySelectorAll("[data-cell]")];
    const within = by[0] && inner[inner.indexOf(at) + by[0]];
    let next = within;
    for (let r = row, c = cell.cellIndex; !next; ) {
      if (by[0]) r = by[0] > 0 ? r.nextElementSibling : r.previousElementSibling;
      c += by[1];
      const td = r && r.cells[c];
      if (!td || c < 1) return;
      const found = td.querySelectorAll("[data-cell]");
      next = found[by[0] < 0 ? found.length - 1 : 0];
    }
    next.focus();
  });

  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const first = target && (target.matches("td") ? target.querySelector("[data-cell]") : target);
  if (first) first.focus();
})();
