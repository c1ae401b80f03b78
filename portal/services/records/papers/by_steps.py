"""Issue a paper by a step, in its act: with what the record says then, and the answers of the step's own form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from portal.services.records.papers.issuing import issue, types_of
from portal.services.records.papers.offering import is_about
from portal.services.records.papers.stating import Stating

if TYPE_CHECKING:
    from portal.services.records.acts.performed import Performed


def issue_document(act: Performed, said: Mapping[str, Any]) -> bool:
    """Issue the document that the effect names; return False, so that a person does it, where something is missing.

    What has to be stated and stands nowhere can only be asked of a person; a paper about another sort of record, or one
    that the person would see masked, is not issued by itself.
    """
    document = types_of(act.bundle).get(said["document"])
    if document is None or not is_about(act.bundle, act.record, document, act.uow.today):
        return False
    act.save()
    stating = Stating(act.uow.portal, act.uow.session, act.record, answers=_answers(act, document.form))
    statement = stating.statement(document, {})
    if statement.missing or statement.masked:
        return False
    issue(act, document, statement)
    return True


def _answers(act: Performed, form: str) -> tuple[str, Mapping[str, Any]] | None:
    """Return the answers of the step that is being taken, where they are those of the form."""
    taken = next((one for one in reversed(act.happenings) if one.how == "step"), None)
    cycle = act.bundle.lifecycle_of(act.record.etype)
    step = next((one for one in (cycle.transitions if cycle else ()) if taken and one.id == taken.name), None)
    if taken is None or step is None or not form or step.form != form:
        return None
    found = (taken.payload or {}).get("form")
    return (form, found) if isinstance(found, Mapping) else None
