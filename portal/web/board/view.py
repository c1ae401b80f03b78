"""The board of a unit, down from city to village, and the page of each indicator with its worked examples."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, g, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from markupsafe import Markup

from portal.core.access import LIST
from portal.core.errors import NotFound, msg
from portal.core.indicators import BREAKDOWNS, COHORTS, SHOWN, Indicator, Period
from portal.core.lifecycle.canonical import CANONICAL
from portal.core.text import Texts
from portal.core.zone import LOCAL
from portal.persistence.models import Unit
from portal.services.bundles import Bundle
from portal.services.indicators.board import CASE, THING, Board, board_of, starts, unit_with_board
from portal.web import access, language
from portal.web.board import words
from portal.web.language import translate

MONTHS_BACK = 24
MOST_BOARDS = 300
FRESH = dt.timedelta(minutes=5)
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
    """What the address asks: the month, and the indicator by which the table stands in which order."""

    month: Period
    sort: str
    largest_first: bool

    def url(self, code: str, **other: str) -> str:
        """Return the address of a board as it is asked here, with other values."""
        values = {"month": f"{self.month.year}-{self.month.month:02d}", "sort": self.sort, **other}
        query = "&".join(f"{key}={value}" for key, value in values.items() if value)
        return f"/board/unit/{code}?{query}"


class BoardView(BaseView):
    """Figures of a unit and of those right below it."""

    route_base = "/board"
    class_permission_name = "Entity.board"
    default_view = "own"

    @expose("/")
    @has_access
    @permission_name("list")
    def own(self) -> Any:
        """Show the board of the unit where the person works, or of the first one whose board they may see."""
        unit = access.unit()
        here = unit is not None and access.current().allows(THING, LIST, unit.path)
        try:
            return self._board(unit.code if unit is not None and here else None)
        except NotFound:
            return self.render_template("board/none.html", nav_active="board", title=translate(msg("Board")))

    @expose("/unit/<code>")
    @has_access
    @permission_name("list")
    def of_unit(self, code: str) -> Any:
        """Show the board of a unit within the person's subtrees."""
        return self._board(code)

    @expose("/indicators/")
    @has_access
    @permission_name("list")
    def indicators(self) -> Any:
        """Show how all figures are worked out."""
        bundle = self._bundle()
        say = bundle.texts(language.current())
        return self.render_template(
            "board/indicators.html",
            nav_active="board",
            title=translate(msg("How the figures are worked out")),
            crumbs=[(translate(msg("Board")), "/board/")],
            indicators=[_described(one, say) for one in bundle.indicators.values()],
        )

    @expose("/indicators/<name>")
    @has_access
    @permission_name("list")
    def indicator(self, name: str) -> Any:
        """Show one indicator: its words, what is shown with it, and figures worked out again."""
        bundle = self._bundle()
        found = bundle.indicators.get(name)
        if found is None:
            abort(404)
        say = bundle.texts(language.current())
        return self.render_template(
            "board/indicator.html",
            nav_active="board",
            title=say(found.title),
            crumbs=[
                (translate(msg("Board")), "/board/"),
                (translate(msg("How the figures are worked out")), "/board/indicators/"),
            ],
            one=_described(found, say),
            pairs=[
                _described(bundle.indicators[key], say) for key in found.pairs if key in bundle.indicators
            ],
            examples=[words.example(one, say) for one in found.examples],
        )

    def _bundle(self) -> Bundle:
        bundle = access.bundle()
        if bundle is None or not starts(access.current()):
            abort(404)
        return bundle

    def _board(self, code: str | None) -> Any:
        asked = _asked()
        board = _kept(asked, unit_with_board(access.portal(), access.current(), code))
        say = board.bundle.texts(language.current())
        by = next((one for one in board.indicators if one.id == asked.sort), None)
        return self.render_template(
            "board/board.html",
            nav_active="board",
            title=Markup(translate(msg("%(unit)s, %(month)s")))
            % {"unit": language.as_written(board.unit.name), "month": words.month_words(board.period)},
            subtitle=_said(board),
            crumbs=[
                (one.name, asked.url(one.code))
                for one in board.above
                if access.current().allows(THING, LIST, one.path)
            ],
            board=board,
            asked=asked,
            months=_months(),
            questions=[_question(asked, board, *one) for one in QUESTIONS if one[1] or one[2]],
            columns=[(one.id, say(one.short), _next_order(asked, one)) for one in board.indicators],
            tiles=[words.tile(one, board.whole.cells[one.id], say) for one in board.indicators],
            lines=words.lines(board, by, largest_first=asked.largest_first),
            whole=words.whole_line(board),
            pairs=[
                (one.id, say(one.short), words.shown(one, board.pairs[one.id]))
                for one in board.bundle.indicators.values()
                if one.id in board.pairs
            ],
            stages=words.stage_bars(board.stages, {key: translate(text) for key, text in CANONICAL.items()}),
            desks=words.desk_bars(board),
            classes=words.part_bars(board.classes, _classes(board, say)),
            routes=words.part_bars(board.routes, _routes(board, say)),
            cases=access.current().allows(CASE, LIST, board.unit.path),
        )


