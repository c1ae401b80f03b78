"""The states of a job, in one table: their words and tones on pages follow from it, and the document of the API."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.errors import msg
from portal.core.table import Table


@dataclass(frozen=True, slots=True)
class JobState:
    """A state that a job is in."""

    name: str
    words: str
    tone: str = "neutral"


JOB_STATES: Table[JobState] = Table(
    "job_states",
    JobState("ready", msg("Waiting")),
    JobState("running", msg("Under way"), "info"),
    JobState("done", msg("Done"), "good"),
    JobState("failed", msg("Failed"), "danger"),
    JobState("cancelled", msg("Cancelled")),
)
