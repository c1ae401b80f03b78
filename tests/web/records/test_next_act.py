"""Whoever opens a case reads what is next, who does it, by when and what follows; a step that waits says for what."""

from __future__ import annotations

import re
from typing import Any

import pytest

from portal.core.access import Access
from portal.core.conditions import Env, explain, parse
from portal.core.conditions.operators import OPERATORS, Operator
from portal.services import records, releases, units, users
from portal.web.words.missing import Missings
from portal.web.words.screen import screen_of
from tests.fixtures.database import access_for
from tests.web.records.seeded_site import PASSWORD, Browser, Site, form_in, uid_of
from tests.web.records.test_stage_bar import DEPARTMENT, XISHAN, act, assigned

ORDER = {
    "problem": "not_handled",
    "unit": "530112:justice",
    "requirement": "三日内组织调解",
    "due_on": "2026-05-20",
}
JINNING = "530115"
AGREED = {
    "held_on": "2026-05-06",
    "mode": "people",
    "mediators": ["某调解员"],
    "outcome": "agreed",
    "agreement_form": "written",
    "agreement_on": "2026-05-06",
    "agreement": "十日内修复渗漏。",
    "rights_told": True,
    "parties_agree": True,
    "openness": "closed",
}
CLOSED = {
    "method": "agreement",
    "summary": "现场调解达成协议。",
    "performance": "done",
    "notice_sent": True,
    "party_opinion": "agrees",
    "closed_on": "2026-05-06",
}


def now(page: str) -> str:
    """Return the card of what is next, as text and links."""
    found = re.search(r'<section class="card no-print" id="now">.*?</section>', page, re.S)
    return found[0] if found else ""


def primaries(page: str) -> int:
    return len(re.findall(r'class="btn btn-primary', page.split('<main id="main"')[1].split("</main>")[0]))


def referred(site: Site, clerk: Browser) -> str:
    case = assigned(site, clerk)
    act(site, case, records.dispose, override=DEPARTMENT)
    return case


def test_the_usual_step_is_next_with_its_day_and_what_follows(site: Site, clerk: Browser) -> None:
    page = clerk.get(site.register(clerk)).text
    card = now(page)
    assert ">受理</p>" in card
    assert "由您（西山区）办理。" in card
    assert "今天到期。" in card
    assert "办完进入“分析研判”。" in card
    assert primaries(page) == 1
    assert "btn-primary" in card


def test_a_proposal_is_next_where_the_stage_is_left_by_a_referral(site: Site, clerk: Browser) -> None:
    case = assigned(site, clerk)
    page = site.login("director").get(case).text
    assert "建议交“" in now(page)
    assert f'href="{case.replace("/show/", "/dispose/")}?proposal=0"' in now(page)
    assert primaries(page) == 1
    # Before the analysis the step comes first, though the rules propose already.
    early = site.register(clerk)
    assert "建议交“" not in now(site.login("director").get(early).text)


def test_the_unit_that_is_asked_answers_and_others_read_that_it_is_on(site: Site, clerk: Browser) -> None:
    case = referred(site, clerk)
    handler, director = site.login("handler").get(case).text, site.login("director").get(case).text
    assert "接收这件事，或者退回" in now(handler)
    assert primaries(handler) == 1
    assert "等“人民调解委员会”接收" in now(director)
    assert "<a " not in now(director), "no button for what another unit does"
    assert primaries(director) == 0


