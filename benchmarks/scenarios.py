"""What is asked of the portal: the requests that a centre makes all day."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.asking import JSON, Request, Scenarios, Send, checked, signed_in, with_token

CLERK = "xishan.clerk"
SUPERVISOR = "kunming.supervisor"
PASSWORD = "one-door-demo"
CITY, COUNTY = "530100", "530112"

NEW_CASE = {
    "channel": "walk_in",
    "received_on": "2026-05-06",
    "applicant_kind": "person",
    "applicant_name": "王示例",
    "applicant_phone": "19900001234",
    "respondents": [{"kind": "person", "name": "李虚构"}],
    "dispute_type": "D0105",
    "place": "530112004",
    "summary": "兄妹因父母留下的房屋如何分割发生争执，多年未决。",
    "claim": "依法分割房屋",
    "amount": 600000,
    "willing": "yes",
    "lower_tried": False,
}

PLACES = [f"53011200{n}" for n in range(1, 8)]
TYPES = ("D0101", "D0102", "D0103", "D0105", "D0106")


def new_case(number: int) -> dict[str, Any]:
    """Return a case unlike its neighbours, so that the rules do not find one place full of the same matter."""
    return {
        **NEW_CASE,
        "place": PLACES[number % len(PLACES)],
        "dispute_type": TYPES[number % len(TYPES)],
        "summary": f"{NEW_CASE['summary']}（{number}）",
    }


def application() -> Any:
    """Return the WSGI application of the portal that the environment names."""
    from portal.app import create_app

    return create_app()


def scenarios(send: Send) -> Scenarios:
    """Return the requests by the name of what they do."""
    login = "/api/v1/security/login"
    said = {"password": PASSWORD, "provider": "db"}
    clerk = with_token(send, login, {"username": CLERK, **said}, "access_token")
    city = with_token(send, login, {"username": SUPERVISOR, **said}, "access_token")
    clerk_page, city_page = signed_in(send, CLERK, PASSWORD), signed_in(send, SUPERVISOR, PASSWORD)
    first = Request("GET", "/api/v1/records/case/?size=100", clerk)
    uids = [row["uid"] for row in checked(first, send(first)).json["result"]]

    def create(number: int) -> Request:
        body = json.dumps({"unit": COUNTY, "data": new_case(number)}).encode()
        return Request("POST", "/api/v1/records/case/", {**clerk, **JSON}, body, 201)

    return {
        "ready": lambda _: Request("GET", "/ready"),
        "create": create,
        "list API": lambda _: Request(
            "GET", f"/api/v1/records/case/?stage=intake&unit={COUNTY}&size=20", city
        ),
        "one API": lambda number: Request("GET", f"/api/v1/records/case/{uids[number % len(uids)]}", clerk),
        "list page": lambda _: Request("GET", "/records/case/list/", clerk_page),
        "new-case page": lambda _: Request("GET", "/records/case/add", clerk_page),
        "case page": lambda number: Request(
            "GET", f"/records/case/show/{uids[number % len(uids)]}", clerk_page
        ),
        "home page": lambda _: Request("GET", "/", city_page),
        "board, city": lambda _: Request("GET", f"/board/unit/{CITY}", city_page),
        "board, county": lambda _: Request("GET", f"/board/unit/{COUNTY}", city_page),
    }


def settle(app: Any) -> None:
    """Do what the worker does every ten seconds: without one, what was created lies unfolded for every reader."""
    from portal.services.figures import upkeep

    upkeep.fold(app.extensions["portal"].database)
