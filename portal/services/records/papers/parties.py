"""The parties of a record on its papers: those that its form names, then those that are records of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.disclosure import Level
from portal.core.parties import EVERY, entries_of
from portal.services.records.finding.children import children_of
from portal.services.records.privacy.disclosure import RecordView, view_of

if TYPE_CHECKING:
    from portal.services.portal import Portal

NAME, ROLE = "/name", "/role"
MOST = 200


@dataclass(frozen=True, slots=True)
class Named:
    """A party as the person sees its name (empty where hidden), its role, and whether the name is in clear.

    ``own`` is the whole name, by which one party that stands in two places is told, and never shown.
    """

    shown: str
    role: str
    clear: bool
    own: str = field(repr=False)


class Parties:
    """Names the parties of one record, as the session's person sees them."""

    def __init__(self, portal: Portal, session: Session, view: RecordView) -> None:
        self.portal, self.session, self.view = portal, session, view

    @cached_property
    def views(self) -> list[RecordView]:
        """Return the parties that are records of their own."""
        bundle, record = self.view.bundle, self.view.record
        etypes = [
            one.id
            for one in bundle.entities()
            if one.parent == record.etype and ROLE in bundle.fields(one.id)
        ]
        found = children_of(self.session, record, etypes, MOST)
        return [view_of(self.portal, self.session, one) for one in found]

    def named(self) -> list[Named]:
        """Return each party once, in order."""
        found = list(self._of_form())
        known = {one.own for one in found}
        for view in self.views:
            role = view.data.get("role")
            found += [one for one in _names(view, NAME, str(role) if role else "") if one.own not in known]
        return found

    def _of_form(self) -> Iterator[Named]:
        form = self.view.bundle.raw["forms"].get(self.view.record.etype, {})
        for entry in entries_of(form):
            if "as" in entry:
                yield from _names(self.view, str(entry["name"]), str(entry["as"]))


def _names(view: RecordView, where: str, role: str) -> Iterator[Named]:
    """Yield the parties that one field names; with ``*`` one for each row."""
    rows, every, _ = where.partition(EVERY)
    count = len(pointers.get(view.clear, rows) or ()) if every else 1
    clear = view.plan.level(where) >= Level.READ
    for index in range(count):
        at = where.replace(EVERY, f"/{index}", 1)
        own, shown = pointers.get(view.clear, at), pointers.get(view.data, at)
        if isinstance(own, str) and own.strip():
            yield Named(shown if isinstance(shown, str) else "", role, clear, own.strip())
