"""The page of a draft's sandbox, and the door to it: only who may change the draft goes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.core.access import EDIT
from portal.core.errors import msg
from portal.persistence.models import Draft, Unit
from portal.services import drafts
from portal.services.drafts.finding import TRIED, require
from portal.services.jobs.queue import FAILED
from portal.services.sandboxes import DAYS, MOST_BYTES, ask_sandbox, making_of
from portal.web import access
from portal.web.language import translate
from portal.web.sandbox.apps import ask, sandboxes
from portal.web.security import no_store
from portal.web.studio.bar import Bar, refusals, writing

LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Making:
    """How the making of a sandbox comes on: under way, or why it came to nothing."""

    live: bool
    words: str
    share: int
    against: str

    @classmethod
    def of(cls, key: str) -> Making | None:
        """Return how the sandbox comes on that was asked for last; None where it is made or nobody asked."""
        job = making_of(access.portal(), key)
        if job is None:
            return None
        if job.live:
            told = translate(job.words or msg("It begins within some seconds"), **job.params)
            return cls(True, told, round(100 * (job.share or 0)), "")
        result = job.result or {}
        if "refused" in result:
            return cls(False, "", 0, translate(result["refused"], **result["params"]))
        failed = msg(
            "The sandbox could not be made. Try it again; if it fails again, ask who runs the portal."
        )
        return cls(False, "", 0, translate(failed)) if job.status == FAILED else None


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
        row, bar = _draft(key), Bar.of(key, "try")
        sandbox = sandboxes().folders.of(key)
        title = msg("Try the new version") if bar.tries_version else msg("Try the draft")
        body = self.render_template(
            "sandbox/page.html",
            nav_active=bar.nav,
            title=translate(title),
            crumbs=bar.crumbs,
            bar=bar,
            sandbox=sandbox,
            open=row.state in TRIED,
            outdated=sandbox is not None and sandbox.position != row.position,
            days=DAYS,
            making=Making.of(key),
        )
        return no_store(make_response(body))

    @expose("/studio/<key>/try", methods=["POST"])
    @has_access
    @permission_name("edit")
    def begin(self, key: str) -> Response:
        """Have the sandbox of a draft made, or made anew with what the draft says now."""
        with refusals(url_for("SandboxView.page", key=key)), writing() as uow:
            ask_sandbox(uow, key)
            uow.commit()
        return redirect(url_for("SandboxView.page", key=key))

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
