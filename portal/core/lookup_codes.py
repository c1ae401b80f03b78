"""The codes by which parties look their matter up: 60 random bits and a letter that shows slips of the pen.

The alphabet has no 0, O, 1 and I. The last letter is worked out from the others over the field of 32 elements, so that
each single wrong letter and each pair of letters that changed places is seen before anything is looked for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
RANDOM, LENGTH = 12, 13
GROUPS = (4, 4, 5)
PHONE_DIGITS = 4
_FIELD, _BEYOND = 0b100101, 0b100000
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_BETWEEN = frozenset(" -_.·—–\u3000")


def new_code(draw: Callable[[int], int]) -> str:
    """Return a new code; ``draw`` returns a random number below the one it is given."""
    letters = [draw(len(ALPHABET)) for _ in range(RANDOM)]
    return "".join(ALPHABET[value] for value in [*letters, _check(letters)])


def read_code(typed: str) -> str | None:
    """Return a code as it is stored, however it was typed; None where it cannot be one."""
    plain = unicodedata.normalize("NFKC", typed[:100]).upper()
    code = "".join(letter for letter in plain if letter not in _BETWEEN and not letter.isspace())
    if len(code) != LENGTH or any(letter not in _VALUES for letter in code):
        return None
    *letters, last = (_VALUES[letter] for letter in code)
    return code if _check(letters) == last else None


def grouped(code: str) -> tuple[str, ...]:
    """Return a code in the groups in which people read it."""
    found, at = [], 0
    for length in GROUPS:
        found.append(code[at : at + length])
        at += length
    return tuple(found)


def read_digits(typed: str) -> str | None:
    """Return the last four digits of a telephone number as they are compared; None where there are not four."""
    plain = "".join(unicodedata.normalize("NFKC", typed[:40]).split())
    return plain if len(plain) == PHONE_DIGITS and plain.isascii() and plain.isdigit() else None


def last_digits(numbers: Iterable[str]) -> frozenset[str]:
    """Return the last four digits of telephone numbers; extensions and marks between digits do not count."""
    found = ("".join(sign for sign in number if sign.isdigit()) for number in numbers)
    return frozenset(digits[-PHONE_DIGITS:] for digits in found if len(digits) >= PHONE_DIGITS)


def _check(values: Iterable[int]) -> int:
    total, power = 0, 1
    for value in values:
        power = _times(power, 2)
        total ^= _times(value, power)
    return total


def _times(one: int, other: int) -> int:
    """Multiply in the field of 32 elements."""
    found = 0
    while other:
        if other & 1:
            found ^= one
        one <<= 1
        if one & _BEYOND:
            one ^= _FIELD
        other >>= 1
    return found
