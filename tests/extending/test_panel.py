"""A panel registered once, from outside, stands on the pages of its type, in both languages, and on no other page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jinja2 import BaseLoader, ChoiceLoader, DictLoader

from portal.core.table import Table
from portal.web.records.panels import PANELS, Panel, Place
from portal.web.words.case import Case
from tests.extending.conftest import said_in_chinese
from tests.web.records.conftest import clerk, site
from tests.web.records.seeded_site import Browser, Site, uid_of

__all__ = ["clerk", "site"]
TEMPLATE = "tests/neighbours.html"
NEIGHBOURS = Panel(
    "neighbours",
    Place.SIDE,
    15,
    TEMPLATE,
    view=lambda case: [f"next to {case.name}"],
    when=lambda case: case.record.etype == "case",
)
DRAWN = """<section class="card" id="neighbours"><h2>{{ _('Neighbours') }}</h2>
{% for line in panel.view %}<p>{{ line }} · {{ case.screen.title }}</p>{% endfor %}</section>"""
TITLES = {"zh_Hans": "邻里", "en": "Neighbours"}


@pytest.fixture
def registered(site: Site) -> Iterator[None]:
    """The panel, with a template that is no file of the portal's."""
    env = site.app.jinja_env
    own = env.loader
    assert isinstance(own, BaseLoader)
    env.loader = ChoiceLoader([DictLoader({TEMPLATE: DRAWN}), own])
    with PANELS.with_entry(NEIGHBOURS), said_in_chinese("Neighbours", TITLES["zh_Hans"]):
        yield
    env.loader = own


def test_it_stands_on_the_pages_of_its_type_in_both_languages(
    site: Site, clerk: Browser, registered: None
) -> None:
    url = site.register(clerk)
    for code, title in TITLES.items():
        clerk.client.get(f"/language/{code}")
        page = clerk.get(url).text
        assert page.count('id="neighbours"') == 1
        assert f"<h2>{title}</h2>" in page
        assert page.index('id="now"') < page.index('id="neighbours"') < page.index('id="proposals"')


def test_it_stands_on_no_other_page(site: Site, clerk: Browser, registered: None) -> None:
    case = site.register(clerk)
    made = site.app.test_client().post(
        "/api/v1/records/party/",
        json={"data": {"name": "张三", "kind": "person", "role": "applicant"}, "parent": uid_of(case)},
        headers=site.token("clerk"),
    )
    assert made.status_code == 201, made.text
    party = f"/records/party/show/{made.json['result']['uid']}"
    assert party in clerk.get(case).text
    for other in (party, case.replace("/show/", "/edit/"), "/records/case/list/", "/"):
        page = clerk.get(other)
        assert page.status_code == 200
        assert "neighbours" not in page.text


def test_it_is_gone_with_its_entry(site: Site, clerk: Browser) -> None:
    assert 'id="neighbours"' not in clerk.get(site.register(clerk)).text


def test_a_panel_with_nothing_to_show_is_left_out(site: Site, clerk: Browser) -> None:
    asked: list[Case] = []
    silent = Panel("silent", Place.TOP, 5, "tests/missing.html", view=asked.append)
    with PANELS.with_entry(silent):
        assert clerk.get(site.register(clerk)).status_code == 200
    assert len(asked) == 1


def test_a_name_is_registered_once() -> None:
    table: Table[Panel] = Table("panels", NEIGHBOURS)
    with pytest.raises(ValueError, match="neighbours is registered already"):
        table.add(NEIGHBOURS)
