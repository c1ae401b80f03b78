"""The parties in one list, each with its consent and what it needs."""

from __future__ import annotations

from dataclasses import dataclass

from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.links import add_url
from portal.web.words.parties import Party, declared, parties_of, party_types
from portal.web.words.screen import screen_of


@dataclass(frozen=True, slots=True)
class PartiesView:
    """The parties, and the types of which the person may add one: title and address."""

    parties: list[Party]
    adds: list[tuple[str, str]]


def parties(case: Case) -> PartiesView | None:
    """Return the parties; None for a type that has none, and where nobody is named and nobody may be added."""
    types = party_types(case)
    if case.screen.entity.parent is not None:
        return None
    if not types and not declared(case.screen.bundle, case.record.etype):
        return None
    record, access = case.record, case.now.access
    rows = case.children.of(*types)
    found = parties_of(case, rows)
    adds = [
        (screen_of(case.screen.bundle, etype, case.now.lang).title, add_url(etype, record.uid))
        for etype in types
        if record.is_open and access.allows(etype, "add", record.unit_path, record.handler_path)
    ]
    return PartiesView(found, adds) if found or adds else None


PANELS.add(Panel("parties", Place.SIDE, 18, "records/panels/parties.html", parties))
