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
