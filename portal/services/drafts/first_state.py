"""What a draft of a centre without a pack says at first: the centre, and its units where no pack has them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.divisions import LEVELS, Division
from portal.core.drafts import Share
from portal.core.drafts.share import DIVISIONS, new_share
from portal.core.packs.contents import divisions_of
from portal.core.packs.resolve import Resolved
from portal.core.packs.starting import divisions_table
from portal.persistence.models import Unit
from portal.persistence.scope import subtree
from portal.services import units
from portal.services.units.centres import centre_at


def first_state(session: Session, pack: str, parent: Resolved, reference: str, unit: Unit) -> Share:
    """Return the share of a centre's new pack: complete by itself, so that the check finds nothing to mend in it."""
    share = new_share(pack, reference, unit.code, unit.name)
    content = _centre(session, parent, unit)
    known = {one.code for one in divisions_of(parent.chain)[0]}
    own = {} if unit.code in known else {DIVISIONS: divisions_table(_rows(session, unit)).decode()}
    return replace(share, content={**share.content, **content}, own={**share.own, **own})


def _centre(session: Session, parent: Resolved, unit: Unit) -> dict[str, Any]:
    """Return the centre's own name and agency word where the layout above describes another unit's centre."""
    layout = parent.bundle.get("layout") or {}
    above = layout.get("centre") or {}
    centre = centre_at(session, unit.id)
    if centre is None or not layout or above.get("unit") in (None, unit.code):
        return {}
    said: dict[str, Any] = {"name": centre.name or unit.name, "unit": unit.code, "agency": centre.agency}
    gone = {name: None for name in above if name not in said}
    return {"layout": {"centre": said | gone}}


def _rows(session: Session, unit: Unit) -> list[Division]:
    """Return the divisions above, at and below a unit, each after its parent."""
    below = session.scalars(
        select(Unit).where(Unit.kind == "division", subtree(Unit.path, (unit.path,)))
    ).all()
    found = [one for one in (*units.trail(session, unit)[:-1], *below) if one.level in LEVELS]
    codes = {one.id: one.code for one in found}
    ordered = sorted(found, key=lambda one: (len(one.path.split("/")), one.code))
    return [
        Division(one.code, codes.get(one.parent_id or 0, ""), one.level, one.name, one.flag)
        for one in ordered
    ]
