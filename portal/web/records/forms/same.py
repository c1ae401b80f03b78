"""The things beside the form of a new record, and the links chosen there."""

from __future__ import annotations

from typing import Any

from flask import request

from portal.core.errors import msg
from portal.services import records
from portal.web.words.here import Here
from portal.web.words.same import Aside
from portal.web.words.screen import Screen

LINK, TAKE = "link~", "take"
WHY = msg("What the person told us before is taken over into a new entry")


def aside_of(now: Here, screen: Screen, data: Any, quiet: bool) -> Aside | None:
    """Return the things beside the form; None for a type of which nothing is looked for."""
    return (
        Aside(now, screen, data, links_in(), quiet)
        if records.same_settings(screen.bundle, screen.entity.id) is not None
        else None
    )


def links_in() -> dict[str, str]:
    """Return the links that were chosen beside the form: sort by the other record's identifier."""
    found = {}
    for name, value in request.form.items():
        if name.startswith(LINK) and value:
            found[name.removeprefix(LINK)[:32]] = value[:20]
    return found
