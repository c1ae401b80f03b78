"""Periods as packs define them, compiled: whose they are, what starts, pauses and ends them, how long they last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from portal.core.actors import Actor
from portal.core.conditions import Condition, Env, evaluate, parse
from portal.core.errors import DefinitionError, msg
from portal.core.text import Text

Unit = Literal["calendar_day", "working_day", "hour", "month", "year"]
Whose = Literal["centre", "handler", "party", "outside", ""]
# Who must act in time, in words.
OWNERS: Mapping[str, str] = MappingProxyType(
    {
        "centre": msg("the centre"),
        "handler": msg("the unit that handles the matter"),
        "party": msg("the party"),
        "outside": msg("a body outside"),
    }
)
Expiry = Literal["overdue", "right_lapses", "right_opens", "ends", ""]


@dataclass(frozen=True, slots=True)
class Length:
    """A number of days, working days, hours, months or years; ``stated`` is false where the kind is assumed."""

    n: int
    unit: Unit
    stated: bool = True

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any]) -> Length:
        """Build a length from ``{"n", "unit"}``."""
        return cls(definition["n"], definition["unit"], bool(definition.get("stated", True)))


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the lengths of a period, with the cases that it is for."""

    length: Length
    title: Text = ""
    when: Condition | None = None
    whose: Whose = ""
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    order: float = 0

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any], period: Mapping[str, Any]) -> Variant:
        """Build a variant; what it does not say of itself holds as the period says it."""
        return cls(
            length=Length.from_definition(definition),
            title=definition.get("title", ""),
            when=parse(definition["when"])[0] if "when" in definition else None,
            whose=definition.get("whose", period.get("whose", "")),
            starts=tuple(definition.get("starts", period.get("starts", ()))),
            ends=tuple(definition.get("ends", period.get("ends", ()))),
            order=definition.get("order", 0),
        )


@dataclass(frozen=True, slots=True)
class Extension:
    """The longest possible extension: how long, who approves it, how often."""

    length: Length
    approver: Actor | None = None
    times: int = 1
    needs: Text = ""

    @classmethod
    def from_definition(cls, definition: Mapping[str, Any]) -> Extension:
        """Build an extension from its entry in a period."""
        approver = definition.get("approver")
        return cls(
            Length.from_definition(definition),
            Actor.from_definition(approver) if approver else None,
            definition.get("times", 1),
            definition.get("needs", ""),
        )


@dataclass(frozen=True)
class Period:
    """A period of the catalogue, with its source.

    Any event of ``starts`` starts the clock, any of ``ends`` ends it in time; ``pauses`` stop it, ``resumes`` let it
    go on. ``texts`` are the words of an older format, where the machine knows no more.
    """

    code: str
    title: Text
    variants: Mapping[str, Variant]
    whose: Whose = ""
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    extension: Extension | None = None
    expiry: Expiry = ""
    opens: tuple[str, ...] = ()
    route: str | None = None
    source: str = ""
    checked: str = ""
    locked: bool = False
    order: float = 0
    hidden: bool = False
    texts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_definition(cls, code: str, definition: Mapping[str, Any]) -> Period:
        """Compile a period from its entry in ``deadlines.json``."""
        lengths = definition.get("lengths") or {"": definition["length"]}
        variants = {key: Variant.from_definition(value, definition) for key, value in lengths.items()}
        extension, expiry = definition.get("extension"), definition.get("expiry", {})
        return cls(
            code=code,
            title=definition["title"],
            variants=dict(sorted(variants.items(), key=lambda item: item[1].order)),
            whose=definition.get("whose", ""),
            **{key: tuple(definition.get(key, ())) for key in ("starts", "ends", "pauses", "resumes")},
            extension=Extension.from_definition(extension) if extension else None,
            expiry=expiry.get("means", ""),
            opens=tuple(expiry.get("opens", ())),
            route=definition.get("route"),
            source=definition.get("source", ""),
            checked=definition.get("checked", ""),
            locked=bool(definition.get("locked", False)),
            order=definition.get("order", 0),
            hidden=bool(definition.get("hidden", False)),
            texts={key: value for key, value in definition.items() if key.endswith("_text")},
        )

    def length(self, key: str | None = None) -> Length:
        """Return the length for a case of sort ``key``; without a key the first (often the only) one."""
        if key is None:
            return next(iter(self.variants.values())).length
        if key not in self.variants:
            raise DefinitionError(
                "deadline.length",
                msg("The deadline %(code)s has no length %(key)s"),
                {"code": self.code, "key": key},
            )
        return self.variants[key].length

    def variant_for(self, facts: Mapping[str, Any], env: Env) -> str | None:
        """Return the key of the length that the conditions pick; None where a person picks."""
        for key, variant in self.variants.items():
            if variant.when is not None and evaluate(variant.when, facts, env):
                return key
        open_ones = [key for key, variant in self.variants.items() if variant.when is None]
        return open_ones[0] if len(open_ones) == 1 else None


def periods(definitions: Mapping[str, Any]) -> dict[str, Period]:
    """Compile the periods of a bundle, in order."""
    found = {code: Period.from_definition(code, entry) for code, entry in definitions.items()}
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))
