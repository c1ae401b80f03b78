// Designers in the studio: arrow keys lead from stage to stage in the picture; the chosen one is in view.
(() => {
  "use strict";
  const frame = document.getElementById("flow-picture");
  if (!frame) return;
  const place = (one) => { const box = one.querySelector("rect").getBBox(); return { x: box.x + box.width / 2, y: box.y + box.height / 2 }; };
  const towards = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

  // The nearest stage in the direction of the key; what lies aside counts double.
  function next(from, [dx, dy]) {
    const at = place(from);
    let best = null, least = Infinity;
    for (const one of frame.querySelectorAll(".flow-stage")) {
      const to = place(one), along = (to.x - at.x) * dx + (to.y - at.y) * dy, aside = Math.abs((to.x - at.x) * dy) + Math.abs((to.y - at.y) * dx);
      if (one !== from && along > 4 && along + 2 * aside < least) { best = one; least = along + 2 * aside; }
    }
    return best;
  }

  frame.addEventListener("keydown", (event) => {
    const from = event.target.closest(".flow-stage"), way = towards[event.key];
    if (!from || !way || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = next(from, way);
    event.preventDefault();
    if (to) { to.focus(); to.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  });
  const chosen = frame.querySelector(".is-chosen");
  if (chosen) frame.scrollLeft = (chosen.querySelector("rect, path").getBBox().x || 0) - frame.clientWidth / 3;
})();

// Forms: a field is chosen by a click on it, and dragged before another one or onto a section; buttons do the same.
(() => {
  "use strict";
  const canvas = document.getElementById("design-canvas");
  if (!canvas) return;
  const BOX = ".form-field, .form-group, .form-rows";
  const pickOf = (box) => box && box.querySelector(":scope > .design-pick, :scope > legend > .design-pick, :scope > fieldset > legend > .design-pick, :scope > label > .design-pick, :scope .design-pick");
  const fieldOf = (box) => { const pick = pickOf(box); return pick ? pick.dataset.field : ""; };
  const form = document.getElementById("design-place"), away = document.getElementById("design-to");

  // What a clerk fills in is shown, not filled in here: keys and pointer pass over it.
  function still() {
    canvas.querySelectorAll("input, select, textarea, button").forEach((one) => { one.inert = true; });
    if (!form) return;
    canvas.querySelectorAll(BOX).forEach((box) => { if (pickOf(box)) box.draggable = true; });
  }
  still();
  document.addEventListener("htmx:oobAfterSwap", (event) => { if (event.target === canvas) still(); });
  const chosen = canvas.querySelector(".is-chosen");
  if (chosen) chosen.scrollIntoView({ block: "nearest" });

  canvas.addEventListener("click", (event) => {
    if (event.target.closest("a")) return;
    const pick = pickOf(event.target.closest(BOX));
    if (pick) pick.click();
  });

  let dragged = "";
  canvas.addEventListener("dragstart", (event) => {
    dragged = fieldOf(event.target.closest(BOX));
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged);
  });
  const clear = () => document.querySelectorAll(".is-over").forEach((one) => one.classList.remove("is-over"));
  const over = (event) => event.target.closest && (event.target.closest(`#design-canvas :is(${BOX})`) || event.target.closest(".design-sections a"));
  document.addEventListener("dragover", (event) => {
    const at = dragged && over(event);
    clear();
    if (!at) return;
    event.preventDefault();
    at.classList.add("is-over");
  });
  document.addEventListener("dragend", () => { dragged = ""; clear(); });
  document.addEventListener("drop", (event) => {
    const at = dragged && over(event);
    if (!at) return;
    event.preventDefault();
    clear();
    const target = "section" in at.dataset ? away : form, value = "section" in at.dataset ? at.dataset.section : fieldOf(at);
    if (value === dragged) return;
    target.elements.field.value = dragged;
    target.elements[target === away ? "to" : "before"].value = value;
    target.submit();
  });
})();
