"""The parts that all entity types share: errors, headers, parameters, answers, and the paths without a type."""

from __future__ import annotations

from typing import Any, get_args

from portal.core import acts
from portal.core.conditions.operators import OPERATORS
from portal.core.deadlines.clock import State
from portal.core.deadlines.model import OWNERS
from portal.core.effects import effect_names
from portal.core.job_states import JOB_STATES
from portal.core.layout.model import OWN, TARGETS
from portal.core.messages import TOPICS
from portal.core.referrals import ANSWERS, STATES
from portal.web.api.arguments import CODE, MAX_PAGE, MAX_SIZE, MAX_TEXT
from portal.web.api.openapi import tasks
from portal.web.api.openapi.schemas import Json, listed, optional, ref, result, text, thing

MOMENT = text(format="date-time")
WHOLE: Json = {"type": "integer"}
BOOLEAN: Json = {"type": "boolean"}
TEXT = text()
MAYBE = optional(text())
CODES = text(pattern=f"^{CODE}$")
# Each address can be asked for something that it does not take.
READING = (400, 401, 403, 503)
REFUSALS = {
    400: "The request is malformed: arguments, headers, or the JSON of the body",
    401: "There is no usable token",
    403: "The person's roles do not allow this",
    404: "There is no such thing, or none that the person may see",
    409: "What is there now does not allow this",
    412: "If-Match names a version that is no longer the current one",
    413: "The body is larger than 1 MB",
    415: "The body is not sent as JSON",
    422: "What was entered cannot be accepted; `details` point at each fault. Or the Idempotency-Key was used "
    "for another request",
    428: "A change without If-Match",
    429: "Too many attempts; Retry-After says for how long",
    503: "The database does not answer; nothing was changed",
}
RETRY = frozenset({429, 503})


def _fault() -> Json:
    """Return the schema of one thing that is wrong; file, place and remedy are those of a configuration."""
    fault = thing({"pointer": TEXT, "code": TEXT, "message": TEXT})
    fault["properties"] |= {"file": TEXT, "place": TEXT, "remedy": TEXT}
    return fault


def schemas() -> Json:
    """Return the schemas that all documents share."""
    detail, consequence = _fault(), _fault()
    detail["properties"]["consequences"] = listed(consequence)
    difference = thing({"pointer": TEXT, "base": {}, "current": {}, "submitted": {}}, needed=False)
    error = thing({"code": TEXT, "message": TEXT, "details": listed(detail), "request_id": TEXT})
    error["properties"] |= {"version": WHOLE, "differences": listed(difference)}
    seat = thing(
        {
            "to": {"type": ["object", "null"], "additionalProperties": TEXT},
            "title": TEXT,
            "department": MAYBE,
            "unit": MAYBE,
            "duty": MAYBE,
            "duty_text": TEXT,
            "there_on": optional(text(format="date")),
        }
    )
    return {
        "Error": thing({"error": error}),
        "Seat": seat,
        "Transition": _transition(),
        "Decision": _decision(),
        "Referral": _referral(),
        "Event": _event(),
        "Clock": _clock(),
        **tasks.schemas(),
        "Notice": _notice(),
        "RecordableEvent": _recordable(),
        "Unit": _unit(),
        "ReleaseRef": thing({"id": WHOLE, "pack": TEXT, "version": TEXT, "digest": TEXT}),
        "Override": _override(),
        "ReleaseMove": _release_move(),
        "Job": _job(),
    }


def _release_move() -> Json:
    field = thing({"pointer": TEXT, "title": TEXT, "note": TEXT})
    named = thing({"id": TEXT, "title": TEXT})
    day = optional(text(format="date"))
    lists = ("moved", "gone", "back", "required", "invalid")
    preview = thing(
        {
            "to": WHOLE,
            **{name: listed(field) for name in lists},
            "stage": MAYBE,
            "stages": listed(named),
            "lanes_closed": listed(TEXT),
            "periods": listed(thing({"id": TEXT, "title": TEXT, "before": day, "after": day})),
            "rules_newly": listed(named),
            "rules_no_longer": listed(named),
        }
    )
    release = ref("ReleaseRef")
    return thing(
        {"release": release, "newer": listed(release), "preview": {"anyOf": [preview, {"type": "null"}]}}
    )


def _transition() -> Json:
    return thing(
        {
            "id": TEXT,
            "title": TEXT,
            "to": MAYBE,
            "lane": MAYBE,
            "lane_state": {"enum": ["open", "closed", None]},
            "form": MAYBE,
            "reason": {"enum": ["required", "optional", None]},
            "primary": BOOLEAN,
            "allowed": BOOLEAN,
            "blocked": listed(TEXT),
        }
    )


