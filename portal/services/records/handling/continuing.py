"""Open the form of a step with what was written before: by the step itself, such as a plan, or by earlier ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.lifecycle import Transition
from portal.persistence.models import Record
from portal.services.records.finding.reading import history
from portal.services.records.handling.tasks.by_rows import rows_as_they_stand
from portal.services.records.privacy.answers import answers_of
from portal.services.records.privacy.disclosure import view_of

if TYPE_CHECKING:
    from portal.services.portal import Portal


def continued(portal: Portal, session: Session, record: Record, step: Transition) -> dict[str, Any]:
    """Return what the fields that a step continues hold: only what the session's person sees in clear.

    Rows that became tasks stand as these do now. Empty where nothing was written yet.
    """
    if not step.continues:
        return {}
    view = view_of(portal, session, record)
    written = answers_of(portal, session, view, history(portal, session, record))
    last = next((one for one in written if one.form_id == step.form and not one.destroyed), None)
    data: dict[str, Any] = {}
    for where in sorted(step.continues) if last is not None else ():
        assert last is not None
        value = pointers.get(last.data, where)
        if value in (None, "", []) or not last.plan.sees(where):
            continue
        if isinstance(value, list):
            rows = rows_as_they_stand(portal, session, record, step, where, value)
            value = value if rows is None else rows
        data = pointers.with_value(data, where, value)
    return data


def known_of_steps(portal: Portal, session: Session, record: Record, step: Transition) -> dict[str, Any]:
    """Return the answers that earlier steps know: only what the session's person sees in clear.

    A step that is taken once more asks for new answers.
    """
    if not step.known_from:
        return {}
    events = history(portal, session, record)
    if any(one.name == step.id for one in events):
        return {}
    view = view_of(portal, session, record)
    written = [one for one in answers_of(portal, session, view, events) if not one.destroyed]
    data: dict[str, Any] = {}
    for where, rows in sorted(step.known_from.items()):
        last = {
            known.step: next((one for one in written if one.event.name == known.step), None) for known in rows
        }
        for known in rows:
            answers = last[known.step]
            value = None if answers is None else pointers.get(answers.data, known.field)
            if known.values:
                value = known.values.get(value) if isinstance(value, str) else None
            if answers is None or value in (None, "", []) or not answers.plan.sees(known.field):
                continue
            data = pointers.with_value(data, where, value)
            break
    return data
