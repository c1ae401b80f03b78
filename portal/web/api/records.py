"""The one API of all entity types: ``/api/v1/records/<etype>/``, with a token and the same permissions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import g, jsonify, make_response, request
from flask_appbuilder.api import expose, protect
from flask_appbuilder.security.decorators import permission_name
from sqlalchemy.orm import Session

from portal.core import pointer
from portal.core.disclosure import Level
from portal.core.disclosure.plan import REFUSED
from portal.core.errors import InvalidInput, Problem, msg
from portal.persistence.models import Record
from portal.services import records
from portal.services.portal import Portal, Work
from portal.services.records import COUNTED_BY
from portal.web import access, writes
from portal.web.api import arguments
from portal.web.api.body import OPENED, emptied, expected_version, patched, problems_of, read_object
from portal.web.api.by_steps import require_unchanged
from portal.web.api.documents import documents
from portal.web.api.once import of_record, once
from portal.web.api.query import pairs_of
from portal.web.api.shape import TypedApi, in_shape
from portal.web.words.here import here
from portal.web.words.list_query import to_query
from portal.web.words.list_state import read
from portal.web.words.named_by_data import file_ids
from portal.web.words.same import Aside

NEW = {"data": dict, "unit": str, "parent": str, "from": dict, "links": dict}
LIKE = {"data": dict}
CHANGED = {"data": dict, "reason": str}
REASON = {"reason": str}
DELETED = {"reason": str}
COUNTS = {"by": arguments.one_or_two(COUNTED_BY), "unit": arguments.code, "open": arguments.yes_no}


class RecordsApi(TypedApi):
    """List, get, register, change and delete records of the entity type in the address."""

    @expose("/", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("list")
    @arguments.asks(None)
    def get_list(self) -> Any:
        """Return one page of records."""
        now = here()
        screen = now.screen(g.etype)
        state = read(pairs_of(request.args.items(multi=True)), screen)
        page = now.search(to_query(state, screen, now.session))
        return jsonify(
            count=page.total,
            capped=page.capped,
            page=state.page,
            size=state.size,
            result=documents(now, page.rows),
        )

    @expose("/counts/", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("list")
    @arguments.asks(COUNTS)
    def counts(self) -> Any:
        """Return how many records the person may list there are by one or two groups, of a subtree or all."""
        asked = arguments.asked()
        now = here()
        now.screen(g.etype)
        groups = asked.get("by", ("stage",))
        records.check_open(now.bundle, now.session, g.etype, groups)
        found = records.counts(
            now.portal,
            now.session,
            g.etype,
            *groups,
            under=access.unit_path(asked["unit"]) if "unit" in asked else None,
            open_only=asked.get("open", False),
        )
        values = ((key if len(groups) > 1 else (key,), number) for key, number in found.items())
        rows = [dict(zip(groups, key, strict=True)) | {"count": number} for key, number in values]
        return jsonify(result=sorted(rows, key=lambda row: [str(row[group] or "") for group in groups]))

    @expose("/<uid>", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("show")
    def get(self, uid: str) -> Any:
        """Return one record, with its version as the ETag."""
        now = here()
        now.screen(g.etype)
        return of_record(now, now.find(g.etype, uid)).response()

    @expose("/", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("add")
    def post(self) -> Any:
        """Register a record."""
        now = here()
        screen = now.screen(g.etype)
        body = read_object(NEW, "data")
        own = writes.units_to_register_at(now, g.etype)
        unit = body.get("unit") or (own[0].code if own else now.unit.code)
        parent, asked = body.get("parent"), body.get("from")
        links = {uid: str(kind) for uid, kind in body.get("links", {}).items()}
        problems = [*_unsaid(asked)] if asked is not None else []
        if problems:
            raise InvalidInput("body.member", msg("The body is not as it must be"), problems=problems)
        files = file_ids(screen.infos.values(), body["data"])

        def act(uow: Work) -> Record:
            source, known = _opened_from(now.portal, uow.session, g.etype, asked)
            data = {**known, **body["data"]}
            require_unchanged(screen, known, data)
            done = records.register_from(
                uow, source, screen.entity.id, unit, data, parent=parent, files=files, links=links
            )
            return done.record

        return once(now, body, act, lambda made: of_record(now, made, 201))

    @expose("/same/", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("add")
    def same(self) -> Any:
        """Return what may be the same matter as the one that is about to be registered, with reasons."""
        now = here()
        screen = now.screen(g.etype)
        aside = Aside(now, screen, read_object(LIKE, "data")["data"])
        return jsonify(
            result=[
                {
                    "uid": one.uid,
                    "code": one.code,
                    "title": one.title,
                    "stage": one.stage,
                    "created_at": one.at.isoformat(),
                    "reasons": one.reasons,
                }
                for one in aside.hits
            ]
        )

    @expose("/<uid>", methods=["PUT"])
    @protect()
    @in_shape
    @permission_name("edit")
    def put(self, uid: str) -> Any:
        """Replace the data of one version of a record."""
        body = read_object(CHANGED, "data")
        return self._change(uid, lambda current: body["data"], body.get("reason", ""))

    @expose("/<uid>", methods=["PATCH"])
    @protect()
    @in_shape
    @permission_name("edit")
    def patch(self, uid: str) -> Any:
        """Change the data of one version of a record by a merge patch."""
        body = read_object(CHANGED, "data")
        return self._change(
            uid, lambda current: patched(current, body["data"]), body.get("reason", ""), body["data"]
        )

    @expose("/<uid>", methods=["DELETE"])
    @protect()
    @in_shape
    @permission_name("delete")
    @arguments.asks(DELETED)
    def delete(self, uid: str) -> Any:
        """Delete one version of a record, where its type allows; ``reason`` says why."""
        now = here()
        record = now.find(g.etype, uid)
        writes.delete(now, record.uid, expected_version(), arguments.asked().get("reason", ""))
        return make_response("", 204)

    @expose("/<uid>/unmask", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("unmask")
    def unmask(self, uid: str) -> Any:
        """Show this person the personal data of one record for a while; ``reason`` says what for."""
        now = here()
        now.screen(g.etype)
        reason = read_object(REASON).get("reason", "")
        until = writes.unmask(now, now.find(g.etype, uid), reason)
        return jsonify(until=until.isoformat())

    def _change(self, uid: str, new: Callable[[Any], Any], reason: str, patch: Any = None) -> Any:
        now = here()
        now.screen(g.etype)
        record = now.find(g.etype, uid)
        version = expected_version()
        view = records.view_of(now.portal, now.session, record)
        if problems := [_protected(one) for one in emptied(patch) if not view.plan.sees(one, Level.WRITE)]:
            # Left out of what is stored it would stay as it is, and 200 would say that it went.
            raise InvalidInput("field.protected", msg("Please correct what is marked"), problems=problems)
        data = new(view.data)
        require_unchanged(now.screen_for(record), view.data, data)
        changed = writes.change(now, record.uid, version, data, reason=reason)
        return of_record(now, changed).response()


def _protected(pointer: str) -> Problem:
    return Problem("field.protected", REFUSED, pointer=pointer)


def _unsaid(asked: dict[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the step that registering is to take."""
    yield from problems_of(asked, OPENED, "/from")
    for name in OPENED:
        if name not in asked:
            yield Problem("body.from", msg("“%(name)s” is missing"), {"name": name}, pointer=f"/from/{name}")


def _opened_from(
    portal: Portal, session: Session, etype: str, asked: dict[str, Any] | None
) -> tuple[records.Source | None, dict[str, Any]]:
    """Return the step that registering takes, and what the record of that step fills in."""
    if asked is None:
        return None, {}
    opening = records.opening(portal, session, asked["type"], asked["uid"], asked["step"], etype)
    known: dict[str, Any] = pointer.patched({}, opening.values)
    return records.Source(asked["uid"], asked["step"], asked["version"]), known
