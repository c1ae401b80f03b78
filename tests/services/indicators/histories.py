"""Random histories of cases, written as rows, and what figures come out when each history is walked step by step."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sqlalchemy import delete, insert, or_, select

from portal.core.access import Access
from portal.core.indicators import Period
from portal.core.zone import LOCAL, begin_of
from portal.persistence.models import (
    Clock,
    Record,
    RecordEvent,
    RecordLink,
    RecordReach,
    Referral,
    Release,
    Unit,
)
from portal.services.figures import upkeep as figures
from portal.services.portal import Portal
from portal.services.reach import upkeep as reach

SYSTEM = Access.system("test")
PLACES = ("530112", "530112001", "530112001001", "530112002", "530115", "530115001", "530111")
# When a case that was entered when it was over had ended: no month is that of its end.
UNKNOWN = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
OUTCOMES = ("agreed", "failed", None, 7)
AT_ONCE = 2_000
Rows = dict[Any, list[dict[str, Any]]]


@dataclass(slots=True)
class History:
    """A case: where it lies, what it holds, and what happened to it in order."""

    id: int
    unit: int
    data: dict[str, Any]
    steps: list[tuple[dt.datetime, str | None, str]]
    due_on: dt.date | None
    clocks: list[tuple[dt.date, dt.date | None, str]]
    referrals: list[tuple[dt.datetime, int, str]]
    repeats: bool
    route: str | None = None
    told: list[str] = field(default_factory=list)

    @property
    def registered(self) -> dt.datetime:
        """Return when it was registered."""
        return self.steps[0][0]

    def walked(self, until: dt.datetime | None = None) -> tuple[dt.datetime | None, dt.datetime | None, int]:
        """Return when it was accepted, since when it is over, and how often it was taken up again."""
        accepted = over = None
        again = 0
        for at, before, after in self.steps:
            if until is not None and at >= until:
                continue
            if accepted is None and (after == "mediate" or (before is None and after == "closed")):
                accepted = at
            if after == "closed" and before != "closed":
                over = at if before is not None else UNKNOWN
            elif before == "closed" and after != "closed":
                over, again = None, again + 1
        return accepted, over, again


def made_up(
    portal: Portal,
    number: int,
    seed: int,
    today: dt.date,
    *,
    reach_too: bool = True,
    figures_too: bool = True,
) -> list[History]:
    """Write random cases of the last fifteen months, and return their histories."""
    chance = Random(seed)
    with portal.reading(SYSTEM) as session:
        units = {
            code: (unit_id, path)
            for code, unit_id, path in session.execute(select(Unit.code, Unit.id, Unit.path))
        }
        release = session.scalar(select(Release.id).order_by(Release.id.desc()).limit(1))
    places = [units[code] for code in PLACES]
    desks = [units["530112:justice"], units["530112:court"]]
    found = [_history(chance, at, places, desks, today) for at in range(1, number + 1)]
    paths = dict(units.values())
    for start in range(0, number, AT_ONCE):
        rows: Rows = {table: [] for table in (Record, RecordEvent, Clock, Referral, RecordLink)}
        for one in found[start : start + AT_ONCE]:
            rows[Record].append(_record(one, paths, release, units["530112"][0]))
            _beside(rows, one, paths, release, found[0].id)
        with portal.database.engine.begin() as connection:
            for table, some in rows.items():
                if some:
                    connection.execute(insert(table), some)
    if reach_too:
        reach.rebuild(portal.database)
    if reach_too and figures_too:
        figures.build(portal.database)
    return found


def take_away(portal: Portal, ids: list[int]) -> None:
    """Take cases away with everything that hangs on them, as a destruction does."""
    with portal.database.engine.begin() as connection:
        for table in (RecordEvent, RecordReach, Clock, Referral):
            connection.execute(delete(table).where(table.record_id.in_(ids)))
        linked = or_(RecordLink.from_id.in_(ids), RecordLink.to_id.in_(ids))
        connection.execute(delete(RecordLink).where(linked))
        connection.execute(delete(Record).where(Record.id.in_(ids)))


def _history(chance: Random, at: int, places: list[Any], desks: list[Any], today: dt.date) -> History:
    moment = begin_of(today) - dt.timedelta(
        days=chance.randrange(0, 450), seconds=chance.randrange(0, 86_400)
    )
    steps: list[tuple[dt.datetime, str | None, str]] = []
    stage: str | None = None

    def go(to: str) -> None:
        nonlocal moment, stage
        steps.append((moment, stage, to))
        stage = to
        # Now and then two steps bear the same moment.
        moment += dt.timedelta(hours=chance.randrange(1, 900) if chance.random() < 0.85 else 0)

    go("closed" if chance.random() < 0.05 else "intake")
    while chance.random() < 0.8 and moment < begin_of(today) + dt.timedelta(hours=20):
        choices = {
            "intake": ("mediate", "mediate", "closed"),
            "mediate": ("closed", "mediate"),
            "closed": ("mediate", "closed", "intake"),
        }
        go(chance.choice(choices[stage or "intake"]))
    day = moment.astimezone(LOCAL).date()
    clocks = []
    for _ in range(chance.randrange(0, 3)):
        due = day - dt.timedelta(days=chance.randrange(-10, 60))
        ended = None if chance.random() < 0.4 else due + dt.timedelta(days=chance.randrange(-5, 6))
        clocks.append((due, ended, chance.choice(("centre", "handler", "party"))))
    referrals = [
        (
            steps[0][0] + dt.timedelta(days=n),
            chance.choice(desks)[0],
            chance.choice(("sent", "returned", "done")),
        )
        for n in range(chance.randrange(0, 3))
    ]
    data: dict[str, Any] = {"name": "某", "outcome": chance.choice(OUTCOMES)}
    if chance.random() < 0.5:
        data["heard_on"] = (today - dt.timedelta(days=chance.randrange(0, 400))).isoformat()
    if chance.random() < 0.5:
        data["urgent"] = chance.random() < 0.5
    due_on = None if chance.random() < 0.5 else today + dt.timedelta(days=chance.randrange(-40, 20))
    route = chance.choice(("R01", "R05", None))
    return History(
        at, chance.choice(places)[0], data, steps, due_on, clocks, referrals, chance.random() < 0.2, route
    )


def _record(one: History, paths: dict[int, str], release: Any, centre: int) -> dict[str, Any]:
    last = one.steps[-1]
    return {
        "id": one.id,
        "uid": f"{one.id:032d}",
        "etype": "case",
        "unit_id": one.unit,
        "unit_path": paths[one.unit],
        "centre_id": centre,
        "release_id": release,
        "title": "某",
        "search_text": "",
        "stage": last[2],
        "canonical_stage": {"intake": "intake", "mediate": "mediate", "closed": "close"}[last[2]],
        "is_open": last[2] != "closed",
        "lanes": {},
        "due_on": one.due_on,
        "route": one.route,
        "data": one.data,
        "created_at": one.registered,
        "updated_at": last[0],
        "version": 1,
        "created_by_name": "",
        "updated_by_name": "",
    }


def _beside(rows: Rows, one: History, paths: dict[int, str], release: Any, other: int) -> None:
    for at, before, after in one.steps:
        row = {"record_id": one.id, "at": at, "kind": "transition", "from_stage": before, "to_stage": after}
        rows[RecordEvent].append(row | {"version": 1, "name": "x", "by_name": "", "reason": "", "data": {}})
    for n, (due, ended, whose) in enumerate(one.clocks):
        row = {
            "record_id": one.id, "n": n, "etype": "case", "unit_path": paths[one.unit], "deadline": "T1",
            "whose": whose, "event": "x", "started_on": due - dt.timedelta(days=5), "due_on": due, "ended_on": ended,
            "state": "running", "release_id": release, "calendar": "", "provisional": False, "pauses": [],
            "extensions": [],
        }  # fmt: skip
        rows[Clock].append(row)
    for n, (at, desk, status) in enumerate(one.referrals):
        row = {
            "uid": f"{one.id:016d}{n:016d}", "record_id": one.id, "etype": "case", "from_unit_id": one.unit,
            "from_path": paths[one.unit], "to_unit_id": desk, "to_path": paths[desk], "lead": True, "status": status,
            "created_at": at, "created_by_name": "", "answered_by_name": "", "answer": "", "version": 1, "seat": {},
            "documents": [], "steps": [], "assist": [], "rule": "", "route": "", "mode": "", "reason": "",
            "overridden": False,
        }  # fmt: skip
        rows[Referral].append(row)
    if one.repeats and one.id != other:
        rows[RecordLink].append(
            {"kind": "repeat", "from_id": one.id, "to_id": other, "by_name": "", "at": one.registered}
        )


def within(moment: dt.datetime | dt.date | None, period: Period) -> bool:
    """Tell whether a moment or a day lies in a period, where the centres are."""
    if moment is None:
        return False
    day = moment.astimezone(LOCAL).date() if isinstance(moment, dt.datetime) else moment
    return period.first <= day < period.after


def late(one: History, over: dt.datetime) -> bool:
    """Tell whether a period of the centre or the handler ran out before the end."""
    end = over.astimezone(LOCAL).date()
    return any(
        whose != "party" and due < end and (ended is None or ended > due) for due, ended, whose in one.clocks
    )


def tally(
    histories: list[History], period: Period, name: str, now: dt.datetime
) -> dict[int, tuple[int, int]]:
    """Return, by unit, how many are counted out of how many, for one of the indicators of the test."""
    base: Counter[int] = Counter()
    counted: Counter[int] = Counter()

    def add(unit: int, yes: bool) -> None:
        base[unit] += 1
        counted[unit] += yes

    cut = min(begin_of(period.after), now)
    for one in histories:
        accepted, over, again = one.walked()
        outcome = one.data["outcome"]
        if name == "registered" and within(one.registered, period):
            add(one.unit, True)
        elif name == "reopened" and within(one.registered, period):
            add(one.unit, again > 0)
        elif name == "repeats" and within(one.registered, period):
            add(one.unit, one.repeats and one.id != histories[0].id)
        elif name == "refused" and within(one.registered, period) and accepted is None and over is not None:
            add(one.unit, True)
        elif name == "resolved" and within(accepted, period):
            add(one.unit, over is not None and outcome == "agreed")
        elif name == "success" and accepted and within(over, period) and outcome in ("agreed", "failed"):
            add(one.unit, outcome == "agreed")
        elif name == "in_time" and accepted and over is not None and within(over, period):
            add(one.unit, not late(one, over))
        elif name == "urgent" and within(
            dt.date.fromisoformat(one.data.get("heard_on", "1990-01-01")), period
        ):
            add(one.unit, one.data.get("urgent") is True)
        elif name == "overdue" and one.registered < cut:
            was_accepted, was_over, _ = one.walked(cut)
            if was_over is None and was_accepted is not None:
                add(one.unit, one.due_on is not None and one.due_on < cut.astimezone(LOCAL).date())
        elif name == "returned":
            for at, desk, status in one.referrals:
                if within(at, period):
                    add(desk, status == "returned")
        elif name == "ended":
            for due, _ended, _whose in one.clocks:
                if within(due, period):
                    add(one.unit, one.route == "R01")
    return {unit: (counted[unit], number) for unit, number in base.items()}


def days(histories: list[History], period: Period) -> dict[int, Counter[int]]:
    """Return, by unit, how often each number of days from acceptance to the end occurred."""
    found: dict[int, Counter[int]] = {}
    for one in histories:
        accepted, over, _ = one.walked()
        if accepted and over and within(over, period):
            number = (over.astimezone(LOCAL).date() - accepted.astimezone(LOCAL).date()).days
            found.setdefault(one.unit, Counter())[max(number, 0)] += 1
    return found
