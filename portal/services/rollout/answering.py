"""The questions of a new version, answered before it is in force: each answer decides the places that it fills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.core.access import EDIT
from portal.core.errors import Conflict, InvalidInput, msg
from portal.core.packs.asking import replaced
from portal.core.packs.merge import merge
from portal.core.packs.origins import is_within
from portal.core.packs.questions import Answers, Asked
from portal.core.packs.questions.form import answered_meanwhile, problems_of
from portal.core.packs.three_way.absent import same
from portal.persistence.models import Unit
from portal.services.drafts.finding import require
from portal.services.drafts.loading import parent_of
from portal.services.rollout.deciding import Review, decide, refuse_submitted, review
from portal.services.rollout.ground import ground_of

if TYPE_CHECKING:
    from portal.services.portal import Work


def asked_by(found: Review) -> list[Asked]:
    """Return what a new version asks a centre, with what would be in force there as its answers.

    A centre without anything of its own takes the version as it is, and answers in a draft after that.
    """
    return Answers(found.plan.merged.bundle).standing() if found.ground.layer is not None else []


def unanswered(session: Session, unit: Unit) -> list[Asked]:
    """Return the questions of what is in force at a centre that nobody answered there; none where it can't be read."""
    ground = ground_of(session, unit)
    if not ground.above or ground.is_opaque:
        return []
    above = parent_of(session, ground.above).bundle
    asked = above.get("questions") or {}
    if not asked:
        return []
    found = Answers(merge(dict(above), dict(ground.content))).standing()
    return [one for one in found if one.question.id in asked and not one.is_answered]


def answer_version(
    uow: Work,
    unit_code: str,
    given: Mapping[str, str],
    seen: Mapping[str, str],
    why: str = "",
    *,
    digest: str = "",
) -> int:
    """Answer questions of a new version at a centre; return how many places were decided by that.

    InvalidInput with all that is wrong with the answers.
    """
    found = review(uow.session, unit_code, digest)
    require(uow.access, EDIT, found.ground.unit.path)
    refuse_submitted(uow, found)
    standing = asked_by(found)
    said = {name: text.strip() for name, text in given.items() if text.strip() != seen.get(name, "")}
    problems = problems_of(standing, said)
    values = Answers(found.plan.merged.bundle).filled(said)
    by_place: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        by_place.setdefault(_covering(found, path), {})[path] = value
    if problems:
        raise InvalidInput("question.answers", msg("Some answers can't be taken"), {}, problems)
    if changed := answered_meanwhile(standing, said, seen):
        raise Conflict("draft.conflict", msg("Another person changed this meanwhile"), {}, changed)
    for path, inner in by_place.items():
        one = found.decision(path)
        value = replaced(one.value, inner, path)
        if same(value, one.theirs):
            decide(uow, unit_code, path, "theirs", why, digest=digest)
        else:
            decide(uow, unit_code, path, "custom", why, value=value, digest=digest)
    return len(by_place)


def _covering(found: Review, path: str) -> str:
    """Return the place that is decided with a value: one around it that changes, else its own."""
    return next((one.path for one in found.plan.merged.decisions if is_within(path, one.path)), path)
