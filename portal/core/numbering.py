"""Code patterns: how case codes and document numbers are written, such as ``{agency}〔{year}〕{seq:5}``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from portal.core.errors import DefinitionError, Problem, msg

_PLACE = re.compile(r"\{([^{}]*)\}")
_SEQ = re.compile(r"seq(?::([1-9][0-9]?))?")
_WORDS = {"agency": r"(?P<agency>.+?)", "unit": r"(?P<unit>[0-9A-Za-z:_.-]+?)", "year": r"(?P<year>\d{4})"}
_WORDS["month"] = r"(?P<month>\d{2})"
MAX_WIDTH = 12


@dataclass(frozen=True, slots=True)
class CodePattern:
    """A checked pattern; ``places`` are its parts in order, texts and named places by turns."""

    text: str
    parts: tuple[str, ...]
    width: int

    @classmethod
    def parse(cls, text: str, *, file: str = "", pointer: str = "") -> CodePattern:
        """Read a pattern; DefinitionError with every problem when codes would be ambiguous."""
        problems = [
            Problem(code, message, {"pattern": text, "place": place}, file, pointer, remedy)
            for code, message, place, remedy in _faults(text)
        ]
        if problems:
            raise DefinitionError(
                "code.pattern", msg("The code pattern can't be used"), {"pattern": text}, problems
            )
        places = _PLACE.findall(text)
        sequence = next(filter(None, map(_SEQ.fullmatch, places)))
        return cls(text, tuple(_PLACE.split(text)), int(sequence.group(1) or 1))

    @property
    def places(self) -> frozenset[str]:
        """Return the names used: agency, unit, year, month, seq."""
        return frozenset(name.partition(":")[0] for name in self.parts[1::2])

    def render(self, *, agency: str, unit: str, year: int, month: int, seq: int) -> str:
        """Return the code for one number; a number wider than the pattern is written in full, never cut."""
        values = {"agency": agency, "unit": unit, "year": f"{year:04}", "month": f"{month:02}"}
        values["seq"] = f"{seq:0{self.width}}"
        return "".join(
            values[part.partition(":")[0]] if index % 2 else part for index, part in enumerate(self.parts)
        )

    def match(self, code: str) -> dict[str, str] | None:
        """Return the parts of a code written by this pattern, or None when it was not."""
        expression = ""
        seen: set[str] = set()
        for index, part in enumerate(self.parts):
            name = part.partition(":")[0]
            if not index % 2:
                expression += re.escape(part)
            elif name in seen:
                expression += f"(?P={name})"
            else:
                seen.add(name)
                expression += f"(?P<seq>\\d{{{self.width},}})" if name == "seq" else _WORDS[name]
        found = re.fullmatch(expression, code)
        return found.groupdict() if found else None


def _faults(text: str) -> Iterator[tuple[str, str, str, str]]:
    places = _PLACE.findall(text)
    known = msg("Use {agency}, {unit}, {year}, {month} and {seq:5}")
    for place in places:
        if place not in _WORDS and not _SEQ.fullmatch(place):
            yield "code.place", msg("The code pattern has an unknown place {%(place)s}"), place, known
    sequences = [match for place in places if (match := _SEQ.fullmatch(place))]
    if len(sequences) != 1:
        yield "code.sequence", msg("A code pattern needs {seq:N} exactly once"), "", known
    elif int(sequences[0].group(1) or 1) > MAX_WIDTH:
        yield "code.width", msg("The number in the code is too wide"), "", msg("Use at most 12 digits")
    if "month" in places and "year" not in places:
        yield "code.month", msg("{month} without {year} would repeat codes"), "", msg("Add {year}")
    if re.search(r"[{}]", _PLACE.sub("", text)):
        yield "code.brace", msg("A brace in the code pattern is not closed"), "", known
    if re.search(r"[\x00-\x1f\x7f]", text):
        yield "code.control", msg("The code pattern holds control characters"), "", known
