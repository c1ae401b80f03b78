"""The schemas of tasks in the document of the API, and what is sent about them."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.errors import MAX_REASON
from portal.core.tasks import SOURCES, STATES
from portal.services.records.handling.tasks.acting import LONGEST
from portal.web.api import tasks as api
from portal.web.api.openapi.schemas import Json, listed, optional, text, thing

_TEXT, _MAYBE, _WHOLE, _BOOLEAN = text(), optional(text()), {"type": "integer"}, {"type": "boolean"}
_DAY = text(format="date")
NUMBER: Json = {"name": "n", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
_KINDS: dict[type, Json] = {str: _TEXT, int: _WHOLE, bool: _BOOLEAN, list: listed(_TEXT)}


def entered(members: Mapping[str, type], *needed: str) -> Json:
    """Return the schema of what may be sent, by the members that the API reads."""
    found = {name: _OF.get(name) or _KINDS[kind] for name, kind in members.items()}
    return thing(found, needed=False, closed=True) | ({"required": list(needed)} if needed else {})


_OF: dict[str, Json] = {"due_on": _DAY, "words": text(maxLength=LONGEST)}
_OF["owner"] = entered(api.OWNER)
_OF["reason"] = text(maxLength=MAX_REASON)


def schemas() -> Json:
    """Return the schemas of a task, and of what the list of them says beside it."""
    status, source = {"enum": list(STATES)}, {"enum": list(SOURCES)}
    person = thing({"person": _WHOLE, "name": _TEXT, "role": _TEXT})
    return {
        "Task": thing(
            {
                "n": _WHOLE,
                "version": _WHOLE,
                "task": _MAYBE,
                "title": _TEXT,
                "status": status,
                "unit": _MAYBE,
                "role": _MAYBE,
                "person": optional(_WHOLE),
                "owner": _TEXT,
                "due_on": optional(_DAY),
                "provisional": _BOOLEAN,
                "due_set": _BOOLEAN,
                "source": source,
                "created_at": text(format="date-time"),
                "created_by": _TEXT,
                "settled_at": optional(text(format="date-time")),
                "settled_by": _MAYBE,
                "reason": _TEXT,
                "may_settle": _BOOLEAN,
            }
        ),
        "TaskMade": thing({"n": _WHOLE, "version": _WHOLE, "status": status, "due_on": optional(_DAY)}),
        "SuggestedTask": thing({"task": _TEXT, "title": _TEXT, "why": _TEXT}),
        "TaskOwners": thing({"unit": _TEXT, "name": _TEXT, "people": listed(person)}),
    }
