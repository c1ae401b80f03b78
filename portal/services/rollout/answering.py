"""The questions of a new version, answered before it is in force: each answer decides the places that it fills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from portal.core import pointer as pointers
from portal.core.access import EDIT
from portal.core.errors import InvalidInput, Problem, msg
from portal.core.packs.asking import replaced
from portal.core.packs.merge import ABSENT
from portal.core.packs.origins import is_within
from portal.core.packs.questions import Answers, Asked
from portal.core.packs.questions.form import problems_of
from portal.core.packs.three_way import Decision
from portal.core.packs.three_way.absent import same
from portal.services.drafts.finding import require
from portal.services.rollout.deciding import Review, decide, refuse_submitted, review

if TYPE_CHECKING:
    from portal.services.portal import Work


def asked_by(found: Review) -> list[Asked]:
    """Return what a new version asks a centre, with what would be in force there as its answers.

    A centre without anything of its own takes the version as it is, and answers in a draft after that.
    """
    return Answers(found.plan.merged.bundle).standing() if found.ground.layer is not None else []


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

    InvalidInput with all that is wrong with the answers; what the version does not change is answered in a draft.
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
        one = _covering(found, path)
        if one is None:
            problems.append(_unchanged(standing, path))
        else:
            by_place.setdefault(one.path, {})[path] = value
    if problems:
        raise InvalidInput("question.answers", msg("Some answers can't be taken"), {}, problems)
    for path, inner in by_place.items():
        one = found.decision(path)
        value = replaced(one.value, inner, path)
        if same(value, one.theirs):
            decide(uow, unit_code, path, "theirs", why, digest=digest)
        elif value is not ABSENT:
            decide(uow, unit_code, path, "custom", why, value=value, digest=digest)
    return len(by_place)


def _covering(found: Review, path: str) -> Decision | None:
    """Return the decision in whose place a value stands."""
    return next((one for one in found.plan.merged.decisions if is_within(path, one.path)), None)


def _unchanged(standing: list[Asked], path: str) -> Problem:
    name = next(
        (one.question.id for one in standing if any(place.path == path for place in one.question.places)), ""
    )
    text = msg("The new version does not change this place: answer it in a draft of your configuration")
    return Problem("question.draft", text, pointer=pointers.join([name]))
