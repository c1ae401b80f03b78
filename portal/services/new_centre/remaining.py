"""The parts of a centre's configuration that still come from above."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.core.drafts.owners import counted
from portal.persistence.models import Draft
from portal.services.drafts.loading import loaded


@dataclass(frozen=True, slots=True)
class PartLeft:
    """A part of a configuration: how many of its things are the centre's own, and how many come from above."""

    part: str
    own: int
    above: int


def still_above(session: Session, draft: Draft) -> list[PartLeft]:
    """Return the parts of a draft's configuration of which anything comes from above."""
    found = counted(loaded(session, draft))
    return [PartLeft(name, own, above) for name, (own, above) in found.items() if above]
