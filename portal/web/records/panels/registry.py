"""The table of the panels, and those that one record's page shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portal.core.table import Table
from portal.web.words.case import Case


class Place(StrEnum):
    """The part of the page in which a panel stands."""

    TOP = "top"
    ABOUT = "about"
    MAIN = "main"
    SIDE = "side"


def always(case: Case) -> bool:
    """Return True: the panel stands on the page of every record."""
    return True


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: its place, its order there, what it shows of a record and the template that draws that.

    ``when`` and ``view`` are called once for each page, in this order; ``view`` only where ``when`` holds. A panel
    whose ``view`` returns None is left out. The template reads ``panel.view`` and ``case``.
    """

    name: str
    place: Place
    order: int
    template: str
    view: Callable[[Case], Any]
    when: Callable[[Case], bool] = always


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel on one page: its template, and the view model that the template draws."""

    name: str
    template: str
    view: Any


PANELS: Table[Panel] = Table("panels of a record's page")


def shown(case: Case, place: Place) -> list[Shown]:
    """Return the panels that stand in one place of the page, in their order."""
    found = []
    for panel in sorted(PANELS.values(), key=lambda one: one.order):
        if panel.place == place and panel.when(case):
            view = case.once(panel.view)
            if view is not None:
                found.append(Shown(panel.name, panel.template, view))
    return found
