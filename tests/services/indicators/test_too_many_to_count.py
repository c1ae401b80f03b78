"""What is parted or taken out of many matters waits, or says that they are too many, on both databases."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import func, literal, select, text
from sqlalchemy.orm import Session

from portal.core.access import Origin
from portal.core.errors import Conflict
from portal.core.indicators import Period
from portal.persistence.models import Unit
from portal.persistence.patience import TookTooLong, within
from portal.services.indicators import proof
from portal.services.indicators.board import board_of
from portal.services.indicators.exporting import take_out
from portal.services.indicators.parting import parted
from portal.services.portal import Portal
from tests.services.indicators.histories import SYSTEM, History
from tests.services.indicators.test_indicator_counting import who
from tests.services.indicators.test_indicator_upkeep import NUMBER, filled

__all__ = ["filled"]


@contextmanager
def nobody_waits(*_: Any) -> Iterator[None]:
    """Stop statements before they begin, as if they took too long."""
    raise TookTooLong
    yield


def numbers(until: int) -> Any:
    """Return a statement that counts up to a number, one row at a time."""
    rows = select(literal(1).label("number")).cte("rows", recursive=True)
    rows = rows.union_all(select(rows.c.number + 1).where(rows.c.number < until))
    return select(func.count()).select_from(rows)


def test_a_statement_that_takes_longer_is_stopped(seeded: Portal) -> None:
    begun = time.monotonic()
    with pytest.raises(TookTooLong), seeded.reading(SYSTEM) as session, within(session, 0.2):
        session.scalar(numbers(50_000_000))
    assert time.monotonic() - begun < 5
    with seeded.reading(SYSTEM) as session:
        assert session.scalar(select(func.count()).select_from(Unit))


def test_what_ends_in_time_is_not_stopped_and_later_statements_have_their_own_time(seeded: Portal) -> None:
    with seeded.reading(SYSTEM) as session:
        with within(session, 0.2):
            assert session.scalar(numbers(10)) == 10
        # As long as the time that is over now, several times.
        assert session.scalar(numbers(1_500_000)) == 1_500_000


def test_many_short_statements_are_stopped_as_one_long_one_is(seeded: Portal) -> None:
    begun, done = time.monotonic(), list[int]()

    def many(session: Session) -> None:
        for _ in range(10_000):
            session.scalar(numbers(20_000))
            done.append(1)

    with pytest.raises(TookTooLong), seeded.reading(SYSTEM) as session, within(session, 0.5):
        many(session)
    assert len(done) > 2, "each one is short"
    assert time.monotonic() - begun < 5


def test_of_two_times_within_each_other_the_shorter_holds_and_the_longer_goes_on(seeded: Portal) -> None:
    def both(session: Session) -> None:
        with within(session, 0.1):
            session.scalar(numbers(10))
        session.scalar(numbers(50_000_000))

    for times in ((0.2, 60), (60, 0.2)):
        begun = time.monotonic()
        with (
            pytest.raises(TookTooLong),
            seeded.reading(SYSTEM) as session,
            within(session, times[0]),
            within(session, times[1]),
        ):
            session.scalar(numbers(50_000_000))
        assert time.monotonic() - begun < 5
    with pytest.raises(TookTooLong), seeded.reading(SYSTEM) as session, within(session, 0.5):
        both(session)


def test_what_is_refused_within_the_time_leaves_no_limit_behind(seeded: Portal) -> None:
    """As where a figure is not kept yet: the session goes on, and its statements have their own time."""
    with seeded.reading(SYSTEM) as session:
        with contextlib.suppress(Conflict), within(session, 0.2):
            session.scalar(numbers(10))
            raise Conflict("figure.waits", "x")
        assert session.scalar(numbers(1_500_000)) == 1_500_000


def test_a_job_may_wait_longer_than_a_page(seeded: Portal) -> None:
    """The server listens to it and the client to the server, however short a statement usually is."""
    if seeded.database.dialect != "postgresql":
        return
    with seeded.reading(SYSTEM) as session, within(session, 60):
        allowed = session.scalar(text("SHOW statement_timeout"))
        driver: Any = session.connection().connection.driver_connection
        assert allowed in ("1min", "59999ms", "59998ms", "59997ms")
        assert driver.answer_seconds > 60
    with seeded.reading(SYSTEM) as session:
        assert session.scalar(text("SHOW statement_timeout")) == "10s"


def test_what_is_kept_for_nobody_is_counted_as_long_as_a_page_waits(
    filled: tuple[Portal, list[History]], monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, _ = filled
    city, month = who(portal, "530100"), Period.of(portal.clock.today()).before
    monkeypatch.setattr("portal.services.indicators.wanting.within", nobody_waits)
    with pytest.raises(Conflict, match="too many matters"):
        parted(portal, city, "530100", "registered", "class", month)
    proof.build(portal)
    assert parted(portal, city, "530100", "registered", "class", month).axis == "class"


def test_a_board_of_many_is_not_taken_out_before_it_is_counted(
    filled: tuple[Portal, list[History]], monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, _ = filled
    city, month = who(portal, "530100"), Period.of(portal.clock.today())
    monkeypatch.setattr("portal.services.indicators.wanting.MOST_COUNTED", NUMBER // 2)
    for code in ("530100", "530112001"):
        # A township's own figures are few, and what is left out of them depends on the whole city.
        with pytest.raises(Conflict, match="still being counted"):
            take_out(portal, city, Origin(), code, month, "", "csv")
    proof.build(portal)
    assert take_out(portal, city, Origin(), "530112001", month, "", "csv").number


def test_a_board_is_counted_as_long_as_a_page_waits_where_a_web_process_is_held(
    filled: tuple[Portal, list[History]], monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, _ = filled
    city, month = who(portal, "530100"), Period.of(portal.clock.today()).before
    monkeypatch.setattr("portal.services.indicators.wanting.within", nobody_waits)
    with pytest.raises(Conflict, match="unit further down"):
        board_of(portal, city, "530100", month, in_time=True)
    with pytest.raises(Conflict, match="unit further down"):
        take_out(portal, city, Origin(), "530100", month, "", "csv")
    assert board_of(portal, city, "530100", month).whole.cells, "a proof counts as long as it takes"


def test_an_export_is_counted_within_one_time_and_leaves_out_the_same_with_any_column(
    filled: tuple[Portal, list[History]], monkeypatch: pytest.MonkeyPatch
) -> None:
    portal, _ = filled
    city, month = who(portal, "530100"), Period.of(portal.clock.today()).before
    times: list[float] = []

    @contextmanager
    def noted(session: Session, seconds: float) -> Iterator[None]:
        times.append(seconds)
        yield

    monkeypatch.setattr("portal.services.indicators.wanting.within", noted)
    plain = take_out(portal, city, Origin(), "530100", month, "", "csv")
    assert len(times) == 2, "the board, and what of it is left out in all three periods together"
    more = take_out(portal, city, Origin(), "530112", month, "resolution_rate", "csv")
    assert plain.untold == more.untold
    assert any(hidden for told in plain.untold.values() for hidden in told.values())
    proof.build(portal)
    assert take_out(portal, city, Origin(), "530100", month, "", "csv").untold == plain.untold
