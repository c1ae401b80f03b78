"""Pages for citizens: no account, no script, no cookie. They know nothing of the pages of staff."""

from __future__ import annotations

from typing import Any

from flask import Flask

from portal.web.public.hall import HALL
from portal.web.public.progress import PROGRESS
from portal.web.security import csrf


def register(app: Flask, _appbuilder: Any) -> None:
    """Register the public pages. What they send counts by what it holds, not by who sends it: it needs no token."""
    for blueprint in (PROGRESS, HALL):
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
