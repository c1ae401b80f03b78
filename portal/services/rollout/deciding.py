"""What persons said of the places of a new version: decided, put off, commented; and how other centres decided."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core import strict_json
from portal.core.access import EDIT
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, check_reason, msg, require_reason
from portal.core.packs.merge import merge
from portal.core.packs.questions import places_of
from portal.core.packs.three_way import ABSENT, Action, Answer, Decision
from portal.core.packs.three_way.words import ACTIONS
from portal.persistence.models import RolloutDecision as Row
from portal.persistence.models import Unit
from portal.services import units
from portal.services.drafts.finding import require
from portal.services.rollout.finding import SUBMITTED, live_plan
from portal.services.rollout.ground import (
    BASE,
    Ground,
    Offer,
    bases,
    ground_of,
    newest_offer,
    offer_of,
    pack_of,
)
from portal.services.rollout.merging import Planned, planned

if TYPE_CHECKING:
    from portal.services.portal import Work

ANSWER, DEFER, COMMENT = "answer", "defer", "comment"
MAX_WHY = 2000


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How another centre decided a place whose new value is the same."""

    unit: str
    action: str
    value: Any
    why: str
    by_name: str


@dataclass(frozen=True)
class Review:
    """A centre beside a new version: what it stands on, the version, the merge with all that was decided."""

    ground: Ground
    offer: Offer
    plan: Planned
    said: tuple[Row, ...]

    def decision(self, path: str) -> Decision:
        """Return the decision at a place; NotFound where there is none."""
        found = next((one for one in self.plan.merged.decisions if one.path == path), None)
        if found is None and path in places_of(self.plan.theirs.bundle):
            return self._asked(path)
        if found is None:
            raise NotFound("rollout.place", msg("Nothing has to be decided at this place any more"))
        return found

    def _asked(self, path: str) -> Decision:
        """Return the decision at a place that a question fills and that neither side changed."""
        base = pointers.get(self.plan.base.bundle, path, ABSENT)
        own: dict[str, Any] = merge(dict(self.plan.base.bundle), dict(self.ground.content))
        theirs = pointers.get(self.plan.theirs.bundle, path, ABSENT)
        ours = pointers.get(own, path, ABSENT)
        return Decision(path, base, theirs, ours, "kept", None, "ours", ours, "answer")

    def last(self, path: str) -> Row | None:
        """Return what was decided or put off last at a place, if it was said of the values of today."""
        one = self.decision(path)
        rows = [row for row in self.said if row.path == path and row.kind != COMMENT]
        last = rows[-1] if rows else None
        return last if last is not None and digests_of(last) == one.digests else None

    def comments(self, path: str) -> list[Row]:
        """Return the comments on a place, the first one first."""
        return [row for row in self.said if row.path == path and row.kind == COMMENT]


def digests_of(row: Row) -> tuple[str, str, str]:
    """Return the digests of the three values for which something was said."""
    return row.base, row.theirs, row.ours


def said_at(session: Session, unit_id: int, parent: str) -> tuple[Row, ...]:
    """Return all that was said at a centre of versions of a pack, in its order."""
    query = select(Row).where(Row.unit_id == unit_id, Row.parent == parent, Row.kind != BASE).order_by(Row.id)
    return tuple(session.scalars(query))


def answers_of(said: Sequence[Row]) -> list[Answer]:
    """Return the answers that hold: the last one of each place, unless it was put off since."""
    last = {row.path: row for row in said if row.kind != COMMENT}
    return [answer_of(row) for row in last.values() if row.kind == ANSWER]


def answer_of(row: Row) -> Answer:
    """Return a stored decision as an answer of the merge."""
    value = ABSENT if row.value is None else json.loads(row.value)
    action: Action = row.action  # type: ignore[assignment]
    return Answer(row.path, digests_of(row), action, value, row.by_name, row.at.isoformat(), row.why)


def review(session: Session, unit_code: str, digest: str = "") -> Review:
    """Return a centre beside a version, the newest by default; NotFound where there is nothing to take over."""
    pack = pack_of(session, digest) if digest else ""
    ground = ground_of(session, units.by_code(session, unit_code), pack)
    offer = offer_of(session, ground.parent, digest) if digest else newest_offer(session, ground)
    if offer is None:
        raise NotFound("rollout.none", msg("There is no newer version to take over"))
    return review_of(session, ground, offer)


def review_of(session: Session, ground: Ground, offer: Offer) -> Review:
    """Return a centre beside one version, with all that was decided there."""
    if ground.is_opaque:
        text = msg("The files of %(pack)s %(version)s are not here: choose the version with which to compare")
        raise Conflict("rollout.opaque", text, {"pack": ground.parent, "version": ground.adopted})
    said = said_at(session, ground.unit.id, offer.pack)
    return Review(ground, offer, planned(session, ground, offer, answers_of(said)), said)


