"""What the parser keeps of the places it reads, and remembers of them for the next page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portal.core import pointer as pointers
from portal.core.forms.gates import Gated
from portal.core.forms.validate import FieldError
from portal.core.forms.values import ABSENT


@dataclass(frozen=True, slots=True)
class At:
    """A place in the body: its name there, its pointer and pattern in the data, its stored value."""

    base: str
    pointer: str
    pattern: str
    stored: Any = ABSENT
    was: str = ""

    def step(self, name: str, stored: Any) -> At:
        """Return the place of a member."""
        token = "/" + pointers.escape(name)
        return At(self.base + token, self.pointer + token, self.pattern + token, stored, self.was + token)


@dataclass(frozen=True, slots=True)
class Found:
    """What was read at a place, with the gates and the errors within it."""

    value: Any
    gated: list[Gated]
    errors: list[FieldError]


@dataclass(slots=True)
class Remembered:
    """Blank rows, opened parts and chosen variants, by their pointers in the data."""

    blank: dict[str, int] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    variants: dict[str, str] = field(default_factory=dict)

    def rows_left_blank(self, pointer: str, count: int) -> None:
        """Note how many rows of a list hold nothing."""
        self.blank.pop(pointer, None)
        if count:
            self.blank[pointer] = count

    def taken_out(self, pointer: str) -> Remembered:
        """Take out what concerns a blank row, which stands behind the others when the page is shown again."""
        found = Remembered(
            {k: self.blank.pop(k) for k in list(self.blank) if _within(k, pointer)},
            {k for k in self.opened if _within(k, pointer)},
            {k: self.variants.pop(k) for k in list(self.variants) if _within(k, pointer)},
        )
        self.opened -= found.opened
        return found

    def put_back(self, other: Remembered, pointer: str, now: str) -> None:
        """Put back what was taken out, for the place that the row has ``now``."""
        self.blank |= {now + k.removeprefix(pointer): v for k, v in other.blank.items()}
        self.opened |= {now + k.removeprefix(pointer) for k in other.opened}
        self.variants |= {now + k.removeprefix(pointer): v for k, v in other.variants.items()}


def _within(key: str, pointer: str) -> bool:
    return key == pointer or key.startswith((pointer + "/", pointer + "~"))
