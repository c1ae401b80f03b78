"""A person gives a matter its grade: what the rules propose, or another one with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal.core.acts import GRADE
from portal.core.errors import InvalidInput, Problem, msg, require_reason
from portal.core.messages import GradeAccepted
from portal.persistence.models import Record
from portal.services.bundles import Bundle
from portal.services.records.acts.loading import load
from portal.services.records.acts.performed import Performed
from portal.services.records.acts.performing import perform
from portal.services.records.acts.versions import GRADE as GRADE_FIELD
from portal.services.records.acts.versions import set_data
from portal.services.records.entering.indexing import index_record
from portal.services.records.entering.releases_above import releases_above

if TYPE_CHECKING:
    from portal.services.portal import Work


def grades(bundle: Bundle) -> dict[str, Any]:
    """Return the grades that a release knows, with their titles."""
    return dict(bundle.settings.get("values", {}).get("grades", {}))


def accept_grade(
    uow: Work, uid: str, grade: str, *, version: int, proposed: bool, reason: str = ""
) -> Record:
    """Give a matter a grade; one that the rules do not propose needs a reason."""
    record = load(uow.session, uid)
    with perform(uow, GRADE, record, version=version) as act:
        if grade not in grades(act.bundle):
            message = msg("Choose one of the grades")
            problem = Problem("grade.unknown", message, pointer="/grade")
            raise InvalidInput("grade.unknown", message, problems=[problem])
        if not proposed:
            require_reason(reason)
        before = record.grade
        give_grade(act, grade)
        act.touch()
        act.history(grade, reason=reason, data={"base": {GRADE_FIELD: before}, "grade": grade})
        act.audit(before={"grade": before}, after={"grade": grade}, reason=reason)
    return record


def give_grade(act: Performed, grade: str) -> None:
    """Write a grade to the record: into the field of its type where there is one, else beside its data."""
    uow, record, bundle = act.uow, act.record, act.bundle
    if GRADE_FIELD in bundle.fields(record.etype):
        newer = releases_above(uow.portal, uow.session, record)
        data = {**record.data, GRADE_FIELD[1:]: grade}
        set_data(uow.portal.keys, bundle, record, data, newer)
        index_record(uow.session, uow.portal.keys, bundle, record, record.data, newer)
    record.grade = grade
    act.emit("record.grade", GradeAccepted, grade=grade)
