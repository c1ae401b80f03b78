"""The form that asks for what purpose a person needs the personal data of a record."""

from __future__ import annotations

from dataclasses import dataclass

from portal.services import records
from portal.web.words.links import action_url
from portal.web.words.screen import Screen


@dataclass(frozen=True, slots=True)
class Disclosing:
    """The address of the form, and the purposes that the release names."""

    url: str
    purposes: list[str]


def disclosing(screen: Screen, view: records.RecordView, *, answers: bool = False) -> Disclosing | None:
    """Return the form for a record in which something is masked for a person who may have it shown.

    ``answers`` tells that something is masked of what was written into the forms of its steps.
    """
    record = view.record
    if not (view.plan.profile.masked or answers) or not view.may_unmask:
        return None
    purposes = [screen.texts(purpose) for purpose in records.purposes(screen.bundle)]
    return Disclosing(action_url(record.etype, "unmask", record.uid), purposes)
