"""Conditions looked at before a step, in words: whether each holds, and what follows where it does not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from portal.core.lifecycle import Transition
from portal.services import records
from portal.web.words.case import Case


@dataclass(frozen=True, slots=True)
class Looked:
    """One thing that was looked at; ``unmet`` says what follows where it does not hold."""

    title: str
    holds: bool
    unmet: str
    source: str
    day: dt.date | None


def looked_at(case: Case, step: Transition) -> list[Looked]:
    """Return what is looked at before a step of a record, in its order."""
    now, texts = case.now, case.texts
    return [
        Looked(
            texts(one.looked.title),
            one.holds,
            "" if one.holds else texts(one.looked.unmet),
            texts(one.looked.source),
            one.day,
        )
        for one in records.looked_before(now.portal, now.session, case.record, step)
    ]
