"""One list of parties: those of the form and those with a record of their own, each once, with consent and needs."""

from __future__ import annotations

import re

import pytest

from tests.web.records.seeded_site import Browser, Site, uid_of

NAME, OTHER = "张小明（虚构）", "李明辉（虚构）"


def parties(page: str) -> list[str]:
    """Return the lines of the list as text."""
    if 'id="parties"' not in page:
        return []
    card = page.split('id="parties"')[1].split("</section>")[0]
    lines = re.findall(r"<li>(.*?)</li>", card, re.S)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one)).strip() for one in lines]


def facts(page: str) -> str:
    return page.split('id="facts"')[1].split("<aside")[0]


@pytest.fixture
def case(site: Site) -> str:
    """A case with an applicant and somebody on the other side."""
    other = {"kind": "person", "name": OTHER, "relation": "卖方", "phone": "13900000000"}
    data = {
        "channel": "walk_in",
        "applicant_kind": "person",
        "applicant_name": NAME,
        "applicant_phone": "13800000000",
        "dispute_type": "D0301",
        "place": "530112001",
        "summary": "房屋买卖合同履行发生纠纷",
        "claim": "退还定金",
        "willing": "yes",
        "lower_tried": False,
        "respondents": [other],
    }
    made = site.app.test_client().post(
        "/api/v1/records/case/", json={"data": data}, headers=site.token("clerk")
    )
    assert made.status_code == 201, made.text
    return f"/records/case/show/{made.json['result']['uid']}"


def add(site: Site, case: str, **data: str) -> str:
    made = site.app.test_client().post(
        "/api/v1/records/party/",
        json={"data": {"kind": "person", **data}, "parent": uid_of(case)},
        headers=site.token("clerk"),
    )
    assert made.status_code == 201, made.text
    return f"/records/party/show/{made.json['result']['uid']}"


def test_each_party_stands_once_with_its_consent(site: Site, clerk: Browser, case: str) -> None:
    first, second = parties(clerk.get(case).text)
    assert first.startswith("张* 申请人")
    assert "愿意" in first
    assert second.startswith("李* 对方当事人 · 卖方")
    assert "还没有询问" in second
    page = clerk.get(case).text
    for words in ("申请人姓名", "139****0000", "对方当事人"):
        assert words not in facts(page), "stated once"
    assert "139****0000" in page
    assert NAME not in page
    assert OTHER not in page


def test_a_party_with_a_record_of_its_own_is_the_same_one(site: Site, clerk: Browser, case: str) -> None:
    url = add(site, case, name=OTHER, role="respondent", willing="no", chosen_mediator="王雪琴")
    third = add(site, case, name="周小北（虚构）", role="third", willing="undecided")
    page = clerk.get(case).text
    lines = parties(page)
    assert len(lines) == 3
    assert lines[1].startswith("李* 对方当事人 · 卖方 拒绝")
    assert "王雪琴" in lines[1]
    assert lines[2].startswith("周* 第三人 尚未决定")
    assert f'href="{url}"' in page
    assert f'href="{third}"' in page
    assert 'id="children-party"' not in page, "there is no second list"


def test_the_page_of_a_party_tells_itself(site: Site, clerk: Browser, case: str) -> None:
    page = clerk.get(add(site, case, name=OTHER, role="respondent")).text
    assert parties(page) == []
    assert "李*" in facts(page)


def test_who_may_add_nobody_finds_no_dead_button(site: Site, clerk: Browser, case: str) -> None:
    page = site.login("supervisor").get(case).text
    assert "/records/party/add" not in page
    assert len(parties(page)) == 2
    assert "/records/party/add" in clerk.get(case).text


def test_two_of_one_masked_name_are_told_apart_and_an_organisation_by_its_own(
    site: Site, clerk: Browser, case: str
) -> None:
    add(site, case, name="张大明（虚构）", role="third")
    add(site, case, name="某商贸公司", role="third", kind="organisation")
    names = [line.split()[0] for line in parties(clerk.get(case).text)]
    assert names == ["张*（1）", "李*", "张*（2）", "某商贸公司"]
    assert NAME not in clerk.get(case).text
