"""Findings and decisions: the latest answers of each form that its release calls a finding, as cards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.services.records import Answers
from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.records.written import Writing, Written
from portal.web.words.case import Case


@dataclass(frozen=True, slots=True)
class FindingCard:
    """The latest answers of one form, with who wrote them and when; ``more`` is what folds out."""

    name: str
    title: str
    by: str
    at: dt.datetime
    first: Written
    more: Written | None


def findings(case: Case) -> list[FindingCard] | None:
    """Return the findings of a record in the order of its release; None where there are none."""
    latest = _latest(case.written.values())
    ordered = sorted(latest, key=lambda one: (_of(one).get("order", 0), one.form_id))
    writing = Writing(case, ordered)
    return [_card(case, writing, one) for one in ordered] or None


def _latest(written: Iterable[Answers]) -> list[Answers]:
    """Return the newest answers of each form that is a finding; those that they supersede stay in the history."""
    found: dict[str, Answers] = {}
    for one in written:
        if _of(one) and not _of(one).get("hidden"):
            found.setdefault(one.form_id, one)
    return list(found.values())


def _of(answers: Answers) -> Mapping[str, Any]:
    found: Mapping[str, Any] = answers.definition.get("finding") or {}
    return found


def _card(case: Case, writing: Writing, answers: Answers) -> FindingCard:
    said, name = _of(answers), f"finding-{answers.form_id}"
    first = frozenset(said.get("first", ()))
    texts = answers.bundle.texts(case.now.lang)
    whole = not first or answers.destroyed
    shown = writing.of(answers, shown=None if whole else first.__contains__, name=name, titles=False)
    rest = None
    if not whole:
        rest = writing.of(answers, shown=lambda where: where not in first, name=f"{name}-more", titles=False)
    if rest is not None and not rest.html and not rest.hidden:
        rest = None
    if rest is not None and not shown.html:
        shown, rest = writing.of(answers, name=name, titles=False), None
    return FindingCard(
        answers.form_id,
        texts(said.get("title") or answers.definition.get("title"), answers.form_id),
        answers.event.by_name,
        answers.event.at,
        shown,
        rest,
    )


PANELS.add(Panel("findings", Place.MAIN, 15, "records/panels/findings.html", findings))
