"""The one API of all entity types: ``/api/v1/records/<etype>/``, with a token and the same permissions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, request
from flask_appbuilder.api import BaseApi, expose, protect
from flask_appbuilder.security.decorators import permission_name

from portal.core.errors import Conflict, Forbidden, InvalidInput, PortalError, msg
from portal.persistence.models import Record
from portal.services import units
from portal.services.records import LostUpdate
from portal.web.errors import answer
from portal.web.language import translate
from portal.web.records.add_page import homes
from portal.web.records.api_body import PreconditionRequired, expected_version, patched, read_object
from portal.web.records.api_query import pairs_of
from portal.web.records.forms import file_ids
from portal.web.records.here import Here, here
from portal.web.records.interface import Change, NewRecord, RecordInterface, Removal
from portal.web.records.listing import read
from portal.web.records.query import to_query
from portal.web.records.view import EntityPermission, typed

NEW = frozenset({"data", "unit", "parent"})
CHANGED = frozenset({"data", "reason"})


def in_shape(view: Callable[..., Any]) -> Callable[..., Any]:
    """Give refusals the status that clients of an API expect."""

    @wraps(view)
    def shaped(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except PreconditionRequired as refused:
            return _refusal(428, refused)
        except LostUpdate as lost:
            return _lost(lost)
        except Conflict as conflict:
            # 412: the version that If-Match named is no longer the current one
            return _refusal(412 if conflict.code == "record.stale" else 409, conflict)
        except InvalidInput as refused:
            listing = request.method == "GET" or refused.code.startswith(("body.", "version."))
            return _refusal(400 if listing else 422, refused)

    return shaped


class RecordsApi(BaseApi):
    """List, get, register, change and delete records of the entity type in the address."""

    resource_name = "records/<etype>"
    class_permission_name = EntityPermission()
    openapi_spec_tag = "records"
    datamodel = RecordInterface()

    def create_blueprint(self, *args: Any, **kwargs: Any) -> Blueprint:
        """Give the addresses their entity type."""
        return typed(super().create_blueprint(*args, **kwargs))

    def add_apispec_components(self, api_spec: Any) -> None:
        """Add nothing: what a type looks like is known only when it is published."""

    def response_401(self) -> Response:
        """Answer somebody who sent no usable token."""
        return answer(401, "http.401", translate(msg("Send a valid token")))

    def response_403(self) -> Response:
        """Answer somebody whose roles do not allow this."""
        raise Forbidden(
            "access.denied",
            msg("Your roles do not allow “%(action)s” on “%(entity)s” here"),
            {"action": request.method, "entity": g.etype},
        )

    @expose("/", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("list")
    def get_list(self) -> Any:
        """Return one page of records."""
        now = here()
        screen = now.screen(g.etype)
        state = read(pairs_of(request.args.items(multi=True)), screen)
        page = self.datamodel.search(to_query(state, screen, now.session))
        return jsonify(
            count=page.total,
            capped=page.capped,
            page=state.page,
            size=state.size,
            result=documents(now, page.rows),
        )

    @expose("/<uid>", methods=["GET"])
    @protect()
    @in_shape
    @permission_name("show")
    def get(self, uid: str) -> Any:
        """Return one record, with its version as the ETag."""
        now = here()
        now.screen(g.etype)
        return _one(now, self.datamodel.find(g.etype, uid))

    @expose("/", methods=["POST"])
    @protect()
    @in_shape
    @permission_name("add")
    def post(self) -> Any:
        """Register a record."""
        now = here()
        screen = now.screen(g.etype)
        body = read_object(NEW)
        own = homes(now, g.etype)
        unit = body.get("unit") or (own[0].code if own else now.unit.code)
        key = request.headers.get("Idempotency-Key", "")[:80]
        wanted = NewRecord(
            screen.entity.id,
            unit,
            body.get("data", {}),
            parent=body.get("parent"),
            files=file_ids(screen.infos.values(), body.get("data", {})),
            key=f"api:{key}" if key else None,
        )
        done = self.datamodel.add(wanted)
        response = _one(now, done.record, 201)
        response.headers["Location"] = f"/api/v1/records/{g.etype}/{done.record.uid}"
        return response

    @expose("/<uid>", methods=["PUT"])
    @protect()
    @in_shape
    @permission_name("edit")
    def put(self, uid: str) -> Any:
        """Replace the data of one version of a record."""
        body = read_object(CHANGED)
        return self._change(uid, lambda current: body.get("data", {}), body.get("reason", ""))

    @expose("/<uid>", methods=["PATCH"])
    @protect()
    @in_shape
    @permission_name("edit")
    def patch(self, uid: str) -> Any:
        """Change the data of one version of a record by a merge patch."""
        body = read_object(CHANGED)
        return self._change(
            uid, lambda current: patched(current, body.get("data", {})), body.get("reason", "")
        )

    @expose("/<uid>", methods=["DELETE"])
    @protect()
    @in_shape
    @permission_name("delete")
    def delete(self, uid: str) -> Any:
        """Delete one version of a record, where its type allows; ``reason`` says why."""
        record = self.datamodel.find(g.etype, uid)
        self.datamodel.delete(Removal(record.uid, expected_version(), request.args.get("reason", "")))
        return make_response("", 204)

    def _change(self, uid: str, new: Callable[[Any], Any], reason: str) -> Any:
        now = here()
        now.screen(g.etype)
        record = self.datamodel.find(g.etype, uid)
        version = expected_version()
        changed = self.datamodel.edit(Change(record.uid, version, new(record.data), reason=reason))
        return _one(now, changed)


def documents(now: Here, rows: Sequence[Record]) -> list[dict[str, Any]]:
    """Return records as the API shows them; names and codes are looked up for all of them at once."""
    ids = {unit for row in rows for unit in (row.unit_id, row.handler_unit_id) if unit}
    codes = {key: code for key, (code, _) in units.names(now.session, ids).items()}
    versions = {row.release_id: _release(now, row.release_id) for row in rows}
    return [_document(row, codes, versions[row.release_id]) for row in rows]


def _document(row: Record, codes: dict[int, str], release: str) -> dict[str, Any]:
    return {
        "uid": row.uid,
        "type": row.etype,
        "code": row.code,
        "title": row.title,
        "stage": row.stage,
        "canonical_stage": row.canonical_stage,
        "lanes": row.lanes,
        "open": row.is_open,
        "dispute_type": row.dispute_type,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "unit": codes.get(row.unit_id),
        "handler": codes.get(row.handler_unit_id) if row.handler_unit_id else None,
        "release": release,
        "version": row.version,
        "created_at": row.created_at.isoformat(),
        "created_by": row.created_by_name,
        "updated_at": row.updated_at.isoformat(),
        "data": row.data,
    }


def _release(now: Here, release_id: int) -> str:
    bundle = now.release(release_id)
    return f"{bundle.pack}@{bundle.version}"


def _one(now: Here, record: Record, status: int = 200) -> Response:
    response = make_response(jsonify(result=documents(now, [record])[0]), status)
    response.set_etag(str(record.version))
    return response


def _lost(lost: LostUpdate) -> Response:
    """Answer 412 with what the two writers did, field by field, so that the client can offer a choice."""
    fields = [asdict(one) for one in lost.fields if one.current != one.submitted]
    return answer(412, lost.code, lost.text(translate), version=lost.version, differences=fields)


def _refusal(status: int, refused: PortalError) -> Response:
    return answer(status, refused.code, refused.text(translate), refused.problems)
