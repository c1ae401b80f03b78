"""The formats a form checks: those of jsonschema, and what Chinese centres need besides."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from jsonschema import FormatChecker

from portal.core.errors import msg
from portal.core.ways import Refused
from portal.core.ways.identity import fault_of_credit_code, fault_of_permit, fault_of_resident
from portal.core.ways.phones import phone

PHONE = msg("Enter a mobile number of 11 digits, or a landline number with area code")

_DATETIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")
_AS_STORED = re.compile(r"[1-9][0-9]{16}[0-9Xx]")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_UID = re.compile(r"[0-9a-f]{32}")
_ATTACHMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")


def is_phone(text: str) -> bool:
    """Tell whether ``text`` holds one or several telephone numbers, however they are written."""
    return fault_of_phone(text) is None


def fault_of_phone(text: str) -> Refused | None:
    """Return what is wrong with telephone numbers; None for right ones."""
    found = phone(text)
    return found if isinstance(found, Refused) else None if found else Refused("phone", PHONE)


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


# What is wrong with a text of one of our formats, as people are told.
FAULTS: dict[str, Callable[[str], Refused | None]] = {
    "cn-id-number": fault_of_resident,
    "cn-residence-permit": fault_of_permit,
    "cn-credit-code": fault_of_credit_code,
    "cn-phone": fault_of_phone,
}


def is_id_number(text: str) -> bool:
    """Tell whether ``text`` is a right resident identity number, written as it is stored or with a small x."""
    return _AS_STORED.fullmatch(text) is not None and fault_of_resident(text) is None


def is_uid(text: str) -> bool:
    """Tell whether ``text`` is the identifier of a record."""
    return _UID.fullmatch(text) is not None


def _right(fault: Callable[[str], Refused | None]) -> Callable[[str], bool]:
    return lambda text: fault(text) is None


OWN: dict[str, Callable[[str], bool]] = {
    **{name: _right(fault) for name, fault in FAULTS.items()},
    "cn-id-number": is_id_number,
    "unit-code": lambda text: _CODE.fullmatch(text) is not None,
    "taxonomy-code": lambda text: _CODE.fullmatch(text) is not None,
    "room-code": lambda text: _CODE.fullmatch(text) is not None,
    "department-name": bool,
    "window-code": lambda text: _CODE.fullmatch(text) is not None,
    "record-uid": is_uid,
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
