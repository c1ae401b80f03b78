// The designer of a hall: things of the plan are chosen without loading the page again, dragged, and moved with keys.
// What is on its way is sent one after the other; what was not saved is kept and told by editing.js.
(() => {
  "use strict";
  const hall = document.getElementById("hall");
  if (!hall || !window.htmx) return;
  const CELL = 24, WAIT = 450;
  const svg = () => hall.querySelector("svg.plan");
  const moves = () => svg() && svg().hasAttribute("data-moves");
  const thing = (key) => [...hall.querySelectorAll("[data-thing]")].find((one) => one.dataset.thing === key);
  const boxOf = (one) => one.dataset.box.split(" ").map(Number);
  const token = () => document.querySelector("meta[name=csrf-token]").content;

  // -- sending: one at a time -----------------------------------------------------------------------
  const queue = [];
  let running = false;

  // Pages of errors are answers too: only a status below 400 is one that shows the hall.
  const answered = (event) => event.detail.successful && event.detail.xhr.status < 400;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === hall && event.detail.xhr.status >= 400) event.detail.shouldSwap = false;
  });

  async function run() {
    if (running) return;
    running = true;
    while (queue.length) {
      const { method, url, values, focus } = queue[0];
      let done = false;
      const seen = (event) => {
        if (event.detail.requestConfig && event.detail.requestConfig.path === url) done = answered(event);
      };
      document.addEventListener("htmx:afterRequest", seen);
      try {
        await htmx.ajax(method, url, { source: hall, target: hall, swap: "innerHTML show:none", values });
      } catch { done = false; }
      document.removeEventListener("htmx:afterRequest", seen);
      if (!done) break;
      queue.shift();
      settle(focus);
    }
    running = false;
  }

  function send(method, url, values, focus) {
    queue.push({ method, url, values, focus });
    return run();
  }

  // What had the focus has it again, and what happened is said.
  function settle(focus) {
    const chosen = [...hall.querySelectorAll(".plan-picked [data-thing], .outline [aria-current]")];
    for (const at of [focus && document.getElementById(focus), ...chosen]) {
      if (at && document.activeElement !== document.body) break;
      if (at) at.focus({ preventScroll: true });
    }
    const one = svg() && svg().querySelector(".plan-picked [data-thing]"), said = document.getElementById("hall-said");
    if (one && said) said.textContent = one.getAttribute("aria-label");
    const now = hall.querySelector(".outline [aria-current]");
    if (now) now.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-save-again]") && queue.length) run();
  });
  addEventListener("beforeunload", (event) => { if (queue.length) event.preventDefault(); });

  // -- choosing -------------------------------------------------------------------------------------
  let dragged = false;
  hall.addEventListener("click", (event) => {
    const link = event.target.closest("[data-thing], [data-pick]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (dragged) { dragged = false; return; }
    choose(link);
  });

  function choose(link) {
    const url = link.getAttribute("href");
    history.replaceState(history.state, "", url);
    return send("GET", url, {}, link.id);
  }

  // -- forms of the panel and the tools -------------------------------------------------------------
  hall.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-hall-act]");
    if (!form || event.defaultPrevented || (form.dataset.confirm && !form.dataset.confirmed)) return;
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form)), by = event.submitter;
    if (by && by.name) values[by.name] = by.value;
    const first = form.querySelector("input[id]");
    send("POST", form.getAttribute("action"), values, (by && by.id) || (first && first.id));
  });

  // What was entered in the form of the chosen thing shows on the plan and in the list at once.
  document.addEventListener("studio:saved", async () => {
    if (running || queue.length) return;
    let answer;
    try {
      answer = await fetch(location.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    } catch { return; }
    if (!answer.ok || running || queue.length) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["hall-counted", "hall-drawing", "hall-outline", "hall-findings"]) {
      const from = fresh.getElementById(id), to = document.getElementById(id);
      const focused = to && to.contains(document.activeElement) ? document.activeElement.id : "";
      if (from && to) to.replaceChildren(...from.childNodes);
      const again = focused && document.getElementById(focused);
      if (again) again.focus({ preventScroll: true });
    }
  });

  // -- drawing while it moves -----------------------------------------------------------------------
  function draw(one, box) {
    const [x, y, w, h] = boxOf(one), rect = one.querySelector("rect");
    if (!one.shape) one.shape = { w: Number(rect.getAttribute("width")), h: Number(rect.getAttribute("height")) };
    const by = `translate(${(box[0] - x) * CELL} ${(box[1] - y) * CELL})`, item = one.parentNode;
    item.setAttribute("transform", by);
    rect.setAttribute("width", Math.max(one.shape.w + (box[2] - w) * CELL, 6));
    rect.setAttribute("height", Math.max(one.shape.h + (box[3] - h) * CELL, 6));
    item.querySelectorAll(".plan-handle").forEach((handle) => { handle.setAttribute("visibility", "hidden"); });
    if (item.classList.contains("plan-zone")) inside(one.dataset.thing).forEach((inner) => inner.parentNode.setAttribute("transform", by));
  }

  const inside = (zone) => {
    const area = boxOf(thing(zone));
    return [...hall.querySelectorAll(".plan-item:not(.plan-zone) [data-thing]")].filter((one) => {
      const [x, y] = boxOf(one);
      return x >= area[0] && y >= area[1] && x < area[0] + area[2] && y < area[1] + area[3];
    });
  };

  function resized(box, side, dx, dy) {
    let [x, y, w, h] = box;
    if (side.includes("e")) w = Math.max(w + dx, 1);
    if (side.includes("s")) h = Math.max(h + dy, 1);
    if (side.includes("w")) { const by = Math.min(dx, w - 1); x += by; w -= by; }
    if (side.includes("n")) { const by = Math.min(dy, h - 1); y += by; h -= by; }
    return [x, y, w, h];
  }

  function place(one, box) {
    const [x, y, w, h] = box, key = one.dataset.thing;
    if (box.every((number, at) => number === boxOf(one)[at])) return;
    const [draft] = hall.dataset.hall.split("/layout");
    history.replaceState(history.state, "", one.getAttribute("href"));
    send("POST", `${draft}/hall/do/place`, { csrf_token: token(), at: key, x, y, w, h }, one.id);
  }

  // -- pointer --------------------------------------------------------------------------------------
  let drag = null;
  const scale = () => svg().viewBox.baseVal.width / svg().getBoundingClientRect().width;
  hall.addEventListener("pointerdown", (event) => {
    const item = event.target.closest(".plan-item"), one = item && item.querySelector("[data-thing]");
    dragged = false;
    if (!one || !moves() || event.button || running) return;
    drag = { one, side: event.target.dataset.handle || "", x: event.clientX, y: event.clientY, box: boxOf(one), now: boxOf(one), id: event.pointerId };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const dx = Math.round((event.clientX - drag.x) * scale() / CELL), dy = Math.round((event.clientY - drag.y) * scale() / CELL);
    if (!dragged && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 5) return;
    dragged = true;
    const [x, y, w, h] = drag.box;
    drag.now = drag.side ? resized(drag.box, drag.side, dx, dy) : [Math.max(x + dx, 0), Math.max(y + dy, 0), w, h];
    draw(drag.one, drag.now);
  });
  document.addEventListener("pointerup", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const { one, now, box } = drag;
    drag = null;
    if (dragged && now.some((number, at) => number !== box[at])) place(one, now);
    else if (dragged) draw(one, box);
    setTimeout(() => { dragged = false; });
  });
  document.addEventListener("pointercancel", () => { if (drag) draw(drag.one, drag.box); drag = null; });
  hall.addEventListener("dragstart", (event) => { if (event.target.closest("svg")) event.preventDefault(); });

  // -- keys -----------------------------------------------------------------------------------------
  const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  let keyed = null, timer = 0;
  function settleKeys() {
    clearTimeout(timer);
    if (!keyed) return;
    const { one, box } = keyed;
    keyed = null;
    place(one, box);
  }
  hall.addEventListener("keydown", (event) => {
    const one = event.target.closest("[data-thing]"), by = KEYS[event.key];
    if (!one || !by || !moves() || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (running) return;
    if (!keyed || keyed.one !== one) { settleKeys(); keyed = { one, box: boxOf(one) }; }
    const [x, y, w, h] = keyed.box;
    keyed.box = event.shiftKey
      ? [x, y, Math.max(w + by[0], 1), Math.max(h + by[1], 1)]
      : [Math.max(x + by[0], 0), Math.max(y + by[1], 0), w, h];
    draw(one, keyed.box);
    clearTimeout(timer);
    timer = setTimeout(settleKeys, WAIT);
  });
  hall.addEventListener("focusout", () => { if (keyed) settleKeys(); });
})();
