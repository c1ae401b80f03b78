"""The data interface that Flask-AppBuilder's views see: every call goes to a service.

Stock interfaces commit inside ``add`` and ``edit``, before rules and audit had their say; ours hands the
whole change to one service, which is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import Response, after_this_request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import bindparam, select

from portal.core.errors import Conflict, InvalidInput, NotFound, Problem
from portal.persistence.models import Record
from portal.persistence.scope import prepared
from portal.services import records
from portal.services.portal import Portal
from portal.services.records import LostUpdate, Page, Query, Registered
from portal.services.records.entering.attaching import adopt
from portal.web.audit.reads import found
from portal.web.words.here import here

_PARTS = prepared(
    select(Record)
    .where(Record.parent_id == bindparam("parent"), Record.etype.in_(bindparam("etypes", expanding=True)))
    .order_by(Record.id)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record somebody wants to register."""

    etype: str
    unit: str
    data: Mapping[str, Any]
    parent: str | None = None
    files: tuple[str, ...] = ()
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """New data for one version of a record."""

    uid: str
    version: int
    data: Mapping[str, Any]
    base: Mapping[str, Any] | None = None
    reason: str = ""
    files: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Removal:
    """One version of a record that is to go."""

    uid: str
    version: int
    reason: str


class RecordInterface(SQLAInterface):
    """Records of every entity type; keeps nothing between two calls."""

    def __init__(self) -> None:
        super().__init__(Record)

    def search(self, query: Query) -> Page:
        """Return one page of the records that the person may list."""
        now = here()
        return records.search(now.portal, now.session, query, now.bundle)

    def find(self, etype: str, uid: str) -> Record:
        """Return one record; NotFound also for one that the person may not see."""
        return found(records.get(here().session, etype, uid))

    def parent(self, record: Record) -> Record | None:
        """Return the record that this one belongs to, if the person may see it."""
        if record.parent_id is None:
            return None
        return here().session.scalar(select(Record).where(Record.id == record.parent_id))

    def parts(self, record: Record, etypes: Sequence[str], limit: int) -> list[Record]:
        """Return the records of some types that belong to this one, in the order they were entered."""
        if not etypes:
            return []
        values = {"parent": record.id, "etypes": list(etypes), "most": limit}
        options = {"scope_etype": etypes[0]} if len(etypes) == 1 else {}
        return list(here().session.scalars(_PARTS, values, execution_options=options))

    def query(self, filters: Any = None, *args: Any, **kwargs: Any) -> tuple[int, list[Record]]:
        """Answer Flask-AppBuilder's own question; ``filters`` is a query of our services."""
        if not isinstance(filters, Query):
            raise TypeError("records are listed by a Query of portal.services.records")
        page = self.search(filters)
        return page.total, list(page.rows)

    def get(self, id: Any, filters: Any = None, *args: Any, **kwargs: Any) -> Record | None:
        """Return the record ``(etype, uid)``, or None."""
        try:
            return self.find(*id)
        except NotFound:
            return None

    def add(self, item: NewRecord, commit: bool = True) -> Registered:
        """Register a record: number, first stage, proposals and audit are one transaction with it."""
        with here().writing() as uow, known_files():
            done = records.register(
                uow,
                item.etype,
                item.unit,
                dict(item.data),
                parent=item.parent,
                files=item.files,
                key=item.key,
            )
            uow.commit()
        return done

    def edit(self, item: Change, commit: bool = True) -> Record:
        """Change a record; LostUpdate where somebody else did so first."""
        try:
            return self._edit(item)
        except LostUpdate:
            raise
        except Conflict:
            # Two at the same moment: the loser asks again, now that the winner's version can be read, and
            # is told what the difference is.
            return self._edit(item)

    def _edit(self, item: Change) -> Record:
        with here().writing() as uow, known_files():
            done = records.change(
                uow, item.uid, dict(item.data), item.version, base=item.base, reason=item.reason
            )
            adopt(uow, done, item.files)
            uow.commit()
        return done

    def delete(self, item: Removal, commit: bool = True) -> None:
        """Delete a record, where its type allows."""
        with here().writing() as uow:
            records.delete(uow, item.uid, item.version, item.reason)
            uow.commit()
        after_this_request(partial(_wipe, here().portal))


def _wipe(portal: Portal, response: Response) -> Response:
    """Wipe an SQLite file once the answer is sent and the request reads no more; PostgreSQL tidies up by itself."""
    if portal.database.dialect == "sqlite":
        response.call_on_close(portal.database.wipe)
    return response


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
