"""Each icon that a page draws is in the sprite: a missing one leaves a hole in its button."""

from __future__ import annotations

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "portal" / "web"
# ``icon('a')``, ``icon('a' if b else 'c')``: the names, not what they are chosen by.
_DRAWN = re.compile(r"icon\(([^()]*)\)")
_NAME = re.compile(r"(?:^|else )'([a-z0-9-]+)'")
_GIVEN = re.compile(r"""\bicon=["']([a-z0-9-]+)["']""")


def drawn() -> dict[str, set[str]]:
    """Return the icons by the files that draw them."""
    found: dict[str, set[str]] = {}
    for path in [*WEB.glob("templates/**/*.html"), *WEB.parent.glob("**/*.py")]:
        text = path.read_text(encoding="utf-8")
        names = (
            {name for call in _DRAWN.findall(text) for name in _NAME.findall(call)}
            if path.suffix == ".html"
            else set()
        )
        for name in names | set(_GIVEN.findall(text)):
            found.setdefault(name, set()).add(path.name)
    return found


def test_every_icon_that_a_page_draws_is_in_the_sprite() -> None:
    names = set((WEB / "icons.txt").read_text(encoding="utf-8").split())
    found = drawn()
    assert len(found) > 40
    assert {name: files for name, files in found.items() if name not in names} == {}
