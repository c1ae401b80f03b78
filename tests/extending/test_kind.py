"""A kind of value and its widget, each registered once from outside, work everywhere a value goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.core import documented
from portal.core.forms import list_fields
from portal.core.kinds import KINDS, Kind
from portal.core.packs import schemas
from portal.core.values import NUMBER, as_number
from portal.core.widgets import WIDGETS, Widget
from tests.extending.conftest import PACK, publish
from tests.web.records.seeded_site import Browser, Site, errors_in, form_in

LAND = Kind(
    "land",
    "Area of land",
    ("number",),
    widget="land",
    compared=NUMBER,
    column="number",
    filter="range",
    text=lambda value: f"{value:,.2f} mu",
    read=as_number,
    fractions=True,
)
WIDGET = Widget("land", "an area of land", kind="land", drawn="number", keyboard="decimal")
PARCEL: dict[str, Any] = {
    "title": "地块",
    "kind": "entity",
    "schema": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "title": "名称", "minLength": 1, "maxLength": 40},
            "size": {"type": "number", "title": "面积", "minimum": 0},
        },
    },
    "ui": {
        "sections": {"main": {"title": "登记", "order": 10}},
        "fields": {"/name": {"section": "main"}, "/size": {"section": "main", "widget": "land"}},
    },
    "entity": {
        "name_plural": "地块登记",
        "title": "{name}",
        "order": 70,
        "index": ["/name", "/size"],
        "list": {"columns": ["title", "/size"], "filters": ["/size"], "order": "-created_at"},
    },
}
FILES = {
    f"form_definitions/{PACK}/parcel.json": PARCEL,
    f"seed/{PACK}/roles.json": {"clerk": {"grants": {"parcel": ["list", "show", "add", "edit"]}}},
}
ENGLISH = {"地块": "Parcel", "地块登记": "Parcels", "登记": "Registration", "名称": "Name", "面积": "Size"}
PARCELS = {"north": "12.5", "south": "3", "middle": "1500.25"}


@pytest.fixture(scope="module", autouse=True)
def kind() -> Iterator[None]:
    with KINDS.with_entry(LAND), WIDGETS.with_entry(WIDGET):
        yield


@pytest.fixture(scope="module")
def clerk(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """A clerk of the county whose parcels have an area, with three of them registered through the form."""
    browser = publish(site, tmp_path_factory.mktemp("packs"), FILES, ENGLISH)
    for name, size in PARCELS.items():
        url = "/records/parcel/add"
        answer = browser.send(url, browser.form(url), **{"/name": name, "/size": size})
        assert answer.status_code == 303, errors_in(answer.text)
    return browser


def names(page: str) -> list[str]:
    return list(re.findall(r">(north|south|middle)<", page))


def test_schemas_take_it_and_it_is_the_kind_of_its_fields() -> None:
    assert schemas.check_complete("form-definition", PARCEL) == []
    assert {info.pointer: (info.type, info.widget) for info in list_fields(PARCEL)}["/size"] == (
        "land",
        "land",
    )
    assert "land" in schemas.schema("tables")["$defs"]["input_type"]["enum"]
    assert "land" in schemas.schema("tables")["$defs"]["field_kind"]["enum"]


def test_the_form_shows_reads_and_checks_it(clerk: Browser) -> None:
    page = clerk.get("/records/parcel/add").text
    control = re.search(r'<input[^>]*name="/size"[^>]*>', page)
    assert control
    assert 'inputmode="decimal"' in control[0]
    assert 'class="form-control number"' in control[0]
    refused = clerk.send(
        "/records/parcel/add", form_in(page, "/records/parcel/add"), **{"/name": "x", "/size": "-1"}
    )
    assert refused.status_code == 422
    assert 'value="-1"' in refused.text


def test_lists_show_it_as_it_is_written_for_people(clerk: Browser) -> None:
    page = clerk.get("/records/parcel/list/?all=1").text
    assert re.search(r'class="cell-land num"[^>]*>12\.50 mu<', page)
    assert "1,500.25 mu" in page
    assert re.search(r'<th scope="col"[^>]*class="num"', page)


def test_lists_filter_and_sort_by_it(clerk: Browser) -> None:
    assert names(clerk.get("/records/parcel/list/?sort=/size").text) == ["south", "north", "middle"]
    assert names(clerk.get("/records/parcel/list/?sort=-/size").text) == ["middle", "north", "south"]
    narrowed = clerk.get("/records/parcel/list/?/size.from=10&/size.to=100").text
    assert names(narrowed) == ["north"]
    assert re.search(r'<input class="form-control" type="number"[^>]*name="/size\.from" value="10"', narrowed)
    assert clerk.get("/records/parcel/list/?/size.from=ten").status_code == 400


def test_the_page_of_a_record_and_its_print_write_it_for_people(clerk: Browser) -> None:
    found = re.search(
        r'href="(/records/parcel/[^"]*show[^"]*|/records/parcel/[0-9a-f]{32})"',
        clerk.get("/records/parcel/list/?/size.to=5").text,
    )
    assert found
    page = clerk.get(found[1]).text
    assert "3.00 mu" in page
    assert "print-head" in page


def test_the_api_takes_and_answers_it_and_its_document_says_how(site: Site, clerk: Browser) -> None:
    token, program = site.token("chenggong"), site.app.test_client()
    made = program.post(
        "/api/v1/records/parcel/",
        json={"data": {"name": "api", "size": 42.5}, "unit": "530114"},
        headers=token,
    )
    assert made.status_code == 201, made.text
    assert made.json["result"]["data"]["size"] == 42.5
    found = program.get("/api/v1/records/parcel/?/size.from=40&/size.to=45", headers=token).json
    assert [one["data"]["name"] for one in found["result"]] == ["api"]
    document = program.get("/api/v1/openapi.json", headers=token).json
    listing = document["paths"]["/api/v1/records/parcel/"]["get"]["parameters"]
    asked = {one["name"]: one["schema"] for one in listing if "name" in one}
    assert asked["/size.from"] == {"type": "number"}
    assert "/size" in asked["sort"]["enum"]
    described = document["paths"]["/api/v1/types/{type}"]["get"]["responses"]["200"]["content"]
    fields = described["application/json"]["schema"]["properties"]["result"]["properties"]["fields"]
    assert "land" in fields["items"]["properties"]["type"]["enum"]
    shown = program.get("/api/v1/types/parcel", headers=token).json["result"]
    assert {one["pointer"]: one["type"] for one in shown["fields"]}["/size"] == "land"
    assert {one["name"]: (one["kind"], one["range"]) for one in shown["filters"]}["/size"] == ("land", True)


def test_the_documents_follow() -> None:
    page = Path(__file__).parents[2] / "docs" / "formats" / "forms.md"
    written = documented.refreshed(page.read_text(encoding="utf-8"))
    assert "| `land` | Area of land | number | – | `land` | yes | yes |" in written
    assert "| `land` | an area of land | one value | `land` | – |" in written
