"""The worklists of the person of a request: all with their numbers, and the one that is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portal.core.worklists import Worklist
from portal.services import records
from portal.services.records import Badge
from portal.web.language import as_written
from portal.web.words.here import Here
from portal.web.work.table import Table, table


@dataclass(frozen=True, slots=True)
class Tab:
    """One worklist among the others: how many rows wait in it, and whether it is the one shown."""

    id: str
    title: Any
    count: Badge
    current: bool

    @property
    def url(self) -> str:
        """Return the address at which it is shown."""
        return f"/?list={self.id}#work"


@dataclass(frozen=True, slots=True)
class Work:
    """All worklists of a person, and a page of one of them."""

    tabs: list[Tab]
    shown: Worklist
    title: Any
    description: Any
    table: Table
    hand_over_url: str = ""
    departments: list[tuple[str, str]] = field(default_factory=list)

    def page_url(self, page: int) -> str:
        """Return the address of another page of the list shown."""
        return f"/?list={self.shown.id}&page={page}#work"


def work_of(now: Here, wanted: str = "", page: int = 1) -> Work | None:
    """Return the worklists of the person; None for a person who has none.

    Shown is the one wanted, else the first in which something waits.
    """
    mine = [
        one
        for one in records.worklists_of(now.portal, now.session, now.bundle)
        if one.of in records.WORKLIST_ROWS
    ]
    if not mine:
        return None
    asking = records.WorklistAsking(now.portal, now.session)
    counts = records.worklist_badges(now.portal, now.session, mine, asking)
    shown = next((one for one in mine if one.id == wanted), None)
    if shown is None:
        shown, page = next((one for one in mine if counts[one.id].number), mine[0]), 1
    say = now.bundle.texts(now.lang)
    waits = records.worklist_rows(
        now.portal, now.session, shown, page, counted=counts[shown.id], asking=asking
    )
    tabs = [
        Tab(one.id, as_written(say(one.title)), counts[one.id], one is shown)
        for one in mine
        if not one.quiet or counts[one.id].number or one is shown
    ]
    made = table(now, shown, waits)
    return Work(
        tabs,
        shown,
        as_written(say(shown.title)),
        as_written(say(shown.description)),
        made,
        f"/records/{shown.entity}/hand-over",
        _departments(now, shown.entity) if made.choosing else [],
    )


def _departments(now: Here, etype: str) -> list[tuple[str, str]]:
    """Return the departments to which matters of a type may be handed over together: identifier and name."""
    screen = now.screen(etype)
    known = screen.bundle.departments
    shown = sorted((known[key].get("order", 0), key) for key, one in known.items() if not one.get("hidden"))
    return [(key, screen.texts(known[key].get("name"), key)) for _, key in shown]
