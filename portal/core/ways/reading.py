"""What reading an entered value gives: the stored form, or the reason why it is not taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Refused:
    """The reason why an entry is not taken: a code, a message id and its parameters."""

    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=lambda: _NONE)


# Without any meaning of their own: what programs leave behind when text is copied.
INVISIBLE = "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f"
# Letters that show nothing, and what only joins or varies others.
_UNSEEN = "\u115f\u1160\u17b4\u17b5\u180b-\u180d\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0"
_BLANK = re.compile(f"[\\s\x00-\x1f\x7f-\x9f{INVISIBLE}{_UNSEEN}]*")
_GAPS = re.compile(f"[\\s\x00-\x1f\x7f-\x9f{INVISIBLE}\u200c\u200d]+")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－ー", "-"))


def is_blank(text: str) -> bool:
    """Tell whether a text shows nothing at all."""
    return _BLANK.fullmatch(text) is not None


@cache
def blank_signs() -> str:
    """Return every sign that shows nothing, for databases that trim texts by them."""
    return "".join(sign for sign in map(chr, range(1, 0xD800)) if is_blank(sign)) + "".join(
        sign for sign in map(chr, range(0xE000, 0x10000)) if is_blank(sign)
    )


def signs(text: str) -> str:
    """Return a number, day or code as ASCII where it can be: one width, one dash, nothing invisible."""
    return _GAPS.sub(" ", unicodedata.normalize("NFKC", text).translate(_DASHES)).strip()


def without_gaps(text: str) -> str:
    """Return the signs of a text without any blanks between them."""
    return signs(text).replace(" ", "")
