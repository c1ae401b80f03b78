"""Pages of questions: proposed at the city of what a pilot says of itself, answered at a county, refused in words."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.persistence.models import AuditEntry, RolloutDecision
from portal.services import drafts, rollout, units, users
from portal.services.portal import Policy
from tests.fixtures.rolling import bring_kunming, checked
from tests.web.records.conftest import site
from tests.web.records.seeded_site import PASSWORD, Browser, Site

__all__ = ["site"]
SYSTEM = Access.system("test")
CITY, XISHAN, JINNING, SHILIN = "530100", "530112", "530115", "530126"
HOUSING, HOTLINE = "/departments/housing/name", "/settings/values/hotline"
ASKS: dict[str, Any] = {
    "county": {
        "title": {"zh_Hans": "县（市、区）名称", "en": "Name of the county"},
        "kind": "unit_name",
        "required": True,
        "blank": "本地",
        "places": [{"path": HOUSING, "text": "{county}住房和城乡建设局"}],
        "order": 1,
    },
    "hotline": {"title": "咨询电话", "kind": "phone", "places": [{"path": HOTLINE}], "order": 2},
}


def account(site: Site, name: str, role: str, unit: str) -> Browser:
    with site.portal.writing(SYSTEM) as uow:
        user = users.create(uow, name, PASSWORD, "某", name)
        users.assign(uow, user.id, role, unit, audited=False)
        uow.commit()
    return site.login(name)


@pytest.fixture(scope="module")
def zhou(site: Site) -> Browser:
    site.app.extensions["portal"] = replace(site.portal, policy=Policy(second_person=True))
    return account(site, "zhoumin", "template_owner", CITY)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def sent(browser: Browser, url: str, **data: Any) -> Any:
    several = {name: one if isinstance(one, list) else [one] for name, one in data.items()}
    pairs = [(name, text) for name, texts in several.items() for text in texts]
    return browser.post(url, [("csrf_token", browser.token()), *pairs])


def names_of(page: str) -> dict[str, str]:
    """Return the names of the controls of the form by question."""
    return {name.rsplit("/", 1)[-1]: name for name in re.findall(r'name="([^"]*/(?:county|hotline))"', page)}


def answers(browser: Browser, url: str, seen: dict[str, str] | None = None, **given: str) -> Any:
    page = browser.get(url).text
    found = names_of(page)
    shown = re.search(r'name="_seen" value="([^"]*)"', page)
    assert shown is not None
    was = shown[1].replace("&#34;", '"') if seen is None else json.dumps(seen)
    return sent(browser, url, _seen=was, **{found[name]: text for name, text in given.items()})


def test_a_city_asks_where_a_pilot_names_itself(site: Site, zhou: Browser) -> None:
    url = f"/rollout/pilot/{XISHAN}"
    page = text_of(zhou.get(url))
    assert "可以改成问题推广" in page
    assert "留在本地：写有“西山区”" in page
    police = "/departments/police/name"
    look = sent(zhou, f"{url}/look", ask=[HOUSING, police])
    assert look.status_code == 200
    page = text_of(look)
    assert "前后一致" in page
    assert "要各中心回答的问题 2" in page
    assert "本地住房和城乡建设局" in page
    assert "〔本县（市、区）名称〕住房和城乡建设局" in page
    # One is dropped: the place that needs it stays; the other one gets another name.
    settled = {
        "ask": [HOUSING, police],
        "settled": "1",
        "question": ["unit_name", "unit_short"],
        "kept": ["unit_name"],
        "title-unit_name": "贵县（市、区）叫什么",
        "was-unit_name": "本县（市、区）名称",
        "must-unit_name": "1",
    }
    page = text_of(sent(zhou, f"{url}/look", **settled))
    assert "1 成为市级配置" in page
    assert "昆明市公安局西山分局" in page
    none = sent(zhou, f"{url}/look", **{**settled, "kept": []})
    assert "请至少选择一处" in text_of(none)
    made = sent(zhou, f"{url}/make", **settled, why="西山区试点半年")
    assert made.status_code == 302, made.text[-800:]
    key = str(made.headers["Location"]).split("/studio/")[1].split("/")[0]
    with site.portal.reading(SYSTEM) as session:
        document = drafts.effective(session, key)
        assert document["questions"]["unit_name"]["title"] == "贵县（市、区）叫什么"
        assert pointers.get(document, HOUSING) == "本地住房和城乡建设局"
        assert "西山" not in pointers.get(document, police)
        assert list(document["questions"]) == ["unit_name"]
    page = text_of(zhou.get(f"/studio/{key}/questions"))
    assert "贵县（市、区）叫什么" in page
    # A city answers nothing that it asks itself.
    assert "没有要回答的问题" in text_of(zhou.get(f"/studio/{key}/answers"))
    # What can't be a question is refused in words.
    refused = sent(zhou, f"{url}/look", ask='/rules/referral/examples/=["十年家庭财产纠纷"]')
    assert "前后一致" not in refused.text


@pytest.fixture(scope="module")
def version(site: Site, zhou: Browser) -> str:
    return bring_kunming(site.portal, {HOUSING: "本地住房和城乡建设局", "/questions": ASKS})


def test_a_county_answers_before_the_version_is_in_force(site: Site, version: str) -> None:
    yang, url = account(site, "yang", "config_admin", JINNING), f"/rollout/{JINNING}/answers"
    assert "回答新版本提的问题 还差 2 处" in text_of(yang.get(f"/rollout/?unit={JINNING}"))
    page = yang.get(url)
    assert "共 2 个问题，还有 2 个没有回答。 其中 1 个要先回答" in text_of(page)
    assert "Name of the county" in yang.get(url, headers={"Accept-Language": "en"}).text or page.text
    wrong = answers(yang, url, county="晋宁区", hotline="打电话")
    assert wrong.status_code == 422
    assert "晋宁区" in wrong.text
    assert "电话" in text_of(wrong)
    assert answers(yang, url, county="本地").status_code == 422
    with site.portal.reading(SYSTEM) as session:
        assert session.scalars(select(RolloutDecision)).all() == []
    assert answers(yang, url, county="晋宁区", hotline="0871-67890000").status_code == 302
    page = text_of(yang.get(url))
    assert "2 个问题都已回答" in page
    assert "晋宁区住房和城乡建设局" in page
    late = answers(yang, url, seen={"county": ""}, county="晋宁", hotline="0871-67890000")
    assert late.status_code == 409
    assert "刚才已有人回答，现在是：晋宁区" in text_of(late)
    with site.portal.reading(SYSTEM) as session:
        bundle = rollout.review(session, JINNING).plan.merged.bundle
        assert pointers.get(bundle, HOUSING) == "晋宁区住房和城乡建设局"
        kinds = session.scalars(select(AuditEntry.action).where(AuditEntry.kind == "decision")).all()
        assert set(kinds) == {"decide_place"}


def test_a_county_answers_in_its_draft(site: Site, version: str) -> None:
    chen, ma = account(site, "chenjie", "config_admin", SHILIN), account(site, "maqing", "director", SHILIN)
    assert "新版本提了 2 个问题" in text_of(chen.get(f"/rollout/?unit={SHILIN}"))
    steps = f"/rollout/{SHILIN}/plan"
    sent(chen, f"{steps}/make")
    with site.portal.reading(SYSTEM) as session:
        row = rollout.live_plan(session, units.by_code(session, SHILIN).id)
        assert row is not None
        uid = row.uid
    checked(site.portal, uid)
    sent(chen, f"{steps}/submit", plan=uid)
    seen = re.search(r'name="seen" value="(\w+)"', ma.get(f"/rollout/?unit={SHILIN}").text)
    assert seen
    sent(ma, f"{steps}/apply", plan=uid, when="now", seen=seen[1])
    page = chen.get(f"/rollout/?unit={SHILIN}").text
    assert "这一版本提的问题还有 2 个没有回答" in page
    assert f'href="/studio/?unit={SHILIN}"' in page
    made = sent(chen, f"/studio/start/{SHILIN}", name="回答问题")
    key = str(made.headers["Location"]).split("/studio/")[1].split("/")[0]
    url = f"/studio/{key}/answers"
    assert "上级提的 2 个问题，还有 2 个没有回答。" in text_of(chen.get(f"/studio/{key}/"))
    # Who may only look sees the same without a form to send.
    assert "您可以查看，不能修改" in text_of(ma.get(url))
    assert "_seen" not in ma.get(url).text
    assert sent(ma, url, _seen="{}").status_code == 403
    assert answers(chen, url, county="石林县", hotline="0871-67790000").status_code == 302
    assert "上级提的 2 个问题都已回答" in text_of(chen.get(f"/studio/{key}/"))
    # A step back takes both back; sent again after that, nothing else is changed.
    sent(chen, f"/studio/{key}/undo")
    assert "还有 2 个没有回答" in text_of(chen.get(f"/studio/{key}/"))
    assert answers(chen, url, county="x" * 61).status_code == 422
    for seen in ("", "[1]", "{"):
        assert sent(chen, url, _seen=seen).status_code in (302, 409)


def test_nobody_else_sees_them(site: Site, version: str) -> None:
    stranger = account(site, "luojie", "config_admin", "530114")
    assert stranger.get(f"/rollout/{JINNING}/answers").status_code == 404
    assert sent(stranger, f"/rollout/{JINNING}/answers", _seen="{}").status_code == 404
    assert site.login("clerk").get(f"/rollout/{JINNING}/answers").status_code in (302, 403)
