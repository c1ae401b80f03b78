"""Names of the things of a draft, those too that it no longer has: by the draft, then by the release in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.core.errors import msg
from portal.core.layout import Layout
from portal.core.rules.past import Target
from portal.core.rules.proposals import LEVELS
from portal.core.text import Texts
from portal.services.bundles import Bundle
from portal.web import language
from portal.web.language import translate


class Names:
    """Names in the language of the person, looked for in several bundles one after the other."""

    def __init__(self, bundles: Sequence[Bundle]) -> None:
        """Look in bundles in their order."""
        self._texts: list[tuple[Mapping[str, Any], Texts, Layout]] = [
            (one.raw, one.texts(language.current()), one.layout) for one in bundles
        ]

    def of(self, kind: str, code: str) -> str:
        """Return what a department, window, route, period ... is called; its identifier where nobody knows it."""
        if kind == "tier" and code in LEVELS:
            return translate(LEVELS[code])
        for raw, texts, layout in self._texts:
            # The sections of a bundle are called by what they hold; places stand in its layout.
            thing, placed = raw.get(f"{kind}s", {}).get(code) or {}, layout.find(kind, code)
            title = placed.title if placed is not None else thing.get("name") or thing.get("title")
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
