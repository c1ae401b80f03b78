"""What people wrote into the forms of steps, as the reader of a record may see it: kept in its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.adapters.keyring import is_encrypted
from portal.core import pointer as pointers
from portal.core.acts import ADOPT_RELEASE, TAKE_STEP
from portal.core.disclosure import Level, Plan
from portal.core.encrypted import DESTROYED_TEXT, is_destroyed
from portal.core.errors import NotFound
from portal.core.lifecycle import Transition
from portal.core.values import is_missing
from portal.persistence.models import RecordEvent
from portal.services.bundles import Bundle
from portal.services.records.privacy.disclosure import RecordView
from portal.services.records.privacy.encryption import opened, sensitive
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal


@dataclass(frozen=True)
class Answers:
    """The answers of one step, with the release whose form asked for them.

    ``data`` are the answers as the person may see them, ``hidden`` how many of them are kept from that person, and
    ``destroyed`` tells that no key opens them any more.
    """

    event: RecordEvent
    bundle: Bundle
    step: Transition
    plan: Plan
    data: Mapping[str, Any]
    hidden: int = 0
    destroyed: bool = False

    @property
    def form_id(self) -> str:
        """Return the identifier of the form."""
        return self.step.form or ""

    @property
    def definition(self) -> Mapping[str, Any]:
        """Return the form as its release defines it."""
        found: Mapping[str, Any] = self.bundle.raw["forms"][self.form_id]
        return found


def answers_of(
    portal: Portal, session: Session, view: RecordView, events: Iterable[RecordEvent]
) -> list[Answers]:
    """Return the answers of the steps in a history (the latest first) that have a form, each masked for the reader.

    A step is read by the release under which it was taken: moving the record to a newer one changes no words of it.
    """
    found = (_read(view, bundle, event) for bundle, event in _with_release(portal, session, view, events))
    return [one for one in found if one is not None]


def _with_release(
    portal: Portal, session: Session, view: RecordView, events: Iterable[RecordEvent]
) -> Iterator[tuple[Bundle, RecordEvent]]:
    bundle = view.bundle
    for event in events:
        yield bundle, event
        data = event.data if isinstance(event.data, Mapping) else {}
        if event.kind == ADOPT_RELEASE.kind and data.get("releases"):
            try:
                bundle = pinned(portal, session, int(data["releases"][0]))
            except NotFound:
                continue


def _read(view: RecordView, bundle: Bundle, event: RecordEvent) -> Answers | None:
    step = _step(bundle, view.record.etype, event)
    if step is None:
        return None
    plan = view.of_answers(bundle, step)
    if is_destroyed(event.data):
        return Answers(event, bundle, step, plan, {}, destroyed=True)
    written = (event.data or {}).get("form")
    if not isinstance(written, Mapping) or not written:
        return None
    form, uid = step.form or "", view.record.uid
    clear = opened(view.keys, bundle, form, uid, written)
    for where in sensitive(bundle, form):
        clear = dict(pointers.mapped(clear, where, _readable))
    hidden = sum(
        plan.level(where) is Level.HIDDEN and not all(map(is_missing, pointers.values(clear, where)))
        for where in bundle.fields(form)
    )
    return Answers(event, bundle, step, plan, plan.show(clear), hidden)


def _step(bundle: Bundle, etype: str, event: RecordEvent) -> Transition | None:
    """Return the step that an event tells, where it has a form that the release still knows."""
    if event.kind != TAKE_STEP.kind or not bundle.has_entity(etype):
        return None
    lifecycle = bundle.lifecycle_of(etype)
    steps = lifecycle.transitions if lifecycle is not None else ()
    found = next((one for one in steps if one.id == event.name), None)
    return found if found is not None and found.form in bundle.raw["forms"] else None


def _readable(value: Any) -> Any:
    return DESTROYED_TEXT if is_encrypted(value) else value
