"""Lists: filters, order, pages, saved state, and clear refusals of what makes no sense."""

from __future__ import annotations

import re
import threading
from urllib.parse import quote

import pytest

from tests.web.records.seeded_site import CASE, Browser, Site

LIST = "/records/case/list/"
ALL = LIST + "?all=1"


@pytest.fixture(scope="module")
def filled(site: Site, clerk: Browser) -> Site:
    """A few cases of different types, places and amounts."""
    site.register(clerk, **{"/applicant_name": "甲某（虚构）", "/dispute_type": "D0301", "/amount": "100"})
    site.register(clerk, **{"/applicant_name": "乙某（虚构）", "/dispute_type": "D0501", "/amount": "5000"})
    site.register(
        clerk, **{"/applicant_name": "丙某（虚构）", "/dispute_type": "D0101", "/place": "530112003"}
    )
    return site


def titles(page: str) -> list[str]:
    """Return whose cases a list shows; of names it shows no more than the first character."""
    return [f"{first}某" for first in re.findall(r'class="cell-title">\s*(\S)\*：', page)]


def test_rows_open_their_record(filled: Site, clerk: Browser) -> None:
    page = clerk.get(ALL).text
    assert len(titles(page)) == 3
    target = re.search(r'<tr data-href="([^"]+)"', page)
    assert target
    assert clerk.get(target[1]).status_code == 200


def test_a_class_finds_the_types_below_it(filled: Site, clerk: Browser) -> None:
    assert titles(clerk.get(LIST + "?dispute_type=D05").text) == ["乙某"]


def test_several_filters_hold_together(filled: Site, clerk: Browser) -> None:
    assert titles(clerk.get(LIST + "?amount.from=50&amount.to=1000").text) == ["甲某"]
    assert titles(clerk.get(LIST + "?stage=intake&amount.from=1000&text=" + quote("乙")).text) == ["乙某"]


def test_text_is_searched_in_title_and_number(filled: Site, clerk: Browser) -> None:
    assert titles(clerk.get(LIST + "?text=" + quote("丙")).text) == ["丙某"]
    code = re.search(r"西综〔2026〕\d+", clerk.get(LIST + "?text=" + quote("丙")).text)
    assert code
    assert titles(clerk.get(LIST + "?text=" + quote(code[0])).text) == ["丙某"]


def test_a_unit_holds_what_lies_below_it(filled: Site, clerk: Browser) -> None:
    assert len(titles(clerk.get(LIST + "?unit=530112").text)) == 3
    assert titles(clerk.get(LIST + "?unit=530112001").text) == []


def test_the_order_can_be_turned_round(filled: Site, clerk: Browser) -> None:
    up = titles(clerk.get(LIST + "?sort=amount").text)
    down = titles(clerk.get(LIST + "?sort=-amount").text)
    assert up == ["甲某", "乙某", "丙某"] or up[:2] == ["甲某", "乙某"]
    assert down.index("乙某") < down.index("甲某")


def test_filters_are_chips_that_can_be_taken_away(filled: Site, clerk: Browser) -> None:
    page = clerk.get(LIST + "?dispute_type=D05&amount.from=1000").text
    chips = re.findall(r'class="filter-chip filter-chip-held" href="([^"]+)"', page)
    assert len(chips) == 2
    assert any("dispute_type" not in chip and "amount.from=1000" in chip for chip in chips)


def test_the_list_comes_back_as_it_was_left(filled: Site, clerk: Browser) -> None:
    clerk.get(LIST + "?dispute_type=D05")
    assert titles(clerk.get(LIST).text) == ["乙某"]
    clerk.get(ALL)
    assert len(titles(clerk.get(LIST).text)) == 3


def test_another_person_has_another_state(filled: Site, clerk: Browser) -> None:
    clerk.get(LIST + "?dispute_type=D05")
    assert len(titles(filled.login("clerk2").get(LIST).text)) == 3
    clerk.get(ALL)


def test_a_saved_state_that_no_longer_fits_is_dropped(filled: Site, clerk: Browser) -> None:
    from portal.core.access import Access
    from portal.persistence.models import User
    from portal.services.records import save_state

    with filled.portal.writing(Access.system("test")) as uow:
        user = uow.session.query(User).filter_by(username="clerk").one()
        save_state(uow, user.id, "case", {"pairs": [["/no_longer_there", "x"], ["page", "9"]]})
        uow.commit()
    page = clerk.get(LIST)
    assert page.status_code == 200
    assert len(titles(page.text)) == 3


