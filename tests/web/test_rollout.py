"""Pages of the roll-out: a county from the new version to what is in force, what differs below a city, waves."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import AuditEntry, Campaign, RolloutPlan
from portal.services import drafts, releases, rollout, units, users
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.portal import Policy
from portal.services.rollout import ground
from tests.fixtures.rolling import bring_kunming, checked
from tests.web.records.conftest import site
from tests.web.records.seeded_site import PASSWORD, Browser, Site

__all__ = ["site"]
SYSTEM = Access.system("test")
CITY, JINNING, GUANDU, XISHAN = "530100", "530115", "530111", "530112"
SHILIN, XUNDIAN = "530126", "530129"
STAGE = "/lifecycles/case/stages/mediate/title"
MODE = "/layout/stationing/court/mode_label"
NAME = "/lifecycles/case/title"


def account(site: Site, name: str, role: str, unit: str) -> Browser:
    with site.portal.writing(SYSTEM) as uow:
        user = users.create(uow, name, PASSWORD, "某", name)
        users.assign(uow, user.id, role, unit, audited=False)
        uow.commit()
    return site.login(name)


@pytest.fixture(scope="module", autouse=True)
def brought(site: Site) -> str:
    """The portal asks for a second person, and the city has a later version."""
    site.app.extensions["portal"] = replace(site.portal, policy=Policy(second_person=True))
    return bring_kunming(site.portal, {STAGE: "多元化解", MODE: "每周驻点", NAME: "办理流程"})


@pytest.fixture(scope="module")
def yang(site: Site) -> Browser:
    return account(site, "yang", "config_admin", JINNING)


@pytest.fixture(scope="module")
def li(site: Site) -> Browser:
    return account(site, "lijianguo", "director", JINNING)


@pytest.fixture(scope="module")
def zhou(site: Site) -> Browser:
    return account(site, "zhoumin", "template_owner", CITY)


def post(browser: Browser, url: str, **data: str) -> str:
    answer = browser.post(url, {"csrf_token": browser.token(), **data})
    assert answer.status_code == 302, (answer.status_code, answer.text[-900:])
    return str(answer.headers["Location"])


def text_of(browser: Browser, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200, answer.text[:500]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def seen(browser: Browser) -> str:
    """Return what the page says of the plan that is looked at there."""
    found = re.search(r'name="seen" value="(\w+)"', browser.get("/rollout/").text)
    assert found
    return found[1]


def plan_at(site: Site, unit: str) -> RolloutPlan:
    with site.portal.reading(SYSTEM) as session:
        row = session.scalars(
            select(RolloutPlan)
            .where(RolloutPlan.unit_id == units.by_code(session, unit).id)
            .order_by(RolloutPlan.id.desc())
        ).first()
        assert row is not None
        session.expunge(row)
        return row


def acts(site: Site, *kinds: str) -> list[str]:
    with site.portal.reading(SYSTEM) as session:
        query = select(AuditEntry.action).where(AuditEntry.kind.in_(kinds)).order_by(AuditEntry.id)
        return list(session.scalars(query))


def test_a_county_goes_from_the_new_version_to_what_is_in_force_and_back(
    site: Site, yang: Browser, li: Browser
) -> None:
    # The first page tells it to who works on the configuration, and to nobody else.
    assert "1.9.0 到了" in text_of(yang, "/")
    assert "1.9.0" not in text_of(site.login("clerk"), "/")
    page = text_of(yang, "/rollout/")
    assert "1.9.0 到了" in page
    assert "3 处上级和我们都改过，要您决定，还差 3 处" in page
    url = f"/rollout/{JINNING}/place"
    for path, action, why in ((STAGE, "ours", ""), (STAGE, "ours", "群众这样叫"), (MODE, "theirs", "")):
        post(yang, url, path=path, action=action, why=why, do="decide")
    post(yang, url, path=NAME, do="later")
    post(yang, url, path=NAME, do="comment", why="问一下法院")
    page = text_of(yang, f"/rollout/?place={NAME}")
    # An act is answered: what the browser kept of its form is over by that.
    assert "留言已记下" in page
    assert re.search(r"yang\S* ?先放着", page)
    assert "还差 1 处" in page
    assert "问一下法院" in page
    assert "先放着" in page
    post(yang, url, path=NAME, action="custom", value="晋宁流程", why="简短些", do="decide")
    steps = f"/rollout/{JINNING}/plan"
    post(yang, f"{steps}/make")
    uid = plan_at(site, JINNING).uid
    assert "正在检查" in text_of(yang, "/rollout/")
    # While the check runs the page asks again by itself.
    assert 'hx-select="#next"' in yang.get("/rollout/").text
    checked(site.portal, uid)
    assert 'hx-select="#next"' not in yang.get("/rollout/").text
    page = text_of(yang, f"/rollout/?place={STAGE}")
    assert "3 处上级和我们都改过，都已定好" in page
    assert "群众这样叫" in page
    assert "作决定或提交的人不能自己启用，要由另一个人批准启用" in page
    for step, told in (("try", "开始试用"), ("past", "还没有试算")):
        trial = post(yang, f"{steps}/{step}", plan=uid)
        page = text_of(yang, trial)
        assert told in page
        assert "供试用，没有生效" in page
        assert "回到新版本" in page
    assert "1.9.0" not in text_of(yang, "/studio/").split("草稿")[1]
    post(yang, f"{steps}/submit", plan=uid, reason="请批")
    assert "1.9.0 等您批准启用" in text_of(li, "/")
    assert "1.9.0 等待批准启用" in text_of(yang, "/")
    looked_at = seen(li)
    post(li, f"{steps}/send-back", plan=uid, reason="再看看")
    # What is decided otherwise and planned anew is not put in force by a page that was opened before.
    post(yang, url, path=NAME, action="custom", value="晋宁办法", why="简短些", do="decide")
    for wrong in ("nan", "1e999", "1e30"):
        answer = yang.post(
            url,
            {"csrf_token": yang.token(), "path": NAME, "action": "custom", "value": wrong}
            | {"why": "另定", "do": "decide", "sort": "number"},
        )
        assert answer.status_code in (302, 400, 422), answer.status_code
    post(yang, f"{steps}/make")
    checked(site.portal, uid)
    post(yang, f"{steps}/submit", plan=uid, reason="看过了")
    post(yang, f"{steps}/apply", plan=uid)
    assert plan_at(site, JINNING).state == "submitted"
    for stale in (looked_at, ""):
        post(li, f"{steps}/apply", plan=uid, reason="可以", when="now", seen=stale)
        assert plan_at(site, JINNING).state == "submitted"
    assert "现在待批准的已不是您看过的那一份" in text_of(li, "/rollout/")
    for at in ("", "0001-01-01T00:00", "9999-12-31T23:59", "明天"):
        post(li, f"{steps}/apply", plan=uid, reason="可以", when="later", at=at, seen=seen(li))
        assert plan_at(site, JINNING).state == "submitted"
    post(li, f"{steps}/apply", plan=uid, reason="可以", when="now", seen=seen(li))
    assert plan_at(site, JINNING).state == "applied"
    with site.portal.reading(SYSTEM) as session:
        bundle = releases.for_unit(site.portal, session, units.by_code(session, JINNING)).raw
        case = bundle["lifecycles"]["case"]
        assert (case["title"], case["stages"]["mediate"]["title"]) == ("晋宁办法", "人民、行政、司法调解")
        assert bundle["layout"]["stationing"]["court"]["mode_label"] == "每周驻点"
    assert "用的已是最新版本 1.9.0" in text_of(yang, "/rollout/")
    assert "1.9.0" not in text_of(yang, "/")
    post(li, f"{steps}/roll-back", plan=uid, reason="叫号中断 2 次")
    assert plan_at(site, JINNING).state == "rolled_back"
    assert acts(site, "rollout", "decision") == [
        "decide_place",
        "decide_place",
        "put_off_place",
        "comment_place",
        "decide_place",
        "plan_rollout",
        "check_rollout",
        "submit_rollout",
        "send_back_rollout",
        "decide_place",
        "plan_rollout",
        "check_rollout",
        "submit_rollout",
        "apply_rollout",
        "roll_back_rollout",
    ]


def test_a_city_plans_for_all_centres_and_finds_each(site: Site, zhou: Browser, yang: Browser) -> None:
    page = text_of(zhou, "/rollout/plans/")
    assert "尚未规划" in page
    count = len(acts(site, "rollout"))
    assert post(zhou, "/rollout/plans/all", parent="city/kunming").startswith("/rollout/plans/")
    assert acts(site, "rollout")[count:] == ["ask_fleet_plans"]
    assert "取消" in text_of(zhou, "/rollout/plans/")
    # Who asked sees how far it is; a county has nothing to plan for all.
    assert "为全部中心规划" not in text_of(yang, "/rollout/plans/")
    claim = queue.claim(site.portal, "w", ["plan_fleet"])
    assert claim is not None
    assert run_claim(site.portal, JobRun(site.portal, claim))
    page = text_of(zhou, "/rollout/plans/")
    assert "可以生效" in page
    found = text_of(zhou, "/rollout/plans/?q=官渡")
    assert "官渡区" in found
    assert "西山区" not in found
    assert "没有这样的中心" in text_of(zhou, "/rollout/plans/?state=waits")
    assert "官渡区" in text_of(zhou, "/rollout/drift/?q=530111")
    assert "没有" in text_of(zhou, "/rollout/plans/?q=无此中心")


def test_a_city_sees_what_differs_and_takes_it_into_its_draft(site: Site, zhou: Browser) -> None:
    page = text_of(zhou, "/rollout/drift/")
    assert "晋宁区" in page
    assert "落后" in page
    cell = text_of(zhou, f"/rollout/drift/?unit={JINNING}&part=step")
    assert "人民、行政、司法调解" in cell
    book = zhou.get("/rollout/drift/table.xlsx")
    assert book.status_code == 200
    assert book.data[:2] == b"PK"
    with site.portal.reading(SYSTEM) as session:
        shared = rollout.fleet(session, ("/",)).below("city/kunming").shared()
    path = next(one.path for one in shared if "/=" not in one.path and one.value == "常驻")
    assert "常驻" in text_of(zhou, f"/rollout/drift/place?path={path}")
    before = len(acts(site, "draft"))
    place = post(zhou, "/rollout/drift/lift", path=path)
    assert place.startswith("/studio/")
    assert acts(site, "draft")[before:] == ["open_draft", "change_draft"]
    assert zhou.get("/rollout/drift/place?path=/nowhere").status_code == 404


def test_a_city_hands_a_version_down_in_waves(site: Site, zhou: Browser, yang: Browser, brought: str) -> None:
    assert "下发" in text_of(zhou, "/rollout/waves/")
    assert "官渡区" in text_of(zhou, f"/rollout/waves/new/{CITY}")
    today = site.portal.clock.today().isoformat()
    form = {
        "digest": brought,
        "title": "1.9 的推广",
        "aim_percent": "95",
        "aim_days": "21",
        "day:1": today,
        "day:2": "2026-06-01",
        "condition:2": "all",
        f"wave:{GUANDU}": "1",
        f"wave:{JINNING}": "1",
        f"wave:{XISHAN}": "0",
        f"why:{XISHAN}": "双语标识改造",
        "gate:check": "on",
        "gate:quiet": "on",
        "gate:quiet:value": "7",
    }
    place = post(zhou, f"/rollout/waves/start/{CITY}", **form)
    page = text_of(zhou, place)
    assert "1.9 的推广" in page
    assert "暂不参加：双语标识改造" in page
    key = place.rstrip("/").rpartition("/")[2]
    evidence = f"/rollout/waves/{key}/evidence"
    post(yang, evidence, unit=JINNING, gate="training", done="14", total="20", note="名单在三楼")
    post(yang, evidence, unit=JINNING, gate="checklist:signs", done="1", total="1")
    post(zhou, evidence, unit=GUANDU, gate="quiet", verdict="pass", note="周末无人来")
    for reader in (yang, zhou):
        written = text_of(reader, f"{place}?unit={JINNING}")
        assert "14 / 20" in written
        assert "名单在三楼" in written
        assert "标识" in written
    back = post(
        yang, evidence, unit=JINNING, gate="training", done="21", total="20", next=f"{place}?unit={JINNING}"
    )
    assert "已完成的 21 不能多于应完成的 20" in text_of(yang, back)
    turn = f"/rollout/waves/{key}/turn"
    post(zhou, turn, do="pause", reason="等法院")
    assert "等法院" in text_of(yang, place)
    # Who runs it reads on the first page that it waits; a county does not.
    assert 'id="rollouts"' in zhou.get("/").text
    assert "已暂停：继续，或者结束" in text_of(zhou, "/")
    assert 'id="rollouts"' not in yang.get("/").text
    assert (
        yang.post(turn, {"csrf_token": yang.token(), "do": "resume", "reason": "不等了"}).status_code == 403
    )
    with site.portal.reading(SYSTEM) as session:
        assert session.scalars(select(Campaign.state)).one() == "paused"
    post(zhou, turn, do="resume", reason="法院来了")
    post(zhou, turn, do="exclude", unit=GUANDU, reason="搬家")
    post(zhou, turn, do="include", unit=GUANDU, wave="2", reason="搬完了")
    post(zhou, turn, do="day", wave="2", starts_on="2026-06-08", reason="避开高考")
    post(zhou, turn, do="stop", reason="改用 2.0")
    assert 'id="rollouts"' not in zhou.get("/").text
    assert acts(site, "campaign") == [
        "start_campaign",
        "judge_gate",
        "judge_gate",
        "judge_gate",
        "pause_campaign",
        "resume_campaign",
        "change_campaign",
        "change_campaign",
        "change_campaign",
        "stop_campaign",
    ]


def test_a_pilot_s_ways_become_a_draft_of_the_city_s(site: Site, zhou: Browser, yang: Browser) -> None:
    url = f"/rollout/pilot/{XISHAN}"
    page = text_of(zhou, url)
    assert "家事调解室" in page
    assert "留在本地：写有“西山区”" in page
    room, own = "/layout/rooms/family", "/layout/plates/main/title"
    look = zhou.post(f"{url}/look", {"csrf_token": zhou.token(), "path": room})
    assert look.status_code == 200
    assert "前后一致" in look.text
    assert "生成草稿" in look.text
    assert "前后一致" not in text_of_post(zhou, f"{url}/look", path=own)
    # What can be chosen comes before what can't, and to choose again begins with what was chosen.
    assert page.index("家事调解室") < page.index("留在西山区的") < page.index("留在本地：写有")
    again = text_of_post(zhou, f"{url}/look", path=room, again="1")
    assert re.search(rf'value="{room}"[^>]*checked', again)
    assert again.count(" checked>") == 1
    before = len(acts(site, "draft"))
    place = post(zhou, f"{url}/make", path=room, why="西山区试点半年")
    assert acts(site, "draft")[before:] == ["open_draft", "change_draft"]
    key = place.split("/studio/")[1].split("/")[0]
    with site.portal.reading(SYSTEM) as session:
        made = drafts.effective(session, key)
        assert made["layout"]["rooms"]["family"]["title"] == "家事调解室"
        assert made["translations"]["en"]["家事调解室"] == "Family mediation room"
        assert units.by_id(session, drafts.draft_of(session, key).unit_id).code == CITY
    assert yang.get(url).status_code == 404
    assert text_of(zhou, "/rollout/drift/")


def text_of_post(browser: Browser, url: str, **data: str) -> str:
    answer = browser.post(url, {"csrf_token": browser.token(), **data})
    return str(answer.text)


def test_a_director_puts_in_force_what_was_submitted_where_nothing_is_the_centre_s_own(site: Site) -> None:
    chen, ma = account(site, "chenjie", "config_admin", SHILIN), account(site, "maqing", "director", SHILIN)
    steps = f"/rollout/{SHILIN}/plan"
    post(chen, f"{steps}/make")
    uid = plan_at(site, SHILIN).uid
    checked(site.portal, uid)
    post(chen, f"{steps}/submit", plan=uid, reason="请批")
    assert plan_at(site, SHILIN).release_id is None
    post(ma, f"{steps}/apply", plan=uid, reason="可以", when="now", seen=seen(ma))
    assert plan_at(site, SHILIN).state == "applied"
    post(ma, f"{steps}/roll-back", plan=uid, reason="等培训")
    assert plan_at(site, SHILIN).state == "rolled_back"


def test_a_county_says_with_which_version_it_compares(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    he = account(site, "heping", "config_admin", XUNDIAN)
    with site.portal.reading(SYSTEM) as session:
        digest = rollout.ground_of(session, units.by_code(session, XUNDIAN)).above[-1]["digest"]
    # As for a release from before there was a store: what it stands on is not here.
    monkeypatch.setattr(ground, "at_hand", lambda _session, digests: digests - {digest})
    page = text_of(he, "/rollout/")
    assert "按哪一版对照？" in page
    base = f"/rollout/{XUNDIAN}/base"
    post(he, base, base="1" * 64, why="只有这一版")
    assert "按哪一版对照？" in text_of(he, "/rollout/")
    post(he, base, base=digest, why="最接近的一版")
    page = text_of(he, "/rollout/")
    assert "1.1.0 的文件不在本系统，改按 1.1.0 对照" in page
    assert "最接近的一版" in page
    with site.portal.reading(SYSTEM) as session:
        assert rollout.review(session, XUNDIAN).ground.base_version == "1.1.0"
    assert acts(site, "decision")[-1] == "choose_base"


def test_nobody_without_the_role_sees_these_pages(site: Site) -> None:
    for url in ("/rollout/", "/rollout/drift/", "/rollout/waves/"):
        assert site.login("clerk").get(url).status_code in (302, 403)
