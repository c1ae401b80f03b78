"""What the address of a board asks: the period, and the indicator by which the table stands in which order."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import request

from portal.core.errors import msg
from portal.core.indicators import Indicator, Period
from portal.core.indicators.model import MONTHS
from portal.core.zone import LOCAL
from portal.services.indicators.board import Board
from portal.web import access
from portal.web.board import words
from portal.web.language import translate

MONTHS_BACK = 24
SPANS = tuple(zip(MONTHS, (msg("a month"), msg("a quarter"), msg("a year")), strict=True))
# What people ask first: the words, and the indicator by which the table then stands, or the part of the page.
QUESTIONS = (
    (msg("Where is it slowest?"), "median_days", ""),
    (msg("Where do overdue matters pile up?"), "overdue_share", "desks"),
    (msg("Which disputes grow?"), "", "classes"),
    (msg("Who returns most?"), "return_rate", ""),
    (msg("Where are agreements not performed?"), "performance_rate", ""),
    (msg("Whose accounts are unused?"), "account_coverage", ""),
    (msg("Which sheets have no answer?"), "sheets_unanswered", ""),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks: the period, and the indicator by which the table stands in which order."""

    month: Period
    sort: str
    largest_first: bool
    span: str = "month"

    @property
    def month_text(self) -> str:
        """Return the first month of the period as addresses write it."""
        return f"{self.month.year}-{self.month.month:02d}"

    def url(self, code: str, below: str = "", **other: str) -> str:
        """Return the address of a board, or of a page below it, as it is asked here, with other values."""
        span = "" if self.span == "month" else self.span
        values = {"month": self.month_text, "span": span, "sort": self.sort, **other}
        query = "&".join(f"{key}={value}" for key, value in values.items() if value)
        return f"/board/unit/{code}{'/' if below else ''}{below}?{query}"


def period_of(month: str, span: str) -> Period:
    """Return the period that begins with a month, as addresses write both."""
    year, _, number = month.partition("-")
    return Period.of(dt.date(int(year), int(number), 1), span)


def asked() -> Asked:
    """Return what the address asks; a period that is none, or is still to come, is the one that runs."""
    span = request.values.get("span", "month")
    span = span if span in MONTHS else "month"
    today = access.portal().clock.now().astimezone(LOCAL).date()
    now = Period.of(today, span)
    year, _, month = request.values.get("month", "").partition("-")
    found = now
    if year.isdecimal() and month.isdecimal() and len(year) == 4 and 1 <= int(month) <= 12:
        found = min(Period.of(dt.date(max(int(year), 2000), int(month), 1), span), now)
    sort = request.values.get("sort", "")
    return Asked(found, sort.removeprefix("-")[:64], not sort.startswith("-"), span)


def months() -> list[tuple[str, str]]:
    """Return the months that can be asked for, the running one first."""
    now = Period.of(access.portal().clock.now().astimezone(LOCAL).date())
    each = [now.moved(-at) for at in range(MONTHS_BACK)]
    return [(f"{one.year}-{one.month:02d}", words.month_words(one)) for one in each]


def question(asked: Asked, board: Board, text: str, sort: str, part: str) -> tuple[str, str, bool]:
    """Return the words of a question, the address of its answer, and whether that is shown."""
    known = board.bundle.indicators.get(sort)
    order = f"-{sort}" if known is not None and known.better == "high" else sort
    url = asked.url(board.unit.code, sort=order) + (f"#{part}" if part else "")
    return translate(text), url, bool(sort) and asked.sort == sort


def next_order(asked: Asked, indicator: Indicator) -> tuple[str, str]:
    """Return by what the table stands when a head is chosen, and how it stands by it now."""
    if asked.sort != indicator.id:
        return (f"-{indicator.id}" if indicator.better == "high" else indicator.id), ""
    if asked.largest_first:
        return f"-{indicator.id}", "descending"
    return indicator.id, "ascending"
