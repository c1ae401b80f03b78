"""Papers of meetings are counted before anything is written, and each for itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from portal.core.access import Access
from portal.persistence.models import Meeting
from portal.persistence.patience import TookTooLong
from portal.services.indicators.counting import Counting
from portal.services.jobs.running import JobRun
from portal.services.jobs.shipped.make_meetings import MakeMeetings
from portal.services.meetings import making
from portal.services.meetings.making import due
from portal.services.portal import Portal, Work
from tests.web.records.conftest import site  # noqa: F401 (a fixture)
from tests.web.records.seeded_site import Site

SYSTEM = Access.system("test")


class Run(JobRun):
    """A run of the job that needs no lease."""

    def __init__(self, portal: Portal) -> None:
        self.portal, self.stopping = portal, lambda: False

    @property
    def access(self) -> Access:
        """Return the system's access."""
        return SYSTEM

    def writing(self, *_: Any) -> Work:  # type: ignore[override]
        """Begin a unit of work."""
        return self.portal.writing(SYSTEM)


def number(portal: Portal) -> int:
    with portal.reading(SYSTEM) as session:
        return session.scalar(select(func.count()).select_from(Meeting)) or 0


@pytest.fixture(autouse=True)
def none_made(site: Site) -> None:  # noqa: F811
    """Let no paper be made yet."""
    with site.portal.database.engine.begin() as connection:
        connection.execute(delete(Meeting))


def wanted(portal: Portal) -> list[Any]:
    with portal.reading(SYSTEM) as session:
        return list(due(portal, session))


def test_nothing_is_counted_while_the_job_writes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    portal, writes = site.portal, list[bool]()
    enter, leave, several = Work.__enter__, Work.__exit__, Counting.several

    def entered(work: Work) -> Any:
        writes.append(True)
        return enter(work)

    def left(work: Work, *error: Any) -> Any:
        writes.pop()
        return leave(work, *error)

    def counts(counting: Counting, *what: Any) -> Any:
        assert not writes, "others wait for the lock meanwhile"
        return several(counting, *what)

    monkeypatch.setattr(Work, "__enter__", entered)
    monkeypatch.setattr(Work, "__exit__", left)
    monkeypatch.setattr(Counting, "several", counts)
    expected = len(wanted(portal))
    assert MakeMeetings().run(Run(portal)) == {"meetings": expected}
    assert number(portal) == expected > 4
    assert MakeMeetings().run(Run(portal)) == {"meetings": 0}


def test_a_paper_that_takes_too_long_does_not_keep_the_others_from_being_made(
    site: Site,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    portal, late = site.portal, list[int]()
    expected = len(wanted(portal))

    @contextmanager
    def waits(*_: Any) -> Iterator[None]:
        late.append(1)
        if len(late) == 2:
            raise TookTooLong
        yield

    monkeypatch.setattr(making, "within", waits)
    with pytest.raises(TookTooLong):
        MakeMeetings().run(Run(portal))
    assert number(portal) == expected - 1
    assert MakeMeetings().run(Run(portal)) == {"meetings": 1}
