"""What people type for windows, rooms, departments and days; each refusal says what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from portal.core.blank import is_blank
from portal.core.errors import InvalidInput, msg
from portal.core.packs.starting.answers import (
    EVERY_DAY,
    ON_CALL,
    RESIDENT,
    ROTATING,
    WORKING_DAYS,
    Place,
    Stay,
    refusal,
)
from portal.core.packs.starting.bodies import Bodies

MOST_NAME, MOST_WORD = 60, 20
CALLED_WITHIN = 8.0  # hours, where nothing else is said
_PARTS = re.compile(r"[、，,；;\n|]+")
_GIVEN = re.compile(r"\s*[=＝：:]\s*")
_NUMBERED = re.compile(r"(\d{1,3})\s*(?:号窗口|号窗|号)?\s*[.、．:：]?\s*(.*)")
_DAYS = {
    sign: number
    for number, signs in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7"), 1)
    for sign in signs
}
_ENGLISH = {day: number for number, day in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 1)}
_UP_TO = re.compile(r"(.)(?:至|到|-|—|~|～)(.)")
_HOURS = re.compile(r"(\d+(?:\.\d+)?)(?:个?小时|h|hours?)?")


def plain(text: str) -> str:
    """Return what was typed without blanks at its ends, invisible signs, and blanks between Chinese signs."""
    kept = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Cc") or sign in "\n\t")
    return re.sub(r"(?<=[\u3400-\u9fff])[ \u3000\t]+(?=[\u3400-\u9fff])", "", kept).strip(" \t\u3000\u00a0\n")


def name_of(text: str) -> str:
    """Return a name as it was typed; raise InvalidInput where it is empty or too long."""
    name = plain(text)
    if is_blank(name):
        raise refusal("blank", msg("This can't stay empty"))
    if len(name) > MOST_NAME:
        raise refusal("long", msg("At most %(most)s characters"), most=MOST_NAME)
    if name.isdecimal():
        raise refusal("digits", msg("“%(text)s” is a number, and a name is wanted"), text=name)
    return name


def word_of(text: str) -> str:
    """Return an agency word; raise InvalidInput where it is none."""
    word = "".join(plain(text).split())
    if not word:
        raise refusal("blank", msg("This can't stay empty"))
    if len(word) > MOST_WORD or re.search(r"[\d〔〕\[\]（）()号/\\{}]", word):
        raise refusal(
            "agency",
            msg(
                "“%(text)s” can't stand in front of the year in case numbers; write a short word such as 诸综"
            ),
            text=text.strip(),
        )
    return word


def days_of(text: str) -> tuple[int, ...]:
    """Return the weekdays that are meant, 1 is Monday; raise InvalidInput where a part is none."""
    found: set[int] = set()
    for part in _PARTS.split(plain(text)):
        if part.strip():
            found |= _days_in(part)
    if not found:
        raise refusal("no_days", msg("Say on which weekdays, such as 周一、周三"))
    return tuple(sorted(found))


def _days_in(part: str) -> set[int]:
    short = part.strip().casefold()
    if short[:3] in _ENGLISH:
        return {_ENGLISH[short[:3]]}
    short = re.sub(r"每|周|星期|礼拜|\s|和|及", "", short)
    if short in ("工作日", "working_days"):
        return set(range(1, 6))
    if short in ("天", "日日"):
        return set(range(1, 8))
    reach = _UP_TO.fullmatch(short)
    if reach and {*reach.groups()} <= _DAYS.keys():
        first, last = (_DAYS[sign] for sign in reach.groups())
        if first <= last:
            return set(range(first, last + 1))
    if not short or not set(short) <= _DAYS.keys():
        raise refusal("day", msg("“%(text)s” is no weekday; write them like 周一、周三"), text=part.strip())
    return {_DAYS[sign] for sign in short}


def open_days_of(text: str) -> Any:
    """Return on which days the centre is open, as a layout says it."""
    short = plain(text).casefold()
    if short in ("", "工作日", "working_days", "working days", "法定工作日"):
        return WORKING_DAYS
    if short in ("每天", "天天", "全年", "全年无休", "every_day", "every day"):
        return EVERY_DAY
    return {"weekdays": list(days_of(text))}


def places_of(text: str, bodies: Bodies, *, suffix: str = "", numbered: bool = False) -> tuple[Place, ...]:
    """Return the windows or rooms of a list such as “综合受理、公共法律服务=司法局”."""
    found: list[Place] = []
    for part in _items(text):
        title, _, owner = _halves(part)
        number = None
        if numbered:
            given = _NUMBERED.fullmatch(title)
            number = int(given[1]) if given else max((one.number or 0 for one in found), default=0) + 1
            title = given[2] if given else title
        if is_blank(title):
            raise refusal("place", msg("“%(text)s” has no name"), text=part)
        title = name_of(title)
        title = title if title.endswith(suffix) else f"{title}{suffix}"
        found.append(Place(title, bodies.find(owner) if owner else None, number))
    _refuse_twice(found)
    return tuple(found)


def _refuse_twice(places: Iterable[Place]) -> None:
    titles: set[str] = set()
    numbers: set[int] = set()
    for one in places:
        if one.title in titles:
            raise refusal("place_twice", msg("“%(title)s” stands there twice"), title=one.title)
        if one.number is not None and one.number in numbers:
            raise refusal("number_twice", msg("Two windows have the number %(number)s"), number=one.number)
        titles.add(one.title)
        numbers |= {one.number} if one.number is not None else set()


def stays_of(text: str, mode: str, bodies: Bodies) -> tuple[Stay, ...]:
    """Return the departments of a list, and how they are present.

    A rotating one says its weekdays (“法院=周一、周三；律师=周二”), one on call may say its hours (“公安=2”).
    """
    found: list[Stay] = []
    for word, given in _with_values(text, more=mode == ROTATING):
        key = bodies.find(word)
        if any(one.department == key for one in found):
            raise refusal("stay_twice", msg("“%(title)s” stands there twice"), title=word)
        if mode == ROTATING:
            if not given:
                raise refusal(
                    "rotating",
                    msg("Say on which weekdays %(title)s comes, such as %(title)s=周一、周三"),
                    title=word,
                )
            found.append(Stay(key, mode, days_of(given)))
        elif mode == ON_CALL:
            found.append(Stay(key, mode, answer_hours=_hours(given, word)))
        elif given:
            raise refusal(
                "resident_days",
                msg("%(title)s is resident, so it is there each day; days belong to those who rotate"),
                title=word,
            )
        else:
            found.append(Stay(key, RESIDENT))
    return tuple(found)


def _hours(given: str, word: str) -> float:
    if not given:
        return CALLED_WITHIN
    hours = _HOURS.fullmatch("".join(given.split()))
    if hours is None or not 0 < float(hours[1]) <= 720:
        raise refusal(
            "hours",
            msg("Within how many hours %(title)s answers is a number, not “%(text)s”"),
            title=word,
            text=given,
        )
    return float(hours[1])


def _items(text: str) -> Iterator[str]:
    for part in _PARTS.split(plain(text)):
        if not is_blank(part):
            yield part.strip()


def _halves(part: str) -> tuple[str, str, str]:
    """Return both sides of “A=B”, of “A：B” and of “A（B）”."""
    bracketed = re.fullmatch(r"(.*?)\s*[（(](.*?)[）)]?\s*", part)
    if bracketed and not _GIVEN.search(part):
        return bracketed[1], "=", bracketed[2].strip()
    first, *rest = _GIVEN.split(part, maxsplit=1)
    return first.strip(), "=", rest[0].strip() if rest else ""


def _with_values(text: str, *, more: bool) -> Iterator[tuple[str, str]]:
    """Yield each name of a list with the value given to it; with ``more`` a day belongs to the name before it."""
    waiting: list[str] | None = None
    for part in _items(text):
        word, _, given = _halves(part)
        if more and waiting is not None and not given and _is_day(word.strip("（）()")):
            waiting[1] = f"{waiting[1]}、{word.strip('（）()')}"
            continue
        if waiting is not None:
            yield waiting[0], waiting[1]
        waiting = [word, given]
    if waiting is not None:
        yield waiting[0], waiting[1]


def _is_day(word: str) -> bool:
    try:
        return bool(_days_in(word))
    except InvalidInput:
        return False
