"""How the words that name a pilot alone become questions of the configuration above."""

from portal.core.packs.asking.lifting import Confirmed, lift_asking, settled
from portal.core.packs.asking.proposing import Own, Proposal, Proposed, Word, propose, replaced

__all__ = [
    "Confirmed",
    "Own",
    "Proposal",
    "Proposed",
    "Word",
    "lift_asking",
    "propose",
    "replaced",
    "settled",
]
