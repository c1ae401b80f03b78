"""What each list of matters can be narrowed by: days, unit, handler, route, "without a day", the common stage.

Each is looked for on the page with its control, in the API, and in a view that was saved.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import Record
from portal.services import records
from portal.services.records import Override
from tests.fixtures.database import access_for
from tests.web.records.seeded_site import TODAY, Browser, Site, uid_of
from tests.web.records.test_records_list import titles
from tests.web.records.test_saved_views import SAVE
from tests.web.records.test_stage_bar import XISHAN, act, assigned

LIST, API = "/records/case/list/", "/api/v1/records/case/"
MEDIATION = Override({"department": "people_mediation"}, route="R01", mode="transfer")
OFFICE = Override({"department": "justice"}, route="R08", mode="transfer")
TOLD = {"period_told": True, "period_note": "六十日"}


@pytest.fixture(scope="module")
def handed(site: Site, clerk: Browser) -> dict[str, str]:
    """A matter that is mediated, one that an office handles, one that nobody handles."""
    found = {
        "mediated": assigned(site, clerk),
        "office": assigned(site, clerk),
        "waiting": site.register(clerk),
    }
    act(site, found["mediated"], records.dispose, override=MEDIATION)
    act(site, found["office"], records.dispose, override=OFFICE, form=TOLD)
    return {name: uid_of(case) for name, case in found.items()}


def shown(browser: Browser, query: str) -> set[str]:
    page = browser.get(f"{LIST}?{query}&size=100")
    assert page.status_code == 200, query
    return set(re.findall(r'data-href="/records/case/show/(\w+)"', page.text))


def told(site: Site, query: str) -> set[str]:
    client: FlaskClient = site.app.test_client()
    answer = client.get(f"{API}?{query}&size=100", headers=site.token("director"))
    assert answer.status_code == 200, answer.text
    return {row["uid"] for row in answer.json["result"]}


def stored(site: Site, *holds: Any) -> set[str]:
    with site.portal.reading(Access.system("test")) as session:
        rows = session.scalars(select(Record.uid).where(Record.etype == "case", *holds))
        return set(rows)


@pytest.mark.parametrize(
    ("control", "query", "holds"),
    [
        ("route", "route=R01", lambda: [Record.route == "R01"]),
        ("route", "route=R01&route=R08", lambda: [Record.route.in_(("R01", "R08"))]),
        ("handler", "handler=530112", lambda: [Record.handler_path.is_not(None)]),
        ("unit", "unit=530112", list),
        ("canonical_stage", "canonical_stage=intake", lambda: [Record.canonical_stage == "intake"]),
        ("created_at.from", f"created_at.from={TODAY}", list),
        ("created_at.to", "created_at.to=2026-05-05", lambda: [Record.id < 0]),
        (
            "due_on.from",
            f"due_on.from={TODAY}&due_on.to=2026-05-31",
            lambda: [Record.due_on <= dt.date(2026, 5, 31)],
        ),
        ("due_on.to", "due_on.to=2026-05-05", lambda: [Record.due_on < dt.date(2026, 5, 6)]),
        ("", "due_on=none", lambda: [Record.due_on.is_(None)]),
    ],
)
def test_a_list_is_narrowed_alike_on_the_page_in_the_api_and_in_a_saved_view(
    site: Site, handed: dict[str, str], control: str, query: str, holds: Any
) -> None:
    director = site.login("director")
    page = director.get(f"{LIST}?all=1").text
    assert not control or f'name="{control}"' in page, "it stands among the filters"
    wanted = stored(site, *holds())
    assert shown(director, query) == wanted
    assert told(site, query) == wanted
    saved = director.post(SAVE, {"csrf_token": director.token(), "name": query[:40], "query": query})
    assert saved.status_code == 303
    again = director.get(saved.headers["Location"]).text
    assert len(titles(again)) == min(len(wanted), 20)


def test_routes_are_offered_by_their_names_and_a_chip_names_the_one_chosen(
    site: Site, handed: dict[str, str]
) -> None:
    director = site.login("director")
    page = director.get(f"{LIST}?route=R08").text
    control = re.search(r'name="route".*?</select>', page, re.S)
    assert control
    offered = re.findall(r'<option value="(\w+)"( selected)?>([^<]+)<', control[0])
    assert ("R01", "", "调解") in offered
    assert [one[0] for one in offered if one[1]] == ["R08"]
    assert not any(re.search(r"R\d", name) for _, _, name in offered), "no codes among the words"
    chip = re.search(r"filter-chip-held.*?</span>(.*?)<svg", page, re.S)
    assert chip
    assert html.unescape(chip[1]).strip() == "办理路径：行政处理"


def test_a_matter_that_came_back_is_no_longer_found_by_its_route(site: Site, clerk: Browser) -> None:
    case = assigned(site, clerk)
    act(site, case, records.dispose, override=OFFICE, form=TOLD)
    director = site.login("director")
    assert uid_of(case) in shown(director, "route=R08")
    with site.portal.writing(access_for(site.portal, "director", XISHAN)) as uow:
        lead = records.referrals_of(uow.session, records.get_any(uow.session, uid_of(case)))[0]
        records.referral(uow, lead.uid, "revoke", reason="另行交办")
        uow.commit()
    assert uid_of(case) not in shown(director, "route=R08")


@pytest.mark.parametrize("value", ["R99", "r01", "调解", "R01'--", "x" * 200])
def test_a_route_that_is_none_is_refused(site: Site, handed: dict[str, str], value: str) -> None:
    director = site.login("director")
    assert director.get(LIST, query_string={"route": value}).status_code == 400
    answer = site.app.test_client().get(API, query_string={"route": value}, headers=site.token("director"))
    assert answer.status_code == 400


def test_lists_of_what_is_never_referred_have_no_filter_by_route(site: Site) -> None:
    page = site.login("director").get("/records/visit/list/?all=1").text
    assert 'name="route"' not in page
    assert 'name="handler"' in page
