"""What the shipped worklists show a person, over the small packs too, which have none of their own."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy.orm import Session

from portal.core.worklists import compile_worklist
from portal.persistence import scope
from portal.services import records
from portal.services.portal import Portal

SHIPPED = Path(__file__).parents[2] / "seed" / "base" / "worklists"

# The case of the small pack of these tests keeps no outcome.
NOT_THERE = {"/data/outcome"}


def waiting(portal: Portal, session: Session, name: str) -> list[str] | None:
    """Return what a worklist shows, by its identifiers; None for one that is not for the person's roles."""
    definition = json.loads((SHIPPED / f"{name}.json").read_text(encoding="utf-8"))
    where = definition["where"]
    where["all"] = [one for one in where["all"] if one.get("field") not in NOT_THERE]
    asked = compile_worklist(name, definition)
    if not asked.roles & {role for role, _ in scope.access_of(session).memberships}:
        return None
    found = records.worklist_rows(portal, session, asked, size=500).rows
    return [(one.referral or one.record).uid for one in found]
