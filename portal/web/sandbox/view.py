"""The page of a draft's sandbox, and the door to it: only who may change the draft goes in."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.core.access import EDIT
from portal.core.errors import Conflict, msg
from portal.persistence.models import Draft, Unit
from portal.services import drafts
from portal.services.drafts.finding import LIVE, require
from portal.services.sandboxes import DAYS, MOST_BYTES, blueprint_of, make
from portal.web import access
from portal.web.language import translate
from portal.web.sandbox.apps import ask, sandboxes
from portal.web.security import no_store
from portal.web.studio.bar import Bar, home_url, refusals, writing

LEAVE = "leave"


class SandboxView(BaseView):
    """A draft, tried in a portal of its own."""

    route_base = ""
    class_permission_name = "Entity.draft"
    default_view = "page"

    @expose("/studio/<key>/try", methods=["GET"])
    @has_access
    @permission_name("edit")
    def page(self, key: str) -> Any:
        """Show whether there is a sandbox, since when and until when, and begin or throw it away from there."""
        row = _draft(key)
        sandbox = sandboxes().folders.of(key)
        body = self.render_template(
            "sandbox/page.html",
            nav_active="studio",
            title=translate(msg("Try the draft")),
            crumbs=[(translate(msg("Studio")), home_url(key))],
            bar=Bar.of(key, "try"),
            sandbox=sandbox,
            open=row.state in LIVE,
            outdated=sandbox is not None and sandbox.position != row.position,
            days=DAYS,
        )
        return no_store(make_response(body))

    @expose("/studio/<key>/try", methods=["POST"])
    @has_access
    @permission_name("edit")
    def begin(self, key: str) -> Response:
        """Make the sandbox of a draft, or make it anew with what the draft says now."""
        with refusals(url_for("SandboxView.page", key=key)) as refused:
            row = _draft(key)
            if row.state not in LIVE:
                raise Conflict("draft.state", msg("This draft has ended; there is nothing to try"))
            blueprint, path = blueprint_of(access.session(), row), row.unit_path
            # It takes some seconds, and holds nothing of the portal meanwhile.
            access.fab_session().rollback()
            portal, mine = access.portal(), access.current()
            made = make(sandboxes().folders, blueprint, portal.clock.now(), mine.name)
            with writing() as uow:
                after = {"position": made.position}
                uow.audit_event("try_draft", kind="draft", object_id=key, unit_path=path, after=after)
                uow.commit()
            return redirect(f"/try/{key}/")
        return refused[0]

    @expose("/studio/<key>/try/end", methods=["POST"])
    @has_access
    @permission_name("edit")
    def end(self, key: str) -> Response:
        """Throw the sandbox of a draft away."""
        _draft(key)
        if sandboxes().folders.remove(key):
            flash(translate(msg("The sandbox is gone, with everything in it.")), "success")
        return redirect(url_for("SandboxView.page", key=key))

    @expose("/try/<key>/", methods=["GET", "POST"])
    @expose("/try/<key>/<path:rest>", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def enter(self, key: str, rest: str = "") -> Any:
        """Ask the sandbox of a draft, and give back what it answers."""
        row = _draft(key)
        sandbox = sandboxes().folders.of(key)
        if sandbox is None or rest == LEAVE:
            return redirect(url_for("SandboxView.page", key=key))
        if request.method == "POST" and sandboxes().folders.size(sandbox) > MOST_BYTES:
            flash(translate(msg("The sandbox is full; begin it anew")), "danger")
            return redirect(url_for("SandboxView.page", key=key), 303)
        return ask(sandbox, row, access.session().get_one(Unit, row.unit_id).code)


def _draft(key: str) -> Draft:
    """Return the draft of an address as one whose person may change it: NotFound or Forbidden else."""
    row = drafts.draft_of(access.session(), key)
    require(access.current(), EDIT, row.unit_path)
    return row
