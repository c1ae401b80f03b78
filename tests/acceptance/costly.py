"""Forty patterns that take longer than anybody waits, each with a text of 10,000 characters, and where they stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

LENGTH = 10_000


@dataclass(frozen=True)
class Costly:
    """A pattern, what makes it costly, and the text of 10,000 characters that shows it."""

    why: str
    pattern: str
    unit: str = "a"
    end: str = "!"

    @property
    def text(self) -> str:
        """Return the text."""
        return (self.unit * LENGTH)[: LENGTH - len(self.end)] + self.end


FORTY = (
    Costly("the same alternative twice", "^(a|a)*$"),
    Costly("the same class twice", r"^(\d|\d)*$", "1"),
    Costly("the same range twice", "^([0-9]|[0-9])*$", "7"),
    Costly("the same sign twice, at least once", "^(x|x)+y$", "x"),
    Costly("the same alternative, counted", "^(a|a){1,30}$"),
    Costly("two of the same side by side", "^((a|a)(a|a))*$"),
    Costly("an alternative that begins another", "^(a|aa)+$"),
    Costly("a sum of alternatives", "^(a|b|ab)*$", "ab"),
    Costly("an alternative that may be empty", "^(a|a?)+$"),
    Costly("alternatives that overlap from both ends", "^(a|ab|b|ba)+$", "ab"),
    Costly("a repeat within a repeat", "^(a+)+$"),
    Costly("a repeat within two repeats", "^((a+)+)+b$"),
    Costly("words within a repeat", r"^(\w+\s?)*$"),
    Costly("letters within a repeat", "^([a-zA-Z]+)*$"),
    Costly("a repeat beside a repeat, within one", "^(x+x+)+y", "x"),
    Costly("anything within a repeat", r"^(.+)+\d$"),
    Costly("a repeat of groups, a digit at the end", "^(([a-z])+)+[0-9]$"),
    Costly("blanks beside words that may end in one", r"^(a|\s|a\s)+$", "a "),
    Costly("a separator that may be missing", r"^(\d+[,.]?)+;$", "1", "!;"),
    Costly("a word with dots, as before an @", r"^([\w-]+\.?)+@", "a", "!@x"),
    Costly("an address, as people write them", "^([a-z0-9]+([._-]?[a-z0-9]+)*)+@", "a", "!@x"),
    Costly("lazy repeats within one", "^(a+?)+?$"),
    Costly("an atomic group beside overlapping ones", "^(?>a|b)(a|aa)+$"),
    Costly("a possessive repeat, then overlapping ones", "^b?+(a|aa)+$"),
    Costly("counted repeats within one", "^(a{1,40}){1,40}$"),
    Costly("numbers with hyphens between", r"^(\d+(-?\d+)*)*年$", "1", "!年"),
    Costly("an optional sign, twenty times twenty", "^((a?){20}){20}$"),
    Costly("two repeats that may both be empty", "^(a*a*)*$"),
    Costly("a row of repeats", "^a*a*a*a*a*a*b$", "a", "!b"),
    Costly("a row of lazy parts", "^(.*?,){12}P", ","),
    Costly("parts between commas", "(.*),(.*),(.*),(.*),(.*),x", ","),
    Costly("a look ahead", "^(?=(a|a)*$)"),
    Costly("a look ahead that must fail", "^(?!(a|aa)*$).*c$", "a", "!c"),
    Costly("a look behind, then a repeat", "(?<=a)(a|a)*b", "a", "!b"),
    Costly("a back reference", r"^(a*)(a*)(a*)\1\2\3b", "a", "!b"),
    Costly("a back reference to a name", r"^(?P<w>a|aa)+(?P=w)!!$"),
    Costly("Chinese characters, told twice", r"^([\u4e00-\u9fff]|\w)+$", "调"),
    Costly("Han of Unicode, within a repeat", r"^(?:\p{Script=Han}+)*省$", "云", "。省"),
    Costly("letters of Unicode beside words", r"^(\p{L}+|\w+)+$", "é"),
    Costly("capitals that do not count", "(?i)^(A|aA)+$", "a"),
)


def _field(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern}


@dataclass(frozen=True)
class Site:
    """A place of a form in which a pattern stands: its schema, and the value that brings a text there."""

    schema: Callable[[str], dict[str, Any]]
    value: Callable[[str], Any] = lambda text: text
    pairs: Callable[[str, str], Mapping[str, str]] | None = lambda name, text: {f"/{name}": text}


_ENTRY: Callable[[str, str], Mapping[str, str]] = lambda name, text: {  # noqa: E731
    f"/{name}/~e0~key": text,
    f"/{name}/~e0": "x",
}
PLACES: Mapping[str, Site] = {
    "rows": Site(lambda p: {"type": "array", "items": _field(p)}, lambda t: [t], lambda n, t: {f"/{n}/0": t}),
    "group": Site(
        lambda p: {"type": "object", "properties": {"x": {"title": "X", **_field(p)}}},
        lambda t: {"x": t},
        lambda n, t: {f"/{n}/x": t},
    ),
    "names": Site(
        lambda p: {
            "type": "object",
            "patternProperties": {p: {"type": "string"}},
            "additionalProperties": False,
        },
        lambda t: {t: "x"},
        _ENTRY,
    ),
    "named": Site(
        lambda p: {
            "type": "object",
            "propertyNames": {"pattern": p},
            "additionalProperties": {"type": "string"},
        },
        lambda t: {t: "x"},
        _ENTRY,
    ),
    "evaluated": Site(
        lambda p: {"type": "object", "patternProperties": {p: {}}, "unevaluatedProperties": False},
        lambda t: {t: "x"},
        None,
    ),
    "denied": Site(lambda p: {"type": "string", "not": {"pattern": p}}),
    "asked": Site(lambda p: {"type": "string", "if": {"pattern": p}, "then": {"maxLength": LENGTH}}),
    "every": Site(lambda p: {"type": "string", "allOf": [{"pattern": p}, {"minLength": 1}]}),
    "either": Site(
        lambda p: {"type": "string", "anyOf": [{"pattern": p}, {"maxLength": LENGTH}]}, pairs=None
    ),
    "held": Site(
        lambda p: {"type": "array", "items": {"type": "string"}, "contains": {"pattern": p}},
        lambda t: [t],
        lambda n, t: {f"/{n}/0": t},
    ),
    "following": Site(
        lambda p: {
            "type": "object",
            "properties": {"x": {"type": "string", "title": "X"}},
            "dependentSchemas": {"x": {"properties": {"x": {"pattern": p}}}},
        },
        lambda t: {"x": t},
        None,
    ),
}
