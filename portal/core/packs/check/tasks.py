"""Tasks in their surroundings: roles, periods and events."""

from __future__ import annotations

from collections.abc import Iterator

from portal.core import pointer as pointers
from portal.core.errors import Problem, msg
from portal.core.packs.check.naming import refer_actor, refer_all
from portal.core.packs.check.registry import Context, check, items


@check
def tasks(context: Context) -> Iterator[Problem]:
    """Tasks are done by known roles, in known periods, and known events tell that they are done."""
    for key, task in items(context.section("tasks")):
        where = pointers.join(["tasks", key])
        yield from refer_actor(context, task.get("who"), f"{where}/who")
        who = task.get("who")
        if isinstance(who, dict) and not who.keys() & {"role", "unit"}:
            yield context.problem(
                "task.who",
                msg("A task is done by a role, the centre or the handling unit"),
                f"{where}/who",
                msg('Name a "role" or a "unit"'),
            )
        due = task.get("due")
        if isinstance(due, dict):
            yield from context.refer(due.get("deadline"), "/deadlines", f"{where}/due/deadline")
            yield from context.refer(due.get("after"), "/events", f"{where}/due/after")
        yield from refer_all(context, "event", task.get("done_by"), f"{where}/done_by")
