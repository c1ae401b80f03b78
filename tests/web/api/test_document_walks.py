"""What the routes allow and what lists can be asked is what the OpenAPI document says, and nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import ADMIN, Access, Origin
from portal.persistence.models import User
from portal.services import users
from portal.services.releases.reading import pinned
from portal.services.units import by_code
from portal.services.units.centres import centre_of
from portal.web.api import audit, centres, notices, records
from portal.web.api.query import MAX_RISON, RISON
from portal.web.words import list_state
from portal.web.words.screen import screen_of
from tests.web.records.seeded_site import PASSWORD, Site, uid_of

# The last two take no person's token, but one of a source (docs/api.md, "Feeds").
UNDOCUMENTED = {
    *("/api/v1/openapi.json", "/api/v1/openapi/{}.json"),
    *("/api/v1/feeds/", "/api/v1/feeds/{}"),
}
ASIDE = {"HEAD", "OPTIONS"}
PLACE = re.compile(r"\{[^}]*\}|<[^>]*>")
# What stands for the places of an address: it need not be there, only be one that there could be.
SAMPLES = {"uid": "0" * 32, "referral": "0" * 32, "code": "530112", "id": "1", "decision": "1"}


@pytest.fixture
def keeper(site: Site) -> dict[str, str]:
    """The token of somebody who may do everything."""
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        if uow.session.scalar(select(User.id).where(User.username == "walker")) is None:
            user = users.create(uow, "walker", PASSWORD, "某", "walker")
            users.assign(uow, user.id, ADMIN, "530112", audited=False)
            uow.commit()
    return site.token("walker")


def document(site: Site, token: dict[str, str]) -> dict[str, Any]:
    found = site.app.test_client().get("/api/v1/openapi.json", headers=token).json
    assert found is not None
    return dict(found)


def whole(document: dict[str, Any], part: Any) -> Any:
    """Return what a part of the document refers to."""
    while "$ref" in part:
        value: Any = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            value = value[name]
        part = value
    return part


def methods_of_routes(site: Site) -> dict[str, set[str]]:
    """Return the methods of each address of the API, the type of its records named ``case``."""
    found: dict[str, set[str]] = {}
    for rule in site.app.url_map.iter_rules():
        if str(rule).startswith("/api/"):
            path = PLACE.sub("{}", str(rule).replace("records/<etype>", "records/case"))
            found.setdefault(path, set()).update((rule.methods or set()) - ASIDE)
    return found


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_each_address_allows_what_the_document_says(site: Site, keeper: dict[str, str]) -> None:
    told = document(site, keeper)
    documented: dict[str, set[str]] = {}
    allowed: dict[str, set[str]] = {}
    refused: dict[str, set[str]] = {}
    for path, item in told["paths"].items():
        if "/records/" in path and "/records/case/" not in path:
            continue
        methods = {name.upper() for name in item if name in ("get", "post", "put", "patch", "delete")}
        key = PLACE.sub("{}", path)
        # Steps and answers are named one by one in the document.
        key = re.sub(r"/(transitions|referrals/\{\})/[a-z_0-9]+$", r"/\1/{}", key)
        documented.setdefault(key, set()).update(methods)
        url = re.sub(r"\{([^}]*)\}", lambda place: SAMPLES.get(place[1], "1"), path)
        client = site.app.test_client()
        allowed.setdefault(key, set()).update(allow_of(client.open(url, method="OPTIONS", headers=keeper)))
        answer = client.open(url, method="TRACE", headers=keeper)
        assert answer.status_code == 405, url
        refused.setdefault(key, set()).update(allow_of(answer))
    routes = {path: methods for path, methods in methods_of_routes(site).items() if path not in UNDOCUMENTED}
    assert documented == routes
    assert allowed == documented
    assert refused == documented


def allow_of(answer: Any) -> set[str]:
    return {name.strip() for name in answer.headers.get("Allow", "").split(",")} - ASIDE - {""}


def sample(schema: dict[str, Any]) -> str | None:
    """Return a value that a parameter may have."""
    if "enum" in schema:
        return str(schema["enum"][0])
    if schema.get("type") == "array":
        return sample(schema["items"])
    if schema.get("maxLength") == MAX_RISON:
        return "(page:0)"
    if "anyOf" in schema:
        return next((found for one in schema["anyOf"] if (found := sample(one)) is not None), None)
    if schema.get("format") == "date":
        return "2026-05-06"
    if schema.get("format") == "date-time":
        return "2026-05-06T10:00:00+08:00"
    if schema.get("type") in ("integer", "number"):
        return "1"
    if schema.get("type") == "boolean":
        return "true"
    return "stage" if "stage" in schema.get("pattern", "") else "530112"


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_each_list_takes_what_the_document_says_and_refuses_the_rest(
    site: Site, keeper: dict[str, str]
) -> None:
    told, client = document(site, keeper), site.app.test_client()
    tried, faults = 0, []
    for path, item in told["paths"].items():
        if "get" not in item or "{" in path:
            continue
        named = [whole(told, one) for one in item["get"].get("parameters", ())]
        for one in (one for one in named if one["in"] == "query"):
            value = sample(whole(told, one["schema"]))
            answer = client.get(path, query_string={one["name"]: value}, headers=keeper)
            tried += 1
            # A code that nothing has is unknown (404), a text in it refused by its value and not by its name.
            unknown = answer.status_code == 400 and "there is no" in answer.text.lower()
            if answer.status_code >= 500 or unknown or (answer.status_code == 400 and "没有" in answer.text):
                faults.append((path, one["name"], value, answer.status_code, answer.text[:200]))
        answer = client.get(path, query_string={"nothing_of_the_kind": "1"}, headers=keeper)
        if answer.status_code not in (400, 422):
            faults.append((path, "nothing_of_the_kind", "1", answer.status_code, ""))
    assert faults == []
    assert tried > 60


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_no_address_takes_what_the_document_does_not_name(site: Site, keeper: dict[str, str]) -> None:
    """Of what is there, one of each: a list refuses it, and so does whatever else is asked for or sent."""
    told, client = document(site, keeper), site.app.test_client()
    samples = SAMPLES | {"uid": uid_of(site.register(site.login("clerk")))}
    login = {"username": "walker", "password": PASSWORD, "provider": "db", "refresh": True}
    longer = client.post("/api/v1/security/login", json=login).json["refresh_token"]
    tried, faults = set(), []
    for path, item in told["paths"].items():
        url = re.sub(r"\{([^}]*)\}", lambda place: samples.get(place[1], "1"), path)
        headers = {"Authorization": f"Bearer {longer}"} if path.endswith("/refresh") else keeper
        for method in (name for name in item if name in ("get", "post", "put", "patch", "delete")):
            for asked in ({"nothing_of_the_kind": "1"}, {"_l_": "en"}, {"purpose": "x"}, {"nothing[]": ""}):
                answer = client.open(url, method=method, query_string=asked, headers=headers)
                # What stands in the body or in a header is looked at later.
                if answer.status_code != 400 or next(iter(asked)) not in answer.text:
                    faults.append((method, path, asked, answer.status_code, answer.text[:120]))
            tried.add(method)
    assert faults == []
    assert tried == {"get", "post", "put", "patch", "delete"}


@pytest.mark.parametrize("site", ["sqlite"], indirect=True)
def test_the_document_names_all_that_a_list_can_be_asked(site: Site, keeper: dict[str, str]) -> None:
    told = document(site, keeper)

    def named(path: str) -> set[str]:
        found = (whole(told, one) for one in told["paths"][path]["get"].get("parameters", ()))
        return {one["name"] for one in found if one["in"] == "query"}

    asked = {"audit/": audit.ASKED, "units/": centres.UNITS, "notices/": notices.ASKED}
    for path, readers in asked.items():
        assert named(f"/api/v1/{path}") == set(readers), path
    assert named("/api/v1/records/case/counts/") == set(records.COUNTS)
    with site.app.test_request_context(headers=keeper):
        fields = screen_of(bundle_of(site), "case", "zh_Hans").fields.values()
    wanted = {RISON, *(list_state.TEXT, list_state.SORT, list_state.PAGE, list_state.SIZE)}
    for field in (one for one in fields if one.filterable):
        wanted |= {field.key + list_state.FROM, field.key + list_state.TO} if field.ranged else {field.key}
    assert named("/api/v1/records/case/") == wanted


def bundle_of(site: Site) -> Any:
    with site.portal.reading(Access.system("test")) as session:
        unit = by_code(session, "530112")
        centre = centre_of(session, unit)
        assert centre is not None
        return pinned(site.portal, session, centre.release_id)
