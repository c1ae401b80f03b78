"""A worker is killed while it fills in and folds the figures of boards: they come to what a straight count tells."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, insert, select, update

from portal.persistence.models import (
    IndicatorFigure,
    IndicatorMark,
    IndicatorShare,
    IndicatorState,
    Record,
    RecordEvent,
)
from portal.services.indicators import proof as oracle
from portal.services.jobs.catalogue import all_jobs
from portal.services.jobs.shipped import keep_indicators
from portal.services.portal import Portal
from portal.services.reach import upkeep as reach
from portal.worker import loop
from tests.proofs.board_cases import spread_cases
from tests.proofs.frame import Number, Place, at_least, equal, proof
from tests.proofs.working_processes import SYSTEM, until

WAIT_SECONDS = 120.0
# So few records in a transaction that a worker has many to be killed in, and to be killed between.
PORTION = 20
CHANGED = 60
JOBS = ("keep_indicators", "fill_indicators")


def work(url: str) -> None:
    """Fill in and fold in small portions, as a worker does, until killed."""
    for name in JOBS:
        kind: Any = type(all_jobs()[name])
        # Who follows a killed one does not wait for a minute.
        kind.lease, kind.every = dt.timedelta(seconds=1.5), dt.timedelta(seconds=0.2)
    keep_indicators.fold = partial(keep_indicators.fold, most=PORTION)  # type: ignore[assignment]
    keep_indicators.fill = partial(keep_indicators.fill, portion=PORTION)  # type: ignore[assignment]
    loop.Lane.names = lambda self: [JOBS[self.is_long]]  # type: ignore[method-assign]
    loop.Worker(Portal.from_url(url)).run()


class Killed:
    """A worker at work on a database; killed as a crash would, it is followed by another."""

    def __init__(self, url: str, log: Path) -> None:
        self._code = f"from tests.proofs.figures_killed import work; work({url!r})"
        self._log = log
        self.number = 0
        self.start()

    def start(self) -> None:
        """Start one."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-c", self._code], stdout=log, stderr=log)

    def kill(self) -> None:
        """Kill it with -9."""
        assert self.process.poll() is None, self._log.read_text("utf-8")[-2000:]
        self.process.kill()
        self.process.wait()
        self.number += 1


@proof(
    "figures_killed",
    "A worker killed at any moment while it fills in and folds figures of boards leaves what a straight count has",
    minutes=5,
    small={"cases": 120, "kills": 2},
    large={"cases": 300, "kills": 24},
)
def figures_killed(place: Place, cases: int, kills: int) -> Iterator[Number]:
    """Kill while figures are filled in for the first time, then while what changed is folded, round after round."""
    url, chance = place.filled(), Random(cases)
    portal = Portal.from_url(url)
    spread_cases(portal, cases)
    worker = Killed(url, place.folder / "worker.log")
    amid = 0
    try:
        for at in range(kills):
            if at >= max(1, kills // 3):
                assert until(lambda: _left(portal) == 0, WAIT_SECONDS), (
                    "what was left is folded by who follows"
                )
                _change(portal, chance, CHANGED)
            amid += _kill_amid(portal, worker, chance)
            worker.start()
        folded = until(lambda: _left(portal) == 0, WAIT_SECONDS)
    finally:
        worker.kill()
    found, kept = oracle.recount(portal), _kept(portal)
    oracle.rebuild(portal)
    straight = _kept(portal)
    portal.database.dispose()
    yield equal("workers killed with -9, and the last one", kills + 1, worker.number)
    yield at_least("of them while something was counted and more was left", max(1, kills // 2), amid)
    yield equal("everything folded in the end", True, folded)
    yield equal(
        "records, and cells, that a recomputation counts otherwise",
        (0, 0),
        (len(found.others), len(found.cells)),
    )
    yield equal(
        "shares and cells that a straight count has otherwise", 0, len(kept.items() ^ straight.items())
    )
    yield at_least("shares and cells that were compared", cases, len(straight))


def _kill_amid(portal: Portal, worker: Killed, chance: Random) -> bool:
    """Wait until the worker has begun, then kill it at a random moment; tell whether something was left to do."""
    first = _left(portal)
    until(lambda: _left(portal) != first, WAIT_SECONDS)
    time.sleep(chance.random() * 0.3)
    worker.kill()
    return 0 < _left(portal) < max(first, 2)


def _left(portal: Portal) -> int:
    """Return how much is left: marks, and records that were not filled in yet."""
    with portal.reading(SYSTEM) as session:
        marks = session.scalar(select(func.count()).select_from(IndicatorMark)) or 0
        ready, unit, record = session.execute(
            select(IndicatorState.ready, IndicatorState.unit_id, IndicatorState.record_id)
        ).one()
        shares = select(func.count()).select_from(IndicatorShare)
        if ready and session.scalar(shares):
            return marks
        after = (Record.unit_id > unit) | ((Record.unit_id == unit) & (Record.id > record))
        return 1 + marks + (session.scalar(select(func.count()).select_from(Record).where(after)) or 0)


def _change(portal: Portal, chance: Random, number: int) -> None:
    """End matters or take them up again, as acts would, and mark them; some are marked twice."""
    now = portal.clock.now()
    with portal.reading(SYSTEM) as session:
        rows = session.execute(select(Record.id, Record.stage).where(Record.uid.startswith("0" * 20))).all()
    chosen = chance.sample([(one, stage) for one, stage in rows], min(number, len(rows)))
    events, marks = [], []
    with portal.database.engine.begin() as connection:
        for one, stage in chosen:
            after = "mediate" if stage != "mediate" else "closed"
            events.append(
                {
                    "record_id": one, "at": now, "kind": "transition", "from_stage": stage, "to_stage": after,
                    "version": 50 + len(events), "name": "x", "by_name": "", "reason": "", "data": {},
                }
            )  # fmt: skip
            values = {
                "stage": after,
                "canonical_stage": after.replace("closed", "close"),
                "is_open": after != "closed",
            }
            connection.execute(update(Record).where(Record.id == one).values(**values))
            marks += [{"record_id": one, "at": now}] * chance.choice((1, 1, 2))
        connection.execute(insert(RecordEvent), events)
    reach.rebuild(portal.database)
    chance.shuffle(marks)
    with portal.database.engine.begin() as connection:
        connection.execute(insert(IndicatorMark), marks)


def _kept(portal: Portal) -> dict[Any, str]:
    """Return all shares and cells as they are kept."""
    one = IndicatorFigure
    with portal.reading(SYSTEM) as session:
        shares = session.execute(select(IndicatorShare.record_id, IndicatorShare.share)).all()
        cells = session.execute(select(one.unit_id, one.axis, one.month, one.counts)).all()
    found: dict[Any, str] = dict(iter(shares))
    return found | {tuple(cell): json.dumps(json.loads(text), sort_keys=True) for *cell, text in cells}
