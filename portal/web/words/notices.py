"""What changed for a person, in words: for the panel at home and for the API."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.core.errors import fill
from portal.core.messages import TOPICS
from portal.persistence.models import Record
from portal.services import notices
from portal.services.notices import NoticeView
from portal.web.language import translate
from portal.web.words.here import Here


@dataclass(frozen=True, slots=True)
class Change:
    """One unread change: what is said of it, and the record where the person may still open it."""

    id: int
    at: dt.datetime
    event: str
    text: str
    by: str
    record: Record | None


@dataclass(frozen=True, slots=True)
class Changes:
    """The latest unread changes, and how many there are in all."""

    rows: list[Change]
    total: int


def changes(now: Here, limit: int) -> Changes:
    """Return the unread changes of the person of this request, the latest first."""
    found = notices.unread(now.session, limit)
    if not found.notices:
        return Changes([], found.total)
    names = {unit.id: unit.name for unit in now.units(_units(found.notices)).values()}
    return Changes([_change(one, names) for one in found.notices if one.event in TOPICS], found.total)


def _units(found: list[NoticeView]) -> list[int]:
    return [one.params["unit"] for one in found if one.params.get("unit")]


def _change(one: NoticeView, names: dict[int, str]) -> Change:
    topic = TOPICS[one.event]
    words = topic.asks if topic.asks and not one.params.get("lead", True) else topic.words
    unit = names.get(one.params.get("unit") or 0, "")
    said = {"who": one.by, "unit": unit, "count": one.params.get("count", "")}
    return Change(one.id, one.at, one.event, fill(translate(words), said), one.by, one.record)
