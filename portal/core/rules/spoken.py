"""The names and values of a rule set as people read and write them, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from portal.core.conditions.operators import OPERATORS
from portal.core.errors import Problem, Translator, msg
from portal.core.kinds import KINDS
from portal.core.taxonomy import Taxonomy
from portal.core.text import Text, Texts
from portal.core.values import BOOLEAN, DATE, LIST, NUMBER, as_date

_SEPARATORS = re.compile("[、，,;；\n]")
_NAMED = re.compile(r"\A[\[【［](.+)[\]】］]")
_NUMBER = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?")
YES, NO, TODAY = msg("yes"), msg("no"), msg("today")
# Spans of days relative to the day of the decision: unit, sign, words.
SPANS = (
    ("days", -1, msg("%(n)s days ago")),
    ("days", 1, msg("in %(n)s days")),
    ("months", -1, msg("%(n)s months ago")),
    ("months", 1, msg("in %(n)s months")),
    ("years", -1, msg("%(n)s years ago")),
    ("years", 1, msg("in %(n)s years")),
)


class Unread(ValueError):
    """A text that says no value; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass(frozen=True)
class Spoken:
    """What is needed to word the parts of one rule set in a language, and to read them again."""

    definition: Mapping[str, Any]
    taxonomies: Mapping[str, Taxonomy] = field(default_factory=dict)
    texts: Texts = field(default_factory=Texts)
    translate: Translator = str
    # The choices that forms offer for inputs, by input.
    options: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)

    # -- names -----------------------------------------------------------------------------------

    def title(self, name: str) -> str:
        """Return what an input is called."""
        return self.texts(self._input(name).get("title"), name)

    def input_named(self, title: str) -> str | None:
        """Return the input that is called so, by its name or its title."""
        return self._named("inputs", title)

    def parameter_title(self, name: str) -> str:
        """Return what a parameter is called."""
        return self.texts(self._section("parameters").get(name, {}).get("title"), name)

    def of_parameter(self, name: str) -> Spoken:
        """Return what words and reads the value of a parameter: by the names of what the rules compare with it."""
        said = self._section("parameters").get(name, {})
        compared = next(_compared(self._section("rules"), name), "")
        taxonomy = self._input(compared).get("taxonomy")
        about = {**said, "taxonomy": taxonomy} if taxonomy else said
        options = {name: self.options[compared]} if compared in self.options else {}
        return replace(self, definition={"inputs": {name: about}}, options=options)

    def parameters_for(self, name: str, op: str) -> list[str]:
        """Return the parameters that an input can be compared with by an operator."""
        kind = self._input(name).get("type", "")
        wanted = {KINDS[kind].compared} if kind in KINDS else set()
        operand = OPERATORS[op].operand if op in OPERATORS else ""
        if operand == "days":
            wanted = {NUMBER}
        elif operand == "values" or LIST in wanted:
            wanted = {LIST}
        elif operand == "codes":
            wanted |= {LIST}
        money = KINDS[kind].scale != 1 if kind in KINDS and operand == "value" else None
        return [
            one
            for one, said in self._section("parameters").items()
            if said.get("type") in KINDS
            and KINDS[said["type"]].compared in wanted
            and (money is None or (KINDS[said["type"]].scale != 1) == money)
        ]

    def terms(self, name: str) -> list[tuple[str, str]]:
        """Return the codes that an input can have with their names, which are told apart by the code where alike."""
        return list(self._known(name).items())

    def _known(self, name: str) -> Mapping[str, str]:
        taxonomy = str(self._input(name).get("taxonomy", ""))
        return self._terms.get(taxonomy) or self._options.get(name, {})

    @cached_property
    def _terms(self) -> Mapping[str, Mapping[str, str]]:
        return {
            key: dict(self._worded((term.code, term.title) for term in tree))
            for key, tree in self.taxonomies.items()
        }

    @cached_property
    def _options(self) -> Mapping[str, Mapping[str, str]]:
        return {name: dict(self._worded(offered.items())) for name, offered in self.options.items()}

    def _worded(self, offered: Iterable[tuple[str, Text]]) -> Iterator[tuple[str, str]]:
        titles = [(code, self.texts(title, code)) for code, title in offered]
        alike: dict[str, int] = {}
        for _, title in titles:
            alike[title] = alike.get(title, 0) + 1
        for code, title in titles:
            yield code, title if alike[title] == 1 else f"{title} ({code})"

    # -- values ----------------------------------------------------------------------------------

    def value(self, name: str, raw: Any) -> str:
        """Return what an input is compared with, in words."""
        if isinstance(raw, Mapping):
            return self._relative(raw)
        if isinstance(raw, list | tuple):
            return self.translate(msg(", ")).join(self._single(name, one) for one in raw)
        return self._single(name, raw)

    def _relative(self, raw: Mapping[str, Any]) -> str:
        key = next(iter(raw), "")
        if key in ("param", "list"):
            return f"[{self.parameter_title(raw[key])}]"
        span = raw.get("today", 0)
        spans = span if isinstance(span, Mapping) else {"days": span}
        words = [
            self.translate(text) % {"n": abs(count)}
            for unit, sign, text in SPANS
            if (count := spans.get(unit, 0)) * sign > 0
        ]
        return " + ".join(words) or self.translate(TODAY)

    def _single(self, name: str, raw: Any) -> str:
        if isinstance(raw, bool):
            return self.translate(YES if raw else NO)
        known = self._known(name)
        if isinstance(raw, float):
            return format(Decimal(repr(raw)), "f")
        return known.get(raw, raw) if isinstance(raw, str) else str(raw)

    def read(self, name: str, op: str, text: str) -> Any:
        """Return what a text says that an input is compared with; raise ``Unread`` for one that says no value."""
        operator = OPERATORS[op]
        text = text.strip()
        if operator.operand == "nothing":
            return None
        if not text:
            raise self._unread(name, text, msg("Say what it is compared with"))
        named = _NAMED.fullmatch(text)
        if named:
            found = self._named("parameters", named[1].strip())
            if found is None:
                raise self._unread(name, named[1], msg("There is no parameter “%(value)s”"))
            return {"param": found}
        if operator.operand == "values" or (operator.operand == "codes" and _SEPARATORS.search(text)):
            parts = [self._read_single(name, op, part) for part in self._parts(name, text)]
            return parts[0] if operator.operand == "codes" and len(parts) == 1 else parts
        return self._read_single(name, op, text)

    def _parts(self, name: str, text: str) -> Iterator[str]:
        """Yield the entries of a list; names of terms may hold the marks that stand between entries."""
        titles = set(self._known(name).values())
        pieces = _SEPARATORS.split(text)
        marks = _SEPARATORS.findall(text)
        at = 0
        while at < len(pieces):
            end = len(pieces)
            while end > at + 1 and _joined(pieces, marks, at, end) not in titles:
                end -= 1
            if piece := _joined(pieces, marks, at, end):
                yield piece
            at = end

    def _read_single(self, name: str, op: str, text: str) -> Any:
        kind = self._input(name).get("type", "string")
        operand, compared = OPERATORS[op].operand, KINDS[kind].compared
        if operand == "days" or compared == NUMBER:
            return self._number(name, text, whole=operand == "days" or kind == "integer")
        if operand == "part":
            return text
        if compared == BOOLEAN:
            found = {self.translate(YES): True, self.translate(NO): False, "true": True, "false": False}.get(
                text
            )
            if found is None:
                raise self._unread(name, text, msg("“%(value)s” is neither yes nor no"))
            return found
        if compared == DATE:
            return self._day(name, text)
        return self._code(name, text)

    def _code(self, name: str, text: str) -> str:
        known = self._known(name)
        if not known or text in known:
            return text
        found = [code for code, title in known.items() if title == text]
        if len(found) != 1:
            raise self._unread(name, text, msg("There is no “%(value)s” to choose"))
        return found[0]

    def _number(self, name: str, text: str, *, whole: bool) -> int | float:
        if not _NUMBER.fullmatch(text):
            raise self._unread(name, text, msg("“%(value)s” is no number"))
        plain = text.replace(",", "")
        number = float(plain)
        if number.is_integer():
            return int(number)
        if whole:
            raise self._unread(name, text, msg("“%(value)s” is no whole number"))
        return number

    def _day(self, name: str, text: str) -> Any:
        if text in (self.translate(TODAY), TODAY):
            return {"today": 0}
        for unit, sign, words in SPANS:
            before, _, after = self.translate(words).partition("%(n)s")
            found = re.fullmatch(
                re.escape(before.strip()) + r"\s*([0-9]{1,5})\s*" + re.escape(after.strip()), text
            )
            if found:
                count = sign * int(found[1])
                return {"today": count if unit == "days" else {unit: count}}
        if as_date(text) is None:
            raise self._unread(name, text, msg("“%(value)s” is no day such as 2026-05-04"))
        return text

    def _unread(self, name: str, text: str, message: str) -> Unread:
        params = {"input": self.title(name), "value": text[:80]}
        return Unread(Problem("rules.unread", message, params, pointer=f"/{name}"))

    def _named(self, section: str, title: str) -> str | None:
        entries = self._section(section)
        if title in entries:
            return title
        wanted = " ".join(title.split())
        found = [name for name, one in entries.items() if self.texts(one.get("title"), name) == wanted]
        return found[0] if len(found) == 1 else None

    def _input(self, name: str) -> Mapping[str, Any]:
        found = self._section("inputs").get(name)
        return found if isinstance(found, Mapping) else {}

    def _section(self, name: str) -> Mapping[str, Any]:
        found = self.definition.get(name)
        return found if isinstance(found, Mapping) else {}


def _compared(part: Any, parameter: str) -> Iterator[str]:
    """Yield the inputs that conditions compare with a parameter."""
    if isinstance(part, Mapping):
        value = part.get("value")
        is_compared = isinstance(value, Mapping) and parameter in (value.get("param"), value.get("list"))
        if is_compared and isinstance(part.get("field"), str):
            yield part["field"]
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _compared(one, parameter)


def _joined(pieces: Sequence[str], marks: Sequence[str], at: int, end: int) -> str:
    """Return some of the pieces of a text as they stood in it, without blanks around them."""
    return (pieces[at] + "".join(marks[n] + pieces[n + 1] for n in range(at, end - 1))).strip()
