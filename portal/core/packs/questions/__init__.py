"""Questions that a configuration asks the centres below, and the values that their answers become."""

from portal.core.packs.questions.kinds import KINDS, Kind
from portal.core.packs.questions.standing import (
    SECTION,
    Answers,
    Asked,
    Place,
    Question,
    places_of,
    questions_of,
    readers_of,
)
from portal.core.packs.questions.texts import asked_text

__all__ = [
    "KINDS",
    "SECTION",
    "Answers",
    "Asked",
    "Kind",
    "Place",
    "Question",
    "asked_text",
    "places_of",
    "questions_of",
    "readers_of",
]
