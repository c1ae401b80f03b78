"""The screen that searches the audit log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import g, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select

from portal.core import acts
from portal.core.errors import InvalidInput, msg
from portal.core.values import day_of
from portal.core.zone import LOCAL
from portal.persistence.models import Unit
from portal.services import audit
from portal.services.audit import AuditQuery
from portal.web import access, language
from portal.web.audit.words import Lines
from portal.web.security import no_store

MAX_TEXT = 128
MOST = 20
NAMES = ("person", "action", "thing", "unit", "since", "until", "field")


class AuditView(BaseView):
    """Who did what, when, from where and why."""

    route_base = "/audit"
    class_permission_name = "Entity.audit"
    default_view = "search"

    @expose("/")
    @has_access
    @permission_name("list")
    def search(self) -> Any:
        """Show the entries that fit, the latest first."""
        asked = {name: _text(name) for name in NAMES}
        meant = _units(asked["unit"])
        unit = meant[0] if len(meant) == 1 else None
        query = _query(asked, unit)
        session, portal = access.session(), access.portal()
        page = audit.search(portal, session, query)
        lines = Lines(portal, session, access.current(), page.rows, access.bundle()).all()
        body = self.render_template(
            "audit/audit.html",
            nav_active="audit",
            title=language.translate(msg("Audit log")),
            subtitle=language.translate(
                msg("Every change and every look at personal data. Entries cannot be changed or removed.")
            ),
            asked=asked,
            unit=unit,
            unit_path=_path(unit.code) if unit is not None else "",
            units=[
                (_path(one.code), _url({**asked, "unit": one.code}, None)) for one in meant if unit is None
            ],
            filtered=query.filtered,
            page_of=page,
            lines=lines,
            actions=[(key, language.translate(acts.words_of(key))) for key in audit.actions()],
            older_url=_url(asked, page.next) if page.next else "",
            newest_url=_url(asked, None) if query.before else "",
        )
        return no_store(self.appbuilder.app.make_response(body))


def _text(name: str) -> str:
    return request.args.get(name, "").replace("\x00", "").strip()[:MAX_TEXT]


def _query(asked: Mapping[str, str], unit: Unit | None) -> AuditQuery:
    until = _day(asked["until"], "until")
    query = AuditQuery(
        person=asked["person"],
        action=asked["action"],
        thing=asked["thing"],
        under=unit.code if unit is not None else asked["unit"],
        since=_day(asked["since"], "since"),
        until=until + dt.timedelta(days=1) if until else None,
        field=asked["field"],
    )
    before = request.args.get("before", "")
    if not before:
        return query
    if not before.isascii() or not before.isdigit() or len(before) > 18:
        raise _refused("before")
    return replace(query, before=int(before))


def _day(text: str, name: str) -> dt.datetime | None:
    """Return the beginning of a day in the portal's time zone."""
    if not text:
        return None
    try:
        day = day_of(text)
        if not 2000 <= day.year <= 2200:
            raise _refused(name)
    except ValueError as error:
        raise _refused(name) from error
    return dt.datetime.combine(day, dt.time(), LOCAL)


def _refused(name: str) -> InvalidInput:
    return InvalidInput("filter.invalid", msg("The value of “%(name)s” cannot be used"), {"name": name})


def _units(text: str) -> list[Unit]:
    """Return the units that a code or a whole name means."""
    if not text:
        return []
    session = access.session()
    query = select(Unit).order_by(Unit.path)
    return list(session.scalars(query.where(Unit.code == text))) or list(
        session.scalars(query.where(Unit.name == text).limit(MOST))
    )


def _path(code: str) -> str:
    known = access.portal().choices.at(access.session(), g.get("stamp"))
    return known.shown(code) or code


def _url(asked: Mapping[str, str], before: int | None) -> str:
    pairs = {name: value for name, value in asked.items() if value}
    if before is not None:
        pairs["before"] = str(before)
    return "/audit/" + (f"?{urlencode(pairs)}" if pairs else "")
