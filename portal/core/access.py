"""Who may do what, and where: the one permission predicate behind lists, records, counts, buttons and writes.

A grant ties a role to a unit: it allows some actions on one entity type for the unit and everything below it in
the management tree. Nothing is allowed that no grant allows. Work of the system itself says so, with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.core.errors import Forbidden, msg
from portal.core.table import Table, derived

ANY = "*"
ROOT = "/"
ADMIN = "Admin"
# Machinery of the framework that is nobody's data.
SYSTEM = "system"
LIST, SHOW, ADD, EDIT, DELETE = "list", "show", "add", "edit", "delete"
TRANSITION, DISPOSE, REFER = "transition", "dispose", "refer"
UNMASK, SEARCH = "unmask", "search"
Rights = tuple[tuple[str, str], ...]
# Stands between a form of a step and the pointer of one of its fields.
OF_FORM = "#"
# What roles of old releases may grant beside the actions of the table; it allows nothing any more.
FORMER = frozenset({"export"})


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a role may grant; one that ``reads`` lets nobody write. Packs may use its ``former`` names."""

    name: str
    title: str
    reads: bool = False
    former: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Thing:
    """Something beside the records of a pack that roles speak of, and the actions that mean anything of it."""

    name: str
    title: str
    group: str
    actions: frozenset[str]


ACTIONS: Table[Action] = Table(
    "actions of roles",
    Action(LIST, msg("List"), reads=True),
    Action(SHOW, msg("View"), reads=True),
    Action(ADD, msg("Create")),
    Action(EDIT, msg("Change")),
    Action(DELETE, msg("Delete")),
    Action(TRANSITION, msg("Move on")),
    Action(DISPOSE, msg("Decide")),
    Action(REFER, msg("Answer referrals"), former=frozenset({"referral"})),
    Action(SEARCH, msg("Find people"), reads=True),
    Action(UNMASK, msg("Unmask"), reads=True),
)
THINGS: Table[Thing] = Table(
    "things that roles speak of",
    Thing("unit", msg("Units"), "centre", frozenset({LIST, ADD, EDIT})),
    Thing("release", msg("Configuration releases"), "centre", frozenset({ADD, EDIT})),
    Thing("draft", msg("Drafts of the configuration"), "centre", frozenset({LIST, ADD, EDIT})),
    Thing("board", msg("Figures of a unit and those below it"), "centre", frozenset({LIST, EDIT})),
    Thing("import", msg("Records of other systems"), "centre", frozenset({LIST, ADD, EDIT, DELETE})),
    Thing("retention", msg("Keeping and destroying of volumes"), "centre", frozenset({LIST, ADD, EDIT})),
    Thing("subject", msg("Requests of persons about themselves"), "centre", frozenset({LIST, ADD})),
    Thing("user", msg("Users and their roles"), "admin", frozenset({LIST, SHOW, ADD, EDIT})),
    Thing("role", msg("Roles"), "admin", frozenset({LIST, SHOW})),
    Thing("audit", msg("Audit log"), "admin", frozenset({LIST})),
)


@derived
def _reading() -> frozenset[str]:
    return frozenset(action.name for action in ACTIONS.values() if action.reads) | FORMER


@derived
def _names() -> Mapping[str, str]:
    """Return the names by which packs may call the actions, former ones included."""
    return {former: action.name for action in ACTIONS.values() for former in action.former}


