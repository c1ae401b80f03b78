"""Read a page's form as a browser does: successful controls only, values as they would be sent."""

from __future__ import annotations

import re
from datetime import date, datetime
from html.parser import HTMLParser


class Browser(HTMLParser):
    """Collects the controls of the first form."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pairs: list[tuple[str, str]] = []
        self.pointers: dict[str, list[str]] = {}
        self.ids: list[str] = []
        self.select: dict | None = None
        self.textarea: dict | None = None
        self.option: dict | None = None
        self.text = ""
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs_list: list[tuple[str, str | None]]) -> None:
        attrs = dict(attrs_list)
        assert len(attrs) == len(attrs_list), f"an attribute appears twice in <{tag}>"
        if attrs.get("id"):
            self.ids.append(attrs["id"] or "")
        self.inline += [name for name in attrs if name == "style" or name.startswith("on")]
        if tag in ("input", "select", "textarea") and attrs.get("data-pointer") is not None:
            self.pointers.setdefault(attrs["data-pointer"] or "", []).append(attrs.get("name") or "")
        if tag == "input":
            self._input(attrs)
        elif tag == "select":
            self.select = {"attrs": attrs, "options": []}
        elif tag == "option" and self.select is not None:
            self._end_option()
            self.option = attrs
            self.text = ""
        elif tag == "textarea":
            self.textarea = attrs
            self.text = ""

    def _input(self, attrs: dict) -> None:
        name, kind = attrs.get("name"), attrs.get("type", "text")
        if not name or "disabled" in attrs or kind in ("submit", "button", "image", "reset", "file"):
            return
        value = attrs.get("value")
        if kind in ("checkbox", "radio"):
            if "checked" in attrs:
                self.pairs.append((name, "on" if value is None else value))
            return
        self.pairs.append((name, _sanitise(kind, value or "")))

    def handle_data(self, data: str) -> None:
        self.text += data

    def _end_option(self) -> None:
        if self.option is not None and self.select is not None:
            value = self.option.get("value")
            text = " ".join(self.text.split()) if value is None else value
            self.select["options"].append((text, "selected" in self.option, "disabled" in self.option))
        self.option = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "option":
            self._end_option()
        elif tag == "select" and self.select is not None:
            self._end_option()
            attrs, options = self.select["attrs"], self.select["options"]
            self.select = None
            if not attrs.get("name") or "disabled" in attrs:
                return
            chosen = [o for o in options if o[1] and not o[2]]
            if "multiple" not in attrs:
                chosen = chosen[-1:] or [o for o in options if not o[2]][:1]
            self.pairs += [(attrs["name"], o[0]) for o in chosen]
        elif tag == "textarea" and self.textarea is not None:
            attrs, self.textarea = self.textarea, None
            if attrs.get("name") and "disabled" not in attrs:
                value = self.text.removeprefix("\n")
                self.pairs.append((attrs["name"], re.sub(r"\r\n|\r|\n", "\r\n", value)))


def _sanitise(kind: str, value: str) -> str:
    """Apply the value sanitisation of HTML."""
    if kind == "hidden":
        return re.sub(r"\r\n|\r|\n", "\r\n", value)
    value = value.replace("\r", "").replace("\n", "")
    if kind in ("email", "url"):
        return value.strip(" \t\f")
    checks = {"date": date.fromisoformat, "datetime-local": datetime.fromisoformat}
    if kind in checks:
        try:
            checks[kind](value)
        except ValueError:
            return ""
    if kind == "number":
        try:
            float(value)
        except ValueError:
            return ""
    return value


def read_page(html: str) -> Browser:
    browser = Browser()
    browser.feed(html)
    browser.close()
    return browser
