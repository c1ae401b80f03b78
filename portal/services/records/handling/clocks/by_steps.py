"""The effects of steps on clocks: a period is started, ended, stopped, let go on or extended today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal.core.deadlines import Length
from portal.core.errors import NotFound, msg
from portal.persistence.models import Record
from portal.services.bundles import Bundle
from portal.services.records.handling.clocks.running import RecordClocks

if TYPE_CHECKING:
    from portal.services.portal import Work


def start_deadline(uow: Work, record: Record, bundle: Bundle, deadline: str) -> None:
    """Start a period today, by the effect of a step."""
    clocks = _for_effect(uow, record, bundle, deadline)
    line = next(iter(clocks.lengths(deadline)))
    clocks.start(line, uow.today, "effect.deadline")
    _stored(clocks)


def end_deadline(uow: Work, record: Record, bundle: Bundle, deadline: str) -> None:
    """End a period today, by the effect of a step."""
    clocks = _for_effect(uow, record, bundle, deadline)
    for line in clocks.lengths(deadline):
        clocks.end(line, uow.today, "effect.end_deadline")
    _stored(clocks)


def pause_deadline(uow: Work, record: Record, bundle: Bundle, deadline: str) -> None:
    """Stop the clock of a period from today on, by the effect of a step."""
    clocks = _for_effect(uow, record, bundle, deadline)
    for entry in clocks.of(deadline):
        entry.become(entry.clock.paused(uow.today))
    _stored(clocks)


def resume_deadline(uow: Work, record: Record, bundle: Bundle, deadline: str) -> None:
    """Let the clock of a period go on from today, by the effect of a step."""
    clocks = _for_effect(uow, record, bundle, deadline)
    for entry in clocks.of(deadline):
        entry.become(entry.clock.resumed(uow.today))
    _stored(clocks)


def extend_deadline(
    uow: Work, record: Record, bundle: Bundle, deadline: str, n: int | None = None, unit: Any = None
) -> None:
    """Extend a period by the effect of a step: by what the step says, else by the longest extension it may have."""
    clocks = _for_effect(uow, record, bundle, deadline)
    longest = bundle.periods[deadline].extension
    if n is not None:
        own = longest.length.unit if longest is not None else clocks.lengths(deadline)[0].period.length().unit
        length = Length(n, unit or own)
    elif longest is not None:
        length = longest.length
    else:
        raise NotFound(
            "deadline.extension", msg("The period %(deadline)s can't be extended"), {"deadline": deadline}
        )
    clocks.extend(deadline, length)
    _stored(clocks)


def _for_effect(uow: Work, record: Record, bundle: Bundle, deadline: str) -> RecordClocks:
    if deadline not in bundle.periods:
        raise NotFound("deadline.unknown", msg("There is no period %(deadline)s"), {"deadline": deadline})
    return RecordClocks(uow, record, bundle)


def _stored(clocks: RecordClocks) -> None:
    clocks.work_out()
    clocks.store()
