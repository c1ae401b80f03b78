"""Tasks of one record: ``/api/v1/records/<etype>/<uid>/tasks`` and below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from flask import g, jsonify
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name

from portal.core.errors import InvalidInput, NotFound, Problem, msg
from portal.core.values import day_of
from portal.persistence.models import Task
from portal.services import records
from portal.services.portal import Work
from portal.services.records import Owner
from portal.web.api.body import expected_version, read_object
from portal.web.api.once import Answer, once
from portal.web.api.shape import TypedApi, in_shape
from portal.web.language import readable
from portal.web.numbers import MAX_INT
from portal.web.words.case import Case
from portal.web.words.here import here
from portal.web.words.tasks import TaskWords, suggested_in_words, tasks_in_words

Json = dict[str, Any]
ADDED = {"task": str, "words": str, "owner": dict, "due_on": str}
TAKEN_OVER = {"tasks": list}
GIVEN = {"owner": dict, "due_on": str, "by_itself": bool}
OWNER = {"unit": str, "role": str, "person": int}
SETTLED = {"reason": str}
# What may be sent about one task, by the last part of its address.
SETTLING: Mapping[str, Mapping[str, type]] = {"assign": GIVEN, "done": SETTLED, "drop": SETTLED}


class TasksApi(TypedApi):
    """The tasks of one record: listed, added, taken over, assigned, done, dropped."""

    @expose("/<uid>/tasks", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("show")
    def tasks(self, uid: str) -> Any:
        """Return the tasks of a record, what is suggested, and whom a task may be given."""
        case = _case(uid)
        found = [_task(case, one) for one in tasks_in_words(case)]
        return jsonify(result=found, suggested=_suggested(case), owners=_owners(case))

    @expose("/<uid>/tasks/<number:n>", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("show")
    def task(self, uid: str, n: int) -> Any:
        """Return one task, with its version as the ETag."""
        case = _case(uid)
        return Answer(_task(case, _known(case, n))).response()

    @expose("/<uid>/tasks", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("transition")
    def add_task(self, uid: str) -> Any:
        """Add a task: one of the pack's, or words."""
        now, body = here(), read_object(ADDED)
        record, owner, due_on = now.find(g.etype, uid), _owner(body), _day(body)

        def act(uow: Work) -> Task:
            task, words = body.get("task", ""), body.get("words", "")
            return records.add_task(uow, record.uid, task=task, words=words, owner=owner, due_on=due_on)

        return once(now, body, act, lambda made: _made(uid, made, 201))

    @expose("/<uid>/tasks/suggested", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("transition")
    def take_over(self, uid: str) -> Any:
        """Make tasks of what is suggested: of all of it, or of those that are named; return the last one."""
        now, body = here(), read_object(TAKEN_OVER)
        record, names = now.find(g.etype, uid), body.get("tasks")
        if names is not None and not all(isinstance(one, str) for one in names):
            raise _refused("tasks", msg("“tasks” names tasks"), "/tasks")

        def act(uow: Work) -> Task:
            return records.take_over(uow, record.uid, names)[-1]

        return once(now, body, act, lambda made: _made(uid, made, 201))

    @expose("/<uid>/tasks/<number:n>/assign", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("transition")
    def assign_task(self, uid: str, n: int) -> Any:
        """Give one version of a task another owner or day."""
        _known(_case(uid), n)
        body = read_object(GIVEN)
        owner, due_on, by_itself = _owner(body), _day(body), body.get("by_itself", False)

        def act(uow: Work, version: int) -> Task:
            return records.assign_task(
                uow, uid, n, version=version, owner=owner, due_on=due_on, by_itself=by_itself
            )

        return _settled(uid, body, act)

    @expose("/<uid>/tasks/<number:n>/done", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("transition")
    def do_task(self, uid: str, n: int) -> Any:
        """Say that one version of a task is done."""
        _known(_case(uid), n)
        body = read_object(SETTLED)
        words = body.get("reason", "")
        return _settled(
            uid, body, lambda uow, version: records.do_task(uow, uid, n, version=version, words=words)
        )

    @expose("/<uid>/tasks/<number:n>/drop", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("transition")
    def drop_task(self, uid: str, n: int) -> Any:
        """Say that one version of a task need not be done, with the reason."""
        _known(_case(uid), n)
        body = read_object(SETTLED)
        reason = body.get("reason", "")
        return _settled(
            uid, body, lambda uow, version: records.drop_task(uow, uid, n, version=version, reason=reason)
        )


def _settled(uid: str, body: Mapping[str, Any], act: Callable[[Work, int], Task]) -> Any:
    """Carry out what is done with one version of a task."""
    now, version = here(), expected_version()
    return once(
        now, {**body, "version": version}, lambda uow: act(uow, version), lambda made: _made(uid, made)
    )


def _case(uid: str) -> Case:
    now = here()
    return Case(now, now.find(g.etype, uid))


def _known(case: Case, n: int) -> TaskWords:
    found = next((one for one in tasks_in_words(case) if one.n == n), None)
    if found is None:
        raise NotFound("task.unknown", msg("There is no such task"))
    return found


def _task(case: Case, words: TaskWords) -> Json:
    row = words.view.row
    codes = {unit.id: unit.code for unit in case.now.units([row.unit_id]).values()}
    return {
        "n": words.n,
        "version": words.version,
        "task": row.task or None,
        "title": readable(words.title),
        "status": words.status,
        "unit": codes.get(row.unit_id),
        "role": row.role or None,
        "person": row.owner_id,
        "owner": readable(words.owner),
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "provisional": row.provisional,
        "due_set": row.due_set,
        "source": row.source,
        "created_at": row.created_at.isoformat(),
        "created_by": row.created_by_name,
        "settled_at": row.settled_at.isoformat() if row.settled_at else None,
        "settled_by": row.settled_by_name or None,
        "reason": readable(words.said),
        "may_settle": words.open and words.may,
    }


def _suggested(case: Case) -> list[Json]:
    return [{"task": one.task, "title": one.title, "why": one.why} for one in suggested_in_words(case)]


def _owners(case: Case) -> list[Json]:
    found = records.owners_for(case.now.portal, case.now.session, case.record)
    return [
        {
            "unit": one.unit.code,
            "name": one.unit.name,
            "people": [
                {"person": person.user_id, "name": person.name, "role": person.role} for person in one.people
            ],
        }
        for one in found
    ]


def _made(uid: str, task: Task, status: int = 200) -> Answer:
    """Return the answer with a task as it is stored now."""
    return Answer(
        {
            "n": task.n,
            "version": task.version,
            "status": task.status,
            "due_on": task.due_on.isoformat() if task.due_on else None,
        },
        status,
        f"/api/v1/records/{task.etype}/{uid}/tasks/{task.n}" if status == 201 else "",
    )


def _owner(body: Mapping[str, Any]) -> Owner | None:
    given = body.get("owner")
    if given is None:
        return None
    if not all(name in OWNER and type(value) is OWNER[name] for name, value in given.items()):
        raise _refused("owner", msg("“owner” names a unit, and there a role or a person"), "/owner")
    person = given.get("person")
    if person is not None and not 0 < person <= MAX_INT:
        raise _refused("owner", msg("“owner” names a unit, and there a role or a person"), "/owner/person")
    return Owner(given.get("unit", ""), given.get("role", ""), person)


def _day(body: Mapping[str, Any]) -> dt.date | None:
    written = body.get("due_on")
    if written is None:
        return None
    try:
        return day_of(written)
    except ValueError:
        raise _refused("due_on", msg("“due_on” is not a date"), "/due_on") from None


def _refused(code: str, message: str, pointer: str) -> InvalidInput:
    return InvalidInput(f"body.{code}", message, {}, [Problem(f"body.{code}", message, pointer=pointer)])
