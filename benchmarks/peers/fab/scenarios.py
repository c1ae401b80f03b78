"""What is asked of the peer; ``application`` is imported where it runs in the process."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.asking import JSON, Request, Scenarios, Send, signed_in, with_token
from benchmarks.peers.account import PASSWORD, USERNAME
from benchmarks.peers.new_case import new_case


def application() -> Any:
    """Return the WSGI application."""
    from benchmarks.peers.fab.app import create_app

    return create_app()


def scenarios(send: Send) -> Scenarios:
    """Return the requests by the name of what they do."""
    said = {"username": USERNAME, "password": PASSWORD, "provider": "db"}
    bearer = with_token(send, "/api/v1/security/login", said, "access_token")
    cookie = signed_in(send, USERNAME, PASSWORD)
    query = (
        "(filters:!((col:status,opr:eq,value:processing),(col:unit,opr:subtree,value:'/1/5/')),"
        "order_column:registered_at,order_direction:desc,page_size:20)"
    )
    return {
        "create": lambda _: Request(
            "POST", "/api/v1/case/", {**bearer, **JSON}, json.dumps(new_case()).encode(), 201
        ),
        "list API": lambda _: Request("GET", f"/api/v1/case/?q={query}", bearer),
        "one API": lambda number: Request("GET", f"/api/v1/case/{number % 1000 + 1}", bearer),
        "list page": lambda _: Request("GET", "/caseview/list/", cookie),
        "case page": lambda number: Request("GET", f"/caseview/show/{number % 1000 + 1}", cookie),
        "counts": lambda _: Request("GET", "/api/v1/case/counts/1/5/", bearer),
    }
