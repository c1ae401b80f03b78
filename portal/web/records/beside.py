"""What stands beside a form about a record: its facts and its findings, so that nobody leaves the form for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.core.lifecycle import Transition
from portal.core.volumes import ARCHIVED
from portal.persistence.models import Record
from portal.web.records.panels.facts import facts_html
from portal.web.records.panels.findings import FindingCard, findings
from portal.web.words.case import Case
from portal.web.words.here import Here
from portal.web.words.looked import Looked, looked_at
from portal.web.words.volumes import VolumeWords, volume_words


@dataclass(frozen=True, slots=True)
class Beside:
    """The facts drawn by their form, and the findings, each folded."""

    facts: Any
    findings: list[FindingCard]
    looked: list[Looked]
    # The file of the matter, where the step archives it.
    volume: VolumeWords | None = None


def beside(now: Here, record: Record, step: Transition | None = None) -> Beside:
    """Return what stands beside a form about a record, as the person may see it; of a step also what is looked at."""
    case = Case(now, record)
    looked = looked_at(case, step) if step else []
    return Beside(facts_html(case, "b"), findings(case) or [], looked, _volume(case, step))


def _volume(case: Case, step: Transition | None) -> VolumeWords | None:
    cycle = case.screen.lifecycle
    if step is None or step.to is None or cycle is None or cycle.stage(step.to).canonical != ARCHIVED:
        return None
    found = volume_words(case)
    return None if found is None or found.contents.is_archived else found
