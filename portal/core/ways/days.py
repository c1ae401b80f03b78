"""Days, moments and times of day as people write and paste them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from portal.core.errors import msg
from portal.core.ways.reading import Refused, signs
from portal.core.zone import OFFSET

_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_DAY = re.compile(
    r"(?P<y>\d{4}) ?(?P<s>[-/.年]) ?(?P<m>\d{1,2}) ?(?:(?P=s)|月) ?(?P<d>\d{1,2}) ?[日号]?"
    r"(?: ?\(?(?:星期|周|礼拜)[一二三四五六日天]\)?)?(?P<rest>[T ].*)?"
)
_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?P<rest>)")
_MIDNIGHT = re.compile(r"[T ]?0?0:00(:00(\.0+)?)?(Z|\+00:00|\+08:00)?")
_MONTH = re.compile(r"\d{4} ?[-/.年] ?\d{1,2} ?月?")
_SHORT_YEAR = re.compile(r"\d{1,2} ?[-/.年] ?\d{1,2} ?[-/.月] ?\d{1,4} ?[日号]?")
_SERIAL = re.compile(r"\d{5}(\.\d*)?")
_FIRST_SERIAL = date(1899, 12, 30)
_CHINESE = re.compile(
    r"(?P<y>[〇零○O0一二三四五六七八九]{4})年(?P<m>[一二三四五六七八九十]{1,3})月(?P<d>[一二三四五六七八九十]{1,4})[日号]"
)
_CHINESE_DIGITS = {sign: index for index, sign in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "○": 0,
    "O": 0,
    "0": 0,
}

_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*")
_CLOCK = re.compile(
    r"(?P<half>上午|下午|晚上|AM|PM)? ?(?P<h>\d{1,2}) ?[:点时] ?(?P<min>\d{1,2})?(?:[:分] ?(?:(?P<s>\d{1,2})秒?)?)?",
    re.IGNORECASE,
)
_TIME = re.compile(r"\d\d:\d\d(:\d\d\S*)?")

_WHAT = msg("Enter a real date as year-month-day, such as 2026-05-06")
_NO_DAY = msg("%(value)s is not a day of the calendar")
_DAY_MISSING = msg("The day is missing: enter year, month and day")
_YEAR = msg("Enter the year with four digits, year first: %(value)s can be read in more than one way")
_NUMBER = msg("%(value)s is how a spreadsheet counts days: if it means %(day)s, enter that")
_WITH_TIME = msg("Enter a day without a time")


def day(value: Any) -> Any:
    """Return a day as year-month-day."""
    if isinstance(value, str) and _ISO.fullmatch(value) and value.isascii():
        return value if _real(*map(int, value.split("-"))) else Refused("date", _NO_DAY, {"value": value})
    if not isinstance(value, str):
        return value
    found = _day(signs(value))
    if not isinstance(found, tuple):
        return found
    written, rest = found
    return written if not rest or _MIDNIGHT.fullmatch(rest) else Refused("date", _WITH_TIME)


def moment(value: Any) -> Any:
    """Return a day with its time in Beijing; what RFC 3339 writes already stays as it is."""
    if not isinstance(value, str) or _LOCAL.fullmatch(value):
        return value
    found = _day(signs(value))
    if not isinstance(found, tuple) or not found[1]:
        return value
    clock = _time(found[1].lstrip("T "))
    return f"{found[0]}T{clock if len(clock) > 5 else clock + ':00'}{OFFSET}" if clock else value


def time_of_day(value: Any) -> Any:
    """Return a time of day with two digits each; what is none stays for the schema to judge."""
    if not isinstance(value, str) or _TIME.fullmatch(value):
        return value
    return _time(signs(value)) or value


def _day(plain: str) -> tuple[str, str] | Refused:
    """Return the day at the beginning of a text and what follows it."""
    found = _DAY.fullmatch(plain) or _COMPACT.fullmatch(plain.replace(" ", ""))
    if found is not None:
        year, month, number = int(found["y"]), int(found["m"]), int(found["d"])
        return _written(year, month, number, plain, found["rest"] or "")
    chinese = _CHINESE.fullmatch(plain.replace(" ", ""))
    if chinese is not None:
        year = int("".join(str(_CHINESE_DIGITS[sign]) for sign in chinese["y"]))
        return _written(year, _counted(chinese["m"]), _counted(chinese["d"]), plain, "")
    if _SERIAL.fullmatch(plain):
        meant = _FIRST_SERIAL + timedelta(days=int(plain[:5]))
        return Refused("date", _NUMBER, {"value": plain[:20], "day": meant.isoformat()})
    if _MONTH.fullmatch(plain):
        return Refused("date", _DAY_MISSING)
    if _SHORT_YEAR.fullmatch(plain):
        return Refused("date", _YEAR, {"value": plain[:20]})
    return Refused("date", _WHAT)


def _written(year: int, month: int, number: int, plain: str, rest: str) -> tuple[str, str] | Refused:
    if not _real(year, month, number):
        return Refused("date", _NO_DAY, {"value": plain[:20]})
    return f"{year:04}-{month:02}-{number:02}", rest


def _real(year: int, month: int, number: int) -> bool:
    try:
        date(year, month, number)
    except ValueError:
        return False
    return True


def _counted(words: str) -> int:
    """Return a number below 100 written in Chinese."""
    tens, ten, ones = words.partition("十")
    if not ten:
        return _CHINESE_DIGITS[words] if len(words) == 1 else 0
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return 0
    return (_CHINESE_DIGITS[tens] if tens else 1) * 10 + (_CHINESE_DIGITS[ones] if ones else 0)


def _time(plain: str) -> str:
    found = _CLOCK.fullmatch(plain)
    if found is None or (found["min"] is None and plain[-1:] == ":"):
        return ""
    hour, minute, second = int(found["h"]), int(found["min"] or 0), int(found["s"] or 0)
    if (found["half"] or "").upper() in ("下午", "晚上", "PM") and hour < 12:
        hour += 12
    if hour > 23 or minute > 59 or second > 59:
        return ""
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")
