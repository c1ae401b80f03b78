"""The name of a thing as a person typed it: refused with the reason where it cannot be kept as it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.drafts import Change
from portal.core.editors.shapes import NAMED_BY
from portal.core.errors import InvalidInput, msg
from portal.core.taxonomy import source_text
from portal.core.text import alike

LONGEST, LONGEST_ELSEWHERE = 100, 200
# Maps whose things people choose by their names: there no two are called the same.
_TOLD_APART = frozenset(
    {"zones", "windows", "rooms", "stages", "rules", "roles", "worklists", "departments", "properties"}
)


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


def check_renamed(document: Mapping[str, Any], wanted: Iterable[Change]) -> None:
    """Raise InvalidInput for a change that takes a thing its name away, or gives it one that cannot be kept."""
    for change in wanted:
        parts = pointers.split(change.path)
        while len(parts) > 1 and parts[-1] not in NAMED_BY and parts[-2] in NAMED_BY:
            parts.pop()  # one language of a name
        if len(parts) < 3 or parts[-1] not in NAMED_BY or not _text(change.before):
            continue
        things = pointers.get(document, pointers.join(parts[:-2]), None)
        if not isinstance(things, Mapping) or not isinstance(things.get(parts[-2]), Mapping):
            continue
        apart = parts[-3] in _TOLD_APART
        others = [_text(_named(one)) for key, one in things.items() if key != parts[-2]] if apart else []
        checked_name(_text(change.after), filter(None, others), LONGEST if apart else LONGEST_ELSEWHERE)


def _named(thing: Any) -> Any:
    if not isinstance(thing, Mapping) or thing.get("hidden") is True:
        return None
    return next((thing[name] for name in NAMED_BY if thing.get(name)), None)


def _text(said: Any) -> str:
    return source_text(said) if isinstance(said, str | Mapping) else ""
