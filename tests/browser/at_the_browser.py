"""Somebody at Chromium who goes through a story: clicks links, types into controls, presses buttons."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tests.acceptance.walks.page import Form, Node, Page
from tests.acceptance.walks.person import Person
from tests.browser.screenshots import watch

# What is folded around a thing is opened first, as a person does who looks for it.
UNFOLD = """node => {
  for (let fold = node.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
}"""
# In one go, by the form that stays: what it holds may just be drawn anew, and an old control takes nothing any more.
PUT = """(form, [name, value]) => {
  const found = form.elements.namedItem(name), control = found instanceof RadioNodeList ? found[0] : found;
  control.value = value;
  for (const kind of ['input', 'change']) control.dispatchEvent(new Event(kind, {bubbles: true}));
}"""
SOON = 500  # milliseconds after which the page has asked for what an answer opens
BOXES = ("checkbox", "radio")


class Tab:
    """A browser of one person's own, and what it complained about."""

    def __init__(self, chromium: Any, base: str) -> None:
        self.base = base
        self.page = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
        self.page.set_default_timeout(60_000)
        self.complaints = watch(self.page)


class AtTheBrowser(Person):
    """One person at a browser; ``client`` is the tab."""

    def home(self) -> None:
        """Go home: the one address that everybody knows."""
        self.client.page.goto(f"{self.client.base}/")
        self.look()

    def follow(self, address: str) -> None:
        """Click a link of the page."""
        assert address in [href for _, href in self.page.links()], (self.name, address)
        if self.page.address != self.here():
            # The walk stands at a page that it saw before.
            self.client.page.goto(self.client.base + self.page.address)
            self.look()
        link = self.client.page.locator(f'a[href="{address}"]')
        if not link.locator("visible=true").count():
            link.first.evaluate(UNFOLD)
        seen = link.locator("visible=true")
        with self.client.page.expect_navigation():
            if seen.count():
                seen.first.click()
            else:
                link.first.dispatch_event("click")
        self.look()

    def send(self, form: Form, button: Node | None = None) -> None:
        """Enter what the form is to hold, and press the button."""
        place = [one.node for one in self.page.forms()]
        index = next(at for at, node in enumerate(place) if same(node, form.node))
        before = Form(form.node, form.action)
        live = self.client.page.locator("form").nth(index)
        for name, values in form.values.items():
            if before.values[name] != values:
                self.enter(live, name, form.controls[name][0], values)
        if button is not None and button.attrs.get("name") == "_refresh":
            # Without scripts one asks for what an answer opens; here it comes by itself.
            self.settle()
            self.look()
            return
        at = form.buttons.index(button) if button is not None else 0
        name = (button.attrs if button is not None else {}).get("name")
        press = live.locator(f'button[name="{name}"]') if name else live.locator("button[type=submit]")
        if name and "value" in button.attrs:  # type: ignore[union-attr]
            press = live.locator(f'button[name="{name}"][value="{button.attrs["value"]}"]')  # type: ignore[union-attr]
        elif not name:
            press = live.locator("button:not([name]):not([type=button])")
            at = [one for one in form.buttons if not one.attrs.get("name")].index(form.buttons[at])
            press = press.nth(at)
        press = press.first
        press.evaluate(UNFOLD)
        if name and name.startswith("_"):
            press.click()
            self.settle()
        else:
            if form.values != before.values:
                self.settle()
            with self.client.page.expect_navigation():
                press.click()
        self.look()

    def enter(self, live: Any, name: str, node: Node, values: list[str]) -> None:
        """Enter values into the live controls of a name, as a person does where they are seen."""
        controls = live.locator(f'[name="{name}"]:not([type=hidden][value=""])')
        live.locator(f'[name="{name}"]').first.evaluate(UNFOLD)
        if node.attrs.get("type") in BOXES:
            for box in live.locator(f'input[name="{name}"]:not([type=hidden])').all():
                wanted = (box.get_attribute("value") or "on") in values
                if box.is_checked() != wanted and (wanted or node.attrs["type"] == "checkbox"):
                    box.evaluate(UNFOLD)
                    box.set_checked(wanted, force=True)
        elif node.tag == "select" and controls.first.is_visible():
            controls.first.select_option(values)
        elif controls.first.is_visible() and controls.first.is_editable():
            controls.first.fill(values[0])
        else:
            live.evaluate(PUT, [name, values[0]])

    def settle(self) -> None:
        """Wait until the page has what an answer opens."""
        self.client.page.wait_for_timeout(SOON)
        self.client.page.wait_for_function("!document.querySelector('.htmx-request')")

    def look(self) -> None:
        """Read the page that came."""
        self.page = Page.read(self.here(), 200, self.client.page.content())

    def here(self) -> str:
        """Return the address in the browser, without the server's name."""
        parts = urlsplit(self.client.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")


def same(one: Node, other: Node) -> bool:
    """Tell whether two forms of one page are the same."""
    if one is other:
        return True
    return one.attrs == other.attrs and one.text == other.text and hidden(one) == hidden(other)


def hidden(form: Node) -> list[tuple[str, str]]:
    """Return what a form holds that nobody sees: proposals on one page differ in nothing else."""
    return [
        (one.attrs.get("name", ""), one.attrs.get("value", ""))
        for one in form.nodes()
        if one.tag == "input" and one.attrs.get("type") == "hidden"
    ]
