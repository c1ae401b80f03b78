"""The smallest layer that turns a parent's effective configuration into a county's."""

from __future__ import annotations

from typing import Any

from portal.core.packs.three_way.absent import ABSENT, same
from portal.core.packs.three_way.lists import edit_of
from portal.core.pointer import escape


def smallest_patch(lower: Any, wanted: Any, *, at: str = "") -> Any:
    """Return the patch that ``merge`` needs to turn ``lower`` into ``wanted``; ABSENT where they are the same."""
    if same(lower, wanted):
        return ABSENT
    if wanted is ABSENT:
        return None
    if isinstance(lower, list) and isinstance(wanted, list):
        return edit_of(lower, wanted, at)
    if not isinstance(lower, dict) or not isinstance(wanted, dict):
        return wanted
    patch = {}
    for key in dict.fromkeys([*lower, *wanted]):
        member = smallest_patch(lower.get(key, ABSENT), wanted.get(key, ABSENT), at=f"{at}/{escape(key)}")
        if member is not ABSENT:
            patch[key] = member
    return patch
