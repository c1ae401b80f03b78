"""Forms that are filled in at random: by their schema, with days, units, terms and entries that exist."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from portal.core import pointer as pointers
from portal.core.errors import Problem
from portal.services.bundles import Bundle
from tests.web.forms.instances import Maker

WORDS = (
    "双方各执一词，分歧较大。",
    "已经核实，材料齐全。",
    "约定按期给付，逐月核对。",
    "当事人要求另行处理。",
)
SHORT = ("王某", "现场调解室", "按期履行")
RESULTS = ("outcome", "agreement_form", "agreement_on", "performed", "grade", "attachments")
WILL = ("yes", "yes", "yes", "no", "undecided")
TYPES = ("D0101", "D0301", "D0601", "D0501", "D0201", "D0401", "D0901")


@dataclass
class Around:
    """What exists around a form: today, places, rooms, departments, and the entries of the registers."""

    today: dt.date
    places: Sequence[str]
    departments: Sequence[str] = ()
    rooms: Sequence[str] = ()
    entries: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Filler(Maker):
    """Draws the answers of one form."""

    def __init__(self, bundle: Bundle, form: str, around: Around, chance: Random) -> None:
        super().__init__(bundle.form(form).document, chance)
        self.fields, self.around, self.path = bundle.fields(form), around, ""

    def answers(self, wanted: float = 0.5) -> dict[str, Any]:
        """Return answers; what need not be answered is with a chance."""
        self.wanted, self.path = wanted, ""
        made = self.make()
        return _in_order(made) if isinstance(made, dict) else {}

    def _object(self, node: Any, depth: int) -> dict[str, Any]:
        found, at = {}, self.path
        for name, subs in node.properties.items():
            if name in node.required or (self.budget > 0 and self.rng.random() < self.wanted):
                self.path = f"{at}/{name}"
                value = self._value(self.forge.node(subs), depth + 1)
                if value is not None and value != []:
                    found[name] = value
        self.path = at
        return found

    def _array(self, node: Any, depth: int) -> list[Any]:
        at, self.path = self.path, f"{self.path}/*"
        made = [one for one in super()._array(node, depth) if one is not None]
        self.path = at
        return made

    def _scalar(self, node: Any, kind: str) -> Any:
        words, around, rng = node.keywords, self.around, self.rng
        info = self.fields.get(self.path)
        match words.get("format"):
            case "date":
                day = around.today + dt.timedelta(rng.choice((0, 0, 0, -1, -5, 3, 20)))
                return day.isoformat()
            case "time":
                return f"{rng.randrange(9, 17):02}:{rng.choice(('00', '30'))}"
            case "date-time":
                return f"{around.today.isoformat()}T09:00:00+08:00"
            case "cn-phone":
                return f"1380013{rng.randrange(10_000):04}"
            case "unit-code":
                at_places = info is None or info.widget in ("place", "unit")
                return _one(rng, around.places if at_places else around.departments)
            case "taxonomy-code":
                return rng.choice(TYPES)
            case "record-uid":
                return _one(rng, around.entries.get(info.entity if info else "", ()))
            case "room-code":
                return _one(rng, around.rooms)
            case None:
                pass
            case _:
                return None
        if kind == "boolean":
            return rng.random() < 0.75
        if kind == "string" and "pattern" not in words:
            least, most = int(words.get("minLength", 0)), int(words.get("maxLength", 1000))
            return rng.choice(WORDS if most >= 30 else SHORT)[:most].ljust(least, "等")
        return super()._scalar(node, kind)

    def mended(self, answers: dict[str, Any], problems: Sequence[Problem]) -> dict[str, Any]:
        """Return answers without what was refused, or with what was missed: as somebody does who reads the page."""
        again = self.answers(1.0)
        for one in problems:
            where = one.pointer.removeprefix("/form")
            top = "/" + where.split("/")[1] if where else ""
            if not top or pointers.get(answers, top) is not None:
                answers = {name: value for name, value in answers.items() if f"/{name}" != top}
            if (value := pointers.get(again, top) if top else None) is not None and self.rng.random() < 0.7:
                answers = pointers.with_value(answers, top, value)
        return _in_order(answers)


def _in_order(answers: dict[str, Any]) -> dict[str, Any]:
    """Let an hour that begins come before the one that ends."""
    begins, ends = answers.get("begins"), answers.get("ends")
    if begins and ends and begins >= ends:
        answers = {**answers, "begins": "09:00", "ends": "10:00"}
    return answers


def _one(rng: Random, among: Sequence[str]) -> str | None:
    return rng.choice(among) if among else None


def entry(bundle: Bundle, etype: str, around: Around, chance: Random) -> dict[str, Any]:
    """Return what is entered of a new record."""
    made = as_new(etype, Filler(bundle, etype, around, chance).answers(0.25))
    if etype == "case":
        made |= {
            "place": chance.choice(around.places),
            "dispute_type": chance.choice(TYPES),
            "willing": chance.choice(WILL),
            "employer": "某公司",
            "amount": 20_000,
        }
    return made


def as_new(etype: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of a form without what a new matter does not have yet: results and papers."""
    results = RESULTS if etype == "case" else ()
    return {name: value for name, value in answers.items() if name not in results}
