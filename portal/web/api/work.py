"""Work on one record: ``/api/v1/records/<etype>/<uid>/…`` — steps, decisions, referrals, history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import g, jsonify
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name

from portal.core.acts import ADOPT_RELEASE
from portal.core.errors import InvalidInput, NotFound, Problem, msg
from portal.core.forms import CompiledForm, fields_of
from portal.core.values import day_of
from portal.persistence.models import Record, Referral
from portal.services import records
from portal.services.portal import Work
from portal.services.records import Override
from portal.web.api import arguments, dealings
from portal.web.api.body import expected_version, problems_of, read_object
from portal.web.api.once import Answer, is_seen, of_record, once
from portal.web.api.shape import TypedApi, in_shape
from portal.web.numbers import MAX_INT
from portal.web.words.case import Case
from portal.web.words.here import here
from portal.web.words.named_by_data import file_ids
from portal.web.words.screen import Screen

STEP = {"data": dict, "reason": str}
DISPOSITION = {"proposal": int, "override": dict, "reason": str, "form": dict}
OVERRIDE = {"to": dict, "route": str, "mode": str, "deadline": str, "assist": list}
ANSWER = {"reason": str, "form": dict}
GRADE = {"grade": str, "reason": str}
RECORDED = {"event": str, "day": str, "variants": dict, "files": list, "reason": str}
PREVIEWED = {"to": arguments.whole(MAX_INT)}
MOVING = {"release": int, "stage": str, "reason": str}


class WorkApi(TypedApi):
    """Steps, decisions, dispositions, referrals and the history of one record."""

    @expose("/<uid>/transitions", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("show")
    def transitions(self, uid: str) -> Any:
        """Return the steps the person is offered now."""
        case = self._case(uid)
        response = jsonify(result=dealings.steps(case))
        response.set_etag(str(case.record.version))
        return response

    @expose("/<uid>/transitions/<transition>", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("transition")
    def transition(self, uid: str, transition: str) -> Any:
        """Take a step with one version of a record."""
        now, body, version = here(), read_object(STEP), expected_version()

        def act(uow: Work) -> tuple[Record, bool]:
            form = _form_of(now.screen_for(_found(uid)), transition)
            data = body.get("data", {}) if form else None
            if form is None and body.get("data"):
                raise _refused("data", msg("This step has no form"), "/data")
            files = file_ids(fields_of(form), data) if form else ()
            reason = body.get("reason", "").strip()
            done = records.transition(
                uow, uid, transition, version=version, form=data, reason=reason, files=files
            )
            return done, is_seen(uow, done)

        with pointing_into_data():
            # A request that is repeated gets its answer again, although the matter may be out of sight by then.
            said = {**body, "version": version}
            return once(now, said, act, lambda done: of_record(now, done[0], seen=done[1]))

    @expose("/<uid>/decisions", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("show")
    def decisions(self, uid: str) -> Any:
        """Return what the rules decided about a record, and why."""
        case = self._case(uid)
        response = jsonify(result=dealings.decisions(case))
        response.set_etag(str(case.record.version))
        return response

    @expose("/<uid>/decisions/<big:decision>/dispositions", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("dispose")
    def dispose(self, uid: str, decision: int) -> Any:
        """Send a matter where a decision proposes, or elsewhere with a reason."""
        now, body = here(), read_object(DISPOSITION)
        case, version = self._case(uid), expected_version()
        override = _override(body)

        def act(uow: Work) -> Referral:
            return records.dispose(
                uow,
                uid,
                version=version,
                decision_id=decision,
                proposal=body.get("proposal"),
                override=override,
                reason=body.get("reason", "").strip(),
                form=body.get("form"),
            )

        return once(now, {**body, "version": version}, act, lambda made: _of_referral(case, made, 201))

    @expose("/<uid>/referrals", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("show")
    def referrals(self, uid: str) -> Any:
        """Return to whom a record was referred, and what became of it."""
        return jsonify(result=dealings.referrals(self._case(uid)))

    @expose("/<uid>/referrals/<referral>", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("show")
    def referral(self, uid: str, referral: str) -> Any:
        """Return one referral, with its version as the ETag."""
        case = self._case(uid)
        return _of_referral(case, _known(case, referral)).response()

    @expose("/<uid>/referrals/<referral>/<action>", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("show")
    def answer(self, uid: str, referral: str, action: str) -> Any:
        """Accept, return, finish or revoke a referral: the service asks who may, at which unit."""
        now, body = here(), read_object(ANSWER)
        version, reason = expected_version(), body.get("reason", "").strip()

        def act(uow: Work) -> Answer:
            case = self._case_of(uid, referral, action)
            form = body.get("form")
            done = records.referral(uow, referral, action, reason=reason, version=version, form=form)
            return _of_referral(case, done)

        # A request that is repeated gets its answer again, although the matter may be out of sight by then.
        return once(now, {**body, "version": version}, act, lambda answer: answer)

    @expose("/<uid>/grade", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("dispose")
    def grade(self, uid: str) -> Any:
        """Give the matter its grade: the one that the rules propose, or another one with a reason."""
        case, now = self._case(uid), here()
        body, version = read_object(GRADE, "grade"), expected_version()
        words = case.decision.grade if case.decision else None
        proposed = words is not None and words.id == body["grade"]

        def act(uow: Work) -> Record:
            reason = body.get("reason", "").strip()
            return records.accept_grade(
                uow, uid, body["grade"], version=version, proposed=proposed, reason=reason
            )

        return once(now, {**body, "version": version}, act, lambda done: of_record(now, done))

    @expose("/<uid>/clocks", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("show")
    def clocks(self, uid: str) -> Any:
        """Return the periods that run for a record, and those that ended."""
        case = self._case(uid)
        response = jsonify(result=dealings.clocks(case))
        response.set_etag(str(case.record.version))
        return response

    @expose("/<uid>/events", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("show")
    def recordable(self, uid: str) -> Any:
        """Return the events that may be recorded of a record."""
        return jsonify(result=dealings.recordable(self._case(uid)))

    @expose("/<uid>/events", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("transition")
    def record_event(self, uid: str) -> Any:
        """Record an event that the portal cannot see, with its day and the papers that show it."""
        now = here()
        record = now.find(g.etype, uid)
        body, version = read_object(RECORDED, "event", "day"), expected_version()
        day, variants, files = _day(body["day"]), body.get("variants", {}), body.get("files", [])
        if not all(isinstance(one, str) for one in (*variants.values(), *files)):
            raise _refused("event", msg("“variants” and “files” hold names"), "")

        def act(uow: Work) -> Record:
            reason = body.get("reason", "").strip()
            return records.record_event(
                uow,
                record.uid,
                body["event"],
                day,
                version=version,
                variants=variants,
                files=files,
                reason=reason,
            )

        return once(now, {**body, "version": version}, act, lambda done: of_record(now, done))

    @expose("/<uid>/history", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("show")
    def history(self, uid: str) -> Any:
        """Return the history of a record."""
        return jsonify(result=dealings.history(self._case(uid)))

    @expose("/<uid>/release", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("edit")
    @arguments.asks(PREVIEWED)
    def release(self, uid: str) -> Any:
        """Return the release of a record, the newer ones it may move to, and what moving it changes."""
        to = arguments.asked().get("to")
        case = self._case(uid)
        paths = (case.record.unit_path, case.record.handler_path)
        case.now.access.require(case.record.etype, ADOPT_RELEASE.needs, *paths)
        response = jsonify(result=dealings.release(case, to))
        response.set_etag(str(case.record.version))
        return response

    @expose("/<uid>/release", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("edit")
    def move(self, uid: str) -> Any:
        """Move one version of a record to a newer release."""
        now, body = here(), read_object(MOVING, "release", "reason")
        record, version = now.find(g.etype, uid), expected_version()
        if not 0 < body["release"] <= MAX_INT:
            raise _refused("release", msg("“release” is not the number of a release"), "/release")

        def act(uow: Work) -> Record:
            reason = body["reason"].strip()
            return records.move(uow, record.uid, body["release"], version, reason, body.get("stage"))

        return once(now, {**body, "version": version}, act, lambda done: of_record(now, done))

    def _case(self, uid: str) -> Case:
        now = here()
        return Case(now, now.find(g.etype, uid))

    def _case_of(self, uid: str, referral: str, action: str) -> Case:
        """Return the matter of a referral that is to be answered; Conflict where an answer took it out of sight."""
        try:
            case = self._case(uid)
            _known(case, referral)
        except NotFound:
            late = records.too_late(here().session, g.etype, uid, referral, action)
            if late is None:
                raise
            raise late from None
        return case


def _found(uid: str) -> Record:
    """Return the record of a step; Conflict where an answer of the person's own unit took it out of sight."""
    now = here()
    try:
        return now.find(g.etype, uid)
    except NotFound:
        late = records.step_too_late(now.session, g.etype, uid)
        if late is None:
            raise
        raise late from None


