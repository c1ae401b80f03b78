"""Open a centre by a configuration above it, with a draft of its own, in one act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.core.errors import Conflict, msg
from portal.persistence.models import Centre, Draft
from portal.services import releases
from portal.services.drafts.opening import begin
from portal.services.new_centre.guidelines import guidelines_for, named, release_of
from portal.services.new_centre.places import require_place

if TYPE_CHECKING:
    from portal.services.portal import Work


@dataclass(frozen=True, slots=True)
class Order:
    """What a new centre is to be: its unit, what it works by, its name, its agency word, what its draft is called."""

    unit: str
    guideline: str
    name: str
    agency: str
    draft: str


def begin_centre(uow: Work, order: Order) -> Draft:
    """Open a centre and begin the draft of its own; the draft is seen by those who hold a role for drafts there.

    An act of the unit above: whoever may not open centres there is refused before anything is read.
    """
    unit = require_place(uow.session, uow.access, order.unit)
    if uow.session.get(Centre, unit.id) is not None:
        raise Conflict("centre.open", msg("%(unit)s runs a centre already"), {"unit": unit.name})
    chosen = named(guidelines_for(uow.session, uow.access, unit), order.guideline)
    releases.open_centre(uow, unit.code, release_of(uow, chosen), order.name, order.agency, order.draft)
    return begin(uow, unit, order.draft)
