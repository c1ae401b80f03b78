"""The facts of referrals, periods and tasks in words: how each stands in a row of a worklist, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from portal.core import pointer as pointers
from portal.core.deadlines.model import OWNERS
from portal.core.errors import msg
from portal.core.packs.check.worklists import CODES
from portal.core.referrals import STATES
from portal.core.tasks import SOURCES as TASK_SOURCES
from portal.core.tasks import STATES as TASK_STATES
from portal.web import parts
from portal.web.days import day_of_week
from portal.web.language import acted_by, as_written, translate
from portal.web.shell import format_ago
from portal.web.words import clocks
from portal.web.words.here import Here
from portal.web.words.screen import Screen
from portal.web.words.unit_titles import unit_title

Said = Callable[[Here, Screen, Any], Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a referral, a period or a task: its heading, the attribute that holds it, how its value reads."""

    label: str
    attribute: str
    said: Said


def _written(_now: Here, _screen: Screen, value: Any) -> Any:
    return as_written(str(value))


def _unit(now: Here, screen: Screen, value: Any) -> Any:
    return next((unit_title(screen, one) for one in now.units([value]).values()), "")


def _sender(_now: Here, _screen: Screen, value: Any) -> Any:
    return Markup(translate(msg("sent by %(who)s"))) % {"who": acted_by(value)}


def _due(_now: Here, _screen: Screen, value: Any) -> Any:
    return parts.due_mark(value)


def _report(now: Here, _screen: Screen, value: Any) -> Any:
    """Return the day of a referral beside the one by which it is accepted: by then its unit reports."""
    said = day_of_week(value, now.portal.clock.today())
    return translate(msg("report due %(day)s"), day=said)


def _day(_now: Here, _screen: Screen, value: Any) -> Any:
    return value.isoformat()


def _ago(_now: Here, _screen: Screen, value: Any) -> Any:
    return format_ago(value)


def _yes_no(_now: Here, _screen: Screen, value: Any) -> Any:
    return translate(msg("Yes") if value else msg("No"))


def _status(_now: Here, _screen: Screen, value: Any) -> Any:
    state = STATES.get(str(value))
    return parts.chip(translate(state.title), state.tone) if state else as_written(str(value))


def _clock_state(_now: Here, _screen: Screen, value: Any) -> Any:
    words, tone = clocks.STATES.get(str(value), (str(value), "neutral"))
    return parts.chip(translate(words), tone)


def _whose(_now: Here, _screen: Screen, value: Any) -> Any:
    return translate(OWNERS[value]) if value in OWNERS else as_written(str(value))


def _task_state(_now: Here, _screen: Screen, value: Any) -> Any:
    return translate(TASK_STATES.get(str(value), str(value)))


def _task_source(_now: Here, _screen: Screen, value: Any) -> Any:
    return translate(TASK_SOURCES.get(str(value), str(value)))


def _role(_now: Here, screen: Screen, value: Any) -> Any:
    return as_written(screen.texts(screen.bundle.roles.get(value, {}).get("title"), str(value)))


def _titled(key: str) -> Said:
    """Return how a code reads: by the title of what it names in the release."""

    def said(_now: Here, screen: Screen, value: Any) -> Any:
        entry: Any = screen.bundle.raw
        for part in (*pointers.split(CODES[key]), value):
            entry = entry.get(part) if isinstance(entry, Mapping) else None
        return as_written(
            screen.texts(entry.get("title") if isinstance(entry, Mapping) else entry, str(value))
        )

    return said


_OWN: Mapping[str, Mapping[str, Fact]] = {
    "referral": {
        "route": Fact(msg("Route"), "route", _titled("/referral/route")),
        "mode": Fact(msg("Mode"), "mode", _titled("/referral/mode")),
        "status": Fact(msg("State"), "status", _status),
        "lead": Fact(msg("Leads"), "lead", _yes_no),
        "from_unit": Fact(msg("From"), "from_unit_id", _unit),
        # The person: the unit of a referral is that of the matter, which another one may have registered.
        "sent_by": Fact(msg("Sent by"), "created_by_name", _sender),
        "to_unit": Fact(msg("Referred to"), "to_unit_id", _unit),
        "reason": Fact(msg("Reason"), "reason", _written),
        "answer": Fact(msg("Answer"), "answer", _written),
        "due_on": Fact(msg("Due"), "due_on", _report),
        "accept_by": Fact(msg("Accept by"), "accept_by", _due),
        "created_at": Fact(msg("Referred"), "created_at", _ago),
        "answered_at": Fact(msg("Answered"), "answered_at", _ago),
    },
    "clock": {
        "deadline": Fact(msg("Period"), "deadline", _titled("/clock/deadline")),
        "whose": Fact(msg("To act"), "whose", _whose),
        "state": Fact(msg("State"), "state", _clock_state),
        "due_on": Fact(msg("Due"), "due_on", _due),
        "started_on": Fact(msg("Since"), "started_on", _day),
        "provisional": Fact(msg("Provisional"), "provisional", _yes_no),
    },
    "task": {
        # What is to be done may be words under the key of the record: the row says it.
        "task": Fact(msg("Task"), "task", _titled("/task/task")),
        "status": Fact(msg("State"), "status", _task_state),
        "unit": Fact(msg("Unit"), "unit_id", _unit),
        "role": Fact(msg("Role"), "role", _role),
        "owner": Fact(msg("Who does it"), "owner_name", _written),
        "due_on": Fact(msg("Due"), "due_on", _due),
        "provisional": Fact(msg("Provisional"), "provisional", _yes_no),
        "source": Fact(msg("Given"), "source", _task_source),
        "created_at": Fact(msg("Given"), "created_at", _ago),
    },
}
FACTS: Mapping[str, Fact] = {
    f"/{root}/{name}": fact for root, known in _OWN.items() for name, fact in known.items()
}


def said(now: Here, screen: Screen, key: str, row: Any) -> Any:
    """Return a fact of a referral, period or task in words; the mark for none where the row has no such thing."""
    fact = FACTS[key]
    value = getattr(row, fact.attribute, None)
    if value is None or value == "":
        return parts.NONE
    return fact.said(now, screen, value) or Markup(parts.NONE)
