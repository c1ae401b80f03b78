"""The texts of a draft in its languages: what is missing, out as a workbook, and back as one group of changes."""

from __future__ import annotations

import re
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.adapters.workbooks import Sheet, read_sheets, write_workbook
from portal.core.csv_tables import WORKBOOKS, decoded, lines_of
from portal.core.drafts import Change, wording
from portal.core.drafts.draft import OWN_PARTS
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.packs.places import PARTS
from portal.i18n import LANGUAGES
from portal.persistence.models import Draft as Row
from portal.services import drafts
from portal.services.drafts.loading import loaded, read_anew
from portal.services.portal import Work
from portal.web import access
from portal.web.language import translate
from portal.web.security import no_store
from portal.web.studio.bar import Bar, home_url, refusals, writing

MOST_SHOWN = 40
MOST_BYTES = 5 * 1024 * 1024
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A sheet says at which position of the draft it was written.
_WRITTEN = re.compile(r"-(\d{1,9})$")
CHINESE = msg("Chinese")
PART = msg("Part")
Lines = list[tuple[int, list[str]]]


class TextsView(BaseView):
    """The texts of a draft in all its languages."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/<key>/texts", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str) -> Any:
        """Show how far each language is, and the texts that have no translation yet."""
        bar = Bar.of(key, "translations")
        document = loaded(access.session(), bar.row).document
        languages = wording.languages_of(document)
        chosen = request.args.get("lang", "")
        lang = chosen if chosen in languages else next(iter(languages), "")
        query = request.args.get("q", "").strip()
        found = wording.wordings(document)
        shown = [one for one in found if _wanted(one, lang, query)] if lang else []
        body = self.render_template(
            "overviews/texts.html",
            nav_active="studio",
            title=translate(msg("Texts and languages")),
            crumbs=[(translate(msg("Studio")), home_url(key))],
            bar=bar,
            total=len(found),
            standings=[(one, _language(one.language)) for one in wording.standings(document)],
            lang=lang,
            lang_name=_language(lang),
            query=query,
            shown=shown[:MOST_SHOWN],
            count=len(shown),
            parts=_parts(),
        )
        return no_store(make_response(body))

    @expose("/<key>/texts", methods=["POST"])
    @has_access
    @permission_name("edit")
    def save(self, key: str) -> Any:
        """Save the translations that were written on the page, as one group of changes."""
        asked = request.form
        lang = asked.get("lang", "")
        back = url_for("TextsView.show", key=key, lang=lang, q=asked.get("q", ""))
        pairs = zip(asked.getlist("source"), asked.getlist("before"), asked.getlist("said"), strict=False)
        with refusals(back), writing() as uow:
            row = drafts.draft_of(uow.session, key)
            known = {one.source: one for one in wording.wordings(loaded(uow.session, row).document)}
            changes = [
                Change(one.op, one.path, before or None, one.after)
                for source, before, said in pairs
                if source in known and said.strip() and said.strip() != before
                for one in wording.changes_for(
                    loaded(uow.session, row).document, known[source], lang, said.strip()
                )
            ]
            _make(uow, key, changes, [])
        return redirect(back)

    @expose("/<key>/texts.xlsx", methods=["GET"])
    @has_access
    @permission_name("list")
    def workbook(self, key: str) -> Response:
        """Send the texts as a workbook: Chinese beside each language."""
        row = drafts.draft_of(access.session(), key)
        document = loaded(access.session(), row).document
        languages = wording.languages_of(document)
        heads = [translate(PART), translate(CHINESE), *(_language(one) for one in languages)]
        lines = wording.table_of(wording.wordings(document), languages, _parts())
        name = f"{translate(msg('Texts'))}-{row.position}"
        response = make_response(write_workbook(Sheet(name, heads, lines, (14, 44, 44, 44))))
        response.headers["Content-Type"] = _XLSX
        response.headers["Content-Disposition"] = 'attachment; filename="texts.xlsx"'
        return no_store(response)

    @expose("/<key>/texts/upload", methods=["POST"])
    @has_access
    @permission_name("edit")
    def upload(self, key: str) -> Any:
        """Take a workbook of translations back: each cell that says something else becomes a change."""
        back = url_for("TextsView.show", key=key)
        sent = request.files.get("file")
        content = sent.read(MOST_BYTES + 1) if sent is not None else b""
        with refusals(back):
            written, lines = _lines(content)
            with writing() as uow:
                row = drafts.draft_of(uow.session, key)
                then = loaded(uow.session, row) if written is None else _then(uow, row, written)
                read = _read(lines, wording.languages_of(then.document))
                found = wording.taken(then.document, read)
                if found.problems:
                    one = found.problems[0]
                    raise InvalidInput(one.code, one.message, one.params, found.problems)
                _make(uow, key, list(found.changes), list(found.unknown))
        return redirect(back)


def _make(uow: Work, key: str, changes: list[Change], unknown: list[str]) -> None:
    made = drafts.change(uow, key, changes)
    uow.commit()
    flash(translate(msg("%(count)s changes saved.")) % {"count": made.count}, "success")
    if unknown:
        text = translate(
            msg("%(count)s lines are about texts that are not in this draft; nothing was done with them.")
        )
        flash(text % {"count": len(unknown)}, "warning")


def _then(uow: Work, row: Row, written: int) -> Any:
    """Return the draft as it was when a sheet was written; as it is now for a sheet of another draft."""
    return read_anew(uow.session, row, written) if 0 <= written <= row.position else loaded(uow.session, row)


def _lines(content: bytes) -> tuple[int | None, Lines]:
    """Return at which position a table was written, where it says so, and its lines."""
    if len(content) > MOST_BYTES:
        raise InvalidInput("table.size", msg("The table is too large"))
    if content.startswith(WORKBOOKS):
        sheets = read_sheets(content)
        name, found = next(((name, list(one)) for name, one in sheets.items() if one), ("", []))
        said = _WRITTEN.search(name)
        return (int(said[1]) if said else None), [(number, list(cells)) for number, cells in found]
    text, problem = decoded(content, "")
    lines: Lines = []
    if problem is None:
        lines, problem = lines_of(text)
    if problem is not None:
        raise InvalidInput(problem.code, problem.message, problem.params, [problem])
    return None, lines


def _read(lines: Lines, languages: list[str]) -> list[tuple[int, str, dict[str, str]]]:
    """Return the lines of a table by Chinese text and language; InvalidInput where it has no such columns."""
    heads = [cell.strip().strip("'").casefold() for cell in lines[0][1]] if lines else []
    names = {
        lang: {lang.casefold(), _language(lang).casefold(), LANGUAGES.get(lang, lang).casefold()}
        for lang in languages
    }
    at = next((place for place, head in enumerate(heads) if head in _chinese()), None)
    columns = {lang: place for lang in languages for place, head in enumerate(heads) if head in names[lang]}
    if at is None or not columns:
        text = msg("The table needs a column “%(chinese)s” and one for a language")
        said = {"chinese": translate(CHINESE)}
        raise InvalidInput("wording.columns", text, said, [Problem("wording.columns", text, said)])
    return [
        (number, _cell(cells, at), {lang: _cell(cells, place) for lang, place in columns.items()})
        for number, cells in lines[1:]
        if _cell(cells, at)
    ]


def _cell(cells: list[str], at: int) -> str:
    return cells[at].strip() if at < len(cells) else ""


def _chinese() -> set[str]:
    return {"chinese", "中文", translate(CHINESE).casefold()}


def _language(lang: str) -> str:
    return LANGUAGES.get(lang, lang)


def _parts() -> dict[str, str]:
    return {name: translate(text) for name, text in {**PARTS, **OWN_PARTS}.items()}


def _wanted(one: wording.Wording, lang: str, query: str) -> bool:
    if query:
        return query in one.source or query.casefold() in one.said.get(lang, "").casefold()
    return not one.said.get(lang)
