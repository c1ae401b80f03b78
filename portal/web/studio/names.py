"""What the things of a draft are called, those too that it no longer has: by the draft, then by what is in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.core.errors import msg
from portal.core.layout import Layout
from portal.core.rules.past import Target
from portal.core.text import Texts
from portal.services.bundles import Bundle
from portal.web import language
from portal.web.language import translate

_TIERS = {
    "up": msg("one level up"),
    "down": msg("the unit of the place"),
    "centre": msg("the centre itself"),
}
_SECTIONS = {"department": "departments", "route": "routes", "deadline": "deadlines"}


class Names:
    """Names in the language of the person, looked for in several bundles one after the other."""

    def __init__(self, bundles: Sequence[Bundle]) -> None:
        """Look in bundles in their order."""
        self._texts: list[tuple[Mapping[str, Any], Texts, Layout]] = [
            (one.raw, one.texts(language.current()), one.layout) for one in bundles
        ]

    def of(self, kind: str, code: str) -> str:
        """Return what a department, window, route, period ... is called; its identifier where nobody knows it."""
        if kind == "tier" and code in _TIERS:
            return translate(_TIERS[code])
        for raw, texts, layout in self._texts:
            if kind in _SECTIONS:
                thing = raw.get(_SECTIONS[kind], {}).get(code) or {}
                title = thing.get("name") or thing.get("title")
            else:
                placed = layout.find(kind, code)
                title = placed.title if placed is not None else None
            if title:
                return texts(title)
        return code

    def input(self, name: str) -> str:
        """Return what an input of the rules is called."""
        for raw, texts, _ in self._texts:
            for rules in raw.get("rules", {}).values():
                if name in rules.get("inputs", {}):
                    return texts(rules["inputs"][name].get("title"), name)
        return name

    def target(self, target: Target | None) -> str:
        """Return where a proposal leads, with its route."""
        if target is None:
            return translate(msg("no proposal"))
        place = self.of(target.kind, target.name)
        if not target.route:
            return place
        said = {"place": place, "route": self.of("route", target.route)}
        return translate(msg("%(place)s (%(route)s)")) % said