def test_a_unit_reports_in_one_go_and_then_the_matter_waits_to_be_closed_not_to_be_sent_again(
    site: Site, clerk: Browser
) -> None:
    case = referred(site, clerk)
    handler, director = site.login("handler"), site.login("director")
    for answer in ("accept", "done"):
        card = now(handler.get(case).text)
        url = re.findall(r'action="([^"]+)"', card)[0]
        assert url.endswith(f"/{answer}")
        assert "/transition/report_back" not in handler.get(case).text
        sent = {"reason": "双方达成书面协议"} if answer == "done" else {}
        assert handler.send(url, form_in(handler.get(case).text, url), **sent).status_code == 303
    page = director.get(case).text
    assert "已反馈办结" in page or "已办结" in page
    assert "建议交“" not in now(page)
    assert "没有规则给出建议，请自行选择" not in page
    assert "撤回或者息诉结案" not in now(page), "an exception is never next, even where the usual step waits"
    assert "/record_result" in now(page), "what closing waits for"
    act(site, case, records.transition, "record_result", form=AGREED)
    assert f'href="{case.replace("/show/", "/transition/")}/close"' in now(director.get(case).text)
    waits = now(site.login("supervisor").get(case).text)
    assert "结案" in waits, "who only reads finds the same next"
    assert "登记调解结果" not in waits


def test_to_take_a_closed_matter_up_again_is_never_what_is_next(site: Site, clerk: Browser) -> None:
    case = referred(site, clerk)
    act(site, case, records.transition, "record_result", form=AGREED)
    act(site, case, records.transition, "close", form=CLOSED)
    page = site.login("director").get(case).text
    again = f'href="{case.replace("/show/", "/transition/")}/reopen"'
    assert again not in now(page)
    assert again in page.split('class="menu menu-right case-more"')[1].split("</details>")[0]


def test_who_takes_no_step_reads_who_does(site: Site, clerk: Browser) -> None:
    page = site.login("supervisor").get(site.register(clerk)).text
    assert re.search(r"由[^。]*登记员[^。]*办理。", now(page))
    assert primaries(page) == 0


def test_other_steps_stand_in_the_menu_without_script(site: Site, clerk: Browser) -> None:
    case = site.register(clerk)
    page = clerk.get(case).text
    menu = page.split('class="menu menu-right case-more"')[1].split("</details>")[0]
    assert f'href="{case.replace("/show/", "/transition/")}/reject"' in menu
    assert f'href="{case.replace("/show/", "/transition/")}/accept"' not in menu, "stated once"


def test_a_step_that_waits_for_a_lane_says_so_and_leads_to_its_end(site: Site, clerk: Browser) -> None:
    case = referred(site, clerk)
    act(site, case, records.transition, "start_supervision", form=ORDER)
    director = site.login("director")
    assert "还不能办" in director.get(case).text
    page = director.get(case.replace("/show/", "/transition/") + "/close").text
    assert "“督查督办”还没有结束" in page
    assert f'href="{case.replace("/show/", "/transition/")}/end_supervision"' in page
    for technical in ("open", "/lanes", "实际"):
        assert technical not in page.split('role="alert"')[1].split("</ul>")[0]
    assert 'data-hotkey="s"' not in page, "nothing is filled in that cannot be sent"


@pytest.fixture(scope="module")
def jinning(site: Site) -> Browser:
    with site.portal.writing(Access.system("test")) as uow:
        user = users.create(uow, "jn_director", PASSWORD, "某", "jn_director")
        users.assign(uow, user.id, "director", JINNING, audited=False)
        uow.commit()
    return site.login("jn_director")


def test_a_guard_over_the_form_is_told_in_the_words_of_the_form(site: Site, jinning: Browser) -> None:
    case = site.register(site.login("jinning"), **{"/place": "530115001", "/patrol_kind": "daily"})
    who, uid = access_for(site.portal, "director", JINNING), uid_of(case)
    with site.portal.writing(who) as uow:
        records.transition(uow, uid, "accept", version=1)
        uow.commit()
    url = case.replace("/show/", "/transition/") + "/analysis_to_mediate"
    wrong = {"/grade": "complex", "/findings": "双方对定金有争议", "/conclusion": "mediate"}
    answer = jinning.send(url, jinning.form(url), **wrong)
    assert answer.status_code == 422
    assert "“事项等级”应当" in answer.text
    assert "“简单、一般”，现在是“复杂”" in answer.text
    assert "/form/grade" not in answer.text.split('<form method="post"')[0]
    assert "双方对定金有争议" in answer.text, "nothing that was typed is lost"


