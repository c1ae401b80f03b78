"""What a source gets beside files: tokens by which its system sends rows, and changed matters given back to it."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import Any

from flask import flash, make_response, redirect, request, send_file, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.core.errors import msg
from portal.core.importing.exporting import PURPOSES
from portal.services import importing
from portal.services.importing.exporting import MOST_ROWS
from portal.web import access
from portal.web.importing.shared import WORKBOOK, crumbs, refusals, source_at, writing
from portal.web.importing.words import TokenShown
from portal.web.language import translate
from portal.web.security import no_store

CSV = "text/csv"


class SourceView(BaseView):
    """Tokens of a source, and what is given back to it."""

    route_base = "/imports/source"
    class_permission_name = "Entity.import"

    @expose("/<key>/token", methods=["POST"])
    @has_access
    @permission_name("edit")
    def give_token(self, key: str) -> Any:
        """Give a token for the source, and show its text this once."""
        source = source_at(key)
        back, days = url_for("ImportView.source", key=key), request.form.get("days", "")
        with refusals(back) as refused:
            with writing() as uow:
                known = int(days) if days.isdecimal() and len(days) < 5 else 0
                made, secret = importing.give_token(uow, key, request.form.get("name", ""), known)
                uow.commit()
                shown = TokenShown.of(made, None, uow.now)
            body = self.render_template(
                "importing/token.html",
                nav_active="imports",
                title=translate(msg("Token of the feed")),
                crumbs=crumbs(source),
                source=source,
                token=shown,
                secret=secret,
                address=url_for("FeedsApi.post", _external=True),
            )
            return no_store(make_response(body))
        return refused[0]

    @expose("/<key>/token/<token>/withdraw", methods=["POST"])
    @has_access
    @permission_name("edit")
    def withdraw_token(self, key: str, token: str) -> Response:
        """Withdraw a token of the source."""
        back = url_for("ImportView.source", key=key)
        source_at(key)
        with refusals(back) as refused, writing() as uow:
            importing.withdraw_token(uow, key, token)
            uow.commit()
            flash(translate(msg("The token is withdrawn: it lets nobody in any more")), "success")
            return redirect(back)
        return refused[0]

    @expose("/<key>/export", methods=["GET", "POST"])
    @has_access
    @permission_name("list")
    def export(self, key: str) -> Any:
        """Show what can be given back to the source, or give it back as a file."""
        source = source_at(key)
        if request.method == "POST":
            back = url_for("SourceView.export", key=key)
            with refusals(back) as refused:
                return self._export(key)
            return refused[0]
        session, portal = access.session(), access.portal()
        setting, columns = importing.exportable(portal, session, key)
        personal = importing.personal_of(portal, setting, access.current(), columns)
        body = self.render_template(
            "importing/export.html",
            nav_active="imports",
            title=translate(msg("Give changes back")),
            crumbs=crumbs(source),
            source=source,
            columns=[
                (one.heading, translate(one.target.title) if one.target.ours else one.target.title)
                for one in columns
            ],
            personal=personal,
            purposes=[(one.name, translate(one.words), one.personal) for one in PURPOSES.values()],
            forms=[(name, translate(words)) for name, words in importing.FORMS.items()],
            changed=importing.changed_count(session, source.id),
            most=MOST_ROWS,
            earlier=[
                (one.at, one.by_name, translate(PURPOSES[one.purpose].words), one.fields, one.rows)
                for one in importing.exports_of(session, source.id)
                if one.purpose in PURPOSES
            ],
        )
        return no_store(make_response(body))

    def _export(self, key: str) -> Any:
        form = request.form
        wanted = importing.Wanted(
            form.getlist("field")[:200],
            form.get("purpose", ""),
            form.get("reason", "").strip(),
            form.get("form", ""),
            form.get("everything") == "1",
        )
        with writing() as uow:
            given = importing.export_changed(uow, key, wanted)
            name = importing.source_of(uow.session, key).name
            uow.commit()
        importing.note_given(access.portal(), access.current(), access.origin(), given)
        ending = "xlsx" if wanted.form == "xlsx" else "csv"
        day = access.portal().clock.now().astimezone(dt.UTC).strftime("%Y%m%d")
        sent = send_file(
            BytesIO(given.content),
            mimetype=WORKBOOK if ending == "xlsx" else CSV,
            as_attachment=True,
            download_name=f"{name}-{translate(msg('Changes'))}-{day}.{ending}",
        )
        sent.headers["X-Rows"], sent.headers["X-Rows-Left"] = str(given.rows), str(given.left)
        return no_store(sent)