@dataclass(frozen=True, slots=True)
class Grant:
    """One role held at one unit, and what it allows there on one entity type.

    ``fields`` is what the role says of single fields: pointers with hidden, masked, read or write.
    """

    role: str
    unit_path: str
    entity: str
    actions: frozenset[str]
    fields: Rights = field(default=(), hash=False)

    def allows(self, entity: str, action: str) -> bool:
        """Return whether the grant covers ``action`` on ``entity`` somewhere."""
        return self.entity in (entity, ANY) and (action in self.actions or ANY in self.actions)

    @property
    def writes(self) -> bool:
        """Return whether the grant allows any change at all."""
        return bool(self.actions - _reading())


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from; part of every audit entry."""

    ip: str = ""
    request_id: str = ""
    channel: str = "web"


@dataclass(frozen=True, slots=True)
class Access:
    """What one person (or the system, with a stated reason) may do."""

    user_id: int | None
    name: str
    grants: tuple[Grant, ...] = ()
    system_reason: str = ""
    memberships: tuple[tuple[str, str], ...] = field(default=())

    @classmethod
    def system(cls, reason: str) -> Access:
        """Return unlimited access for work of the system; ``reason`` says which work."""
        if not reason:
            raise ValueError("the system's work needs a reason")
        return cls(None, "system", system_reason=reason)

    @classmethod
    def nobody(cls) -> Access:
        """Return the access of somebody unknown: none."""
        return cls(None, "")

    @property
    def unlimited(self) -> bool:
        """Return whether this is work of the system."""
        return bool(self.system_reason)

    @property
    def roles(self) -> frozenset[str]:
        """Return the roles held anywhere."""
        return frozenset(role for role, _ in self._held())

    def roles_at(self, *unit_paths: str | None) -> frozenset[str]:
        """Return the roles held at one of the units or above it."""
        return frozenset(
            role
            for role, root in self._held()
            for path in unit_paths
            if path is not None and within(path, root)
        )

    def roles_below(self, unit_path: str | None, other: str) -> frozenset[str]:
        """Return the roles held at a unit, or above it but not above ``other`` too: those of its own people."""
        return frozenset(
            role
            for role, root in self._held()
            if unit_path is not None
            and within(unit_path, root)
            and (root == unit_path or not within(other, root))
        )

    def allows(self, entity: str, action: str, *unit_paths: str | None) -> bool:
        """Return whether ``action`` on ``entity`` is allowed at one of the units."""
        if self.unlimited:
            return True
        return any(
            within(path, grant.unit_path)
            for grant in self.grants
            if grant.allows(entity, action)
            for path in unit_paths
            if path is not None
        )

    def rights(self, entity: str, *unit_paths: str | None) -> frozenset[Rights]:
        """Return what the roles held at one of the units, or above it, say of the entity's fields.

        Who sees a record without a role at its units, such as somebody asked for help, sees it by the roles they have.
        """
        held = [grant for grant in self.grants if grant.entity in (entity, ANY)]
        here = [
            grant.fields
            for grant in held
            if any(path is not None and within(path, grant.unit_path) for path in unit_paths)
        ]
        return frozenset(here or [grant.fields for grant in held])

    def elsewhere(self, entity: str, *unit_paths: str | None) -> bool:
        """Return whether a role that speaks of the entity is held away from the units, neither there nor above."""
        return any(
            grant.entity in (entity, ANY)
            and not any(path is not None and within(path, grant.unit_path) for path in unit_paths)
            for grant in self.grants
        )

    def can(self, entity: str, action: str) -> bool:
        """Return whether ``action`` on ``entity`` is allowed anywhere: for menus and buttons."""
        return self.unlimited or any(grant.allows(entity, action) for grant in self.grants)

    def may_write(self, entity: str, *unit_paths: str | None) -> bool:
        """Return whether any changing action on ``entity`` is allowed at one of the units."""
        if self.unlimited:
            return True
        return any(
            within(path, grant.unit_path)
            for grant in self.grants
            if grant.entity in (entity, ANY) and grant.writes
            for path in unit_paths
            if path is not None
        )

    def may_write_anywhere(self, entity: str) -> bool:
        """Return whether any changing action on ``entity`` is allowed anywhere."""
        return self.unlimited or any(g.entity in (entity, ANY) and g.writes for g in self.grants)

    def paths(self, entity: str, action: str) -> tuple[str, ...]:
        """Return the roots of the subtrees where ``action`` on ``entity`` is allowed, none inside another."""
        if self.unlimited:
            return (ROOT,)
        return outermost(grant.unit_path for grant in self.grants if grant.allows(entity, action))

    def places(self, entity: str, action: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the subtrees where an administrator may do ``action``, and the units at which other roles allow it.

        For things that a role holds at exactly its unit: the configuration of a city is not that of its counties.
        """
        if self.unlimited:
            return (ROOT,), ()
        given = [grant for grant in self.grants if grant.allows(entity, action)]
        below = outermost(grant.unit_path for grant in given if grant.role == ADMIN)
        return below, tuple(sorted({grant.unit_path for grant in given if grant.role != ADMIN}))

    def allows_there(self, entity: str, action: str, unit_path: str) -> bool:
        """Return whether a role at exactly a unit allows ``action``, or an administrator's there or above."""
        below, exact = self.places(entity, action)
        return unit_path in exact or any(within(unit_path, root) for root in below)

    def held_at(self, entity: str, action: str) -> frozenset[str]:
        """Return the units at which a role that allows ``action`` is held: not those below them."""
        return frozenset(grant.unit_path for grant in self.grants if grant.allows(entity, action))

    def require(self, entity: str, action: str, *unit_paths: str | None) -> None:
        """Raise Forbidden unless ``action`` on ``entity`` is allowed at one of the units."""
        if not self.allows(entity, action, *unit_paths):
            raise Forbidden(
                "access.denied",
                msg("Your roles do not allow “%(action)s” on “%(entity)s” here"),
                {"action": action, "entity": entity},
            )

    def may_give(self, role: str, definition: Mapping[str, Any] | None, unit_path: str) -> bool:
        """Return whether the person may give ``role`` at a unit, and take it back there.

        Who keeps accounts there gives the roles held there by himself, and those whose ``definition`` names one of
        his among ``granted_by``. An administrator gives every role; nobody else makes one.
        """
        if self.unlimited:
            return True
        if not self.allows("user", EDIT, unit_path):
            return False
        held = self.roles_at(unit_path)
        givers = () if role == ADMIN else (definition or {}).get("granted_by", ())
        return ADMIN in held or role in held or not held.isdisjoint(givers)

    def entities(self) -> frozenset[str]:
        """Return the entity types named in the grants; ``*`` stands for all."""
        return frozenset(grant.entity for grant in self.grants)

    def _held(self) -> Iterable[tuple[str, str]]:
        if self.memberships:
            return self.memberships
        return ((grant.role, grant.unit_path) for grant in self.grants)


