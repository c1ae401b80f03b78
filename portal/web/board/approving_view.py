"""Asking a second person to agree before figures are taken out, and agreeing to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from portal.core.access import EDIT
from portal.core.errors import Conflict, Forbidden, InvalidInput, msg
from portal.core.indicators.leaving import NAMED, REASONS
from portal.persistence.models import BoardExport, Unit
from portal.services.indicators.approving import AGREED, ASKED, REFUSED, all_asked, ask, decide, holds, why
from portal.services.indicators.board import THING, Board, board_of
from portal.services.indicators.exporting import FORMS
from portal.web import access, language
from portal.web.board import words
from portal.web.board.asking import asked, period_of
from portal.web.days import short_moment
from portal.web.language import translate

STATES = {ASKED: msg("Waits for a second person"), AGREED: msg("Agreed to"), REFUSED: msg("Not agreed to")}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a line of the page; ``decides`` and ``takes`` say what the person may do with it."""

    row: BoardExport
    what: str
    asked: str
    decided: str
    state: str
    decides: bool
    takes: bool
    code: str
    unit: str


class ApprovingView(BaseView):
    """Figures that a second person has to agree to."""

    route_base = "/board"
    class_permission_name = "Entity.board"

    @expose("/exports/")
    @has_access
    @permission_name("list")
    def exports(self) -> Any:
        """Show what was asked for at the person's units, the latest first; of one state where it is named."""
        state = request.args.get("state", "")
        state = state if state in STATES else ""
        return self.render_template(
            "board/exports.html",
            nav_active="board",
            title=translate(msg("Figures to take out")),
            crumbs=[(translate(msg("Board")), "/board/")],
            state=state,
            states=[("", translate(msg("All"))), *((key, translate(text)) for key, text in STATES.items())],
            requests=[_line(one) for one in all_asked(access.session(), state)],
        )

    @expose("/unit/<code>/ask", methods=["GET", "POST"])
    @has_access
    @permission_name("list")
    def ask(self, code: str) -> Any:
        """Say what a board is taken out for, and ask a second person to agree."""
        now, form = asked(), request.values.get("as", FORMS[0])
        if form not in FORMS:
            abort(404)
        board = board_of(access.portal(), access.current(), code, now.month, now.sort, in_time=True)
        problem, purpose = "", request.form.get("purpose", "")
        if request.method == "POST":
            said = {"month": now.month_text, "span": now.span, "also": now.sort, "form": form}
            try:
                with access.portal().writing(access.current(), access.origin()) as uow:
                    ask(uow, board, said, purpose)
                    uow.commit()
            except InvalidInput as refused:
                problem = " ".join(one.text(translate) for one in refused.problems)
            else:
                flash(
                    translate(msg("Asked for. When a second person has agreed, it is taken out here.")),
                    "success",
                )
                return redirect("/board/exports/", 303)
        page = self.render_template(
            "board/ask.html",
            nav_active="board",
            title=translate(msg("Ask a second person")),
            crumbs=[(translate(msg("Board")), "/board/"), (board.unit.name, now.url(code))],
            asked=now,
            form=form,
            code=code,
            unit=board.unit.name,
            month=words.month_words(board.period),
            reasons=_reasons(board),
            purpose=purpose,
            problem=problem,
        )
        return page, (422 if problem else 200)

    @expose("/exports/<paper>/decide", methods=["POST"])
    @has_access
    @permission_name("edit")
    def decide(self, paper: str) -> Any:
        """Agree to what another person asked to take out, or refuse it."""
        form = request.form
        version, agree = form.get("version", ""), form.get("answer") == "agree"
        try:
            with access.portal().writing(access.current(), access.origin()) as uow:
                number = int(version) if version.isdecimal() and len(version) < 9 else 0
                decide(uow, paper, number, form.get("note", ""), agree=agree)
                uow.commit()
        except InvalidInput as refused:
            flash(" ".join(one.text(translate) for one in refused.problems), "warning")
        except (Conflict, Forbidden) as refused:
            flash(refused.text(translate), "warning")
        else:
            flash(translate(msg("Written down.")), "success")
        return redirect("/board/exports/", 303)


def _reasons(board: Board) -> list[str]:
    say, comma = board.bundle.texts(language.current()), translate(msg(", "))
    found = []
    for name, params in why(board).items():
        if name == NAMED:
            titles = (say(board.bundle.indicators[one].title) for one in params["figures"])
            params = {"figures": comma.join(titles)}
        found.append(translate(REASONS[name], **params))
    return found


def _line(row: BoardExport) -> Request:
    may, unit = access.current(), access.session().get(Unit, row.unit_id)
    mine = row.asked_by_id == may.user_id
    today = access.portal().clock.today()
    return Request(
        row,
        words.month_words(period_of(row.month, row.span)),
        short_moment(row.asked_at, today),
        short_moment(row.decided_at, today),
        translate(STATES[row.state]),
        row.state == ASKED and not mine and may.allows(THING, EDIT, row.unit_path),
        holds(row, may, access.portal().clock.now()),
        unit.code if unit is not None else "",
        unit.name if unit is not None else "",
    )
