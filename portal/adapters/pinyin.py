"""Pinyin of Chinese names, by pypinyin: every reading of each character, the usual one first.

The dictionary of words is left out: it costs 40 MB in each process and would only say which reading of a character
comes first in a word. People type the reading that they know, so all of them find (重庆 by chongqing, 银行 by yinhang).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache

_CHARACTERS = 30_000


def spelling(text: str) -> Sequence[Sequence[str]]:
    """Return the readings of each letter or character, without tones and with v for ü; signs have none."""
    return [readings for one in text if (readings := _readings(one))]


@lru_cache(maxsize=_CHARACTERS)
def _readings(character: str) -> tuple[str, ...]:
    if character.isascii():
        return (character,) if character.isalnum() else ()
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # read by pypinyin when it is imported
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    return tuple(dict.fromkeys(found[0])) if found else ()