def _decision() -> Json:
    facts = listed(thing({"title": TEXT, "text": TEXT}))
    proposal = thing(
        {
            "index": WHOLE,
            "rules": listed(TEXT),
            "reasons": listed(TEXT),
            "basis": listed(TEXT),
            "practice": listed(TEXT),
            "facts": facts,
            "seat": ref("Seat"),
            "route": MAYBE,
            "mode": MAYBE,
            "deadline": MAYBE,
            "assist": listed(TEXT),
            "alternatives": listed(ref("Seat")),
        }
    )
    return thing(
        {
            "id": WHOLE,
            "at": MOMENT,
            "trigger": TEXT,
            "rule_set": TEXT,
            "record_version": WHOLE,
            "proposals": listed(proposal),
            "facts": facts,
            "flags": listed(thing({"title": TEXT, "why": TEXT, "level": TEXT})),
            "documents": listed(TEXT),
            "steps": listed(TEXT),
            "suggested_stages": listed(TEXT),
            "grade": MAYBE,
            "suggestions": _suggestions(),
            "effects": listed(thing({"do": {"enum": effect_names("rules")}, "title": TEXT})),
            "fired": listed(
                thing({"id": TEXT, "title": TEXT, "reason": TEXT, "basis": TEXT, "practice": TEXT})
            ),
            "not_fired": listed(
                thing({"id": TEXT, "title": TEXT, "why": listed(TEXT), "failed": listed(_failed())})
            ),
        }
    )


def _suggestions() -> Json:
    """Return what rules suggest beside proposals, and what of it does not count."""
    one: Json = {"id": TEXT, "title": TEXT, "why": TEXT}
    return thing(
        {
            "grade": {"anyOf": [thing({**one, "accepted": BOOLEAN}), {"type": "null"}]},
            "deadlines": listed(thing({**one, "ends_on": optional(text(format="date"))})),
            "notified": listed(thing(one)),
            "stages": listed(thing({**one, "step": MAYBE})),
            "not_counted": listed(thing({"title": TEXT, "why": TEXT})),
        }
    )


def _failed() -> Json:
    """Return a comparison that failed; null where the person may not know which."""
    return thing({"input": MAYBE, "operator": {"enum": [*OPERATORS, None]}, "text": TEXT})


def _referral() -> Json:
    return thing(
        {
            "uid": TEXT,
            "status": {"enum": list(STATES)},
            "lead": BOOLEAN,
            "decision": optional(WHOLE),
            "proposal": optional(WHOLE),
            "overridden": BOOLEAN,
            "from": MAYBE,
            "to": MAYBE,
            "seat": {"oneOf": [ref("Seat"), {"type": "null"}]},
            "route": MAYBE,
            "mode": MAYBE,
            "due_on": optional(text(format="date")),
            "accept_by": optional(text(format="date")),
            "reason": TEXT,
            "documents": listed(TEXT),
            "steps": listed(TEXT),
            "assist": listed(TEXT),
            "created_at": MOMENT,
            "created_by": TEXT,
            "answered_at": optional(MOMENT),
            "answered_by": MAYBE,
            "answer": TEXT,
            "actions": listed({"enum": list(ANSWERS)}),
            "version": WHOLE,
        }
    )


def _notice() -> Json:
    record = thing({"etype": TEXT, "uid": TEXT, "code": MAYBE, "title": TEXT})
    return thing(
        {
            "id": WHOLE,
            "at": MOMENT,
            "event": {"enum": [name for name, topic in TOPICS.items() if topic.words]},
            "text": TEXT,
            "by": TEXT,
            "record": {"anyOf": [record, {"type": "null"}]},
        }
    )


def _clock() -> Json:
    day = optional(text(format="date"))
    pause = thing({"start": text(format="date"), "end": day})
    return thing(
        {
            "deadline": MAYBE,
            "variant": MAYBE,
            "title": TEXT,
            "whose": {"enum": list(OWNERS)},
            "of_referral": BOOLEAN,
            "state": {"enum": list(get_args(State))},
            "state_text": TEXT,
            "due_on": day,
            "due_at": optional(MOMENT),
            "left": optional(WHOLE),
            "left_text": TEXT,
            "provisional": BOOLEAN,
            "earlier_on": day,
            "started_on": text(format="date"),
            "started_by": TEXT,
            "pauses": listed(pause),
            "extensions": listed(thing({"n": WHOLE, "unit": TEXT})),
            "ended_on": day,
            "ended_by": MAYBE,
            "source": TEXT,
        }
    )


def _recordable() -> Json:
    return thing(
        {
            "id": TEXT,
            "title": TEXT,
            "documents": listed(TEXT),
            "variants": {"type": "object", "additionalProperties": listed(TEXT)},
            "concerns_a_running_period": BOOLEAN,
        }
    )


