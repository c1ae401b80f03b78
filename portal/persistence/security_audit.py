"""Audit entries for users, roles and groups that Flask-AppBuilder's own screens write."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from flask_appbuilder.security.sqla.models import ApiKey
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from portal.persistence import scope
from portal.persistence.models import AuditEntry, Group, RegisterUser, Role, User

SECRET = frozenset({"password", "key_hash", "lookup_hash", "registration_hash"})
STATISTICS = frozenset({"last_login", "login_count", "fail_login_count", "changed_on", "changed_by_fk"})
RELATED = {User: ("roles", "groups"), Role: ("permissions",), Group: ("roles", "users")}


@dataclass(slots=True)
class Change:
    """What a transaction did to one user, role or group, gathered over its flushes."""

    thing: Any
    kind: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    def add(self, kind: str) -> None:
        """Add what the flush that is running writes."""
        if self.kind != "add" or kind == "delete":
            self.kind = kind
        state = inspect(self.thing)
        for column in state.mapper.column_attrs:
            self._column(column.key, state.attrs[column.key].history)
        for name in RELATED.get(type(self.thing), ()):
            history = state.attrs[name].history
            if history.added or history.deleted:
                kept = [*history.unchanged]
                self.before.setdefault(name, _names([*kept, *history.deleted]))
                self.after[name] = _names([*kept, *history.added])

    def _column(self, name: str, history: Any) -> None:
        if self.kind == "delete":
            self.before.setdefault(name, _shown(name, next(iter(history.unchanged), None)))
        elif history.has_changes():
            if history.deleted:
                self.before.setdefault(name, _shown(name, history.deleted[0]))
            if history.added:
                self.after[name] = _shown(name, history.added[0])

    def entry(self, session: Session) -> AuditEntry:
        """Return the audit entry."""
        access, origin = scope.access_of(session), scope.origin_of(session)
        held = access.memberships
        actor_id, actor = access.user_id, access.name
        action = self.action()
        if action.startswith("login") and actor_id is None:
            actor_id, actor = self.thing.id, self.thing.username
        return AuditEntry(
            at=dt.datetime.now(dt.UTC),
            actor_id=actor_id,
            actor=actor,
            ip=origin.ip,
            request_id=origin.request_id,
            channel=origin.channel,
            action=action,
            kind=type(self.thing).__tablename__.removeprefix("ab_"),
            object_id=_name(self.thing),
            unit_path=held[0][1] if held else "/",
            before=self.before or None,
            after=self.after or None,
        )

    def action(self) -> str:
        """Return ``add``, ``edit``, ``delete``, ``password``, ``login`` or ``login_failed``."""
        if self.kind != "edit" or not isinstance(self.thing, User):
            return self.kind
        changed = (self.before.keys() | self.after.keys()) - {"changed_on", "changed_by_fk"}
        if changed and changed <= STATISTICS:
            failed = (self.after.get("fail_login_count") or 0) > (self.before.get("fail_login_count") or 0)
            return "login_failed" if failed else "login"
        return "password" if changed == {"password"} else "edit"


def _shown(name: str, value: Any) -> Any:
    if name in SECRET:
        return "***" if value else None
    return value.isoformat() if isinstance(value, dt.date) else value


def _names(things: list[Any]) -> list[str]:
    return sorted(_name(thing) for thing in things)


def _name(thing: Any) -> str:
    match thing:
        case User() | RegisterUser():
            return str(thing.username)
        case Role() | Group() | ApiKey():
            return str(thing.name)
        case _:
            return str(thing)
