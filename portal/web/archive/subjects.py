"""The copy of everything kept about a person: a form, and a file for that person; no page shows any of it."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from typing import Any

from flask import Response, flash, make_response, render_template, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from portal.core.access import ADD
from portal.core.errors import InvalidInput, NotFound, TooMany, msg
from portal.services.archive import subjects
from portal.web import access
from portal.web.language import translate
from portal.web.security import no_store

ZIP = "application/zip"


class SubjectView(BaseView):
    """Requests of persons about themselves."""

    route_base = "/subjects"
    class_permission_name = "Entity.subject"
    default_view = "overview"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("list")
    def overview(self) -> Any:
        """Ask for the number, the ground and how the person was made sure of."""
        return self._page()

    @expose("/copy", methods=["POST"])
    @has_access
    @permission_name("add")
    def copy(self) -> Any:
        """Send what is kept about the person of a whole number; the answer looks the same where nothing is."""
        unit, form, portal = access.unit(), request.form, access.portal()
        if unit is None:
            raise NotFound("unit.unknown", msg("There is no such unit"))
        values = [form.get(name, "") for name in ("number", "ground", "proof")]
        try:
            with portal.writing(access.current(), access.origin()) as uow:
                made = subjects.copy_for(uow, unit, *values)
                uow.commit()
        except InvalidInput as refused:
            return self._page({one.pointer: one.text(translate) for one in refused.problems}), 422
        except TooMany as refused:
            flash(refused.text(translate), "danger")
            return self._page(), 429
        subjects.note_copies(portal, access.current(), access.origin(), made)
        return _sent(made, unit.name)

    def _page(self, errors: dict[str, str] | None = None) -> Any:
        unit, mine = access.unit(), access.current()
        body = self.render_template(
            "archive/subjects.html",
            nav_active="subjects",
            title=translate(msg("Copies for persons")),
            unit=unit,
            may=unit is not None and mine.allows(subjects.THING, ADD, unit.path),
            grounds=[(name, translate(words)) for name, words in subjects.GROUNDS.items()],
            proofs=[(name, translate(words)) for name, words in subjects.PROOFS.items()],
            chosen={name: request.form.get(name, "") for name in ("ground", "proof")},
            errors=errors or {},
        )
        return no_store(make_response(body))


def _sent(made: subjects.Copy, unit: str) -> Response:
    """Return the copy as one file: to be read and printed, and for machines."""
    page = render_template("archive/copy.html", copy=made, unit=unit)
    told = [
        {name: value for name, value in asdict(one).items() if name not in ("uid", "etype")}
        for one in made.told
    ]
    data = {"request": made.request, "at": made.at.isoformat(), "unit": unit, "records": told}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as kept:
        kept.writestr("copy.html", page)
        kept.writestr("copy.json", json.dumps(data, ensure_ascii=False, indent=1))
        for name, file in made.files.items():
            kept.writestr(name, file)
    response = Response(content.getvalue(), mimetype=ZIP)
    response.headers["Content-Disposition"] = f'attachment; filename="copy-{made.request}.zip"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return no_store(response)
