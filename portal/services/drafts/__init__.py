"""Drafts of configurations: opened over what is in force, changed by several persons, compared, given back."""

from portal.core.drafts import Change
from portal.services.drafts.changing import Changed, change, give_back, redo, undo
from portal.services.drafts.comparing import Compared, compare
from portal.services.drafts.finding import centres_with, draft_of, drafts_at
from portal.services.drafts.histories import Minute, history
from portal.services.drafts.loading import assets_of, effective, loaded
from portal.services.drafts.opening import discard, open_draft
from portal.services.drafts.presence import Present, here

__all__ = [
    "Change",
    "Changed",
    "Compared",
    "Minute",
    "Present",
    "assets_of",
    "centres_with",
    "change",
    "compare",
    "discard",
    "draft_of",
    "drafts_at",
    "effective",
    "give_back",
    "here",
    "history",
    "loaded",
    "open_draft",
    "redo",
    "undo",
]
