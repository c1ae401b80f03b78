"""Sources of records and their files: uploaded, mapped, tried, taken over, taken back."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import flash, make_response, redirect, request, send_file, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.core.access import ADD, EDIT, LIST
from portal.core.errors import NotFound, msg
from portal.persistence.models import ImportFile, ImportSource
from portal.services import importing
from portal.services.importing.files import digest_of, read_file
from portal.services.importing.finding import THING, is_busy, may
from portal.services.portal import Work
from portal.web import access, language
from portal.web.importing import mapping_page
from portal.web.importing.shared import WORKBOOK, crumbs, file_at, refusals, source_at, titles, writing
from portal.web.importing.words import FileShown, TokenShown
from portal.web.jobs import shown
from portal.web.language import translate
from portal.web.security import no_store
from portal.web.words.links import list_url, record_url

_STARTS: dict[str, Callable[[Work, str], int]] = {
    "try": importing.start_trying,
    "take": importing.start_taking,
    "undo": importing.start_undoing,
}


class ImportView(BaseView):
    """Records of other systems."""

    route_base = "/imports"
    class_permission_name = "Entity.import"
    default_view = "overview"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("list")
    def overview(self) -> Any:
        """Show the sources, each with its latest file, and the form for a new one."""
        session, unit = access.session(), access.unit()
        sources = importing.sources_at(session)
        lines = [(one, next(iter(importing.files_of(session, one, 1)), None)) for one in sources]
        return self._page(
            "importing/overview.html",
            translate(msg("Imports")),
            lines=[(one, FileShown.of(file) if file else None) for one, file in lines],
            titles=titles(),
            types=_types(unit.path) if unit is not None else [],
            unit=unit,
        )

    @expose("/source", methods=["POST"])
    @has_access
    @permission_name("add")
    def add(self) -> Response:
        """Set up a source at the unit where the person works."""
        unit, form = access.unit(), request.form
        if unit is None:
            raise NotFound("unit.unknown", msg("There is no such unit"))
        with refusals(url_for("ImportView.overview")) as refused, writing() as uow:
            made = importing.keep_source(uow, unit.code, form.get("etype", ""), form.get("name", ""))
            uow.commit()
            return redirect(url_for("ImportView.source", key=made.uid))
        return refused[0]

    @expose("/source/<key>", methods=["GET"])
    @has_access
    @permission_name("list")
    def source(self, key: str) -> Any:
        """Show a source: its files, and where the next one is uploaded."""
        session = access.session()
        source = source_at(key)
        files = importing.files_of(session, source)
        return self._page(
            "importing/source.html",
            source.name,
            crumbs=[(translate(msg("Imports")), url_for("ImportView.overview"))],
            source=source,
            etype=titles().get(source.etype, source.etype),
            files=[FileShown.of(file) for file in files],
            tokens=self._tokens(source),
            may_edit=may(access.current(), EDIT, source.etype, source.unit_path),
            complete=bool(source.mapping.get("columns")),
            changed=importing.changed_count(session, source.id),
            offered=[
                (record_url(one.etype, one.uid), one.code or "—")
                for one in importing.offered_of(session, source)
            ],
        )

    def _tokens(self, source: ImportSource) -> list[TokenShown]:
        session, now = access.session(), access.portal().clock.now()
        used = importing.last_used(session, source)
        return [TokenShown.of(one, used.get(one.id), now) for one in importing.tokens_of(session, source)]

    @expose("/source/<key>/upload", methods=["POST"])
    @has_access
    @permission_name("add")
    def upload(self, key: str) -> Response:
        """Read a file and keep its rows until they are taken over."""
        source = source_at(key)
        sent = request.files.get("file")
        back = url_for("ImportView.source", key=key)
        with refusals(back) as refused:
            content = sent.read() if sent is not None else b""
            setting = importing.setting_of(access.portal(), access.session(), source)
            sheet = request.form.get("sheet", "").strip()
            tables = read_file(content, sheet or setting.mapping.sheet)
            with writing() as uow:
                made = importing.take_in(uow, key, (sent and sent.filename) or "", tables, digest_of(content))
                uow.commit()
                number, missing = (
                    made.uid,
                    setting.mapping.problems(setting.targets.values(), tables.table.headings),
                )
            place = "mapping" if missing else "file"
            return redirect(url_for(f"ImportView.{place}", key=number))
        return refused[0]

    @expose("/file/<key>", methods=["GET"])
    @has_access
    @permission_name("list")
    def file(self, key: str) -> Any:
        """Show a file: what it holds, what is wrong in it, and what is next."""
        session, portal = access.session(), access.portal()
        file, source = file_at(key)
        setting = importing.setting_of(portal, session, source)
        missing = setting.mapping.problems(setting.targets.values(), file.layout["headings"])
        busy = is_busy(portal, file)
        faults, count = ([], 0) if busy else importing.faults_in(portal, session, file)
        return self._page(
            "importing/file.html",
            file.name,
            crumbs=crumbs(source),
            file=FileShown.of(file),
            source=source,
            busy=busy,
            job=shown(file.job_id) if file.job_id is not None and _is_own(file) else None,
            job_back=url_for("ImportView.file", key=key),
            missing=[one.text(translate) for one in missing],
            unread=setting.mapping.unread_of(file.layout["headings"]),
            faults=[(one["line"], importing.place_of(one, translate), *_said(one)) for one in faults],
            faults_count=count,
            listed=list_url(source.etype, [("all", "1")]) if access.current().can(source.etype, LIST) else "",
            taken=importing.taken_of(session, file),
            offered=[
                (record_url(one.etype, one.uid), one.code or "—")
                for one in importing.offered_of(session, source)
            ],
        )

    @expose("/file/<key>/mapping", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def mapping(self, key: str) -> Any:
        """Show or keep what the columns of a source fill in and what their texts stand for."""
        file, source = file_at(key)
        page = mapping_page.MappingPage(access.portal(), access.session(), source, file, language.current())
        if request.method == "POST":
            said = page.read(request.form)
            version = request.form.get("version", "")
            with refusals(url_for("ImportView.mapping", key=key)) as refused, writing() as uow:
                known = int(version) if version.isdecimal() and len(version) < 9 else 0
                importing.keep_mapping(uow, source.uid, known, said)
                uow.commit()
                for text in page.refused:
                    flash(text, "warning")
                if request.form.get("then") == "try" and not page.refused:
                    return self._start("try", key)
                return redirect(url_for("ImportView.mapping", key=key))
            return refused[0]
        return self._page(
            "importing/mapping.html",
            translate(msg("Mapping")),
            crumbs=[*crumbs(source), (file.name, url_for("ImportView.file", key=key))],
            file=FileShown.of(file),
            source=source,
            page_of=page,
        )

    @expose("/file/<key>/start/<what>", methods=["POST"])
    @has_access
    @permission_name("add")
    def start(self, key: str, what: str) -> Response:
        """Let a file be tried, taken over or taken back."""
        if what not in _STARTS:
            raise NotFound("import.file", msg("There is no such file"))
        return self._start(what, key)

    def _start(self, what: str, key: str) -> Response:
        back = url_for("ImportView.file", key=key)
        with refusals(back) as refused, writing() as uow:
            _STARTS[what](uow, key)
            uow.commit()
            return redirect(back)
        return refused[0]

    @expose("/file/<key>/mend", methods=["POST"])
    @has_access
    @permission_name("add")
    def mend(self, key: str) -> Response:
        """Put the rows of a mended sheet of faults in their places, and try the file again."""
        file_at(key)
        sent = request.files.get("file")
        back = url_for("ImportView.file", key=key)
        with refusals(back) as refused:
            tables = read_file(sent.read() if sent is not None else b"")
            with writing() as uow:
                changed = importing.mend(uow, key, tables, translate)
                uow.commit()
            if changed:
                with writing() as uow:
                    importing.start_trying(uow, key)
                    uow.commit()
            flash(
                translate(msg("%(count)s rows were mended")) % {"count": changed},
                "success" if changed else "info",
            )
            return redirect(back)
        return refused[0]

    @expose("/file/<key>/faults.xlsx", methods=["GET"])
    @has_access
    @permission_name("list")
    def faults(self, key: str) -> Any:
        """Send the rows with faults as a workbook that can be mended and uploaded again; noted in the audit log."""
        file, _source_of = file_at(key)
        with writing() as uow:
            content = importing.fault_sheet(uow, file, translate)
            uow.commit()
        name = f"{file.name.rpartition('.')[0] or file.name}-{translate(msg('Faults'))}.xlsx"
        sent = send_file(BytesIO(content), mimetype=WORKBOOK, as_attachment=True, download_name=name)
        return no_store(sent)

    @expose("/file/<key>/drop", methods=["POST"])
    @has_access
    @permission_name("delete")
    def drop(self, key: str) -> Response:
        """Forget the rows of a file; what it brought stays."""
        back = url_for("ImportView.file", key=key)
        with refusals(back) as refused, writing() as uow:
            importing.drop(uow, key)
            uow.commit()
            flash(translate(msg("The rows of the file are no longer kept")), "success")
            return redirect(back)
        return refused[0]

    def _page(self, template: str, title: str, **values: Any) -> Any:
        body = self.render_template(template, nav_active="imports", title=title, **values)
        return no_store(make_response(body))


def _is_own(file: ImportFile) -> bool:
    """Tell whether the person may look at the job of a file: it is shown to the person who started it."""
    try:
        shown(file.job_id or 0)
    except NotFound:
        return False
    return True


def _said(fault: dict[str, Any]) -> tuple[str, str]:
    return importing.words_of(fault, translate)


def _types(path: str) -> list[tuple[str, str]]:
    """Return the types whose records the person may take over at a unit."""
    bundle, mine = access.bundle(), access.current()
    if bundle is None or not mine.allows(THING, ADD, path):
        return []
    known = [one.id for one in bundle.entities() if one.parent is None and mine.allows(one.id, ADD, path)]
    known_titles = titles()
    return [(one, known_titles[one]) for one in known]
