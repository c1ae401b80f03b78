"""Fill in the form of a step from a part of the record, such as the result of the last session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.lifecycle import Transition
from portal.persistence.models import Record
from portal.services.records.finding.children import children_of
from portal.services.records.finding.choices import records_named
from portal.services.records.finding.reading import history
from portal.services.records.privacy.disclosure import view_of
from portal.services.releases.reading import pinned

if TYPE_CHECKING:
    from portal.services.portal import Portal

MOST = 200


def taken_from_part(portal: Portal, session: Session, record: Record, step: Transition) -> dict[str, Any]:
    """Return what a step's form is filled in with: only what the person sees of the part in clear.

    A part that was over when the step was taken last was written down then: it fills in nothing once more.
    """
    takes, form_id = step.takes, step.form or ""
    if takes is None:
        return {}
    taken = (one.at for one in history(portal, session, record) if one.name == step.id)
    last = next(taken, None)
    parts = [
        part
        for part in children_of(session, record, [takes.entity], MOST)
        if part.stage in takes.stages and (last is None or (part.stage_since or part.created_at) > last)
    ]
    if not parts:
        return {}
    part = parts[-1]
    view, bundle = view_of(portal, session, part), pinned(portal, session, part.release_id)
    fields = bundle.fields(part.etype)
    form = pinned(portal, session, record.release_id).fields(form_id)
    data = pointers.patched({}, takes.values)
    for target, source in sorted(takes.take.items()):
        value = pointers.get(view.data, source)
        if value in (None, "", []) or not view.shows(source):
            continue
        if source in fields and fields[source].type == "record":
            named = records_named(session, [str(value)]).get(str(value))
            value = named.title if named is not None else None
        if value is None:
            continue
        wanted = form.get(target)
        if wanted is None or (wanted.options and value not in dict(wanted.options)):
            continue
        data = pointers.with_value(data, target, [value] if wanted.type == "strings" else value)
    return data
