"""Who asks: the portal, the person's access, the origin and the scoped session of this request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, g, request
from flask import session as flask_session
from sqlalchemy import select, union
from sqlalchemy.orm import Session

from portal.core.access import Access, Origin
from portal.core.calendars import WorkCalendar
from portal.core.kept import Kept
from portal.persistence.models import Unit
from portal.persistence.moments import set_now
from portal.persistence.scope import door, enter
from portal.services import calendars, releases, units, users
from portal.services.bundles import Bundle

if TYPE_CHECKING:
    from portal.services.portal import Portal

API = "/api/"
# The extension of an application that is a sandbox.
MADE_UP = "portal.made_up"
MAX_KEPT = 5_000
UNSCOPED = frozenset({"static", "health", "ready", "metrics", "choose_language"})
# Views of Flask-AppBuilder that save with their own session; all others write through the services.
SERVED = frozenset({"UserView.add", "UserView.assign", "UserView.confirm", "UserView.revoke"})
FAB_WRITERS = frozenset({"MyAccountView", "UserView"})


def portal() -> Portal:
    """Return the services of this process."""
    found: Portal = current_app.extensions["portal"]
    return found


def made_up() -> Any:
    """Return who asks in a sandbox, where nobody signs in: a ``portal.web.sandbox.made_up.MadeUp``; None elsewhere."""
    return current_app.extensions.get(MADE_UP)


def person() -> Any:
    """Return the signed-in user, by session or by token; None for a stranger."""
    if (invented := made_up()) is not None:
        return invented.person()
    user = g.get("user")
    return user if user is not None and user.is_authenticated else None


def current() -> Access:
    """Return the access of the person who asks; nobody's for a stranger."""
    if (invented := made_up()) is not None:
        found: Access = invented.access()
        return found
    user = person()
    key = None if user is None else user.id
    known: tuple[int | None, Access] | None = g.get("access")
    if known is None or known[0] != key:
        mine = Access.nobody() if key is None else _access_of(key)
        known = g.access = (key, mine)
    return known[1]


def _access_of(user_id: int) -> Access:
    return users.access_of(portal(), user_id, fab_session(), g.get("stamp"))


def fab_session() -> Session:
    """Return the session Flask-AppBuilder works with in this request."""
    found: Session = current_app.extensions["sqlalchemy"].session()
    return found


def origin() -> Origin:
    """Return where this request comes from, for the audit."""
    channel = "api" if request.path.startswith(API) else "web"
    return Origin(ip=request.remote_addr or "", request_id=g.get("request_id", ""), channel=channel)


def session() -> Session:
    """Return the session of this request, limited to what the person may see; for reading."""
    scoped = fab_session()
    mine = current()
    if scoped.info.get("access") is not mine or g.get("entered") is not scoped:
        enter(scoped, mine, origin())
        set_now(scoped, portal().clock.now)
        g.entered = scoped
    return scoped


def home() -> units.Home | None:
    """Return where the person works now: at the unit chosen in the top bar, else at the first one."""
    if "home" not in g:
        held = current().memberships
        path = _chosen_path() or (held[0][1] if held else None)
        g.home = _home_at(path) if path else None
    found: units.Home | None = g.home
    return found


def _home_at(path: str) -> units.Home | None:
    stamp = g.get("stamp")
    if stamp is None:
        return units.home_at(session(), path)
    return units.kept_home(portal(), session(), path, stamp)


def unit() -> Unit | None:
    """Return the unit the person works for now."""
    here = home()
    return here.unit if here is not None else None


def bundle() -> Bundle | None:
    """Return the release in force where the person works; None where no centre is responsible yet."""
    if "bundle" not in g:
        here = home()
        centre = here.centre if here is not None else None
        g.bundle = releases.pinned(portal(), session(), centre.release_id) if centre else None
    found: Bundle | None = g.bundle
    return found