def _known(case: Case, uid: str) -> Referral:
    found: Referral | None = next((one for one in case.referrals if one.uid == uid), None)
    if found is None:
        raise NotFound("referral.unknown", msg("There is no such referral"))
    return found


def _of_referral(case: Case, referral: Referral, status: int = 200) -> Answer:
    where = f"/api/v1/records/{case.record.etype}/{case.record.uid}/referrals/{referral.uid}"
    return Answer(dealings.referral(case, referral), status, where if status == 201 else "")


def _form_of(screen: Screen, transition: str) -> CompiledForm | None:
    """Return the form of a step, where it has one; NotFound for a step that the release does not know."""
    steps = screen.lifecycle.transitions if screen.lifecycle else ()
    step = next((step for step in steps if step.id == transition), None)
    if step is None:
        raise NotFound("transition.unknown", msg("There is no such step"))
    return screen.bundle.form(step.form, screen.lang) if step.form else None


def _override(body: Mapping[str, Any]) -> Override | None:
    """Return where the client sends the matter itself; None where it confirms a proposal."""
    if ("override" in body) == ("proposal" in body):
        raise _refused("disposition", msg("Send either “proposal” or “override”"), "")
    given = body.get("override")
    if given is None:
        return None
    problems = list(problems_of(given, OVERRIDE, "/override"))
    to, assist = given.get("to"), given.get("assist", [])
    if isinstance(to, dict) and (len(to) != 1 or not all(isinstance(name, str) for name in to.values())):
        problems.append(
            Problem("body.to", msg("“to” names one place, by its kind"), {}, pointer="/override/to")
        )
    if isinstance(assist, list) and not all(isinstance(name, str) for name in assist):
        problems.append(
            Problem("body.assist", msg("“assist” names departments"), {}, pointer="/override/assist")
        )
    if problems:
        raise InvalidInput("body.member", msg("The body is not as it must be"), problems=problems)
    return Override(**({"to": {}} | given))


def _day(written: str) -> dt.date:
    try:
        return day_of(written)
    except ValueError:
        raise _refused("day", msg("“day” is not a date"), "/day") from None


def _refused(code: str, message: str, pointer: str) -> InvalidInput:
    return InvalidInput(f"body.{code}", message, {}, [Problem(f"body.{code}", message, pointer=pointer)])


@contextmanager
def pointing_into_data() -> Iterator[None]:
    """Let problems of a step's form point into ``data``, as the client sent it."""
    try:
        yield
    except InvalidInput as refused:
        problems = [replace(p, pointer=p.pointer.removeprefix("/form")) for p in refused.problems]
        raise InvalidInput(refused.code, refused.message, refused.params, problems) from refused