def decide(
    uow: Work, unit_code: str, path: str, action: str, why: str = "", *, value: Any = ABSENT, digest: str = ""
) -> Row:
    """Decide a place of a new version; the decision is remembered as long as the three values are the same.

    Staying with another value than the new version's is said with a reason. Refused: what would change a locked place.
    """
    found = _reviewed(uow, unit_code, digest)
    one = found.decision(path)
    if action not in ACTIONS:
        text = msg("Choose what is to hold")
        raise InvalidInput(
            "rollout.action", text, problems=[Problem("rollout.action", text, pointer="/action")]
        )
    check_reason(why)
    if one.conflict is not None and action != "theirs":
        require_reason(why)
    chosen: Action = action  # type: ignore[assignment]
    answer = one.answer(chosen, value if chosen == "custom" else ABSENT)
    if chosen == "custom" and value is ABSENT:
        text = msg("Write what is to hold instead")
        raise InvalidInput("rollout.value", text, problems=[Problem("rollout.value", text, pointer="/value")])
    if problems := [] if answer.value is ABSENT else strict_json.loads(_written(answer.value))[1]:
        raise InvalidInput(
            "rollout.value",
            problems[0].message,
            problems[0].params,
            [replace(problem, pointer="/value") for problem in problems],
        )
    # What the merge refuses with this answer is refused before anything is stored.
    planned(uow.session, found.ground, found.offer, [*answers_of(found.said), answer])
    row = _row(uow, found, one, ANSWER, why)
    row.action = action
    row.value = None if answer.value is ABSENT else _written(answer.value)
    return _kept(uow, row, "decide_place")


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def put_off(uow: Work, unit_code: str, path: str, why: str = "", *, digest: str = "") -> Row:
    """Leave a place open for later; what was decided there before holds no more."""
    found = _reviewed(uow, unit_code, digest)
    check_reason(why)
    return _kept(uow, _row(uow, found, found.decision(path), DEFER, why), "put_off_place")


def comment(uow: Work, unit_code: str, path: str, text: str, *, digest: str = "") -> Row:
    """Write something about a place, for colleagues and for other centres."""
    found = _reviewed(uow, unit_code, digest)
    require_reason(text)
    check_reason(text)
    return _kept(uow, _row(uow, found, found.decision(path), COMMENT, text), "comment_place")


def choose_base(uow: Work, unit_code: str, digest: str, why: str) -> Row:
    """Say with which version both sides are compared where the files of the adopted one are not here."""
    ground = ground_of(uow.session, units.by_code(uow.session, unit_code))
    require(uow.access, EDIT, ground.unit.path)
    require_reason(why)
    check_reason(why)
    stored = next((row for row in bases(uow.session, ground) if row.digest == digest), None)
    if ground.link is None or stored is None:
        text = msg("Choose one of the versions that are here")
        raise InvalidInput("rollout.base", text, problems=[Problem("rollout.base", text, pointer="/base")])
    row = Row(
        unit_id=ground.unit.id,
        unit_path=ground.unit.path,
        parent=ground.parent,
        version=stored.version,
        path="",
        base=stored.digest,
        theirs=str(ground.link["digest"]),
        ours="",
        kind=BASE,
        action="",
        at=uow.now,
        by_id=uow.access.user_id,
        by_name=uow.access.name,
        why=why[:MAX_WHY],
    )
    return _kept(uow, row, "choose_base")


def elsewhere(session: Session, found: Review, path: str) -> list[Elsewhere]:
    """Return how other centres decided a place whose new value is the same, each by its last word."""
    one = found.decision(path)
    query = (
        select(Row, Unit.name)
        .join(Unit, Unit.id == Row.unit_id)
        .where(Row.parent == found.offer.pack, Row.path == path, Row.theirs == one.digests[1])
        .where(Row.kind != COMMENT, Row.unit_id != found.ground.unit.id)
        .order_by(Row.id)
    )
    last = {row.unit_id: (row, name) for row, name in session.execute(query)}
    return [
        Elsewhere(
            name, row.action, ABSENT if row.value is None else json.loads(row.value), row.why, row.by_name
        )
        for row, name in last.values()
        if row.kind == ANSWER
    ]


def _reviewed(uow: Work, unit_code: str, digest: str) -> Review:
    found = review(uow.session, unit_code, digest)
    require(uow.access, EDIT, found.ground.unit.path)
    refuse_submitted(uow, found)
    return found


def refuse_submitted(uow: Work, found: Review) -> None:
    """Raise Conflict while the plan of a centre waits for approval: it is sent back first."""
    row = live_plan(uow.session, found.ground.unit.id)
    if row is not None and row.state == SUBMITTED:
        raise Conflict(
            "rollout.submitted",
            msg("This waits for approval and can't be changed; it can be sent back first"),
        )


def _row(uow: Work, found: Review, one: Decision, kind: str, why: str) -> Row:
    base, theirs, ours = one.digests
    return Row(
        unit_id=found.ground.unit.id,
        unit_path=found.ground.unit.path,
        parent=found.offer.pack,
        version=found.offer.version,
        path=one.path,
        base=base,
        theirs=theirs,
        ours=ours,
        kind=kind,
        action="",
        at=uow.now,
        by_id=uow.access.user_id,
        by_name=uow.access.name,
        why=why[:MAX_WHY],
    )


def _kept(uow: Work, row: Row, act: str) -> Row:
    uow.add(row)
    uow.session.flush()
    after = {"path": row.path, "version": row.version, "action": row.action or row.kind}
    uow.audit(
        act, row, kind="decision", object_id=str(row.id), unit_path=row.unit_path, after=after, reason=row.why
    )
    return row
