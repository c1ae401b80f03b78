"""The records that this one is linked with; of those that the person may not see, only that there is one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.services import records
from portal.web.language import translate
from portal.web.records.panels.paper import is_paper
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.records.panels.sheets import types_of_sheets
from portal.web.words.case import Case
from portal.web.words.links import record_url


@dataclass(frozen=True, slots=True)
class Linked:
    """One link: what the other record is to this one, and where it stands; without address it may not be seen."""

    words: str
    url: str
    code: str
    title: str
    at: dt.datetime
    by: str


def links(case: Case) -> list[Linked] | None:
    """Return the links of the record, the oldest first; None where there are none."""
    known = frozenset() if is_paper(case) else frozenset(types_of_sheets(case))
    return [_linked(one) for one in case.links if one.other is None or one.other.etype not in known] or None


def _linked(one: records.LinkView) -> Linked:
    words, other = translate(one.words), one.other
    if other is None:
        return Linked(words, "", "", "", one.at, "")
    return Linked(
        words, record_url(other.etype, other.uid), other.code or "", other.title, one.at, one.by_name
    )


PANELS.add(Panel("links", Place.SIDE, 35, "records/panels/links.html", links))
