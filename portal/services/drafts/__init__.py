"""Drafts of configurations: opened over what is in force, changed by several persons, compared, given back."""

from portal.core.drafts import Change
from portal.services.drafts.back_tests import ask_back_test, back_tests
from portal.services.drafts.changing import Changed, change, give_back, put_asset, redo, undo
from portal.services.drafts.checking import ask_check
from portal.services.drafts.comparing import Compared, compare, in_force_at
from portal.services.drafts.finding import centres_with, draft_of, drafts_at, newer_of
from portal.services.drafts.histories import Minute, history
from portal.services.drafts.holding import Concerned, held_at, held_by_open
from portal.services.drafts.loading import assets_of, effective, loaded
from portal.services.drafts.opening import discard, open_draft
from portal.services.drafts.presence import Present, here
from portal.services.drafts.publishing import approve, roll_back, send_back, submit
from portal.services.drafts.questions import answer, questions
from portal.services.drafts.renewing import Renewal, renew
from portal.services.drafts.stage_mapping import StageLine, stage_lines

__all__ = [
    "Change",
    "Changed",
    "Compared",
    "Concerned",
    "Minute",
    "Present",
    "Renewal",
    "StageLine",
    "answer",
    "approve",
    "ask_back_test",
    "ask_check",
    "assets_of",
    "back_tests",
    "centres_with",
    "change",
    "compare",
    "discard",
    "draft_of",
    "drafts_at",
    "effective",
    "give_back",
    "held_at",
    "held_by_open",
    "here",
    "history",
    "in_force_at",
    "loaded",
    "newer_of",
    "open_draft",
    "put_asset",
    "questions",
    "redo",
    "renew",
    "roll_back",
    "send_back",
    "stage_lines",
    "submit",
    "undo",
]
