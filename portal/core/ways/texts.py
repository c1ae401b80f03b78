"""Texts and names: what is invisible goes, what only looks different becomes the same, words stay what they are.

Full-width punctuation, circled numbers and superscripts stay: in Chinese texts they are written on purpose, and NFKC
would turn 100m² into 100m2. Digits and letters of another width, ligatures and the radicals that PDF files hold in the
place of characters are the same to each reader.
"""

from __future__ import annotations

import re
import unicodedata

from portal.core.blank import INVISIBLE
from portal.core.ways.reading import CONTROLS

_SAFE = {
    code: unicodedata.normalize("NFKC", chr(code))
    for first, last in (
        (0xFF10, 0xFF19),  # full-width digits and letters
        (0xFF21, 0xFF3A),
        (0xFF41, 0xFF5A),
        (0xFB00, 0xFB06),  # ligatures
        (0x2F00, 0x2FD5),  # radicals
        (0x2E9F, 0x2E9F),
        (0x2EF3, 0x2EF3),
    )
    for code in range(first, last + 1)
}
_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f"
_LETTERS = "\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\ufb00-\ufb06\u2f00-\u2fd5\u2e9f\u2ef3"
_ENDS = re.compile(r"\A[\s\u200c\u200d]+|[\s\u200c\u200d]+\Z")
_ODD = re.compile(rf"[{CONTROLS}{_SPACES}{INVISIBLE}{_LETTERS}]|{_ENDS.pattern}")
_GONE = re.compile(f"[{CONTROLS}{INVISIBLE}]")
_OTHER_SPACE = re.compile(f"[{_SPACES}]")

_HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_GAP_IN_NAME = re.compile(r"[\s\u200c\u200d]+")
_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}]) (?=[{_HAN}])")
_DOT = re.compile(f"(?<=[{_HAN}A-Za-z]) ?[•‧∙⋅・･．·] ?(?=[{_HAN}A-Za-z])")
_ODD_IN_NAME = re.compile(r"[\s\u200c\u200d•‧∙⋅・･．]| ·|· ")


def text(value: str) -> str:
    """Return a text as it is stored; one that is clean already is returned at once."""
    if _ODD.search(value) is None:
        return value
    seen = _GONE.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    seen = _OTHER_SPACE.sub(" ", seen.translate(_SAFE))
    return _ENDS.sub("", seen)


def name(value: str) -> str:
    """Return the name of a person or body as it is stored: one dot, one space, none between Chinese characters."""
    value = unicodedata.normalize("NFC", text(value))
    if _ODD_IN_NAME.search(value) is None:
        return value
    value = _GAP_IN_NAME.sub(" ", value.replace("\u200c", "").replace("\u200d", "")).strip()
    return unicodedata.normalize("NFC", _BETWEEN_HAN.sub("", _DOT.sub("·", value)).strip())
