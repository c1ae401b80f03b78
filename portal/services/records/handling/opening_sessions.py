"""Open a session of a record by a step: it is registered as planned, in the act of the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from portal.core import pointer as pointers
from portal.core.errors import InvalidInput, Problem
from portal.services.bundles import EntityType
from portal.services.records.acts.loading import centre_ref
from portal.services.records.entering.registering import register

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed

# What the parameters are called that a form of a step gives; problems of the session are told at these.
_INVITE = "invite"


def open_session(act: Performed, said: Mapping[str, Any]) -> bool:
    """Register a session of the record from the parameters of the effect; return False without a type of sessions.

    Raise InvalidInput, at the parameters, where the session is refused.
    """
    entity = _type_of(act)
    if entity is None:
        return False
    opens: Mapping[str, str] = entity.entity["opens"]
    act.save()
    data: dict[str, Any] = dict(act.bundle.form(entity.id).initial() or {})
    for name, value in said.items():
        where = opens.get(name)
        if where and name == _INVITE:
            data = _invited(
                data, where, [f"{centre_ref(act.uow, act.record).unit_code}:{one}" for one in value]
            )
        elif where:
            data = pointers.with_value(data, where, value)
    try:
        register(act.uow, entity.id, "", data, parent=act.record.uid)
    except InvalidInput as refused:
        names = {where: f"/{name}" for name, where in opens.items()}
        problems = [
            Problem(one.code, one.message, one.params, pointer=names.get(one.pointer, ""))
            for one in refused.problems
        ]
        raise InvalidInput(refused.code, refused.message, refused.params, problems) from refused
    return True


def _invited(data: dict[str, Any], where: str, units: list[str]) -> dict[str, Any]:
    rows, _, member = where.partition("/*")
    return pointers.with_value(data, rows, [pointers.with_value({}, member, unit) for unit in units])


def _type_of(act: Performed) -> EntityType | None:
    return next(
        (
            one
            for one in act.bundle.entities()
            if one.parent == act.record.etype and one.entity.get("opens") and not one.hidden
        ),
        None,
    )
