"""Every route is classified, and each role gets exactly the routes that its line allows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import Assignment, Decision
from tests.web.scope.conftest import Place, Visitor
from tests.web.scope.routes import ANYBODY, BULK, ROUTES, addresses, table
from tests.web.scope.town import ETYPES, ROLES, XISHAN, Thing

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# They would end the session that the rest of the test needs, or are about beginning one; tests/web/security tries them.
ENDING = {
    *("LoginView.login", "LoginView.step", "LoginView.logout"),
    *("TokenApi.login", "TokenApi.logout", "TokenApi.refresh"),
    # No account opens them: other tokens are 401 and counted (tests/web/api/test_feeds_api.py).
    *("FeedsApi.post", "FeedsApi.get"),
}


def names_of(place: Place, thing: Thing, user: int) -> dict[str, Any]:
    """Return what the addresses of one record, and of one account, name."""
    with place.site.portal.reading(Access.system("test")) as session:
        decision = session.scalar(select(Decision.id).where(Decision.record_id == thing.id))
        assignment = session.scalar(select(Assignment.id).where(Assignment.user_id == user))
        unit = session.scalar(select(Assignment.unit_id).where(Assignment.user_id == user))
    return {
        "uid": thing.uid,
        "attachment": thing.attachment,
        "referral": thing.referrals[0] if thing.referrals else "none",
        "decision": decision or 0,
        "pk": user,
        "assignment": assignment or 0,
        "unit_id": unit or 0,
        "key": "none",
        "what": "try",
        "ref": "unit",
    }


def test_every_route_has_its_line(place: Place) -> None:
    app: Flask = place.site.app
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(ROUTES)


def test_the_documentation_says_who_may_use_which_address(place: Place) -> None:
    text = (Path(__file__).parents[3] / "docs" / "access.md").read_text(encoding="utf-8")
    expected = table(place.site.app)
    assert expected in text, expected


def test_nothing_changes_many_rows_at_once(place: Place) -> None:
    app: Flask = place.site.app
    rules = list(app.url_map.iter_rules())
    assert len(rules) > 60
    assert [rule for rule in rules if rule.endpoint.rpartition(".")[2] in BULK] == []


def test_other_methods_are_refused_everywhere(place: Place) -> None:
    visitor = place.visitor("Admin@530112")
    names = names_of(place, place.town.of("case", XISHAN), visitor.person.id)
    offered: dict[str, set[str]] = {}
    bound = place.site.app.url_map.bind("")
    for one in addresses(place.site.app, "case", names, everything=True):
        # Another address may be one of these too, such as that of any page of an area.
        offered.setdefault(one.url, {*bound.allowed_methods(one.url)}).add(one.method)
    answers = {
        (url, method): visitor.call(method, url).status_code
        for url, methods in offered.items()
        for method in METHODS
        if method not in methods
    }
    assert len(answers) > 150
    assert {key: status for key, status in answers.items() if status not in (404, 405)} == {}


@pytest.mark.parametrize("role", [*ROLES, "Admin"])
def test_each_role_gets_its_routes_and_no_others(place: Place, role: str) -> None:
    visitor = place.visitor(f"{role}@{XISHAN}")
    wrong = []
    for etype in _types(place, role):
        things = [one for one in place.town.things if (one.etype, one.unit) == (etype, XISHAN)]
        names = names_of(place, max(things, key=lambda one: len(one.referrals)), _colleague(place, role))
        for one in addresses(place.site.app, etype, names):
            if one.endpoint in ENDING:
                continue
            status = visitor.call(one.method, one.url).status_code
            allowed = one.route.allows(visitor.person, etype)
            if (status in (401, 403)) is allowed or status >= 500 or (not allowed and status != 403):
                wrong.append((one.method, one.url, status, allowed))
    assert wrong == []


def test_strangers_get_what_is_public(place: Place) -> None:
    visitor = Visitor(place.site, place.town.people["Admin@530112"], csrf="none", bearer={"X-No": "token"})
    names = names_of(place, place.town.of("case", XISHAN), visitor.person.id)
    wrong = []
    for one in addresses(place.site.app, "case", names):
        answer = visitor.call(one.method, one.url)
        sent_away = answer.status_code == 302 and "/login/" in answer.headers["Location"]
        # Without a form's own token nothing is changed, whoever asks.
        refused = sent_away or answer.status_code in (400, 401)
        if refused is (one.route.who == ANYBODY) and one.endpoint not in ENDING:
            wrong.append((one.method, one.url, answer.status_code, answer.headers.get("Location")))
    assert wrong == []


def _types(place: Place, role: str) -> tuple[str, ...]:
    """Return the types a role is tried with: all of them appear, but not for every role on every database."""
    others = ETYPES[1:]
    other = others[[*ROLES, "Admin"].index(role) % len(others)]
    return ("case", other) if place.site.portal.database.dialect == "sqlite" else ("case",)


def _colleague(place: Place, role: str) -> int:
    """Return an account at the same unit; it may lose its role to the one who is tried."""
    return place.town.people[f"{'triage' if role in ('clerk', 'Admin') else 'clerk'}@{XISHAN}"].id
