"""Names near to one that nobody has: offered where a pasted or typed name is unknown, never chosen by itself."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from portal.core.text import alike

MOST = 3
_CLOSE = 0.5


def near(said: str, known: Iterable[str], most: int = MOST) -> list[str]:
    """Return the known names nearest to what was said: those that hold it or stand in it first, then like ones."""
    wanted = alike(said)
    names = {alike(name): name for name in known if name}
    if len(wanted) < 2:
        return []
    holding = sorted((one for one in names if wanted in one or (len(one) > 1 and one in wanted)), key=len)
    close = difflib.get_close_matches(wanted, names, n=most, cutoff=_CLOSE)
    return [names[one] for one in dict.fromkeys([*holding, *close])][:most]
