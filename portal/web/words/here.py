"""Where the person of this request stands: the unit, its release, the session limited to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import g
from sqlalchemy.orm import Session

from portal.core.access import Access
from portal.core.errors import Forbidden, msg
from portal.persistence.models import Record, Unit
from portal.services import records, releases, units
from portal.services.bundles import Bundle
from portal.services.portal import Portal, Work
from portal.web import access, language
from portal.web.audit.reads import found as noted
from portal.web.words.screen import Screen, screen_of


@dataclass(frozen=True, slots=True)
class Here:
    """What a page of records needs to know of its request."""

    portal: Portal
    session: Session
    access: Access
    unit: Unit
    bundle: Bundle
    lang: str
    stamp: tuple[int, int] | None = None

    @property
    def user_id(self) -> int:
        """Return the identifier of the person's account."""
        return self.access.user_id or 0

    def screen(self, etype: str) -> Screen:
        """Return the screens of an entity type as the release in force here defines them."""
        return screen_of(self.bundle, etype, self.lang)

    def at(self, unit: Unit) -> Here:
        """Return where the person stands at another unit: with the release that is in force there."""
        if unit.id == self.unit.id:
            return self
        return replace(self, unit=unit, bundle=releases.for_unit(self.portal, self.session, unit))

    def screen_for(self, record: Any) -> Screen:
        """Return the screens of the release a record was entered under."""
        return screen_of(self.release(record.release_id), record.etype, self.lang)

    def release(self, release_id: int) -> Bundle:
        """Return a release that some record was entered under."""
        if release_id == self.bundle.release_id:
            return self.bundle
        return releases.pinned(self.portal, self.session, release_id)

    def units(self, keys: Iterable[int | str | None]) -> dict[int | str, units.UnitName]:
        """Return units by their identifiers or codes."""
        return units.kept_names(self.portal, self.session, self.stamp, keys)

    def find(self, etype: str, uid: str) -> Record:
        """Return one record; NotFound also for one that the person may not see."""
        return noted(records.get(self.session, etype, uid))

    def search(self, query: records.Query) -> records.Page:
        """Return one page of the records that the person may list."""
        return records.search(self.portal, self.session, query, self.bundle)

    def writing(self, *, kept: bool = False) -> Work:
        """Return a unit of work of this person; with ``kept`` it goes by units as they are kept (``TreeChanged``)."""
        return self.portal.writing(self.access, access.origin(), self.stamp if kept else None)


def here() -> Here:
    """Return where the person of this request stands; the same for the whole request."""
    found: Here | None = g.get("records_here")
    if found is None:
        found = g.records_here = _find()
    return found


def _find() -> Here:
    unit, bundle = access.unit(), access.bundle()
    if unit is None or bundle is None:
        raise Forbidden("access.nowhere", msg("Your account is not assigned to a unit with a centre yet"))
    return Here(
        access.portal(), access.session(), access.current(), unit, bundle, language.current(), g.get("stamp")
    )