@pytest.mark.parametrize(
    "query",
    [
        "stage=nonsense",
        "nonsense=1",
        "sort=summary",
        "sort=-password",
        "page=0",
        "page=-1",
        "page=1e3",
        "page=100000000000000000000",
        "page=١",
        "size=100000",
        "amount.from=abc",
        "amount.from=nan",
        "amount.from=1e999",
        "amount=5",
        "due_on.from=2026-13-01",
        "due_on.to=2026-1-1",
        "created_at.from=yesterday",
        "created_at.from=2026-W19-3",
        "due_on.from=20260506",
        "amount.from=1_000",
        "amount.from=١٢",
        f"text={'x' * 101}",
        "is_open=perhaps",
        "unit=nowhere",
        "place=nowhere",
        "dispute_type=D9",
        "text=%00",
        "stage=%00",
        "/summary=x",
        "/data/password=x",
    ],
)
def test_nonsense_is_refused_in_words(filled: Site, clerk: Browser, query: str) -> None:
    answer = clerk.get(f"{LIST}?{query}")
    assert answer.status_code == 400, query
    assert "无法按网址中的条件显示列表" in answer.text


@pytest.mark.parametrize(
    ("pasted", "plain"),
    [
        ("amount.from=２００００", "amount.from=20000"),
        ("amount.from=¥20,000", "amount.from=20000"),
        ("amount.to=2万元", "amount.to=20000"),
        ("created_at.from=2026年5月6日", "created_at.from=2026-05-06"),
        ("created_at.to=２０２６-０５-０６", "created_at.to=2026-05-06"),
        ("created_at.from=2026/5/6", "created_at.from=2026-05-06"),
        ("dispute_type=Ｄ０３", "dispute_type=D03"),
        ("place=%20530112", "place=530112"),
    ],
)
def test_a_filter_is_understood_as_the_field_is(
    filled: Site, clerk: Browser, pasted: str, plain: str
) -> None:
    rows = [titles(clerk.get(f"{LIST}?{query}&all=1").text) for query in (pasted, plain)]
    assert rows[0] == rows[1]
    headers = filled.token("clerk")
    client, url = filled.app.test_client(), "/api/v1/records/case/"
    found = [client.get(f"{url}?{query}", headers=headers) for query in (pasted, plain)]
    assert [one.status_code for one in found] == [200, 200]
    assert found[0].json["count"] == found[1].json["count"]
    assert found[0].json["result"] == found[1].json["result"]


def test_a_page_beyond_the_end_says_so(filled: Site, clerk: Browser) -> None:
    answer = clerk.get(LIST + "?page=400")
    assert answer.status_code == 200
    assert "本页没有内容" in answer.text
    clerk.get(ALL)


def test_unknown_type_is_not_there(site: Site, clerk: Browser) -> None:
    for url in ("/records/nonsense/list/", "/records/nonsense/add", "/records/nonsense/show/x"):
        assert clerk.get(url).status_code == 404


def test_strangers_sign_in_first(site: Site) -> None:
    answer = site.stranger().get(LIST)
    assert answer.status_code == 302
    assert "/login/" in answer.headers["Location"]


def test_siblings_do_not_see_one_another(filled: Site) -> None:
    jinning, supervisor = filled.login("jinning"), filled.login("supervisor")
    assert titles(jinning.get(ALL).text) == []
    assert len(titles(supervisor.get(ALL).text)) == 3


def test_counts_are_capped(filled: Site, clerk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.web.words.screen.Screen.count_limit", 2)
    page = clerk.get(LIST + "?size=2").text
    assert re.search(r"2\+", page)
    assert 'rel="next"' in page
    clerk.get(ALL)


def test_names_of_people_cannot_run_as_script(site: Site, clerk: Browser) -> None:
    evil = "<img src=x onerror=alert(1)>{{7*7}}"
    page = site.register(clerk, **{"/applicant_name": evil, "/summary": evil, "/claim": evil} | {})
    for url in (page, ALL, page.replace("/show/", "/edit/")):
        text = clerk.get(url).text
        assert "<img src=x" not in text
        assert "&lt;img src=x" in text or url == ALL
    assert CASE["/claim"] not in clerk.get(page).text


def test_no_request_sees_another_ones_filter(filled: Site) -> None:
    wanted = {"甲某": "dispute_type=D0301", "乙某": "dispute_type=D05", "丙某": "dispute_type=D0101"}
    wrong: list[str] = []

    def ask(name: str, query: str) -> None:
        person = filled.login("clerk" if name != "丙某" else "clerk2")
        for _ in range(20):
            found = titles(person.get(f"{LIST}?{query}&text={quote(name[0])}").text)
            if found != [name]:
                wrong.append(f"{name}: {found}")

    threads = [threading.Thread(target=ask, args=pair) for pair in wanted.items() for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
