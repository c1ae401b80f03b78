"""The questions of the configurations above, answered in a draft: each answer changes the places that it fills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from portal.core import pointer as pointers
from portal.core.drafts import Change, Draft
from portal.core.drafts.commands import Op
from portal.core.errors import Conflict, InvalidInput, msg
from portal.core.packs.merge import ABSENT
from portal.core.packs.questions import Answers, Asked, questions_of
from portal.core.packs.questions.form import answered_meanwhile, problems_of
from portal.services.drafts.changing import Changed, change
from portal.services.drafts.finding import draft_of
from portal.services.drafts.loading import loaded

if TYPE_CHECKING:
    from portal.services.portal import Work


def questions(session: Session, draft_id: str) -> list[Asked]:
    """Return what the configurations above ask a draft, with what it says to that."""
    return _asked(loaded(session, draft_of(session, draft_id)))


def answer(
    uow: Work, draft_id: str, given: Mapping[str, str], seen: Mapping[str, str] | None = None, why: str = ""
) -> Changed:
    """Answer some questions as one step; an empty answer takes one back.

    ``seen`` is what the person's page showed: what was left as it was is no answer of this person, and Conflict tells
    where another person answered meanwhile. InvalidInput with all that is wrong with the answers.
    """
    draft = loaded(uow.session, draft_of(uow.session, draft_id))
    standing = _asked(draft)
    said = {name: text.strip() for name, text in given.items()}
    if seen is not None:
        said = {name: text for name, text in said.items() if text != seen.get(name, "")}
    problems = problems_of(standing, said)
    if problems:
        raise InvalidInput("question.answers", msg("Some answers can't be taken"), {}, problems)
    if seen is not None and (changed := answered_meanwhile(standing, said, seen)):
        raise Conflict("draft.conflict", msg("Another person changed this meanwhile"), {}, changed)
    return change(uow, draft_id, _changes(draft, said), why=why)


def _asked(draft: Draft) -> list[Asked]:
    above = {one.id for one in questions_of(draft.above)}
    return [one for one in Answers(draft.bundle).standing() if one.question.id in above]


def _changes(draft: Draft, said: Mapping[str, str]) -> list[Change]:
    found = []
    for path, value in Answers(draft.bundle).filled(said).items():
        before = pointers.get(draft.document, path)
        after = None if value is ABSENT else value
        op: Op = "add" if before is None else "remove" if after is None else "replace"
        found.append(Change(op, path, before, after))
    return found
