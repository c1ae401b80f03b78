"""Volumes whose time of keeping is over: proposed, decided by another person, destroyed, and the register of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.core.access import ADD, EDIT
from portal.core.errors import Conflict, Forbidden, InvalidInput, NotFound, msg
from portal.persistence.models import Destruction
from portal.services import archive
from portal.services.archive import destroyed, destroying
from portal.services.jobs.progress import progress
from portal.services.portal import Work
from portal.web import access
from portal.web.archive.words import ItemShown, ListShown, OverShown, counted_shown
from portal.web.jobs import shown
from portal.web.language import translate
from portal.web.records.forms.posted import REASON, posted_version
from portal.web.security import no_store
from portal.web.words.here import here
from portal.web.words.links import action_url


class RetentionView(BaseView):
    """Volumes whose time is over, and the lists of their destruction."""

    route_base = "/retention"
    class_permission_name = "Entity.retention"
    default_view = "overview"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("list")
    def overview(self) -> Any:
        """Show the volumes whose time is over, those that something keeps, and the lists."""
        session, portal, unit = access.session(), access.portal(), access.unit()
        found = OverShown.all(destroying.over(portal, session))
        may = unit is not None and access.current().allows(archive.THING, ADD, unit.path)
        return self._page(
            "archive/overview.html",
            translate(msg("Keeping of volumes")),
            free=[one for one in found if not one.why],
            kept=[one for one in found if one.why],
            count=destroying.over_count(portal, session),
            most=destroying.MOST,
            may=may,
            unit=unit,
            lists=[ListShown.of(one) for one in destroying.lists_of(session)],
            gone=destroyed.by_class_of_keeping(session),
            counted=counted_shown(destroyed.as_counted(session)),
        )

    @expose("/propose", methods=["POST"])
    @has_access
    @permission_name("add")
    def propose(self) -> Response:
        """Propose to destroy the volumes that were chosen."""
        unit = access.unit()
        if unit is None:
            raise NotFound("unit.unknown", msg("There is no such unit"))
        with _told(url_for("RetentionView.overview")) as refused, _writing() as uow:
            made = destroying.propose(
                uow, unit, request.form.getlist("volume"), request.form.get("reason", "")
            )
            uow.commit()
            flash(translate(msg("Proposed. Another person decides.")), "success")
            return redirect(url_for("RetentionView.show", key=made.uid), 303)
        return refused[0]

    @expose("/list/<key>", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str) -> Any:
        """Show a list with what became of each volume."""
        session, portal, mine = access.session(), access.portal(), access.current()
        one = destroying.list_of(session, key)
        decides = mine.allows(archive.THING, EDIT, one.unit_path) and one.proposed_by != mine.user_id
        busy = one.job_id is not None and progress(portal, one.job_id).live
        return self._page(
            "archive/list.html",
            translate(msg("List of destruction")),
            crumbs=[(translate(msg("Keeping of volumes")), url_for("RetentionView.overview"))],
            list=ListShown.of(one),
            row=one,
            items=ItemShown.all(destroying.items_of(session, one)),
            decides=decides,
            own=one.proposed_by == mine.user_id,
            busy=busy,
            job=shown(one.job_id) if one.job_id is not None and _is_own(one) else None,
            job_back=url_for("RetentionView.show", key=key),
        )

    @expose("/list/<key>/approve", methods=["POST"])
    @has_access
    @permission_name("edit")
    def approve(self, key: str) -> Response:
        """Approve a list that another person proposed."""
        note = request.form.get("note", "")
        return self._do(
            key,
            lambda uow, version: destroying.approve(uow, key, version, note),
            msg("Approved: the volumes are being destroyed."),
        )

    @expose("/list/<key>/refuse", methods=["POST"])
    @has_access
    @permission_name("edit")
    def refuse(self, key: str) -> Response:
        """Refuse a list."""
        reason = request.form.get("reason", "")
        return self._do(
            key,
            lambda uow, version: destroying.refuse(uow, key, version, reason),
            msg("The list is refused."),
        )

    @expose("/list/<key>/withdraw", methods=["POST"])
    @has_access
    @permission_name("add")
    def withdraw(self, key: str) -> Response:
        """Take back a list that one proposed oneself."""
        return self._do(
            key, lambda uow, version: destroying.withdraw(uow, key, version), msg("The list is taken back.")
        )

    @expose("/list/<key>/go_on", methods=["POST"])
    @has_access
    @permission_name("edit")
    def go_on(self, key: str) -> Response:
        """Go on with a list whose work was stopped."""
        return self._do(
            key,
            lambda uow, version: destroying.go_on(uow, key, version),
            msg("Approved: the volumes are being destroyed."),
        )

    @expose("/volume/<etype>/<uid>/keep", methods=["POST"])
    @has_access
    @permission_name("add")
    def keep(self, etype: str, uid: str) -> Response:
        """Keep the volume of a matter in another class."""
        wanted, why = request.form.get("retention", ""), request.form.get(REASON, "")
        return self._on_volume(
            etype,
            uid,
            lambda uow, version: archive.keep_as(uow, uid, wanted, version=version, reason=why),
            msg("The class of keeping is changed."),
        )

    @expose("/volume/<etype>/<uid>/hold", methods=["POST"])
    @has_access
    @permission_name("add")
    def hold(self, etype: str, uid: str) -> Response:
        """Hold the volume of a matter, or let it go on."""
        is_held, why = request.form.get("do") == "free", request.form.get(REASON, "")
        act = archive.free if is_held else archive.hold
        return self._on_volume(
            etype,
            uid,
            lambda uow, version: act(uow, uid, version=version, reason=why),
            msg("The file is no longer held.") if is_held else msg("The file is held: it is not destroyed."),
        )

    def _on_volume(self, etype: str, uid: str, act: Callable[[Work, int], Any], told: str) -> Response:
        here().find(etype, uid)
        back = action_url(etype, "efile", uid)
        with _told(back) as refused, _writing() as uow:
            act(uow, posted_version())
            uow.commit()
            flash(translate(told), "success")
            return redirect(back, 303)
        return refused[0]

    def _do(self, key: str, act: Callable[[Work, int], Any], told: str) -> Response:
        back = url_for("RetentionView.show", key=key)
        destroying.list_of(access.session(), key)
        with _told(back) as refused, _writing() as uow:
            act(uow, posted_version())
            uow.commit()
            flash(translate(told), "success")
            return redirect(back, 303)
        return refused[0]

    def _page(self, template: str, title: str, **values: Any) -> Any:
        return no_store(
            make_response(self.render_template(template, nav_active="retention", title=title, **values))
        )


def _writing() -> Work:
    return access.portal().writing(access.current(), access.origin())


@contextmanager
def _told(back: str) -> Iterator[list[Response]]:
    """Say on the page before why something is refused; the list then holds the way back to it."""
    found: list[Response] = []
    try:
        yield found
    except (InvalidInput, Conflict) as error:
        _tell([one.text(translate) for one in error.problems] or [error.text(translate)])
        found.append(redirect(back, 303))
    except Forbidden as error:
        if not error.code.startswith("destruction."):
            raise
        _tell([error.text(translate)])
        found.append(redirect(back, 303))


def _tell(texts: list[str]) -> None:
    for text in dict.fromkeys(texts[:20]):
        flash(text, "danger")


def _is_own(one: Destruction) -> bool:
    """Tell whether the person may look at the job of a list: it is shown to the person who approved it."""
    try:
        shown(one.job_id or 0)
    except NotFound:
        return False
    return True
