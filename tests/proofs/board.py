"""The board of a city with many cases is read from figures that are kept, and these are those of the rows."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import text

from portal.core.access import Access, Grant
from portal.core.indicators import Period
from portal.services.figures import upkeep as figures
from portal.services.indicators import proof as kept
from portal.services.indicators import wanting
from portal.services.indicators.board import Board, board_of
from portal.services.portal import Portal
from tests.proofs.board_cases import analyze, spread_cases
from tests.proofs.frame import Number, Place, at_most, equal, proof
from tests.proofs.frame.cpu import cpu_of

CITY, COUNTY = "530100", "530112"
TURNS = 20


@proof(
    "board",
    "The board of a city and of a county is read from kept figures, equal to the rows, in milliseconds",
    minutes=6,
    small={"cases": 400},
    large={"cases": 100_000},
)
def board(place: Place, cases: int) -> Iterator[Number]:
    """Spread cases, keep their figures, compare boards with the rows, count all again, and measure."""
    # SQLite has a tenth, for the time that counting whole boards from its rows takes; `figures_walked` has all there.
    fewer = place.kind == "sqlite" and cases > 1_000
    cases = int(os.environ.get("PORTAL_BOARD_CASES", cases // 10 if fewer else cases))
    portal = Portal.from_url(place.filled())
    spread_cases(portal, cases)
    figures.build(portal.database)
    analyze(portal)
    month = Period.of(portal.clock.today())
    asked = [(code, one) for code in (CITY, COUNTY) for one in (month, month.before, month.moved(-9))]
    with patch.object(wanting, "MOST_COUNTED", cases):
        counted = {key: _said(board_of(portal, _supervisor(), *key)) for key in asked}
    _, seconds = cpu_of(portal, lambda: kept.build(portal))
    yield at_most(
        "milliseconds of CPU to count one case",
        0.6 if place.kind == "postgresql" else 1,
        1_000 * seconds / cases,
        clock=True,
    )
    differ = [key for key in asked if _said(board_of(portal, _supervisor(), *key)) != counted[key]]
    yield equal("boards that differ from the rows", 0, len(differ))
    before = _memory(anew=True)
    found, seconds = cpu_of(portal, lambda: kept.recount(portal))
    yield equal(
        "records and cells that a recomputation counts otherwise", 0, len(found.others) + len(found.cells)
    )
    yield at_most(
        "minutes of CPU of a recomputation of a million",
        10,
        seconds * 1_000_000 / cases / 60,
        clock=True,
    )
    peak = _memory()
    yield at_most("minutes of CPU of this recomputation", 10, seconds / 60, clock=True)
    yield at_most("megabytes of the process at most while it recomputes", 900, peak, clock=True)
    yield at_most("megabytes more that the recomputation needs", 400, peak - before, clock=True)
    _settle(portal)
    for code, words in ((CITY, "city"), (COUNTY, "county")):
        board_of(portal, _supervisor(), code)
        _, seconds = cpu_of(
            portal, lambda code=code: [board_of(portal, _supervisor(), code) for _ in range(TURNS)]
        )
        yield at_most(
            f"milliseconds of CPU for the figures of a {words}", 30, 1_000 * seconds / TURNS, clock=True
        )


def _memory(*, anew: bool = False) -> int:
    """Return the megabytes that this process took at most; from now on where that begins anew."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    said = Path("/proc/self/status").read_text()
    return int(said.partition("VmHWM:")[2].split()[0]) // 1024


def _supervisor() -> Access:
    path = "/"
    grant = Grant("supervisor", path, "board", frozenset({"list"}))
    return Access(1, "proof", (grant,), memberships=(("supervisor", path),))


def _said(board: Board) -> Any:
    rows = [(row.unit.id, row.cells, row.trend) for row in (board.whole, board.own, *board.rows)]
    return rows, sorted(map(str, board.stages)), sorted(map(str, board.desks)), board.pairs


def _settle(portal: Portal) -> None:
    """Wait until PostgreSQL does nothing by itself: what it tidies up after the counting is no part of a request."""
    if portal.database.dialect != "postgresql":
        return
    workers = text("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'")
    for _ in range(300):
        with portal.database.engine.connect() as connection:
            if not connection.scalar(workers):
                return
        time.sleep(1)
