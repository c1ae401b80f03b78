"""Texts that show nothing: blanks of any width, controls, and signs without any picture."""

from __future__ import annotations

import re
from functools import cache

# Without any meaning of their own: what programs leave behind when text is copied.
INVISIBLE = "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
# Letters that show nothing, and what only joins or varies others.
_UNSEEN = "\u115f\u1160\u17b4\u17b5\u180b-\u180d\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0"
_BLANK = re.compile(f"[\\s\x00-\x1f\x7f-\x9f{INVISIBLE}{_UNSEEN}]*")

# What people write where there is nothing to write.
NOTHING = frozenset({"无", "没有", "-", "—", "none"})


def is_blank(text: str) -> bool:
    """Tell whether a text shows nothing at all."""
    return _BLANK.fullmatch(text) is not None


def is_wordless(text: str) -> bool:
    """Tell whether a text holds no letter, no digit and no sign of a script: it says nothing, as ``..`` does."""
    return not any(sign.isalnum() and not is_blank(sign) for sign in text)


@cache
def blank_signs() -> str:
    """Return every sign that shows nothing, for databases that trim texts by them."""
    return "".join(sign for sign in map(chr, range(1, 0xD800)) if is_blank(sign)) + "".join(
        sign for sign in map(chr, range(0xE000, 0x10000)) if is_blank(sign)
    )
