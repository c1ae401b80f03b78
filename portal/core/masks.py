"""What stands in the place of a personal value: enough to recognise it, never enough to know it.

A mask depends on nothing but the part it shows and, for numbers, the length. Masking twice changes nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

DOTS = "••••••"
STAR = "*"
# As far as the district; 小区 and 社区 are housing estates and communities, not districts.
_DISTRICT = re.compile(r".{1,18}?(?:(?<![小社])区|县|旗)")
_ADDRESS_KEPT = 6


def mask(kind: str, value: Any) -> Any:
    """Return what is shown instead of ``value``; what is empty stays empty."""
    if value is None or value in ("", [], {}):
        return value
    if isinstance(value, list):
        return [mask(kind, member) for member in value]
    return _MASKS[kind](value) if isinstance(value, str) else DOTS


def _name(text: str) -> str:
    """张三 is 张*; the length is not told."""
    return text[0] + STAR if len(text) > 1 else STAR


def _identity(text: str) -> str:
    """Keep the first three and the last four of a long number, less of a short one."""
    if len(text) >= 15:
        return text[:3] + STAR * (len(text) - 7) + text[-4:]
    return text[0] + STAR * (len(text) - 3) + text[-2:] if len(text) >= 8 else DOTS


def _phone(text: str) -> str:
    """Hide the four in the middle of a mobile number; of others show no more than four places."""
    if len(text) >= 11:
        return text[:3] + STAR * (len(text) - 7) + text[-4:]
    return text[:2] + STAR * (len(text) - 4) + text[-2:] if len(text) >= 7 else DOTS


def _address(text: str) -> str:
    """Keep an address as far as the district, or its first six characters where it is long."""
    found = _DISTRICT.match(text)
    if found and found.end() < len(text):
        return found[0] + STAR * 3
    masked = text[:_ADDRESS_KEPT] + STAR * 3
    return masked if len(text) > 2 * _ADDRESS_KEPT or text == masked else DOTS


def _text(text: str) -> str:
    return DOTS


_MASKS: Mapping[str, Callable[[str], str]] = {
    "name": _name,
    "id": _identity,
    "phone": _phone,
    "address": _address,
    "text": _text,
}
KINDS = frozenset(_MASKS)
