"""Generated pilots whose values name them: units, the agency word, telephones, numbers of windows."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from portal.core.packs.asking import Own, Word
from portal.core.packs.merge import merge
from portal.core.packs.three_way import Decision, Parent, overrides
from tests.core.packs.three_way import triples

OWN = Own(
    (
        Word("西山区", "unit_name", "unit_name"),
        Word("西综", "agency", "agency_word"),
        Word("碧鸡街道", "unit_name", "unit_below", blank="所属街道"),
        Word("西山", "unit_name", "unit_short"),
    ),
    "530112",
)
PHONES = ("0871-68181234", "13888812345")
WORDS = (*(one.text for one in OWN.words), *PHONES)
PIECES = ("", "请到", "三楼", "，电话", "综治中心", "和", "{year}", "区")


@dataclass(frozen=True)
class Pilot:
    """A pilot on its parent: what is in force at it, and what it has otherwise."""

    base: dict[str, Any]
    parent: Parent
    layer: dict[str, Any]

    @property
    def bundle(self) -> dict[str, Any]:
        """Return what is in force at the pilot."""
        made: dict[str, Any] = merge(dict(self.parent.bundle), self.layer)
        return made

    @property
    def own(self) -> list[Decision]:
        """Return what the pilot has otherwise than its parent."""
        return [one for one in overrides(self.parent, self.layer) if one.pile == "kept"]


def pilot(seed: int) -> Pilot:
    """Return one pilot."""
    chance = random.Random(seed)
    triple = triples.maps(chance)
    theirs = {**triple.theirs, "layout": {"windows": {"w1": {"title": "甲窗口", "number": 1}}}}
    windows = {name: _window(chance) for name in ("w1", "w2", "w3") if chance.random() < 0.5}
    layer = {**_naming(chance, triple.layer), **({"layout": {"windows": windows}} if windows else {})}
    return Pilot(triple.base, Parent("city@1", theirs), layer)


def _window(chance: random.Random) -> dict[str, Any]:
    number: Any = chance.choice((7, 8, "A3", "13888812345"))
    return {"title": _text(chance), "number": number}


def _naming(chance: random.Random, patch: Any) -> Any:
    """Return a layer in which some values name the pilot."""
    if isinstance(patch, dict):
        return {name: _naming(chance, member) for name, member in patch.items()}
    roll = chance.random()
    if patch is None or roll < 0.4:
        return patch
    if roll < 0.45:
        return {"zh_Hans": _text(chance), "en": "Xishan"}
    if roll < 0.5:
        return {"530112001": "甲"}
    if roll < 0.55:
        return ["乙", _text(chance)]
    return _text(chance)


def _text(chance: random.Random) -> str:
    parts = [chance.choice(PIECES)]
    for _ in range(chance.randint(0, 3)):
        parts += [chance.choice(WORDS), chance.choice(PIECES)]
    return "".join(parts) or "丁"
