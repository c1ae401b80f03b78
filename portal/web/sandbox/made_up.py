"""Who asks in a sandbox: an invented person in the role picked on the bar. It is an access, never an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from flask import Flask, current_app, redirect, request
from flask import session as flask_session
from sqlalchemy import select
from werkzeug.wrappers import Response

from portal.core.access import THINGS, Access, grants_of
from portal.core.errors import NotFound, msg
from portal.core.kept import Kept
from portal.persistence.models import Unit, User
from portal.persistence.scope import subtree
from portal.services import releases, units
from portal.services.portal import Portal
from portal.services.sandboxes.making import PERSON, SYSTEM, tried
from portal.web import language
from portal.web.redirects import local

ROLE, PLACE = "try_role", "try_unit"
FIRST = "clerk"
# The first parts of the addresses that a sandbox has; all others are closed.
OPEN = frozenset({"", "records", "lookup", "layout", "units", "notices", "board", "releases"})
SERVING = frozenset({"static", "language", "lang", "session", "unit", "back", "as", "progress", "hall"})
# What a role may look after beside records has no place in a sandbox, apart from these.
_THINGS = frozenset({"unit", "board"})
_LEVELS = ("county", "city", "township")


@dataclass(frozen=True, slots=True)
class Option:
    """A role or a unit that can be picked."""

    key: str
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class TrialBar:
    """What the bar of a sandbox shows: the draft, the role and the unit, what else can be picked."""

    draft: str
    root: str
    roles: list[Option]
    places: list[Option]
    outdated: bool


@dataclass
class MadeUp:
    """The invented people of one sandbox; one for each application of a sandbox."""

    portal: Portal
    root: str
    unit: str
    draft: str = ""
    outdated: bool = False
    language: str = ""
    _known: Kept[tuple[str, str], tuple[Access, Any]] = field(default_factory=lambda: Kept(500))
    _places: list[tuple[str, str]] = field(default_factory=list)
    _roles: Mapping[str, Any] | None = None

    def access(self) -> Access:
        """Return what the picked role may do at the picked unit."""
        return self._current()[0]

    def person(self) -> Any:
        """Return the invented person as pages show one."""
        return self._current()[1]

    def bar(self) -> TrialBar:
        """Return what the bar shows."""
        role, place = self._picked()
        say = self._texts()
        return TrialBar(
            self.draft,
            self.root,
            [Option(key, say(title), key == role) for key, title in tried(self._all_roles())],
            [Option(code, name, code == place) for code, name in self._all_places()],
            self.outdated,
        )

    def pick(self, role: str, place: str) -> None:
        """Be another person from the next request on; what cannot be picked changes nothing."""
        if role in dict(tried(self._all_roles())):
            flask_session[ROLE] = role
        if place in dict(self._all_places()):
            flask_session[PLACE] = place

    def _current(self) -> tuple[Access, Any]:
        picked = self._picked()
        return self._known.of(picked, lambda: self._made(*picked))

    def _picked(self) -> tuple[str, str]:
        roles, places = dict(tried(self._all_roles())), dict(self._all_places())
        role, place = flask_session.get(ROLE), flask_session.get(PLACE)
        usual = FIRST if FIRST in roles else next(iter(roles), "")
        return (role if role in roles else usual), (place if place in places else self.unit)

    def _made(self, role: str, place: str) -> tuple[Access, Any]:
        definition = self._all_roles().get(role, {})
        grants = {
            thing: actions
            for thing, actions in definition.get("grants", {}).items()
            if thing not in THINGS or thing in _THINGS
        }
        with self.portal.reading(SYSTEM) as session:
            unit = units.by_code(session, place)
            row = session.scalars(select(User).where(User.username == f"{PERSON}{role}")).one_or_none()
            number, name = (row.id, row.last_name) if row is not None else (None, role)
        person = SimpleNamespace(
            id=number,
            username=f"{PERSON}{role}",
            first_name="",
            last_name=name,
            is_authenticated=True,
            is_active=True,
            is_anonymous=False,
        )
        given = grants_of(role, unit.path, {**definition, "grants": grants})
        return Access(number, name, given, memberships=((role, unit.path),)), person

    def _all_roles(self) -> Mapping[str, Any]:
        if self._roles is None:
            with self.portal.reading(SYSTEM) as session:
                self._roles = releases.for_unit(self.portal, session, units.by_code(session, self.unit)).roles
        return self._roles

    def _all_places(self) -> list[tuple[str, str]]:
        """Return the centre, its departments and its townships."""
        if not self._places:
            with self.portal.reading(SYSTEM) as session:
                centre = units.by_code(session, self.unit)
                below = session.scalars(
                    select(Unit)
                    .where(Unit.active, subtree(Unit.path, (centre.path,)), Unit.id != centre.id)
                    .where(
                        (Unit.level == "township")
                        | ((Unit.kind == "department") & (Unit.parent_id == centre.id))
                    )
                    .order_by(Unit.kind == "division", Unit.code)
                )
                self._places = [(centre.code, centre.name), *((one.code, one.name) for one in below)]
        return self._places

    def _texts(self) -> Any:
        with self.portal.reading(SYSTEM) as session:
            bundle = releases.for_unit(self.portal, session, units.by_code(session, self.unit))
        return bundle.texts(language.current())


def close_all_else(app: Flask) -> None:
    """Let an application answer only what a sandbox has, and let people be others there."""

    @app.before_request
    def closed() -> None:
        first = request.path.strip("/").partition("/")[0]
        if first not in OPEN and first not in SERVING:
            raise NotFound("sandbox.closed", msg("A sandbox has no such page"))

    @app.post("/as")
    def become() -> Response:
        """Take another role, or work at another unit."""
        from portal.web.access import MADE_UP

        invented: MadeUp = current_app.extensions[MADE_UP]
        invented.pick(request.form.get("role", ""), request.form.get("unit", ""))
        return redirect(local(request.form.get("next")))
