"""What reading an entered value gives: the stored form, or the reason why it is not taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from portal.core.blank import INVISIBLE

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Refused:
    """The reason why an entry is not taken: a code, a message id and its parameters."""

    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=lambda: _NONE)


CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f"
_GAPS = re.compile(f"[\\s\x00-\x1f\x7f-\x9f{INVISIBLE}\u200c\u200d]+")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－ー", "-"))


def signs(text: str) -> str:
    """Return a number, day or code as ASCII where it can be: one width, one dash, nothing invisible."""
    return _GAPS.sub(" ", unicodedata.normalize("NFKC", text).translate(_DASHES)).strip()


def without_gaps(text: str) -> str:
    """Return the signs of a text without any blanks between them."""
    return unicodedata.normalize("NFKC", signs(text).replace(" ", ""))