def _kept(asked: Asked, unit: Unit) -> Board:
    """Return the board of a unit, with the column that is asked for where it is none of the usual ones."""
    board = _worked_out(unit, asked.month, "")
    usual = {one.id for one in board.indicators}
    if asked.sort in usual or asked.sort not in board.bundle.indicators:
        return board
    return _worked_out(unit, asked.month, asked.sort)


def _worked_out(unit: Unit, month: Period, also: str) -> Board:
    """Return a board worked out now or up to some minutes ago: it says as of when it is.

    It is the same for all who may see it; whether a person may is asked before.
    """
    portal, boards = access.portal(), current_app.extensions["boards"]
    key = (unit.id, month, also, g.get("stamp"))
    known: Board | None = boards.get(key)
    if known is not None and portal.clock.now() - known.worked_out_at < FRESH:
        return known
    made: Board = boards.put(key, board_of(portal, access.current(), unit.code, month, also))
    return made


def _asked() -> Asked:
    """Return what the address asks; a month that is none, or is still to come, is this one."""
    today = access.portal().clock.now().astimezone(LOCAL).date()
    now = Period.of(today)
    year, _, month = request.args.get("month", "").partition("-")
    asked = now
    if year.isdecimal() and month.isdecimal() and len(year) == 4 and 1 <= int(month) <= 12:
        asked = min(Period.of(dt.date(max(int(year), 2000), int(month), 1)), now)
    sort = request.args.get("sort", "")
    return Asked(asked, sort.removeprefix("-"), not sort.startswith("-"))


def _months() -> list[tuple[str, str]]:
    now = Period.of(access.portal().clock.now().astimezone(LOCAL).date())
    each = [now.moved(-at) for at in range(MONTHS_BACK)]
    return [(f"{one.year}-{one.month:02d}", words.month_words(one)) for one in each]


def _question(asked: Asked, board: Board, text: str, sort: str, part: str) -> tuple[str, str, bool]:
    """Return the words of a question, the address of its answer, and whether that is shown."""
    known = board.bundle.indicators.get(sort)
    order = f"-{sort}" if known is not None and known.better == "high" else sort
    url = asked.url(board.unit.code, sort=order) + (f"#{part}" if part else "")
    return translate(text), url, bool(sort) and asked.sort == sort


def _next_order(asked: Asked, indicator: Indicator) -> tuple[str, str]:
    """Return by what the table stands when a head is chosen, and how it stands by it now."""
    if asked.sort != indicator.id:
        return (f"-{indicator.id}" if indicator.better == "high" else indicator.id), ""
    if asked.largest_first:
        return f"-{indicator.id}", "descending"
    return indicator.id, "ascending"


def _said(board: Board) -> str:
    """Return the one sentence that comes first: what was registered, and what is overdue now."""
    moment = board.at.astimezone(LOCAL)
    at = f"{moment:%Y-%m-%d %H:%M}"
    overdue, number = sum(one.overdue for one in board.stages), sum(one.number for one in board.stages)
    return translate(
        msg(
            "As of %(at)s. %(registered)s registered; %(open)s not concluded now, %(overdue)s of them overdue."
        ),
        at=at,
        registered=words.number(board.whole.trend[-1]),
        open=words.number(number),
        overdue=words.number(overdue),
    )


def _classes(board: Board, say: Texts) -> dict[str, str]:
    taxonomy = board.bundle.raw.get("taxonomies", {}).get("dispute", {})
    return {key: say(term.get("title"), key) for key, term in taxonomy.get("terms", {}).items()}


def _routes(board: Board, say: Texts) -> dict[str, str]:
    return {key: say(one.get("title"), key) for key, one in board.bundle.routes.items()}


def _described(one: Indicator, say: Texts) -> dict[str, Any]:
    """Return the words of an indicator."""
    comma = translate(msg(", "))
    return {
        "id": one.id,
        "title": say(one.title),
        "definition": say(one.definition),
        "source": say(one.source),
        "shows": translate(SHOWN[one.shows].title),
        "of": translate(one.of.title),
        "cohort": translate(COHORTS[one.cohort].title),
        "breakdowns": comma.join(
            translate(found.title) for key, found in BREAKDOWNS.items() if key in one.breakdowns
        ),
        "kept": one.of.kept,
    }
