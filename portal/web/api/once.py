"""Writes of the API: one transaction each, and one answer for each key, however often it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Response, jsonify, make_response, request
from sqlalchemy.orm import Session

from portal.core.errors import NotFound
from portal.persistence.models import Record
from portal.services import records
from portal.services.portal import Work
from portal.services.records.entering import request_keys
from portal.services.units.cached_values import TreeChanged
from portal.web.api.body import request_key
from portal.web.api.documents import document, documents
from portal.web.words.here import Here
from portal.web.writes import known_files

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a write that succeeded."""

    result: dict[str, Any]
    status: int = 200
    location: str = ""

    def response(self) -> Response:
        """Return the answer as HTTP, with the version of what it holds as the ETag."""
        response = make_response(jsonify(result=self.result), self.status)
        response.set_etag(str(self.result["version"]))
        if self.location:
            response.headers["Location"] = self.location
        return response

    def kept(self) -> dict[str, Any]:
        """Return what is kept of the answer: not a record's data, which its history has already."""
        result = {name: value for name, value in self.result.items() if name != "data"}
        return {"result": result, "status": self.status, "location": self.location}


def once(
    now: Here, content: Mapping[str, Any], act: Callable[[Work], T], show: Callable[[T], Answer]
) -> Response:
    """Carry out ``act`` and answer with what ``show`` makes of it.

    ``content`` is everything the request says. With an Idempotency-Key that was used for the same content
    nothing is done: the first answer is given again. Of several at once the others wait for the first.
    """
    try:
        return _once(now, content, act, show, kept=True)
    except TreeChanged:
        # A unit was changed at the same moment: the act goes by the units as they are stored now.
        return _once(now, content, act, show, kept=False)


def _once(
    now: Here,
    content: Mapping[str, Any],
    act: Callable[[Work], T],
    show: Callable[[T], Answer],
    *,
    kept: bool,
) -> Response:
    key = request_key()
    with now.writing(kept=kept) as uow, known_files():
        if key is not None:
            said = {"method": request.method, "path": request.path, **content}
            earlier = request_keys.claim(uow, key, said)
            if earlier is not None:
                return _again(now, uow.session, earlier.answer or {})
        done = act(uow)
        answer = show(done) if key is not None else None
        if key is not None and answer is not None:
            request_keys.keep(uow, key, answer.kept())
        uow.commit()
    return (answer or show(done)).response()


def of_record(now: Here, record: Record, status: int = 200, *, seen: bool = True) -> Answer:
    """Return the answer that holds a record; a new one says where it is, one that went out of sight holds no data."""
    location = f"/api/v1/records/{record.etype}/{record.uid}" if status == 201 else ""
    # What was just registered cannot have been disclosed to anybody yet.
    shown = documents(now, [record])[0] if status == 201 else document(now, record)
    return Answer(shown if seen else shown | {"data": {}}, status, location)


def is_seen(uow: Work, record: Record) -> bool:
    """Tell whether the person still sees a record after what a unit of work did with it."""
    try:
        records.get(uow.session, record.etype, record.uid)
    except NotFound:
        return False
    return True


def _again(now: Here, session: Session, kept: Mapping[str, Any]) -> Response:
    """Give an answer again; a record's data as they were then, as far as the person may still see the record.

    ``session`` is the unit of work's: the request's own may have begun before the first answer was written.
    """
    result: dict[str, Any] = dict(kept["result"])
    if "type" in result:
        try:
            record = records.get(session, result["type"], result["uid"])
        except NotFound:
            return Answer(result | {"data": {}}, kept["status"], kept["location"]).response()
        data = records.data_at(now.portal.keys, session, record, result["version"])
        session.expunge(record)
        record.data = data
        result = documents(now, [record])[0] | result
    return Answer(result, kept["status"], kept["location"]).response()
