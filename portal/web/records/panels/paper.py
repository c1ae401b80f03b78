"""A record as the sheet of paper that it is: its head, number, addressee, demands and date, as they are printed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import Env, evaluate, parse
from portal.core.referrals import STATES
from portal.core.text import DEFAULT_LANGUAGE
from portal.services import records
from portal.services.calendars import calendar_of
from portal.web.days import long_day
from portal.web.language import speaking
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.cells import in_words, place_names
from portal.web.words.screen import Screen

_PLACE = re.compile(r"\{([a-z_]+)\}")
# Signs that end what a person wrote, and those that follow in the sentence of the sheet.
_ENDS, _GOES_ON = "。；，、！.;, ", frozenset("，。；、：（！")


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet as paper, with the day of its answer; ``over`` counts working days past that day."""

    head: str
    code: str
    signed_by: str
    title: str
    to: str
    before: list[str]
    points: list[str]
    after: list[str]
    foot: list[str]
    issued: str
    due_on: dt.date | None
    settled: bool
    over: int


def is_paper(case: Case) -> bool:
    """Return whether the type of the record reads as a sheet of paper."""
    return "paper" in case.screen.entity.entity


def paper(case: Case) -> Paper:
    """Return the sheet; before it was issued it bears neither a signature nor a date.

    A sheet is in the language of papers, whatever the page around it speaks: it is printed, sealed and sent.
    """
    with speaking(DEFAULT_LANGUAGE):
        return _sheet(case, replace(case.now, lang=DEFAULT_LANGUAGE).screen_for(case.record))


def _sheet(case: Case, screen: Screen) -> Paper:
    said: Mapping[str, Any] = screen.entity.entity["paper"]
    words, record = _Words(case, screen), case.record
    sent = min(case.referrals, key=lambda one: one.id, default=None)
    latest = max(case.referrals, key=lambda one: one.id, default=None)
    settled = latest is None or not STATES[latest.status].open
    due_on = latest.due_on if latest is not None else None
    today = case.now.portal.clock.today()
    over = 0
    if not settled and due_on is not None and due_on < today:
        calendar = calendar_of(case.now.portal, case.now.session, case.screen.bundle, case.now.stamp)
        over = records.working_days(calendar, due_on, today)
    return Paper(
        screen.texts(((screen.bundle.raw.get("layout") or {}).get("centre") or {}).get("name")),
        record.code or "",
        sent.created_by_name if sent is not None else "",
        words.of(said["title"]),
        words.of(said["to"]),
        words.lines(said.get("before", ())),
        [one.strip() for one in words.of(said.get("points", "")).splitlines() if one.strip()],
        words.lines(said.get("after", ())),
        words.lines(said.get("foot", ())),
        long_day(sent.created_at) if sent is not None else "",
        due_on,
        settled,
        over,
    )


class _Words:
    """The fields of a record in words, for the lines of its sheet."""

    def __init__(self, case: Case, screen: Screen) -> None:
        self.screen, self.data = screen, case.view.data
        self.env = Env(case.now.portal.clock.today(), taxonomies=screen.bundle.taxonomies)
        codes = [pointers.get(self.data, where) for where, one in screen.infos.items() if one.type == "unit"]
        self.units = place_names(case.now, codes)

    def of(self, where: str) -> str:
        value = pointers.get(self.data, where) if where else None
        info = self.screen.infos.get(where)
        if value is None or info is None:
            return ""
        if info.type == "unit":
            return self.units.get(str(value), str(value))
        if info.type == "date":
            return long_day(dt.date.fromisoformat(str(value)))
        field = self.screen.find(where)
        return in_words(self.screen, field, value) if field is not None else str(value)

    def lines(self, listed: Iterable[Mapping[str, Any]]) -> list[str]:
        return [
            with_values(self.screen.texts(one["text"]), lambda name: self.of(f"/{name}"))
            for one in listed
            if "when" not in one or self._holds(one["when"])
        ]

    def _holds(self, raw: Mapping[str, Any]) -> bool:
        condition = parse(raw)[0]
        return condition is not None and evaluate(condition, self.data, self.env)


def with_values(text: str, of: Callable[[str], str]) -> str:
    """Return a sentence with values in its places; one that ends as a sentence does not end twice."""

    def put(place: re.Match[str]) -> str:
        said = of(place[1])
        return said.rstrip(_ENDS) if text[place.end() : place.end() + 1] in _GOES_ON else said

    return _PLACE.sub(put, text)


PANELS.add(Panel("paper", Place.ABOUT, 5, "records/panels/paper.html", paper, when=is_paper))
