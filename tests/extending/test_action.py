"""An action of roles registered once, from outside, is known everywhere: schema, check, grants, pages, API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.core import documented
from portal.core.access import ACTIONS, THINGS, Access, Action, grants_of
from portal.core.packs import PackLibrary, check, schemas
from tests.extending.county import PACK, faults, open_county, written
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Browser, Site

__all__ = ["site"]
# Their texts are in the catalogues already, for something else.
SIGN = Action("sign", "Alongside the stages")
LOOK = Action("look", "under way", reads=True)
ROLE = {"title": "签发人", "grants": {"case": ["list", "show", "sign"]}, "granted_by": ["security_admin"]}
FILES = {
    f"seed/{PACK}/roles.json": {"signer": ROLE},
    f"translations/{PACK}/en.json": {
        "呈贡区综治中心配置": "Configuration",
        "呈贡区综治中心": "Chenggong centre",
        "签发人": "Signer",
    },
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> PackLibrary:
    return written(tmp_path_factory.mktemp("packs"), FILES)


def test_the_schema_knows_it_only_while_it_is_registered() -> None:
    roles = {"signer": ROLE}
    assert [one.pointer for one in schemas.check_complete("roles", roles)] == ["/signer/grants/case/2"]
    with ACTIONS.with_entry(SIGN):
        assert schemas.check_complete("roles", roles) == []


def test_the_check_of_packs_knows_it(library: PackLibrary) -> None:
    assert {pointer for _code, pointer in faults(library)} == {"/signer/grants/case/2"}
    with ACTIONS.with_entry(SIGN):
        assert faults(library) == []


@pytest.mark.parametrize(("action", "writes"), [(SIGN, True), (LOOK, False)])
def test_a_grant_of_it_allows_it_and_nothing_else(action: Action, writes: bool) -> None:
    with ACTIONS.with_entry(action):
        access = Access(1, "x", grants_of("signer", "/1/", {"grants": {"case": ["show", action.name]}}))
        assert access.allows("case", action.name, "/1/2/")
        assert not access.allows("case", action.name, "/2/")
        assert not access.allows("case", "edit", "/1/")
        assert access.may_write("case", "/1/") is writes


@pytest.fixture(scope="module")
def opened(site: Site, library: PackLibrary) -> Site:
    with ACTIONS.with_entry(SIGN):
        open_county(site, library, ("signer", "security_admin"))
    return site


@pytest.fixture
def signer(opened: Site) -> Iterator[Browser]:
    with ACTIONS.with_entry(SIGN):
        yield opened.login("chenggong")


def test_the_page_of_a_role_says_it_in_both_languages(signer: Browser) -> None:
    for code, title in (("zh_Hans", "并行环节"), ("en", "Alongside the stages")):
        signer.client.get(f"/language/{code}")
        assert title in signer.get("/roles/matrix/signer").text
        assert title not in signer.get("/roles/matrix/handler").text


def test_the_api_tells_it_and_its_document_lists_it(site: Site, signer: Browser) -> None:
    program, token = site.app.test_client(), site.token("chenggong")
    types = program.get("/api/v1/types/", headers=token).json["result"]
    assert {one["id"]: one["actions"] for one in types} == {"case": ["list", "show", "sign"]}
    document = program.get("/api/v1/openapi.json", headers=token).json
    answer = document["paths"]["/api/v1/types/"]["get"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]["properties"]["result"]["items"]
    assert "sign" in schema["properties"]["actions"]["items"]["enum"]


def test_the_documents_follow() -> None:
    page = Path(__file__).parents[2] / "docs" / "access.md"
    text, row = page.read_text(encoding="utf-8"), "| `sign` | Alongside the stages | writes |  |"
    assert row not in text
    with ACTIONS.with_entry(SIGN):
        assert row in documented.refreshed(text)


def test_a_grant_that_allows_nothing_is_told(tmp_path: Path) -> None:
    role = ROLE | {"grants": {"audit": ["list", "show"], "unit": ["*"]}}
    changed = written(tmp_path, FILES | {f"seed/{PACK}/roles.json": {"signer": role}})
    found = [one for one in check(changed, [PACK]) if one.code == "roles.grants_nothing"]
    assert [(one.severity, one.pointer) for one in found] == [("warning", "/signer/grants/audit/1")]
    assert "show" not in THINGS["audit"].actions
