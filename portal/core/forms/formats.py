"""The formats a form checks: those of jsonschema, and what Chinese centres need besides."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from jsonschema import FormatChecker

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_PHONE = re.compile(
    r"(?:\+?86[- ]?)?1[3-9]\d{9}"  # mobile
    r"|(?:\(?0\d{2,3}\)?[- ]?)?[2-9]\d{6,7}(?:[-转]\d{1,6})?"  # landline
    r"|[48]00-?\d{3}-?\d{4}|1\d{4}|11\d|12[0-2]"  # service numbers
)
_DATETIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_ATTACHMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")


def is_id_number(text: str) -> bool:
    """Tell whether ``text`` is an 18-place resident identity number with a right check digit."""
    if not re.fullmatch(r"[1-9]\d{16}[\dXx]", text, re.ASCII):
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], _ID_WEIGHTS, strict=True))
    return _ID_CHECK[total % 11] == text[17].upper()


def is_phone(text: str) -> bool:
    """Tell whether ``text`` is a Chinese mobile, landline or service number."""
    return _PHONE.fullmatch(text) is not None


def is_datetime(text: str) -> bool:
    """Tell whether ``text`` is an RFC 3339 timestamp."""
    found = _DATETIME.fullmatch(text)
    if not found:
        return False
    sixty = text[:17] + "59" + text[19:] if found[1] == "60" else text
    try:
        datetime.fromisoformat(sixty.upper().replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


def is_time(text: str) -> bool:
    """Tell whether ``text`` is a time of day."""
    if not _TIME.fullmatch(text):
        return False
    try:
        time.fromisoformat(text.upper().replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


def is_uri(text: str) -> bool:
    """Tell whether ``text`` is an absolute URI."""
    if not _URI.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return bool(parts.netloc or parts.path) or parts.scheme not in ("http", "https")


OWN: dict[str, Callable[[str], bool]] = {
    "cn-id-number": is_id_number,
    "cn-phone": is_phone,
    "unit-code": lambda text: _CODE.fullmatch(text) is not None,
    "taxonomy-code": lambda text: _CODE.fullmatch(text) is not None,
    "attachment": lambda text: _ATTACHMENT.fullmatch(text) is not None,
}
_WHERE_MISSING: dict[str, Callable[[str], bool]] = {"date-time": is_datetime, "time": is_time, "uri": is_uri}


@lru_cache(maxsize=16)
def format_checker(validator_class: Any) -> FormatChecker:
    """Return the checker of a dialect: jsonschema's formats, ours, and those jsonschema leaves to extras."""
    checker = FormatChecker(formats=())
    checker.checkers = dict(validator_class.FORMAT_CHECKER.checkers)
    for name, function in OWN.items():
        checker.checkers[name] = (_for_strings(function), ())
    for name, function in _WHERE_MISSING.items():
        checker.checkers.setdefault(name, (_for_strings(function), ()))
    return checker


def _for_strings(function: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: function(value) if isinstance(value, str) else True
