({
  // Text outside its own box or outside a box that hides it. Hidden text for readers is as wide as it is, what
  // scrolls on purpose may be wider inside, and an ellipsis says itself that there is more.
  cutOff() {
    const found = new Set(), seen = new Map();
    const facts = e => {
      if (!seen.has(e)) seen.set(e, { style: getComputedStyle(e), box: e.getBoundingClientRect() });
      return seen.get(e);
    };
    const ends = ({ style, box }, e) => box.width <= 2 || style.clipPath !== "none" || style.visibility === "hidden"
      || style.textOverflow === "ellipsis" || e.matches("select") || ["auto", "scroll"].includes(style.overflowX);
    const isInline = style => style.display === "inline" || style.display === "contents";
    const fits = (text, box) => text.left >= box.left - 1.5 && text.right <= box.right + 1.5;
    const range = document.createRange();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, n => n.data.trim() ? 1 : 2);
    for (let node; (node = walker.nextNode());) {
      if (!node.parentElement.checkVisibility()) continue;
      range.selectNodeContents(node);
      const rects = [...range.getClientRects()].filter(r => r.width > 1);
      let own = true;
      for (let e = node.parentElement; e && rects.length; e = e.parentElement) {
        const { style, box } = facts(e);
        if (ends(facts(e), e)) break;
        if (isInline(style)) continue;
        if ((own || style.overflowX !== "visible") && !rects.every(r => fits(r, box)))
          found.add(`${e.tagName.toLowerCase()}.${e.className} “${node.data.trim().slice(0, 60)}”`);
        own = false;
      }
    }
    for (const e of document.querySelectorAll("input[placeholder]"))
      if (!e.value && e.clientWidth > 2 && e.scrollWidth > e.clientWidth + 1) found.add(`placeholder “${e.placeholder}”`);
    return [...found];
  },

  // Texts in another script than the page's language, with their place; what is marked with its own lang is right.
  // The question before an act is text alone and names people and units: proper names may stand unmarked.
  foreign(pattern, own) {
    const strange = new RegExp(pattern, "u"), found = new Set();
    const language = e => (e.closest("[lang]") || document.documentElement).getAttribute("lang"); // pictures have no property of it
    const note = (e, text, how) => {
      if (!strange.test(text) || !language(e).startsWith(own)) return;
      const place = `${e.tagName.toLowerCase()}.${e.getAttribute("class") || ""}`;
      found.add(`${how} ${place} “${text.trim().slice(0, 80)}”`);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
      const e = node.parentElement;
      // What stands there for browsers without scripts is its source to the others.
      const text = e.tagName === "NOSCRIPT"
        ? new DOMParser().parseFromString(node.textContent, "text/html").body.textContent : node.textContent;
      if (!e.closest("script, style, textarea, #confirm-text")) note(e, text, "text");
    }
    for (const e of document.querySelectorAll("body *"))
      for (const name of ["aria-label", "title", "placeholder", "alt", "data-empty", "data-more"])
        if (e.hasAttribute(name)) note(e, e.getAttribute(name), name);
    return [...found].sort();
  },
})