def calendar() -> WorkCalendar:
    """Return the calendar by which days are counted where the person works now."""
    if "calendar" not in g:
        years = calendars.imported_years(portal(), session(), g.get("stamp"))
        here = bundle()
        g.calendar = (
            calendars.counted_by(here, years).calendar
            if here is not None
            else WorkCalendar.from_definition(years.years)
        )
    found: WorkCalendar = g.calendar
    return found


def unit_path(code: str) -> str:
    """Return the path of the unit with a code; NotFound where there is none."""
    stamp = g.get("stamp")
    if stamp is None:
        return str(units.by_code(session(), code).path)
    return units.kept_path(portal(), session(), code, stamp)


def own_units() -> list[Unit]:
    """Return the units at which the person holds a role, upper levels first."""
    homes = (_home_at(path) for path in sorted({path for _role, path in current().memberships}))
    return [home.unit for home in homes if home is not None]


def _chosen_path() -> str | None:
    """Return the path of the unit chosen in the top bar, as long as the person holds a role there."""
    code = flask_session.get("unit")
    if not code:
        return None
    return next((one.path for one in own_units() if one.code == code and one.active), None)


def allowed(permission: str, view: str) -> bool:
    """Return whether the person holds a permission on a view, as Flask-AppBuilder names them."""
    return bool(current_app.appbuilder.sm.has_access(permission, view))  # type: ignore[attr-defined]


def permissions() -> frozenset[tuple[str, str]]:
    """Return the (permission, view) pairs of the person's roles.

    They are kept as long as the person's access is: whatever changes a role makes a new one.
    """
    mine = current()
    if mine.user_id is None or made_up() is not None:
        # Strangers hold nothing: what is public says so itself, and the role Public stays empty.
        return frozenset()
    kept: Kept[int, tuple[Access, frozenset[tuple[str, str]]]] | None
    kept = current_app.extensions.get("portal.permissions")
    if kept is None:
        kept = current_app.extensions.setdefault("portal.permissions", Kept(MAX_KEPT))
    known = kept.get(mine.user_id)
    if known is None or known[0] is not mine:
        known = kept.put(mine.user_id, (mine, _load_permissions(mine.user_id)))
    return known[1]


def _load_permissions(user_id: int) -> frozenset[tuple[str, str]]:
    from flask_appbuilder.security.sqla import models as fab

    user_role, user_group = fab.assoc_user_role.c, fab.assoc_user_group.c
    group_role, granted = fab.assoc_group_role.c, fab.assoc_permissionview_role.c
    roles = union(
        select(user_role.role_id).where(user_role.user_id == user_id),
        select(group_role.role_id)
        .join(fab.assoc_user_group, user_group.group_id == group_role.group_id)
        .where(user_group.user_id == user_id),
    ).subquery()
    statement = (
        select(fab.Permission.name, fab.ViewMenu.name)
        .select_from(fab.PermissionView)
        .join(fab.Permission, fab.Permission.id == fab.PermissionView.permission_id)
        .join(fab.ViewMenu, fab.ViewMenu.id == fab.PermissionView.view_menu_id)
        .join(fab.assoc_permissionview_role, granted.permission_view_id == fab.PermissionView.id)
        .where(granted.role_id.in_(select(roles.c.role_id)))
    )
    found = fab_session().execute(door(statement, "what somebody's own roles of the framework allow"))
    return frozenset((name, view) for name, view in found)


def init_access(app: Any) -> None:
    """Scope the session of each request before any view reads with it."""

    @app.before_request
    def scope_session() -> None:
        if request.endpoint in UNSCOPED:
            return
        if request.method == "POST" and request.blueprint in FAB_WRITERS and request.endpoint not in SERVED:
            # SQLite's write lock is taken before the first read, so that nobody is turned away half-way. Who asks was
            # read by a reader already: that one ends here, since a transaction that has begun takes no lock any more.
            fab_session().rollback()
            fab_session().connection(execution_options={"portal_writer": True})
        if person() is not None:
            session()