def within(path: str, root: str) -> bool:
    """Return whether the unit at ``path`` is ``root`` or lies below it."""
    return path.startswith(root)


def outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """Return ``paths`` without those that lie inside another one, sorted."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not kept or not within(path, kept[-1]):
            kept.append(path)
    return tuple(kept)


def grants_of(
    role: str, unit_path: str, definition: Mapping[str, Any] | None, *, admin_records: bool = True
) -> tuple[Grant, ...]:
    """Return the grants that a pack's ``definition`` of ``role`` gives at a unit.

    An administrator may do everything there; without ``admin_records`` everything but look into records.
    """
    if role == ADMIN:
        things = (ANY,) if admin_records else (*THINGS, SYSTEM)
        return tuple(Grant(role, unit_path, thing, frozenset({ANY})) for thing in things)
    if not definition:
        return ()
    return tuple(
        Grant(role, unit_path, entity, _known(actions), _rights(definition, entity))
        for entity, actions in sorted(definition.get("grants", {}).items())
        if actions
    )


def _rights(definition: Mapping[str, Any], entity: str) -> Rights:
    said, granted = definition.get("fields", {}), definition.get("grants", {})
    # A form of a step belongs to no type, so what is said of it goes with each of them.
    forms = (
        (f"{form}{OF_FORM}{where}", level)
        for form, fields in said.items()
        if form not in granted
        for where, level in fields.items()
    )
    return tuple(sorted([*said.get(entity, {}).items(), *forms]))


def _known(actions: Iterable[str]) -> frozenset[str]:
    """Return actions by the names of the table."""
    names = _names()
    return frozenset(names.get(action, action) for action in actions)
