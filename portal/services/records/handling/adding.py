"""What a step adds to a list of its record by the unit that handles it: the level that failed, ticked by nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from portal.core import pointer as pointers
from portal.core.conditions import Env, evaluate
from portal.core.lifecycle import Transition
from portal.persistence.models import Unit

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed


def added_by(act: Performed, step: Transition, form: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of the record as the step leaves them by what it adds; none where it adds nothing new."""
    adds, record = step.adds, act.record
    if adds is None or record.handler_unit_id is None:
        return {}
    env = Env(act.uow.today, taxonomies=act.bundle.taxonomies)
    if adds.when is not None and not evaluate(adds.when, {"form": form, "data": record.data}, env):
        return {}
    unit = act.uow.session.get_one(Unit, record.handler_unit_id)
    _, _, department = unit.code.partition(":")
    entry = adds.by_unit.get(department or unit.level)
    held = pointers.get(record.data, adds.to) or []
    if entry is None or entry in held:
        return {}
    return {adds.to: [*held, entry]} | ({adds.ticks: True} if adds.ticks else {})
