"""Many cases as plain rows: registered, accepted, taken up again, ended, at units of a whole city, over three years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Any

from sqlalchemy import Connection, insert, select, text

from portal.core.access import Access
from portal.persistence.models import Clock, Record, RecordEvent, RecordReach, Referral, Release, Unit
from portal.services.portal import Portal

AT_ONCE = 2_000
DAYS = 1_000
CLASSES = ("C01", "C02", "C03", "C04", "")
ROUTES = ("R01", "R02", "R05", "")
STAGES = {"intake": "intake", "mediate": "mediate", "closed": "close"}
Rows = dict[Any, list[dict[str, Any]]]


def spread_cases(portal: Portal, number: int, seed: int = 1, below: str = "", days: int = DAYS) -> None:
    """Write cases with their history, reach, periods and referrals at all units, or those below one."""
    with portal.reading(Access.system("proof")) as session:
        path = session.scalar(select(Unit.path).where(Unit.code == below)) if below else "/"
        inside = Unit.path.startswith(path)
        units = session.execute(select(Unit.id, Unit.path).where(Unit.kind != "department", inside)).all()
        desks = session.execute(select(Unit.id, Unit.path).where(Unit.kind == "department", inside)).all()
        release = session.scalar(select(Release.id).order_by(Release.id.desc()).limit(1))
        first = session.scalar(select(Record.id).order_by(Record.id.desc()).limit(1)) or 0
    chance, now = Random(seed), portal.clock.now()
    for start in range(0, number, AT_ONCE):
        rows: Rows = {table: [] for table in (Record, RecordReach, RecordEvent, Clock, Referral)}
        for at in range(start, min(start + AT_ONCE, number)):
            place, desk = chance.choice(units), chance.choice(desks)
            _case(chance, first + at + 1, place, desk, release, list(_steps(chance, now, days)), rows)
        with portal.database.engine.begin() as connection:
            _write(connection, rows)


def analyze(portal: Portal) -> None:
    """Have the database learn what its tables hold, as it does by itself within a minute."""
    with portal.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def _write(connection: Connection, rows: Rows) -> None:
    for table, some in rows.items():
        if some:
            connection.execute(insert(table), some)


def _case(
    chance: Random, key: int, place: Any, desk: Any, release: Any, steps: list[Any], rows: Rows
) -> None:
    unit, path = place
    last, made = steps[-1], steps[0][0]
    due = None if chance.random() < 0.3 else made.date() + dt.timedelta(days=chance.randrange(10, 90))
    is_open, outcome = last[2] != "closed", chance.choice(("agreed", "failed", "partly", "handled"))
    handler = desk if chance.random() < 0.5 else (None, None)
    shared = {
        "stage": last[2],
        "canonical_stage": STAGES[last[2]],
        "is_open": is_open,
        "due_on": due,
    }
    rows[Record].append(
        {
            "id": key, "uid": f"{key:032d}", "etype": "case", "unit_id": unit, "unit_path": path, "centre_id": unit,
            "release_id": release, "title": "某", "search_text": "", "lanes": {}, "created_at": made, "version": 1,
            "updated_at": last[0], "created_by_name": "", "updated_by_name": "",
            "data": {"outcome": outcome, "willing": "yes"},
            "dispute_class": chance.choice(CLASSES) or None, "route": chance.choice(ROUTES) or None,
            "handler_unit_id": handler[0], "handler_path": handler[1], **shared,
        }
    )  # fmt: skip
    line = [int(part) for part in path.strip("/").split("/")]
    for one in line:
        rows[RecordReach].append(
            {
                "record_id": key, "unit_id": one, "etype": "case", "created_at": made, "why": "owner", "waiting": False,
                "updated_at": last[0],
                "is_open": is_open,
                "canonical_stage": shared["canonical_stage"], "due_on": due,
            }
        )  # fmt: skip
    for n, (at, before, after) in enumerate(steps, 1):
        rows[RecordEvent].append(
            {
                "record_id": key, "version": n, "at": at, "kind": "transition", "name": "x", "from_stage": before,
                "to_stage": after, "by_name": "", "reason": "", "data": {},
            }
        )  # fmt: skip
    if due is not None:
        rows[Clock].append(
            {
                "record_id": key, "n": 0, "etype": "case", "unit_path": path, "deadline": "T1", "whose": "handler",
                "event": "x", "started_on": made.date(), "due_on": due, "state": "running", "release_id": release,
                "ended_on": None if is_open else last[0].date(), "calendar": "", "provisional": False, "pauses": [],
                "extensions": [],
            }
        )  # fmt: skip
    if chance.random() < 0.4:
        rows[Referral].append(
            {
                "uid": f"r{key:031d}", "record_id": key, "etype": "case", "from_unit_id": unit, "from_path": path,
                "to_unit_id": desk[0], "to_path": desk[1], "lead": True, "version": 1, "created_at": made,
                "status": chance.choice(("done", "done", "returned")), "created_by_name": "", "answered_by_name": "",
                "answer": "", "seat": {}, "documents": [], "steps": [], "assist": [], "rule": "", "route": "",
                "mode": "", "reason": "", "overridden": False,
            }
        )  # fmt: skip


def _steps(chance: Random, now: dt.datetime, days: int) -> Iterator[tuple[dt.datetime, str | None, str]]:
    """Yield the steps of a case: most are accepted and end, some are taken up again and end later."""
    at = now - dt.timedelta(days=chance.randrange(0, days), seconds=chance.randrange(60, 80_000))
    stage: str | None = None
    for following in ("intake", "mediate", "closed", "mediate", "closed"):
        if at >= now or (stage is not None and chance.random() > (0.96 if stage != "closed" else 0.05)):
            return
        yield at, stage, following
        stage = following
        at += dt.timedelta(hours=chance.randrange(1, 900))
