"""The paths that belong to no entity type: signing in, units, releases, types, the audit log."""

from __future__ import annotations

from typing import get_args

from portal.core import acts
from portal.core.access import ACTIONS
from portal.core.kinds import field_kinds, looks
from portal.core.layout.model import Mode
from portal.web.api.openapi.parts import (
    BOOLEAN,
    CODES,
    MAYBE,
    MOMENT,
    PAGED,
    SHORT,
    TEXT,
    WHOLE,
    answers,
    asked,
    body,
    operation,
    page_of,
)
from portal.web.api.openapi.schemas import Json, listed, optional, ref, result, text, thing


def paths(*, audits: bool) -> Json:
    """Return the paths; those of the audit log only for who may read it."""
    return {
        **_signing_in(),
        **_units(),
        **_releases(),
        **_types(),
        **_jobs(),
        **_notices(),
        **(_audit() if audits else {}),
    }


def _signing_in() -> Json:
    name = text(minLength=1, maxLength=64)
    credentials = thing(
        {
            "username": name,
            "password": text(maxLength=1024),
            "code": text(maxLength=1024),
            "refresh": BOOLEAN,
        },
        needed=False,
    ) | {"required": ["username", "password"]}
    tokens = thing({"access_token": TEXT, "refresh_token": TEXT}, needed=False) | {
        "required": ["access_token"]
    }
    login = operation(
        "login",
        "Give a name and a password for a token",
        "security",
        answers(200, tokens, 400, 413, 415, 429),
        requestBody=body(credentials),
        security=[],
    )
    refresh = operation(
        "refresh",
        "Give the longer token for a new short one",
        "security",
        answers(200, thing({"access_token": TEXT})),
    )
    logout = operation("logout", "End the session", "security", answers(200, thing({"message": TEXT})))
    base = "/api/v1/security"
    return {
        f"{base}/login": {"post": login},
        f"{base}/refresh": {"post": refresh},
        f"{base}/logout": {"post": logout},
    }


def _notices() -> Json:
    """Return the paths of a person's own unread changes."""
    found = answers(200, result(listed(ref("Notice")), total=WHOLE), 400)
    size = asked("size", WHOLE | {"minimum": 1, "maximum": 100})
    listing = operation("notices.list", "List the unread changes", "notices", found, parameters=[size])
    marked = answers(200, thing({"read": WHOLE}))
    all_of_them = operation("notices.read_all", "Mark all changes as read", "notices", marked)
    number = WHOLE | {"minimum": 1, "maximum": 2**63 - 1}
    one = operation(
        "notices.read", "Mark a change as read", "notices", answers(200, thing({"read": WHOLE}), 404)
    )
    one["parameters"] = [_in_path("id", number)]
    return {
        "/api/v1/notices/": {"get": listing},
        "/api/v1/notices/read": {"post": all_of_them},
        "/api/v1/notices/{id}/read": {"post": one},
    }


def _units() -> Json:
    arguments = [
        *PAGED,
        asked("parent", CODES, "Code of the unit right above"),
        asked("level", CODES),
        asked("kind", CODES),
        asked("text", SHORT, "Part of the name, or the beginning of the code"),
    ]
    one = {"allOf": [ref("Unit"), thing({"centre": MAYBE})]}
    listing = operation(
        "units.list", "List units", "units", answers(200, page_of(ref("Unit")), 400), parameters=arguments
    )
    reading = operation("units.get", "Read a unit", "units", answers(200, result(one), 404))
    reading["parameters"] = [_in_path("code", CODES)]
    day, whole_day = optional(text(format="date")), text(format="date")
    present = thing(
        {
            "department": TEXT,
            "title": TEXT,
            "mode": {"enum": list(get_args(Mode))},
            "place": {"type": ["object", "null"], "additionalProperties": TEXT},
            "present": BOOLEAN,
            "next_on": day,
        }
    )
    there = thing(
        {
            "day": whole_day,
            "open": BOOLEAN,
            "next_open": day,
            "provisional": BOOLEAN,
            "departments": listed(present),
        }
    )
    duty = operation(
        "units.duty",
        "Read who is there on a day",
        "units",
        answers(200, result(there), 400, 404),
        parameters=[asked("day", whole_day, "Today by default")],
    )
    duty["parameters"] = [_in_path("code", CODES), *duty["parameters"]]
    return {
        "/api/v1/units/": {"get": listing},
        "/api/v1/units/{code}": {"get": reading},
        "/api/v1/units/{code}/duty": {"get": duty},
    }


