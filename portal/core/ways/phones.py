"""Telephone numbers: of mobiles, landlines, services and other countries, one or several in a box.

Stored are 13800001234, 0871-65100000, 0871-65100000-12, 65100000, 12345, 4001234567, +85223456789; several stand
behind one another with a 、 between.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from portal.core.blank import is_blank
from portal.core.errors import msg
from portal.core.ways.reading import Refused, signs

BETWEEN = "、"
MOST = 5
_SPLIT = re.compile(r"[/、,;|\n]|或者?|\\")
_LABEL = re.compile(r"^(?:tel|phone|mobile|电话|手机|联系电话|手机号码?|座机|办公电话)[ :]*", re.IGNORECASE)
_SIGNS = re.compile(r"[+0-9()\[\] .\-转ext#x*]+", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:转|ext\.?|#|x)[ -]*(\d{1,6})$", re.IGNORECASE)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_AREA = re.compile(r"(010|02\d|0[3-9]\d\d)([2-9]\d{6,7})")
_TAIL = re.compile(r"(?:(010|02\d|0[3-9]\d\d)-?)?([2-9]\d{6,7})-(\d{1,6})")
_LOCAL = re.compile(r"[2-9]\d{6,7}")
_SERVICE = re.compile(r"11\d|12[0-2]|1\d{4}|9\d{4}|[48]00\d{7}")
_LONG_SERVICE = re.compile(r"9[56]\d{3,6}|1\d{5}")
_FOREIGN = re.compile(r"[1-9]\d{5,13}")
_SEEN = re.compile(r"1[3-9]\d{9}|0\d{2,3}-[2-9]\d{6,7}(-\d{1,6})?|[2-9]\d{6,7}")

_WHAT = msg("Enter a mobile number of 11 digits, or a landline number with area code")
_COUNT = msg("A mobile number has 11 digits, this one has %(count)s")
_LANDLINE = msg("A landline number has 7 or 8 digits behind the area code")
_ONLY = msg("Enter only the number here; a name or a remark goes into another field")
_MANY = msg("Enter at most %(most)s numbers")
_SHORTENED = msg("The spreadsheet has shortened this number (%(value)s): copy it with all its digits")


def phone(value: Any) -> Any:
    """Return one or several telephone numbers as they are stored."""
    if not isinstance(value, str) or (value.isascii() and _SEEN.fullmatch(value)):
        return value
    if is_blank(value):
        return ""
    found: list[str] = []
    for part in _parts(value):
        one = _number(part)
        if isinstance(one, Refused):
            return one
        if one not in found:
            found.append(one)
    if len(found) > MOST:
        return Refused("phone", _MANY, {"most": MOST})
    return BETWEEN.join(found) if found else Refused("phone", _WHAT)


def numbers_in(value: str) -> list[str]:
    """Return the numbers of a stored value."""
    return [one for one in value.split(BETWEEN) if one]


def _parts(value: str) -> Iterator[str]:
    for part in _SPLIT.split(unicodedata.normalize("NFKC", value).replace("\r", "\n")):
        plain = signs(part)
        if plain:
            yield from _apart(plain)


def _apart(plain: str) -> Iterator[str]:
    """Yield the numbers between which there is nothing but blanks: each of them is whole of itself."""
    words = plain.split(" ")
    if len(words) > 1 and all(not isinstance(_number(word), Refused) and _whole(word) for word in words):
        yield from words
    else:
        yield plain


def _whole(word: str) -> bool:
    return sum(sign.isdigit() for sign in word) >= 10


def _number(plain: str) -> str | Refused:
    plain = _LABEL.sub("", plain.removeprefix("'")).strip()
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", plain):
        return Refused("phone", _SHORTENED, {"value": plain[:40]})
    if plain.endswith(".0"):
        plain = plain[:-2]
    if not _SIGNS.fullmatch(plain):
        return Refused("phone", _ONLY if re.search(r"\d{5}", plain) else _WHAT)
    extension = ""
    found = _EXTENSION.search(plain)
    if found:
        plain, extension = plain[: found.start()], found[1]
    abroad = plain.lstrip("([ ").startswith(("+", "00"))
    tail = _TAIL.fullmatch(re.sub(r"[()\[\] ]", "", plain))
    if tail and not extension:
        return "-".join(one for one in tail.groups() if one)
    digits = re.sub(r"\D", "", plain)
    return _foreign(digits) if abroad else _chinese(_home(digits), extension)


def _home(digits: str) -> str:
    """Return digits without China's code, where what follows it is a whole mobile number."""
    return digits[2:] if digits.startswith("86") and _MOBILE.fullmatch(digits, 2) else digits


def _foreign(digits: str) -> str | Refused:
    digits = digits.removeprefix("00")
    if digits.startswith("86"):
        rest = digits[2:]
        if _MOBILE.fullmatch(rest) or rest.startswith("0") or _SERVICE.fullmatch(rest):
            return _chinese(rest, "")
        return _chinese("0" + rest, "")
    return f"+{digits}" if _FOREIGN.fullmatch(digits) else Refused("phone", _WHAT)


def _chinese(digits: str, extension: str) -> str | Refused:
    end = f"-{extension}" if extension else ""
    landline = _AREA.fullmatch(digits)
    if landline:
        return f"{landline[1]}-{landline[2]}{end}"
    if digits.startswith("0") and _MOBILE.fullmatch(digits, 1):
        return digits[1:]  # as it was dialled from another city
    if _MOBILE.fullmatch(digits) or _SERVICE.fullmatch(digits) or _LONG_SERVICE.fullmatch(digits):
        return digits + end
    if _LOCAL.fullmatch(digits):
        return digits + end
    if re.match("1[3-9]", digits) and 8 < len(digits) < 15:
        return Refused("phone", _COUNT, {"count": len(digits)})
    return Refused("phone", _LANDLINE if digits.startswith("0") and len(digits) > 4 else _WHAT)
