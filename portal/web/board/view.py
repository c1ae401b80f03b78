"""The board of a unit, down from city to village, and the page of each indicator with its worked examples."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import abort, current_app, flash, g, make_response, redirect, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from portal.core.access import LIST
from portal.core.errors import Conflict, InvalidInput, NotFound, msg
from portal.core.indicators import BREAKDOWNS, COHORTS, SHOWN, Indicator, Period
from portal.core.text import Texts
from portal.persistence.models import Unit
from portal.services.bundles import Bundle
from portal.services.indicators.board import CASE, THING, Board, board_of, starts, unit_with_board
from portal.services.indicators.commenting import comment
from portal.services.indicators.exporting import FORMS, SECOND_PERSON, take_out
from portal.services.indicators.grounds import GROUNDS, OTHER, look_at_cases
from portal.web import access, language
from portal.web.board import words
from portal.web.board.asking import Asked, asked
from portal.web.board.exporting import TYPES, as_file, file_name
from portal.web.board.page import page_of
from portal.web.language import translate
from portal.web.security import no_store

MOST_BOARDS = 300
FRESH = dt.timedelta(minutes=5)


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

    @expose("/unit/<code>/export", methods=["POST"])
    @has_access
    @permission_name("list")
    def export(self, code: str) -> Any:
        """Send the board of a unit as a file, without figures that tell of few; the log notes it."""
        form = request.form.get("as", "")
        if form not in FORMS:
            abort(404)
        now = asked()
        purpose = request.form.get("purpose", "").strip()[:200]
        agreed = request.form.get("agreed", "")[:32]
        try:
            taken = take_out(
                access.portal(),
                access.current(),
                access.origin(),
                code,
                now.month,
                now.sort,
                form,
                purpose,
                agreed,
            )
        except Conflict as refused:
            if refused.code != SECOND_PERSON:
                raise
            flash(refused.text(translate), "warning")
            return redirect(f"{now.url(code, 'ask')}&as={form}", 303)
        board = taken.board
        say = board.bundle.texts(language.current())
        answer = make_response(as_file(taken, form, access.current().name, say))
        answer.headers["Content-Type"] = TYPES[form]
        answer.headers["Content-Disposition"] = f"attachment; filename={file_name(board, form)}"
        return no_store(answer)

    @expose("/unit/<code>/comment", methods=["POST"])
    @has_access
    @permission_name("edit")
    def comment(self, code: str) -> Any:
        """Let a unit say something about its figure; it stands beside it."""
        now = asked()
        try:
            with access.portal().writing(access.current(), access.origin()) as uow:
                figure, text = request.form.get("indicator", ""), request.form.get("text", "")
                comment(uow, code, now.month, figure, text)
                uow.commit()
        except InvalidInput as refused:
            flash(" ".join(one.text(translate) for one in refused.problems), "warning")
        else:
            flash(translate(msg("It stands beside the figure now.")), "success")
        return redirect(now.url(code) + "#comments", 303)

    @expose("/unit/<code>/cases", methods=["GET", "POST"])
    @has_access
    @permission_name("list")
    def cases(self, code: str) -> Any:
        """Ask on what ground a person looks at the cases behind the figures, note it, and lead to them."""
        unit = unit_with_board(access.portal(), access.current(), code)
        if not access.current().allows(CASE, LIST, unit.path):
            abort(404)
        problem = ""
        if request.method == "POST":
            ground = request.form.get("ground", "")
            detail = " ".join(request.form.get("detail", "").split())[:200]
            if ground in GROUNDS and (ground != OTHER or detail):
                look_at_cases(access.portal(), access.current(), access.origin(), unit, ground, detail)
                return redirect(f"/records/case/list/?is_open=true&unit={unit.code}", 303)
            problem = translate(msg("Choose a ground; for another one write it down."))
        page = self.render_template(
            "board/cases.html",
            nav_active="board",
            title=translate(msg("Look at the cases")),
            crumbs=[
                (translate(msg("Board")), "/board/"),
                (unit.name, f"/board/unit/{unit.code}"),
            ],
            unit=unit,
            grounds=[(key, translate(text)) for key, text in GROUNDS.items()],
            problem=problem,
        )
        return page, (422 if problem else 200)

    def _bundle(self) -> Bundle:
        bundle = access.bundle()
        if bundle is None or not starts(access.current()):
            abort(404)
        return bundle

    def _board(self, code: str | None) -> Any:
        now = asked()
        board = _kept(now, unit_with_board(access.portal(), access.current(), code))
        return self.render_template("board/board.html", nav_active="board", **page_of(board, now))


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
    found = board_of(portal, access.current(), unit.code, month, also, in_time=True)
    made: Board = boards.put(key, found)
    return made


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
