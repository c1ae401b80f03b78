"""What is offered is what is taken: names that one choice has alone, places that are places; by page and by API."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from portal.core.access import Access, Origin
from portal.core.forms import FieldInfo
from portal.core.forms.body import MAX_VALUES
from portal.core.picking import Index
from portal.persistence.models import Record
from portal.services import users
from portal.web.records.forms.picked import Picking
from tests.web.records.seeded_site import CASE, PASSWORD, Browser, Site, changed, errors_in, form_in, uid_of

ADD = "/records/case/add"
VILLAGE = "竹园村委会"  # three villages of Kunming have this name
BUREAU = "530112:people_mediation"


@pytest.fixture(scope="module")
def city(site: Site) -> Browser:
    """A clerk of the city, who sees villages of every county."""
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        made = users.create(uow, "city.clerk", PASSWORD, "某", "city")
        users.assign(uow, made.id, "clerk", "530100", audited=False)
        uow.commit()
    return site.login("city.clerk")


def send(browser: Browser, **values: Any) -> Any:
    return browser.send(ADD, browser.form(ADD), **CASE | values)


def stored(site: Site, browser: Browser, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 303, errors_in(answer.text)
    uid = uid_of(str(answer.headers["Location"]))
    fields = browser.form(f"/records/case/edit/{uid}")
    return dict(fields)


def offered(page: str, name: str) -> dict[str, str]:
    """Return the choices that a page offers for a control, by code."""
    found = re.findall(
        rf'name="{re.escape(name)}~pick" value="([^"]+)"><span class="form-check-label">(.*?)</span>', page
    )
    return {code: html.unescape(re.sub("<[^>]*>", " ", text)) for code, text in found}


@pytest.mark.parametrize(
    "text",
    ["马街街道", " 马街街道\u200b", "西山区/马街街道", "昆明市 / 西山区 › 马街街道"],
)
def test_a_name_or_path_of_one_choice_is_taken_without_javascript(
    site: Site, clerk: Browser, text: str
) -> None:
    fields = stored(site, clerk, send(clerk, **{"/place": text, "/dispute_type": "房屋买卖纠纷"}))
    assert re.fullmatch(r"530112\d{3}", fields["/place"])
    assert fields["/dispute_type"] == "D0301"


def test_a_name_of_several_is_refused_with_their_paths_and_one_is_chosen(site: Site, city: Browser) -> None:
    answer = send(city, **{"/place": VILLAGE})
    assert answer.status_code == 422
    assert f"有 3 项都叫“{VILLAGE}”" in errors_in(answer.text)
    choices = offered(answer.text, "/place")
    assert len(choices) == len(set(choices.values())) == 3
    assert all(path.count(" / ") == 2 and path.endswith(VILLAGE) for path in choices.values())
    pairs = [pair for pair in _pairs(answer.text) if pair[0] != "/place~pick"]
    assert dict(pairs)["/place~asked"] == VILLAGE
    last = sorted(choices)[-1]
    fields = stored(site, city, city.post(ADD, [*pairs, ("/place~pick", last)]))
    assert fields["/place"] == last


def test_a_tick_counts_for_the_text_it_answers_and_for_nothing_else(city: Browser, site: Site) -> None:
    pairs = _pairs(send(city, **{"/place": VILLAGE}).text)
    other = changed(pairs, {"/place": "甸尾村委会", "/place~pick": "530112001"})
    answer = city.post(ADD, other)
    assert answer.status_code == 422
    assert "有 3 项都叫“甸尾村委会”" in errors_in(answer.text)
    forged = changed(pairs, {"/place~pick": BUREAU})
    answer = city.post(ADD, forged)
    assert answer.status_code == 422, "what is ticked has to be a choice"
    assert stored(site, city, city.post(ADD, changed(pairs, {"/place": "嵩明县", "/place~pick": ""})))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("fangwumaimai", "房屋买卖纠纷"),
        ("fwmm", "房屋买卖纠纷"),
        ("房产", "房屋租赁纠纷"),
        ("讨薪", "拖欠农民工工资"),
    ],
)
def test_what_is_no_name_is_refused_with_what_was_found(clerk: Browser, text: str, label: str) -> None:
    answer = send(clerk, **{"/dispute_type": text})
    assert answer.status_code == 422
    assert f"请从“{text}”找到的各项中选一项" in errors_in(answer.text)
    assert any(label in path for path in offered(answer.text, "/dispute_type").values())


def test_the_button_that_finds_offers_choices_and_marks_nothing_as_wrong(clerk: Browser) -> None:
    pairs = changed(clerk.form(ADD), {"/dispute_type": "fangwu"})
    answer = clerk.post(ADD, [*pairs, ("_refresh", "1")])
    assert answer.status_code == 200
    assert 'class="error-summary' not in answer.text
    assert len(offered(answer.text, "/dispute_type")) > 3
    answer = clerk.post(ADD, [*changed(pairs, {"/dispute_type": "房屋买卖纠纷"}), ("_refresh", "1")])
    assert dict(_pairs(answer.text))["/dispute_type"] == "D0301"
    assert "房屋与物业纠纷 › 房屋买卖纠纷" in answer.text


@pytest.mark.parametrize("text", ["无此地名", "zzzz", "'; drop table unit", "西山区/竹园村委会", "马街街道/"])
def test_what_names_nothing_is_refused_and_kept(clerk: Browser, text: str) -> None:
    answer = send(clerk, **{"/place": text})
    assert answer.status_code == 422
    assert dict(_pairs(answer.text))["/place"] == text


def test_a_bureau_is_no_place_by_page_lookup_and_api(site: Site, clerk: Browser) -> None:
    answer = send(clerk, **{"/place": BUREAU})
    assert answer.status_code == 422
    assert "是单位，不是地点" in errors_in(answer.text)
    for url in ("/lookup/units?of=places", "/lookup/units?of=places&q=民", "/lookup/units?of=places&q=调解"):
        assert not any(":" in row["code"] for row in clerk.get(url).json), url
    assert any(row["code"] == BUREAU for row in clerk.get("/lookup/units?of=departments&q=调解").json)
    assert all(":" in row["code"] for row in clerk.get("/lookup/units?of=departments").json)
    data = {key[1:]: value for key, value in CASE.items()} | {"amount": 20000, "lower_tried": False}
    client, token = site.app.test_client(), site.token("clerk")
    for place, status in ((BUREAU, 422), (VILLAGE, 422), ("530112001", 201)):
        made = client.post(
            "/api/v1/records/case/", json={"unit": "530112", "data": data | {"place": place}}, headers=token
        )
        assert made.status_code == status, made.text
        if status == 422:
            assert '/place"' in made.text


def test_what_a_record_holds_stays_though_it_could_not_be_chosen_any_more(site: Site, clerk: Browser) -> None:
    uid = uid_of(str(send(clerk).headers["Location"]))
    with site.portal.writing(Access.system("test")) as uow:
        table = Record.__table__
        data = uow.session.scalars(select(table.c.data).where(table.c.uid == uid)).one()
        older = update(table).where(table.c.uid == uid).values(data=data | {"place": BUREAU}, place=BUREAU)
        uow.session.execute(older, execution_options={"unscoped": "as an older version stored it"})
        uow.commit()
    url = f"/records/case/edit/{uid}"
    answer = clerk.send(url, clerk.form(url), **{"/claim": "退还定金和利息"})
    assert answer.status_code == 303, errors_in(answer.text)


def test_codes_in_lists_are_checked_and_have_pickers_too(site: Site) -> None:
    director = site.login("director")
    url = "/records/mediator/add"
    page = director.post(url, [*director.form(url), ("_add:/fields", "1")]).text
    control = re.search(r'<input[^>]*name="/fields/0"[^>]*>', page)
    assert control
    assert 'data-lookup="/lookup/terms/dispute' in control[0]
    data = {"name": "某某（虚构）", "kind": "people", "fields": ["D0301", "D9999"]}
    made = site.app.test_client().post(
        "/api/v1/records/mediator/", json={"unit": "530112", "data": data}, headers=site.token("director")
    )
    assert made.status_code == 422, made.text
    assert '/fields/1"' in made.text


@pytest.mark.parametrize("many", [300, MAX_VALUES + 1])
def test_of_many_values_that_are_no_codes_twenty_are_searched_for(
    site: Site, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    searched: list[str] = []
    real = Index.search

    def counted(index: Index, query: str, *args: Any, **more: Any) -> Any:
        searched.append(query)
        return real(index, query, *args, **more)

    monkeypatch.setattr(Index, "search", counted)
    director = site.login("director")
    url = "/records/mediator/add"
    pairs = changed(director.form(url), {"/name": "某某（虚构）"})
    page = director.post(url, [*pairs, *((f"/fields/{number}", f"zz{number}") for number in range(many))])
    assert page.status_code == 422
    told = errors_in(page.text)
    assert told.count("没有名为“zz") == (20 if many <= MAX_VALUES else 0)
    assert ("最多容纳" in told) == (many > MAX_VALUES)
    # Once for what is told, once for what is offered at the control.
    assert len(searched) <= 2 * 20


def test_codes_of_units_are_looked_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[str]] = []

    class Now:
        def units(self, codes: set[str]) -> dict[str, str]:
            asked.append(set(codes))
            return {"530112": "西山区"}

    field = FieldInfo("/at/*/unit", "单位", "unit")
    picking = Picking(cast("Any", Now()), cast("Any", None), "x")
    picking.__dict__["fields"] = {field.pointer: field}
    monkeypatch.setattr(Picking, "_offered", lambda *_: (("", {}), []))
    monkeypatch.setattr(Picking, "_index", lambda *_: Index.of([]))
    sent = [(f"/at/{number}/unit", f"none{number}") for number in range(30)] + [("/at/30/unit", "530112")]
    assert picking.meant(sent) == sent
    form = cast("Any", SimpleNamespace(label=lambda where: where))
    data = {"at": [{"unit": value} for _, value in sent]}
    assert len(list(picking.errors(form, data, None))) == 20
    assert len(asked) == 1


def test_a_list_is_filtered_by_a_name_and_a_path_is_shown(clerk: Browser, site: Site) -> None:
    uid = uid_of(str(send(clerk).headers["Location"]))
    name = clerk.get("/lookup/units?of=places&named=530112001").json[0]
    page = clerk.get(f"/records/case/list/?place={name['label']}").text
    assert uid in page
    assert name["shown"] in page
    assert clerk.get("/lookup/units?of=places&named=xishan").json == []


def test_lookups_rank_and_tell_what_is_needed(clerk: Browser) -> None:
    found = clerk.get("/lookup/units?q=xishan").json
    assert found[0]["label"] == "西山区"
    assert set(found[0]) == {"code", "label", "path", "shown", "leaf", "note"}
    types = clerk.get("/lookup/terms/dispute?q=fw").json
    assert types[0]["label"].startswith("房屋")
    assert types[0]["shown"].startswith("房屋与物业纠纷 › ")
    assert clerk.get("/lookup/units?q=" + "a" * 4000).json == []
    assert clerk.get("/lookup/units?of=people").json == clerk.get("/lookup/units").json


def _pairs(page: str) -> list[tuple[str, str]]:
    return form_in(page, ADD)
