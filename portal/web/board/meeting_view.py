"""Meetings: their list, the paper of one, what is decided, and the paper as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, make_response, redirect, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from markupsafe import Markup

from portal.core.access import EDIT, LIST
from portal.core.errors import Conflict, InvalidInput, msg
from portal.core.indicators.meetings import DECISIONS
from portal.core.text import Texts
from portal.persistence.models import Meeting
from portal.services.indicators.board import CASE, THING
from portal.services.indicators.sheets import SHEET
from portal.services.meetings.deciding import (
    before,
    decide,
    kinds_of_meetings,
    meeting,
    meetings,
    sheets_of,
    units_of_meetings,
)
from portal.services.meetings.taking_out import FORMS, take_out
from portal.services.releases.reading import pinned
from portal.services.units.below import units_to_choose
from portal.web import access, language
from portal.web.board import papers
from portal.web.board.exporting import XLSX
from portal.web.language import translate
from portal.web.security import no_store
from portal.web.words.links import record_url

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TYPES = {"docx": DOCX, "xlsx": XLSX}


@dataclass(frozen=True, slots=True)
class Group:
    """The papers of several units for one kind of meeting and the same days."""

    title: str
    days: tuple[str, str]
    papers: tuple[Meeting, ...]


class MeetingView(BaseView):
    """Meetings about figures."""

    route_base = "/board/meetings"
    class_permission_name = "Entity.board"
    default_view = "all"

    @expose("/")
    @has_access
    @permission_name("list")
    def all(self) -> Any:
        """Show the meetings of the person's units, the latest first."""
        kind, unit = request.args.get("kind", "")[:64], request.args.get("unit", "")[:64]
        kinds = [(one.kind, _words(one)(one.content["title"])) for one in kinds_of_meetings(access.session())]
        return self.render_template(
            "board/meetings.html",
            nav_active="board",
            title=translate(msg("Meetings")),
            crumbs=[(translate(msg("Board")), "/board/")],
            kind=kind,
            unit=unit,
            kinds=kinds,
            units=units_of_meetings(access.session()),
            groups=_groups(meetings(access.session(), kind, unit)),
        )

    @expose("/<paper>")
    @has_access
    @permission_name("list")
    def one(self, paper: str) -> Any:
        """Show what was laid before a meeting, and what was decided."""
        return self._page(meeting(access.session(), paper))

    @expose("/<paper>/decide", methods=["POST"])
    @has_access
    @permission_name("edit")
    def decide(self, paper: str) -> Any:
        """Write down a decision; a task sheet for its unit is begun."""
        form = request.form
        version = form.get("version", "")
        try:
            with access.portal().writing(access.current(), access.origin()) as uow:
                said = (form.get(name, "") for name in ("text", "unit", "due_on"))
                decide(uow, paper, int(version) if version.isdecimal() else 0, *said)
                uow.commit()
        except InvalidInput as refused:
            for problem in refused.problems:
                flash(problem.text(translate), "warning")
        except Conflict as refused:
            flash(refused.text(translate), "warning")
        else:
            flash(translate(msg("Written down. Its task sheet waits to be issued.")), "success")
        return redirect(f"/board/meetings/{paper}#decisions", 303)

    @expose("/<paper>/export", methods=["POST"])
    @has_access
    @permission_name("list")
    def export(self, paper: str) -> Any:
        """Send the paper of a meeting as a file; the log notes it."""
        form = request.form.get("as", "")
        if form not in FORMS:
            abort(404)
        row = take_out(access.portal(), access.current(), access.origin(), paper, form)
        say = _words(row)
        last = before(access.session(), row)
        parts = papers.sections(row, last, _stages(row, last), say, out=True)
        title = f"{row.content['unit']} {papers.title_of(row, say)}"
        foot = translate(
            msg("Taken out by %(who)s. Names of parties are not in it; figures of few are left out (*)."),
            who=access.current().name,
        )
        answer = make_response(papers.as_file(form, title, papers.cut_off(row), parts, foot))
        answer.headers["Content-Type"] = TYPES[form]
        name = f"meeting-{row.kind}-{row.year}-{row.number:02d}.{form}"
        answer.headers["Content-Disposition"] = f"attachment; filename={name}"
        return no_store(answer)

    def _page(self, row: Meeting) -> Any:
        say = _words(row)
        last = before(access.session(), row)
        may = access.current()
        sees = may.allows(CASE, LIST, row.unit_path)
        decides = may.allows(THING, EDIT, row.unit_path) and DECISIONS in row.content["sections"]
        return self.render_template(
            "board/meeting.html",
            nav_active="board",
            title=Markup("{} {}").format(language.as_written(row.content["unit"]), papers.title_of(row, say)),
            subtitle=papers.cut_off(row),
            crumbs=[
                (translate(msg("Board")), "/board/"),
                (translate(msg("Meetings")), "/board/meetings/"),
            ],
            meeting=row,
            sections=papers.sections(row, last, _stages(row, last), say, out=not sees),
            links=[record_url(CASE, one["uid"]) if sees else "" for one in row.content["matters"]],
            decides=decides,
            units=units_to_choose(access.session(), row.unit_path) if decides else [],
        )


def _groups(rows: list[Meeting]) -> list[Group]:
    """Return meetings with those of other units of the same kind and days."""
    found: dict[tuple[str, tuple[str, str]], list[Meeting]] = {}
    for row in rows:
        key = (papers.title_of(row, _words(row)), papers.days_of(row))
        found.setdefault(key, []).append(row)
    return [Group(title, days, tuple(some)) for (title, days), some in found.items()]


def _words(row: Meeting) -> Texts:
    """Return the texts of the release under which a meeting was made."""
    return pinned(access.portal(), access.session(), row.release_id).texts(language.current())


def _stages(*rows: Meeting | None) -> dict[str, str]:
    """Return in words how the sheets of decisions stand, as far as the person may see them."""
    found = {}
    for uid, sheet in sheets_of(access.session(), *rows).items():
        bundle = pinned(access.portal(), access.session(), sheet.release_id)
        lifecycle = bundle.lifecycle_of(SHEET)
        say = bundle.texts(language.current())
        found[uid] = say(lifecycle.stage(sheet.stage).title) if lifecycle is not None else sheet.stage
    return found
