"""Writes that pages and API both make of records: each is one use case in one unit of work of the person's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from flask import Response, after_this_request

from portal.core.access import ROOT
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem
from portal.persistence.models import Record
from portal.services import records, units
from portal.services.portal import Portal
from portal.services.records import LostUpdate
from portal.web.words.here import Here


def change(
    now: Here,
    uid: str,
    version: int,
    data: Mapping[str, Any],
    *,
    reason: str = "",
) -> Record:
    """Change one version of a record; LostUpdate where another person did so first."""
    try:
        return _change(now, uid, version, data, reason)
    except LostUpdate:
        raise
    except Conflict:
        # Two at the same moment: the loser asks again, now that the winner's version can be read, and
        # is told what the difference is.
        return _change(now, uid, version, data, reason)


def _change(now: Here, uid: str, version: int, data: Mapping[str, Any], reason: str) -> Record:
    with now.writing() as uow, known_files():
        done = records.change(uow, uid, dict(data), version, reason=reason)
        uow.commit()
    return done


def ask_correction(now: Here, uid: str, version: int, data: Mapping[str, Any], reason: str) -> Record:
    """Ask for a correction of one version of a closed record."""
    with now.writing() as uow, known_files():
        done = records.ask_correction(uow, uid, dict(data), version=version, reason=reason)
        uow.commit()
    return done


def delete(now: Here, uid: str, version: int, reason: str) -> None:
    """Delete one version of a record, where its type allows."""
    with now.writing() as uow:
        records.delete(uow, uid, version, reason)
        uow.commit()
    after_this_request(partial(_wipe, now.portal))


def unmask(now: Here, record: Any, reason: str) -> dt.datetime:
    """Disclose the personal data of a record to the person; return until when."""
    with now.writing() as uow:
        until = records.unmask(uow, record, reason).until
        uow.commit()
    return until


def units_to_register_at(now: Here, etype: str) -> list[Any]:
    """Return the units at which the person may register a record of the type."""
    paths = now.access.paths(etype, "add")
    if ROOT in paths or now.unit.path in paths:
        return [now.unit]
    return [units.by_id(now.session, int(path.strip("/").rpartition("/")[2])) for path in paths]


@contextmanager
def known_files() -> Iterator[None]:
    """Say of a file that was never sent that the input is wrong, not that the page is missing."""
    try:
        yield
    except NotFound as missing:
        if missing.code != "file.unknown":
            raise
        problem = Problem(missing.code, missing.message, missing.params)
        raise InvalidInput(missing.code, missing.message, missing.params, [problem]) from missing


def _wipe(portal: Portal, response: Response) -> Response:
    """Wipe an SQLite file once the answer is sent and the request reads no more; PostgreSQL tidies up by itself."""
    if portal.database.dialect == "sqlite":
        response.call_on_close(portal.database.wipe)
    return response
