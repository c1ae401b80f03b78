"""The name of a new thing as a person typed it: refused with the reason where it cannot be kept as it stands."""

from __future__ import annotations

from collections.abc import Iterable

from portal.core.errors import InvalidInput, msg
from portal.core.text import alike

LONGEST = 100


def checked_name(typed: str, taken: Iterable[str] = (), longest: int = LONGEST) -> str:
    """Return a name without blanks around it; raise InvalidInput for none, a long one, and one that is there already.

    Nothing is cut off in silence; the same name twice is mostly the same button pressed twice.
    """
    name = " ".join(typed.split())
    if not name:
        raise InvalidInput("editor.name", msg("Say what it is called"))
    if len(name) > longest:
        params = {"count": len(name), "most": longest}
        raise InvalidInput(
            "editor.long",
            msg("The name has %(count)s characters; at most %(most)s fit. Nothing was written: shorten it"),
            params,
        )
    if not all(char.isprintable() or char == "\u200d" for char in name):
        raise InvalidInput(
            "editor.signs", msg("The name holds signs that cannot be seen. Nothing was written: type it anew")
        )
    if alike(name) in {alike(one) for one in taken}:
        raise InvalidInput(
            "editor.twice",
            msg("“%(name)s” is there already. Nothing was written: choose another name"),
            {"name": name},
        )
    return name
