"""What people read of a merge: its piles, its conflicts, its notes and what they can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from portal.core.errors import msg

Pile = Literal["decide", "taken", "kept", "redundant"]
Conflict = Literal["both", "removed_here", "removed_there", "type", "locked", "moved_onto"]
Action = Literal["theirs", "ours", "base", "custom"]

PILES: Mapping[Pile, str] = {
    "decide": msg("For you to decide"),
    "taken": msg("Taken over from the new version"),
    "kept": msg("Kept as your own"),
    "redundant": msg("No longer needed"),
}
EXPLAINED: Mapping[Pile, str] = {
    "decide": msg("Both sides changed these; a person chooses."),
    "taken": msg("Only the new version changed these."),
    "kept": msg("Only you changed these; they stay as they are."),
    "redundant": msg("What you set is what the new version says, so it is no change of your own any more."),
}
CONFLICTS: Mapping[Conflict, str] = {
    "both": msg("Changed in the new version and here, differently"),
    "removed_here": msg("Removed here, changed in the new version"),
    "removed_there": msg("Removed in the new version, changed here"),
    "type": msg("Of another kind in the new version than here"),
    "locked": msg("Locked in the new version, changed here"),
    "moved_onto": msg("The new version moved something to a place that you use already"),
}
ACTIONS: Mapping[Action, str] = {
    "theirs": msg("Take the new version's"),
    "ours": msg("Keep our own"),
    "base": msg("Keep what stood before"),
    "custom": msg("Write something else"),
}
NOTES: Mapping[str, str] = {
    "alike": msg("The new version says the same"),
    "order": msg("Only where it stands among the others"),
    "never_differed": msg("It never differed from what the parent says"),
    "removed_both": msg("Parts of it were removed here; the new version has none of it"),
    "answer": msg("What you set answers a question of the new version"),
    "was_none": msg("What was set here said the same as before, so it was no change of your own"),
}
MOVED = msg("%(said)s; it was at %(before)s before")
