"""The three-way merge of packs: what a new version of a parent makes of a county's layer (docs/merging.md)."""

from portal.core.packs.smallest import smallest_patch
from portal.core.packs.three_way.absent import ABSENT
from portal.core.packs.three_way.decision import Answer, Decision
from portal.core.packs.three_way.lifting import Lifted, SharedOverride, lift, overrides, shared_overrides
from portal.core.packs.three_way.merging import Merged, three_way
from portal.core.packs.three_way.moving import Moves
from portal.core.packs.three_way.parent import Parent, refuse_opaque
from portal.core.packs.three_way.words import Action, Conflict, Pile

__all__ = [
    "ABSENT",
    "Action",
    "Answer",
    "Conflict",
    "Decision",
    "Lifted",
    "Merged",
    "Moves",
    "Parent",
    "Pile",
    "SharedOverride",
    "lift",
    "overrides",
    "refuse_opaque",
    "shared_overrides",
    "smallest_patch",
    "three_way",
]
