"""Numbers and amounts of yuan as people write and paste them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from portal.core.errors import msg
from portal.core.strict_json import LARGEST_NUMBER
from portal.core.ways.reading import Refused, without_gaps

_PLAIN = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d{0,40})?")
_POWER = re.compile(r"[+-]?\d(?:\.\d{0,20})?[eE][+-]?\d{1,3}")
_AMOUNT = re.compile(
    r"(?:人民币|RMB|CNY|¥)*(?P<number>[^百千万亿元圆块整¥a-df-zA-DF-Z]*)(?P<times>千|万|百万|千万|亿)?(?:元|圆|块|RMB|CNY)?整?",
    re.IGNORECASE,
)
_TIMES = {"千": 1000, "万": 10_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000}
_CHINESE = re.compile("[零〇一二三四五六七八九十百壹贰叁肆伍陆柒捌玖拾佰仟两]")
_CENT = Decimal("0.01")
_NOISE = Decimal(
    "1e-12"
)  # of the amount: what computing leaves behind a sum: 0.1 + 0.2 is 0.30000000000000004

_DIGITS = msg("Write the number in digits, such as 1234.5")
_COMMAS = msg(
    "It is not certain what the comma means: write the number without commas, with a point before decimals"
)
_SHORTENED = msg("The spreadsheet has shortened this number (%(value)s): copy it with all its digits")
_DECIMALS = msg("An amount has at most two decimals")
_CHINESE_DIGITS = msg("Write the amount in Arabic digits, such as 500000")


def number(value: Any) -> Any:
    """Return a number; what is no number at all stays as it is for the schema to judge."""
    return _read(without_gaps(value), value) if isinstance(value, str) else value


def integer(value: Any) -> Any:
    """Return a whole number where the text is one."""
    found = number(value)
    return int(found) if isinstance(value, str) and isinstance(found, float) and found.is_integer() else found


def money(value: Any) -> Any:
    """Return an amount of yuan with at most two decimals, whole where it is whole."""
    if isinstance(value, str):
        value = _amount(without_gaps(value), value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return value if isinstance(value, int) else _in_cents(value)


def _amount(plain: str, value: str) -> Any:
    found = _AMOUNT.fullmatch(plain)
    if found is None or not found["number"]:
        return Refused("money", _CHINESE_DIGITS if _CHINESE.search(plain) else _DIGITS)
    if _POWER.fullmatch(found["number"]) or _POWER.fullmatch(plain):
        return Refused("money", _SHORTENED, {"value": plain[:40]})
    read = _read(found["number"], value, exact=True)
    if isinstance(read, Decimal):
        read *= _TIMES.get(found["times"] or "", 1)
        return _as_number(read, value)
    return read


def _read(plain: str, value: str, *, exact: bool = False) -> Any:
    plain = plain.removeprefix("'")
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    elif "," in plain:
        return Refused("number", _COMMAS)
    if _PLAIN.fullmatch(plain) is None and (exact or _POWER.fullmatch(plain) is None):
        return Refused("number", _CHINESE_DIGITS if exact and _CHINESE.search(plain) else _DIGITS)
    return Decimal(plain) if exact else _as_number(Decimal(plain), value)


def _as_number(found: Decimal, value: str) -> Any:
    if not -LARGEST_NUMBER < found < LARGEST_NUMBER:
        return value  # beyond what any column holds: the schema says so
    return int(found) if found == found.to_integral_value() else float(found)


def _in_cents(value: float) -> Any:
    if value != value or abs(value) >= LARGEST_NUMBER:
        return value
    if value.is_integer():
        return int(value)
    exact = Decimal(repr(value))
    cents = exact.quantize(_CENT)
    if abs(exact - cents) > abs(exact) * _NOISE:
        return Refused("money", _DECIMALS)
    return int(cents) if cents == cents.to_integral_value() else float(cents)
