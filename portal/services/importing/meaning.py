"""What the texts of another system name here: codes of a form's lists, terms, units, stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portal.core.access import within
from portal.core.csv_tables import FLAGS
from portal.core.importing import STAGE, UNIT, Target
from portal.core.importing.converting import Found
from portal.core.importing.suggesting import plain
from portal.core.picking import Choice, Index
from portal.core.taxonomy import source_text
from portal.core.widgets import UNITS
from portal.services.bundles import Bundle
from portal.services.picking import Units, term_index, wanted_at

MOST_OPTIONS = 400
_LIKE = 0.5


@dataclass
class Meaning:
    """Tells what a text names at one centre; what was asked once is known."""

    bundle: Bundle
    etype: str
    units: Units
    # The unit that takes records over: names are looked for below it first, then below its centre.
    home: str
    centre: str
    _known: dict[tuple[str, str], Found] = field(default_factory=dict)
    _lists: dict[str, Mapping[str, list[str]]] = field(default_factory=dict)

    def __call__(self, target: Target, text: str) -> Found:
        """Return the codes that a text may stand for: one where it is clear, several where it is not."""
        key = target.name, text
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = tuple(self._named(target, text))
        return found

    def options(self, target: Target) -> list[tuple[str, str]]:
        """Return the codes that a text can be mapped to, with their titles; those that are too many are searched."""
        if target.kind == "flag":
            return [("是", "是"), ("否", "否")]
        if target.kind == "taxonomy":
            return [(one.code, one.path or one.label) for one in self._terms(target).all()]
        if target.kind == "unit":
            rows = (row for row in self.units.rows if within(row.path, self.centre))
            wanted = self._wanted(target)
            return [(row.code, self.units.shown(row.code, self.centre)) for row in rows if row.is_a(wanted)][
                :MOST_OPTIONS
            ]
        return [(code, title) for title, code in self._titles(target)]

    def like(self, target: Target, text: str) -> str:
        """Return the code that a text probably stands for, to be confirmed; empty where nothing is near."""
        if target.kind in ("taxonomy", "unit"):
            index = (
                self._terms(target) if target.kind == "taxonomy" else self.units.index(self._wanted(target))
            )
            for sought in (text, text.removesuffix("纠纷"), text[:4]):
                hits = [one.choice for one in index.search(sought, 20)] if len(sought) > 1 else []
                here = [one for one in hits if target.kind == "taxonomy" or self._is_here(one.code)]
                if here:
                    return here[0].code
            return ""
        if target.kind == "flag":
            return ""
        sought = plain(text)
        near = [
            (abs(len(sought) - len(plain(title))), code)
            for title, code in self._titles(target)
            if sought and (sought in plain(title) or plain(title) in sought)
        ]
        return min(near, default=(0, ""))[1]

    def title(self, target: Target, code: str) -> str:
        """Return how a code is called here, so that the same name means it again; the code itself where nothing is."""
        if target.kind == "taxonomy":
            found = next((one for one in self._terms(target).all() if one.code == code), None)
            if found is None:
                return code
            return found.label if len(self._terms(target).named(found.label)) == 1 else found.path or code
        if target.kind == "unit":
            row = self.units.by_code.get(code)
            return row.name if row is not None and len(self._units(target, row.name)) == 1 else code
        titles = {one: title for title, one in self._titles(target)}
        return titles.get(code, code)

    def _named(self, target: Target, text: str) -> Sequence[str]:
        if target.kind == "flag":
            return [text] if text.casefold() in FLAGS else []
        if target.kind == "taxonomy":
            named = self._terms(target).named(text) or self._by_alias(target, text)
            return [one.code for one in named]
        if target.kind == "unit":
            return self._units(target, text)
        if target.name not in self._lists:
            by_word: dict[str, list[str]] = {}
            for title, code in self._titles(target):
                for word in dict.fromkeys((plain(title), plain(code))):
                    by_word.setdefault(word, []).append(code)
            self._lists[target.name] = by_word
        return list(dict.fromkeys(self._lists[target.name].get(plain(text), ())))

    def _units(self, target: Target, text: str) -> Sequence[str]:
        named = [one.code for one in self.units.index(self._wanted(target)).named(text)]
        for root in (self.home, self.centre):
            below = [code for code in named if within(self.units.by_code[code].path, root)]
            if below:
                return below
        return named

    def _is_here(self, code: str) -> bool:
        row = self.units.by_code.get(code)
        return row is not None and within(row.path, self.centre)

    def _wanted(self, target: Target) -> str:
        if target.name == UNIT or target.info is None:
            return UNITS
        return wanted_at(self.bundle, self.etype, target.info)

    def _terms(self, target: Target) -> Index:
        return term_index(self.bundle, target.info.taxonomy if target.info is not None else "")

    def _by_alias(self, target: Target, text: str) -> list[Choice]:
        sought = plain(text)
        return [
            one for one in self._terms(target).all() if any(plain(word) == sought for word in one.aliases)
        ]

    def _titles(self, target: Target) -> list[tuple[str, str]]:
        """Return titles and codes of a list, or of the stages that a record may stand in."""
        if target.name == STAGE:
            cycle = self.bundle.lifecycle_of(self.etype)
            stages = cycle.stages if cycle is not None else ()
            return [(source_text(one.title), one.id) for one in stages if not (one.parallel or one.hidden)]
        return [(title, str(code)) for code, title in target.info.options] if target.info is not None else []
