"""Open a centre by a configuration above it, with a draft of its own, in one act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.core.errors import Conflict, msg
from portal.persistence.models import Centre
from portal.persistence.scope import as_system
from portal.services import releases
from portal.services.drafts.opening import begin_draft
from portal.services.new_centre.guidelines import guidelines_for, named, release_of
from portal.services.new_centre.places import require_place

if TYPE_CHECKING:
    from portal.services.portal import Work


@dataclass(frozen=True, slots=True)
class Order:
    """A new centre: its unit, what it works by, its name, its agency word, what its draft is called."""

    unit: str
    guideline: str
    name: str
    agency: str
    draft: str


def begin_centre(uow: Work, order: Order) -> str:
    """Open a centre and begin the draft of its own, which those see who hold a role for drafts there; return it.

    An act of the unit above: a person who may not open centres there is refused before anything is read.
    """
    unit = require_place(uow.session, uow.access, order.unit)
    if uow.session.get(Centre, unit.id) is not None:
        raise Conflict("centre.open", msg("%(unit)s runs a centre already"), {"unit": unit.name})
    chosen = named(guidelines_for(uow.session, uow.access, unit), order.guideline)
    releases.open_centre(uow, unit.code, release_of(uow, chosen), order.name, order.agency, order.draft)
    with as_system(uow.session, "the draft of a new centre is its own people's, whoever opens the centre"):
        return begin_draft(uow, unit, order.draft).uid
