"""Figures that are not kept yet: counted from the rows of a unit with few records, waited for at one with many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.errors import Conflict, msg
from portal.persistence.models import RecordReach, Unit
from portal.persistence.patience import TookTooLong, within
from portal.services.bundles import Bundle
from portal.services.indicators.definitions import STANDING, digest_of

CASE = "case"
# Where a unit has more records, what is not kept yet is waited for: a page can't wait until its rows were counted.
MOST_COUNTED = 20_000
# What is kept for nobody is counted so long; a page that waited longer would be cut off without a word.
PATIENCE = 3.0


@contextmanager
def counted_in_time(session: Session) -> Iterator[None]:
    """Count what is not kept from the rows; Conflict where there are too many of them to wait for."""
    try:
        with within(session, PATIENCE):
            yield
    except TookTooLong as error:
        message = msg("There are too many matters to count this. Choose one month, or a unit further down.")
        raise Conflict("figure.many", message) from error


class Wanting:
    """Figures that are not kept yet: the rows of a unit with few records are counted, a unit with many waits."""

    def __init__(self, session: Session, unit: Unit, bundle: Bundle) -> None:
        self._session, self._unit, self._bundle = session, unit, bundle
        self.waits = False

    @cached_property
    def _many(self) -> bool:
        rows = select(RecordReach.record_id).where(
            RecordReach.unit_id == self._unit.id, RecordReach.etype == CASE
        )
        some = rows.limit(MOST_COUNTED + 1).subquery()
        return self._session.scalar(select(func.count()).select_from(some)) > MOST_COUNTED  # type: ignore[operator]

    def waits_for(self, name: str) -> bool:
        """Tell whether a figure will be kept and is not counted from the rows meanwhile."""
        waits = bool(name == STANDING or digest_of(self._bundle, name)) and self._many
        self.waits |= waits
        return waits

    def refuse(self, name: str) -> None:
        """Raise Conflict where a figure will be kept and is not counted from the rows meanwhile."""
        if self.waits_for(name):
            raise still_counted()


def still_counted() -> Conflict:
    """Return what is said where a figure is not kept yet."""
    return Conflict("figure.waits", msg("This figure is still being counted. Try again in some minutes."))
