"""Put a release in force at a centre, now or from a moment on; take a centre over; open one; keep the log."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, msg, require_reason
from portal.persistence.models import Centre, Record, Release, ReleaseActivation, Unit
from portal.persistence.models.release import ACTIVATE, APPROVED, BY_ACT, CANCEL, OPEN, TAKE_OVER, WITHDRAWN
from portal.services import jobs, units
from portal.services.releases.acting import one_at_a_time
from portal.services.releases.belonging import Claim, agency_taken, first_to_come, foreign, ran_here, refuse
from portal.services.releases.closed_texts import close_texts
from portal.services.releases.effect import coming, running_at
from portal.services.releases.fills import announce
from portal.services.releases.reading import pinned
from portal.services.releases.states import state_of, withdrawn

if TYPE_CHECKING:
    from portal.services.portal import Work

# As many characters as the columns hold.
MAX_NAME, MAX_AGENCY = 200, 20


@dataclass(frozen=True, slots=True)
class _Act:
    """One act on a centre."""

    unit: Unit
    release: Release
    claim: Claim
    reason: str
    kind: str = ACTIVATE
    origin: str = BY_ACT
    effective_at: dt.datetime | None = None


def put_in_force(
    uow: Work,
    unit_code: str,
    release_id: int,
    reason: str,
    effective_at: dt.datetime | None = None,
    *,
    origin: str = BY_ACT,
) -> None:
    """Let a centre run by a release, at once or from ``effective_at`` on.

    A unit that runs no centre yet gets one, which is an act of the unit above. Refused: a release that is not
    approved, one of a pack that is not this centre's, an agency word that another centre uses.
    """
    unit = units.by_code(uow.session, unit_code)
    uow.access.require("release", "edit", unit.path)
    release = _approved(uow, release_id)
    act = _Act(
        unit, release, Claim.of_release(release, unit), reason, origin=origin, effective_at=effective_at
    )
    _refuse_past(uow, effective_at)
    before = running_at(uow.session, unit.id, effective_at or uow.now)
    if before is not None and before.release_id == release_id and effective_at is None:
        return
    if not (before is not None and ran_here(uow.session, unit.id, release_id)):
        refuse(foreign(uow.session, act.claim, unit, before or first_to_come(uow.session, unit.id)))
    if uow.session.get(Centre, unit.id) is None:
        # A pack of the unit's own says how its centre is called; for any other, the centre is opened first.
        own = bool(release.manifest.get("unit") == unit.code)
        _require_above(uow, unit)
        if not own:
            raise _not_open(unit)
        _open(uow, act, act.claim.name or unit.name, act.claim.agency)
        return
    _activate(uow, act, before)


def open_centre(
    uow: Work, unit_code: str, release_id: int, name: str, agency: str, reason: str, *, origin: str = BY_ACT
) -> None:
    """Open the centre of a unit with its name and its agency word; an act of the unit above."""
    unit = units.by_code(uow.session, unit_code)
    _require_above(uow, unit)
    release = _approved(uow, release_id)
    name, agency = name.strip(), agency.strip()
    wrong = [
        Problem("centre.word", text, {"limit": limit}, pointer=pointer)
        for pointer, word, limit in (("/name", name, MAX_NAME), ("/agency", agency, MAX_AGENCY))
        if (text := _wrong(word, limit))
    ]
    if wrong:
        raise InvalidInput("centre.word", wrong[0].message, wrong[0].params, wrong)
    if uow.session.get(Centre, unit.id) is not None:
        raise Conflict("centre.open", msg("%(unit)s runs a centre already"), {"unit": unit.name})
    _open(uow, _Act(unit, release, Claim(release.pack, frozenset()), reason, origin=origin), name, agency)


def take_over(uow: Work, unit_code: str, release_id: int, reason: str) -> None:
    """Let a centre run by a release of another pack; an act of the unit above, which says why.

    What was scheduled for the centre before is taken back in the same act.
    """
    unit = units.by_code(uow.session, unit_code)
    _require_above(uow, unit)
    require_reason(reason)
    release = _approved(uow, release_id)
    before = running_at(uow.session, unit.id)
    if before is None or uow.session.get(Centre, unit.id) is None:
        raise NotFound("centre.none", msg("This unit runs no centre"))
    if before.release_id == release_id:
        return
    for row in coming(uow.session, unit.id):
        _cancel_row(uow, row, reason)
    _activate(uow, _Act(unit, release, Claim.of_release(release, unit), reason, TAKE_OVER), before)


def cancel(uow: Work, unit_code: str, activation_id: int, reason: str) -> None:
    """Take back a release that was scheduled for a centre and whose time has not come."""
    unit = units.by_code(uow.session, unit_code)
    uow.access.require("release", "edit", unit.path)
    one_at_a_time(uow.session)
    row = next((one for one in coming(uow.session, unit.id) if one.id == activation_id), None)
    if row is None:
        raise NotFound("activation.unknown", msg("Nothing of that kind is scheduled here"))
    _cancel_row(uow, row, reason)
    uow.session.flush()
    centre = uow.session.get_one(Centre, unit.id)
    uow.audit(
        "unschedule",
        centre,
        kind="centre",
        object_id=unit.code,
        unit_path=unit.path,
        release_id=row.release_id,
        before={"release_id": row.release_id, "effective_at": row.effective_at.isoformat()},
        reason=reason,
    )


def _approved(uow: Work, release_id: int) -> Release:
    """Return a release that may be put in force; acts on centres wait for one another from here on."""
    one_at_a_time(uow.session)
    release = uow.session.get(Release, release_id, options=[undefer(Release.bundle)])
    if release is None:
        raise NotFound("release.unknown", msg("There is no such release"))
    state = state_of(uow.session, release_id)
    if state == WITHDRAWN:
        raise withdrawn(release)
    if state != APPROVED:
        raise Conflict(
            "release.state",
            msg("The release %(pack)s %(version)s is not approved"),
            {"pack": release.pack, "version": release.version},
            [
                Problem(
                    "release.state",
                    msg("Only an approved release can be put in force"),
                    remedy=msg("Approve it first: portal config approve"),
                )
            ],
        )
    return release


def _refuse_past(uow: Work, effective_at: dt.datetime | None) -> None:
    if effective_at is not None and effective_at <= uow.now:
        message = msg("A release can't take effect in the past")
        raise InvalidInput(
            "activation.past",
            message,
            problems=[
                Problem(
                    "activation.past",
                    message,
                    pointer="/effective_at",
                    remedy=msg("Give a later moment, or none to put it in force at once"),
                )
            ],
        )


def _wrong(word: str, limit: int) -> str:
    if not word:
        return msg("A centre needs a name and an agency word")
    return msg("Enter at most %(limit)s characters") if len(word) > limit else ""


def _require_above(uow: Work, unit: Unit) -> None:
    above = uow.session.get(Unit, unit.parent_id) if unit.parent_id else None
    uow.access.require("release", "edit", above.path if above else "/")


def _not_open(unit: Unit) -> Conflict:
    return Conflict(
        "centre.closed",
        msg("%(unit)s runs no centre yet"),
        {"unit": unit.name},
        [
            Problem(
                "centre.closed",
                msg("The pack says no name and no agency word for this centre"),
                remedy=msg("Open it first: portal config open-centre %(code)s --name NAME --agency WORD"),
                params={"code": unit.code},
            )
        ],
    )


def _open(uow: Work, act: _Act, name: str, agency: str) -> None:
    refuse(agency_taken(uow.session, agency, act.unit.id))
    centre = Centre(unit_id=act.unit.id, name=name, agency=agency, changed_at=uow.now)
    uow.add(centre)
    uow.session.flush()
    _add(uow, act, centre, None, OPEN)


def _activate(uow: Work, act: _Act, before: ReleaseActivation | None) -> None:
    refuse(agency_taken(uow.session, act.claim.agency, act.unit.id, f"seed/{act.release.pack}/layout.json"))
    centre = uow.session.get_one(Centre, act.unit.id)
    if act.effective_at is None:
        # A name that came into force with a schedule stays the centre's when another release follows.
        settled = before.name if before else "", before.agency if before else ""
        centre.name = act.claim.name or settled[0] or centre.name
        centre.agency = act.claim.agency or settled[1] or centre.agency
        centre.changed_at = uow.now
    _add(uow, act, centre, before, OPEN if before is None else act.kind)


def _add(uow: Work, act: _Act, centre: Centre, before: ReleaseActivation | None, kind: str) -> None:
    # Clocks of two servers differ a little: what follows never begins before what it follows.
    at = uow.now if before is None or act.effective_at else max(uow.now, before.effective_at)
    previous = before.release_id if before else None
    uow.add(
        ReleaseActivation(
            unit_id=act.unit.id,
            release_id=act.release.id,
            previous_id=previous,
            at=at,
            effective_at=act.effective_at or at,
            kind=kind,
            origin=act.origin,
            name=act.claim.name,
            agency=act.claim.agency,
            by_name=uow.access.name,
            reason=act.reason,
        )
    )
    uow.session.flush()
    if announce(uow.portal, uow.session, act.unit, previous, act.release.id, uow.now):
        key = f"fill:{act.unit.id}:{act.release.id}"
        jobs.enqueue(uow, "fill_fields", {"unit_id": act.unit.id}, key=key, at=act.effective_at)
    _work_out_periods(uow, act, previous)
    # At once, also where it takes effect later: what becomes personal is found less, never more.
    close_texts(uow.session, pinned(uow.portal, uow.session, act.release.id), act.unit.path)
    if act.effective_at is not None:
        jobs.enqueue(uow, "index_texts", {"unit_id": act.unit.id}, at=act.effective_at)
    after = {"release_id": act.release.id, "pack": act.release.pack, "version": act.release.version}
    if act.effective_at is not None:
        after["effective_at"] = act.effective_at.isoformat()
    action = "schedule" if act.effective_at else ("take_over" if kind == TAKE_OVER else "activate")
    uow.audit(
        action,
        centre,
        kind="centre",
        object_id=act.unit.code,
        unit_path=act.unit.path,
        release_id=act.release.id,
        before={"release_id": previous} if previous else None,
        after=after,
        reason=act.reason,
    )


def _work_out_periods(uow: Work, act: _Act, previous: int | None) -> None:
    """Let what runs be worked out by the calendar that comes into force, where it is another."""
    old = pinned(uow.portal, uow.session, previous) if previous is not None else None
    new = pinned(uow.portal, uow.session, act.release.id)
    if old is None or old.raw.get("calendar") == new.raw.get("calendar"):
        return
    options = {"unscoped": "asked up to which number there are records, for work that is done later"}
    upto = uow.session.scalar(select(func.max(Record.id)), execution_options=options) or 0
    key = f"clocks:{act.unit.id}:{act.release.id}"
    jobs.enqueue(
        uow, "recalculate_clocks", {"unit_id": act.unit.id, "upto": upto}, key=key, at=act.effective_at
    )


def _cancel_row(uow: Work, row: ReleaseActivation, reason: str) -> None:
    uow.add(
        ReleaseActivation(
            unit_id=row.unit_id,
            release_id=row.release_id,
            previous_id=row.previous_id,
            at=uow.now,
            effective_at=uow.now,
            kind=CANCEL,
            cancels=row.id,
            by_name=uow.access.name,
            reason=reason,
        )
    )
