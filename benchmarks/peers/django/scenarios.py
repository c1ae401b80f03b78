"""What is asked of the peer; ``application`` is imported where it runs in the process."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.asking import JSON, Request, Scenarios, Send, with_token
from benchmarks.peers.account import PASSWORD, USERNAME
from benchmarks.peers.new_case import new_case


def application() -> Any:
    """Return the WSGI application."""
    from benchmarks.peers.django.wsgi import application as made

    return made


def scenarios(send: Send) -> Scenarios:
    """Return the requests by the name of what they do."""
    bearer = with_token(send, "/api/token/", {"username": USERNAME, "password": PASSWORD}, "access")
    subtree = "status=processing&subtree=/1/5/&ordering=-registered_at"
    return {
        "create": lambda _: Request(
            "POST", "/api/cases/", {**bearer, **JSON}, json.dumps(new_case()).encode(), 201
        ),
        "list API": lambda _: Request("GET", f"/api/cases/?{subtree}", bearer),
        "one API": lambda number: Request("GET", f"/api/cases/{number % 1000 + 1}/", bearer),
        "counts": lambda _: Request("GET", "/api/cases/counts/?subtree=/1/5/", bearer),
    }
