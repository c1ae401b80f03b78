"""A person without a mouse: goes by Tab and arrows, and must always see where the focus is."""

from __future__ import annotations

from typing import Any

# Where the focus is: what it is, whether an outline shows it, and whether something lies over all of it.
FOCUS = """async selector => {
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));  // scrolled into view
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const at = (x, y) => document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
  const labels = [...(e.labels || [])];
  const mine = hit => hit && (e.contains(hit) || hit.contains(e) || labels.some(label => label.contains(hit)));
  const points = [[.5, .5], [.1, .2], [.9, .2], [.1, .8], [.9, .8]];
  return {
    what: `${e.tagName.toLowerCase()}.${e.className} “${(e.innerText || e.value || e.name || "").trim().slice(0, 40)}”`,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: points.some(([x, y]) => mine(at(x, y))),
    sought: Boolean(selector) && e.matches(selector),
  };
}"""
# Everything Tab must come to; of the buttons of a choice, only one.
REACHABLE = """() => {
  const all = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']");
  const groups = new Set();
  return [...all].filter(e => {
    if (e.disabled || e.tabIndex < 0 || e.type === "hidden") return false;
    if (!e.checkVisibility({ visibilityProperty: true })) return false;
    if (e.type !== "radio") return true;
    const first = !groups.has(e.name);
    groups.add(e.name);
    return first;
  }).length;
}"""
MOST = 250


class Keys:
    """The keyboard of one page. Every stop of the focus is checked on the way."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        """Write over what the field holds."""
        self.press("Control+a")
        self.page.keyboard.insert_text(text)

    def focused(self, selector: str) -> bool:
        """Return whether the focus is on an element that matches."""
        script = "s => document.activeElement !== null && document.activeElement.matches(s)"
        return bool(self.page.evaluate(script, selector))

    def check(self) -> str | None:
        """Return what has the focus, None for the page itself; fail where a person would not see it."""
        focus = self._seen()
        return None if focus is None else str(focus["what"])

    def _seen(self, selector: str = "") -> dict[str, Any] | None:
        """Return what has the focus and whether it matches; fail where a person would not see it."""
        focus: dict[str, Any] | None = self.page.evaluate(FOCUS, selector)
        if focus is None:
            return None
        assert focus["outlined"], f"{self.page.url}: nothing shows the focus on {focus['what']}"
        assert focus["seen"], f"{self.page.url}: something hides {focus['what']}"
        return focus

    def to(self, selector: str) -> None:
        """Go on by Tab until the focus is on an element that matches."""
        for _ in range(MOST):
            self.press("Tab")
            if (focus := self._seen(selector)) and focus["sought"]:
                return
        raise AssertionError(f"{self.page.url}: Tab never comes to {selector}")

    def skip(self) -> None:
        """Take the skip link, the first stop of every page, to the content."""
        self.press("Tab")
        assert self.focused(".skip-link")
        self.press("Enter")
        assert self.focused("main")

    def follow(self, selector: str) -> None:
        """Go to a link or a button and press Enter; wait for the page it leads to."""
        self.to(selector)
        with self.page.expect_navigation():
            self.press("Enter")

    def walk(self) -> int:
        """Go through the whole page and out at its end; return how many stops there were."""
        expected = self.page.evaluate(REACHABLE)
        stops = 0
        for _ in range(MOST):
            self.press("Tab")
            if self.check() is None:
                break
            stops += 1
        else:
            raise AssertionError(f"{self.page.url}: the focus does not leave the page")
        assert stops >= expected, f"{self.page.url}: Tab comes to {stops} of {expected}"
        return stops