# A field of each kind that operators compare: what it has to be, and what it is.
TEXT, SIZE, DAY = (
    ("/outcome", "agreed", "failed"),
    ("/amount", 50_000, 20_000),
    ("/occurred_on", "2026-05-01", "2026-04-01"),
)


def field_for(operator: Operator) -> tuple[str, Any, Any]:
    """Return a field that the operator can compare, with an operand and a value."""
    where, wanted, held = TEXT if "text" in operator.kinds or "list" in operator.kinds else DAY
    if "number" in operator.kinds and operator.ordered:
        where, wanted, held = SIZE
    operands = {"values": [wanted, "partly"], "part": "agr", "days": 3, "value": wanted, "codes": wanted}
    return where, operands.get(operator.operand), held


@pytest.mark.parametrize("name", sorted(OPERATORS))
@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("group", ["all", "none"])
def test_every_operator_is_told_in_words(site: Site, name: str, given: bool, group: str) -> None:
    where, wanted, held = field_for(OPERATORS[name])
    atom = {"field": f"/data{where}", "op": name} | ({} if wanted is None else {"value": wanted})
    condition, problems = parse({group: [atom]})
    assert condition is not None, problems
    with site.portal.reading(Access.system("test")) as session:
        bundle = releases.for_unit(site.portal, session, units.by_code(session, XISHAN))
    env = Env(site.portal.clock.today(), taxonomies=bundle.taxonomies)
    with site.app.test_request_context("/"):
        screen = screen_of(bundle, "case", "zh_Hans")
        facts = {"data": {where[1:]: held} if given else {}}
        for one in Missings(screen).of(explain(condition, facts, env).failed()):
            assert one.text.startswith(f"“{screen.fields[where].label}”")
            for technical in ("/data", where[1:], "agreed", "failed", "None", "%("):
                assert technical not in one.text, one.text


def test_a_step_that_an_answer_performs_answers_the_referral_when_it_is_taken_by_its_page(
    site: Site, clerk: Browser
) -> None:
    """The report ends the referral: nobody goes on being asked for it, and the director finds what is to be closed."""
    case = referred(site, clerk)
    with site.portal.writing(access_for(site.portal, "handler", f"{XISHAN}:people_mediation")) as uow:
        lead = records.referrals_of(uow.session, records.get_any(uow.session, uid_of(case)))[0]
        records.referral(uow, lead.uid, "accept")
        uow.commit()
    assert uid_of(case) not in site.login("director").get("/?list=to_conclude").text
    handler = site.login("handler")
    assert "反馈办理情况" in now(handler.get(case).text)
    page = case.replace("/show/", "/transition/") + "/report_back"
    pairs = handler.form(page, page)
    told = {"/process": "双方到场，调解两次。", "/result": "达成书面协议。", "/outcome": "agreed"}
    stale = handler.send(page, pairs, **told | {"version": "1"})
    assert stale.status_code == 409
    assert handler.send(page, pairs, **told).status_code == 303
    assert "反馈办理情况" not in now(handler.get(case).text)
    with site.portal.reading(Access.system("test")) as session:
        record = records.get_any(session, uid_of(case))
        assert [one.status for one in records.referrals_of(session, record)] == ["done"]
    assert uid_of(case) in site.login("director").get("/?list=to_conclude").text
    # A second click finds nothing to answer any more.
    assert handler.send(page, pairs, **told).status_code in (303, 409)


def test_a_return_by_the_page_of_its_step_takes_the_matter_back_and_leads_home(
    site: Site, clerk: Browser
) -> None:
    case = referred(site, clerk)
    handler = site.login("handler")
    page = case.replace("/show/", "/transition/") + "/return_back"
    answer = handler.send(
        page,
        handler.form(page, page),
        **{"/kind": "not_competent", "/grounds": "不属于本单位职责范围", "/law": "《人民调解法》第二条"},
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"
    with site.portal.reading(Access.system("test")) as session:
        record = records.get_any(session, uid_of(case))
        assert [one.status for one in records.referrals_of(session, record)] == ["returned"]
        assert record.handler_unit_id is None