def _event() -> Json:
    return thing(
        {
            "at": MOMENT,
            "kind": {"enum": list(acts.kinds())},
            "name": TEXT,
            "title": TEXT,
            "text": TEXT,
            "from_stage": MAYBE,
            "to_stage": MAYBE,
            "fields": listed(TEXT),
            "unit": MAYBE,
            "reason": TEXT,
            "by": TEXT,
            "version": WHOLE,
            "to_do": BOOLEAN,
        }
    )


def _job() -> Json:
    return thing(
        {
            "id": WHOLE,
            "kind": TEXT,
            "title": TEXT,
            "status": {"enum": list(JOB_STATES)},
            "cancelling": BOOLEAN,
            "done": WHOLE,
            "total": optional(WHOLE),
            "text": TEXT,
            "attempts": WHOLE,
            "error": TEXT,
            "started_at": optional(MOMENT),
            "finished_at": optional(MOMENT),
            "result": {"type": ["object", "null"]},
        }
    )


def _unit() -> Json:
    return thing(
        {
            "code": TEXT,
            "name": TEXT,
            "short_name": TEXT,
            "level": TEXT,
            "kind": TEXT,
            "parent": MAYBE,
            "statutory_parent": MAYBE,
            "flag": TEXT,
            "active": BOOLEAN,
        }
    )


def _override() -> Json:
    to = thing(dict.fromkeys((*TARGETS, OWN), TEXT), needed=False, closed=True) | {
        "minProperties": 1,
        "maxProperties": 1,
    }
    override = thing(
        {"to": to, "route": TEXT, "mode": TEXT, "deadline": TEXT, "assist": listed(TEXT)},
        needed=False,
        closed=True,
    )
    return override | {"required": ["to"]}


def headers() -> Json:
    """Return the headers of answers."""
    return {
        "ETag": {"description": "The version of what is answered, for If-Match", "schema": TEXT},
        "Location": {"description": "Where the new thing is", "schema": TEXT},
        "Retry-After": {"description": "Seconds to wait", "schema": WHOLE},
    }


def parameters() -> Json:
    """Return the parameters that several operations take."""
    key = text(pattern="^[!-~]{1,80}$")
    return {
        "uid": _given("uid", "path", text(pattern="^[0-9a-f]{32}$"), "The record"),
        "referral": _given("referral", "path", text(pattern="^[0-9a-f]{32}$"), "The referral"),
        "IfMatch": _given(
            "If-Match", "header", text(pattern='^"[0-9]{1,9}"$'), "The ETag of the version meant"
        ),
        "IdempotencyKey": _given(
            "Idempotency-Key",
            "header",
            key,
            "Makes repeating harmless: the first answer again, for 24 hours",
            False,
        ),
        "page": _given("page", "query", WHOLE | {"minimum": 1, "maximum": MAX_PAGE}, "Page, from 1", False),
        "size": _given("size", "query", WHOLE | {"minimum": 1, "maximum": MAX_SIZE}, "Rows of a page", False),
    }


def asked(name: str, schema: Json, description: str = "") -> Json:
    """Return an argument of an address, which need not be given."""
    return _given(name, "query", schema, description, False)


def _given(name: str, where: str, schema: Json, description: str, required: bool = True) -> Json:
    return {"name": name, "in": where, "required": required, "schema": schema, "description": description}


def responses() -> Json:
    """Return the answers to requests that failed."""
    found: Json = {}
    for status, description in REFUSALS.items():
        found[str(status)] = {"description": description, "content": _json(ref("Error"))}
        if status in RETRY:
            found[str(status)]["headers"] = {"Retry-After": ref("Retry-After", "headers")}
    return found


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def body(schema: Json) -> Json:
    """Return the body of a request."""
    return {"required": True, "content": _json(schema)}


def answers(status: int, schema: Json | None, *refusals: int, header: tuple[str, ...] = ()) -> Json:
    """Return the answers of an operation: the good one, and those to requests that fail."""
    good: Json = {"description": "OK"}
    if schema is not None:
        good["content"] = _json(schema)
    if header:
        good["headers"] = {name: ref(name, "headers") for name in header}
    known = {str(code): ref(str(code), "responses") for code in sorted({*refusals, *READING})}
    return {str(status): good, **known}


def operation(name: str, summary: str, tag: str, found: Json, **more: Any) -> Json:
    """Return an operation."""
    return {"operationId": name, "summary": summary, "tags": [tag], **more, "responses": found}


def page_of(schema: Json) -> Json:
    """Return the schema of one page of a list."""
    counted: Json = {"count": WHOLE, "capped": BOOLEAN, "page": WHOLE, "size": WHOLE}
    return result(listed(schema), **counted)


PAGED = [ref("page", "parameters"), ref("size", "parameters")]
SHORT = text(maxLength=MAX_TEXT)
