"""The checklists of a centre: what has to be there, since when it is, and what shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.core.layout.plan import shown
from portal.web.editing.screen import Mark
from portal.web.hall.desk import Desk


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a checklist: what it asks for, the day since which it is there, what shows it."""

    id: str
    title: str
    asks: str
    met: str
    evidence: str
    mark: Mark | None
    since: str
    locked: bool


@dataclass(frozen=True, slots=True)
class Checklist:
    """A list with its entries, in order."""

    id: str
    title: str
    url: str
    note: str
    entries: tuple[Entry, ...]

    @property
    def met(self) -> int:
        """Return how many entries are there."""
        return sum(bool(one.met) for one in self.entries)


def lists_of(desk: Desk) -> list[Checklist]:
    """Return the checklists of a layout."""
    found = []
    for key, one in shown(desk.definition.get("checklists")):
        entries = tuple(_entry(desk, key, name, entry) for name, entry in shown(one.get("items")))
        title, note = desk.texts(one.get("title"), key), desk.texts(one.get("note"))
        found.append(Checklist(key, title, desk.page_of("checklists", key), note, entries))
    return found


def _entry(desk: Desk, checklist: str, name: str, entry: Mapping[str, object]) -> Entry:
    where = desk.place("checklists", checklist, "items", name)

    def said(member: str) -> str:
        text = entry.get(member)
        return desk.texts(text) if isinstance(text, str | Mapping) else ""

    return Entry(
        name,
        said("title") or name,
        said("asks"),
        said("met"),
        said("evidence"),
        desk.screen.mark(where),
        desk.screen.since(where),
        desk.screen.lock(where) is not None,
    )
