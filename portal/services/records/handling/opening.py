"""A record that another one's step opens: registered with what that one knows, in the act that takes the step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.disclosure import Level
from portal.core.errors import Conflict, NotFound, msg
from portal.core.lifecycle import Transition
from portal.persistence.models import Record
from portal.services.records.entering.registering import Registered, register
from portal.services.records.finding.reading import get
from portal.services.records.handling.transitions import available, transition
from portal.services.records.privacy.disclosure import view_of

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Opening:
    """A step that opens a record, as a person is offered it: what is filled in, and what of that they see masked.

    ``values`` are in clear, by the pointers of the new record: those in ``masked`` must not leave the server.
    """

    record: Record
    step: Transition
    values: Mapping[str, Any]
    masked: frozenset[str]

    @property
    def unseen(self) -> dict[str, Any] | None:
        """Return the data that the person takes over without seeing them; None where there are none."""
        data: dict[str, Any] = {}
        for where in sorted(self.masked):
            data = pointers.with_value(data, where, self.values[where])
        return data or None


@dataclass(frozen=True, slots=True)
class Source:
    """From where a record is registered: the version of a record that the person saw, and its step."""

    uid: str
    step: str
    version: int


def opening(portal: Portal, session: Session, etype: str, uid: str, step_id: str, opened: str) -> Opening:
    """Return the step of a record by which one of the type ``opened`` is registered.

    Raise NotFound where there is no such record or step, Conflict where the step is not offered now.
    """
    record = get(session, etype, uid)
    offers = available(portal, session, record)
    offer = next((one for one in offers if one.transition.id == step_id), None)
    if offer is None or offer.blocked:
        raise Conflict("step.gone", msg("This step is no longer possible: the record has moved on."))
    opens = offer.transition.opens
    if opens is None or opens.entity != opened:
        raise NotFound("transition.unknown", msg("There is no such step"))
    view = view_of(portal, session, record)
    values, masked = {}, set()
    for target, source in opens.prefill.items():
        level, value = view.plan.level(source), pointers.get(view.clear, source, _ABSENT)
        if value is _ABSENT or level is Level.HIDDEN:
            continue
        values[target] = value
        if level < Level.READ:
            masked.add(target)
    return Opening(record, offer.transition, values, frozenset(masked))


def register_from(
    uow: Work, source: Source | None, etype: str, unit: str, data: Mapping[str, Any], **how: Any
) -> Registered:
    """Register a record and take the step that opened it, all or nothing; without a source it is only registered."""
    done = register(uow, etype, unit, data, **how)
    if source is not None and not done.replayed:
        transition(uow, source.uid, source.step, version=source.version, opened=done.record)
    return done


__all__ = ["Opening", "Source", "opening", "register_from"]