def _releases() -> Json:
    ahead = thing({"from": MOMENT, "release": ref("ReleaseRef")})
    line = thing(
        {
            "unit": TEXT,
            "centre": TEXT,
            "since": MOMENT,
            "release": ref("ReleaseRef"),
            "scheduled": listed(ahead),
        }
    )
    whole = thing(
        {
            "id": WHOLE,
            "pack": TEXT,
            "version": TEXT,
            "title": TEXT,
            "digest": TEXT,
            "chain": listed({"type": "object"}),
            "published_at": MOMENT,
            "published_by": TEXT,
            "in_force_at": listed(TEXT),
            "state": TEXT,
            "opaque": listed(TEXT),
        }
    )
    listing = operation(
        "releases.list", "List the releases in force", "releases", answers(200, result(listed(line)), 400)
    )
    reading = operation("releases.get", "Read a release", "releases", answers(200, result(whole), 404))
    reading["parameters"] = [_in_path("id", WHOLE | {"minimum": 1, "maximum": 2**31 - 1})]
    return {"/api/v1/releases/": {"get": listing}, "/api/v1/releases/{id}": {"get": reading}}


def _types() -> Json:
    short: Json = {
        "id": TEXT,
        "title": TEXT,
        "title_plural": TEXT,
        "parent": MAYBE,
        "actions": listed({"enum": list(ACTIONS)}),
    }
    part = {"type": "object"}
    kinds = list(field_kinds())
    whole = thing(
        {**short, "schema": {"type": ["object", "boolean"]}, "sortable": listed(TEXT)}
        | {"fields": listed(part | {"properties": {"type": {"enum": kinds}}})}
        | {"filters": listed(part | {"properties": {"kind": {"enum": list(looks())}}})}
        | dict.fromkeys(("stages", "transitions"), listed(part))
    )
    release: Json = {"release": ref("ReleaseRef")}
    listing = operation(
        "types.list",
        "List the entity types",
        "types",
        answers(200, result(listed(thing(short)), **release), 400),
    )
    reading = operation(
        "types.get", "Read an entity type", "types", answers(200, result(whole, **release), 404)
    )
    reading["parameters"] = [_in_path("type", CODES)]
    return {"/api/v1/types/": {"get": listing}, "/api/v1/types/{type}": {"get": reading}}


def _jobs() -> Json:
    number = [_in_path("id", WHOLE | {"minimum": 1, "maximum": 2**63 - 1})]
    found = result(ref("Job"))
    reading = operation("jobs.get", "Read how far a job is", "jobs", answers(200, found, 400, 404))
    cancelling = operation("jobs.cancel", "Cancel a job", "jobs", answers(200, found, 400, 404, 409))
    shared = {"parameters": number}
    return {"/api/v1/jobs/{id}": {"get": reading | shared, "delete": cancelling | shared}}


def _audit() -> Json:
    entry = thing(
        {
            "id": WHOLE,
            "at": MOMENT,
            **dict.fromkeys(("actor", "kind", "object", "reason", "channel", "ip", "request_id"), TEXT),
            "action": {"enum": list(acts.by_action())},
            "fields": listed(TEXT),
        }
    )
    number: Json = {"type": "integer", "minimum": 1, "maximum": 10**18}
    arguments = [
        *(asked(name, SHORT) for name in ("person", "thing", "field")),
        *(asked(name, CODES) for name in ("action", "kind", "unit")),
        *(asked(name, text(format="date")) for name in ("since", "until")),
        asked("before", number, "`next` of the page above"),
        ref("size", "parameters"),
    ]
    found = result(listed(entry), next=optional(WHOLE))
    listing = operation(
        "audit.list", "Search the audit log", "audit", answers(200, found, 400), parameters=arguments
    )
    return {"/api/v1/audit/": {"get": listing}}


def _in_path(name: str, schema: Json) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": schema}
