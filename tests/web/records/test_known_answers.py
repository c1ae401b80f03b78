"""What a matter holds already is not asked once more, and each reads for which unit they act."""

from __future__ import annotations

import html
import re

import pytest

from portal.core.access import Access
from portal.services import records, releases, units, users
from portal.web.days import short_moment
from portal.web.words.decisions import seat_words
from portal.web.words.screen import screen_of
from tests.fixtures.database import access_for
from tests.web.records.seeded_site import PASSWORD, Browser, Site, errors_in, form_in, uid_of
from tests.web.records.test_next_act import AGREED, CLOSED, now, referred
from tests.web.records.test_stage_bar import ANALYSED, APPRAISAL, XISHAN, act, assigned


def accepted(site: Site, clerk: Browser) -> str:
    case = referred(site, clerk)
    with site.portal.writing(access_for(site.portal, "handler", f"{XISHAN}:people_mediation")) as uow:
        lead = records.referrals_of(uow.session, records.get_any(uow.session, uid_of(case)))[0]
        records.referral(uow, lead.uid, "accept")
        uow.commit()
    return case


def visited(site: Site, case: str, form: dict[str, str]) -> None:
    with site.portal.writing(access_for(site.portal, "triage", XISHAN)) as uow:
        version = records.get_any(uow.session, uid_of(case)).version
        records.transition(uow, uid_of(case), "revisit", version=version, form=form)
        uow.commit()


def outcome(site: Site, name: str, case: str, step: str) -> list[str]:
    page = case.replace("/show/", "/transition/") + f"/{step}"
    return [value for key, value in site.login(name).form(page, page) if key == "/outcome" and value]


def test_a_result_that_was_recorded_stands_in_the_report_and_a_new_result_is_asked_anew(
    site: Site, clerk: Browser
) -> None:
    case = accepted(site, clerk)
    assert outcome(site, "handler", case, "report_back") == []
    assert outcome(site, "director", case, "record_result") == []
    act(site, case, records.transition, "record_result", form=AGREED)
    assert outcome(site, "handler", case, "report_back") == ["agreed"]
    assert outcome(site, "director", case, "record_result") == [], "taken once more it asks for a new answer"


def test_closing_opens_with_the_result_that_was_written_down(site: Site, clerk: Browser) -> None:
    case = accepted(site, clerk)
    page = case.replace("/show/", "/transition/") + "/close"
    act(site, case, records.transition, "record_result", form=AGREED)
    asked = dict(site.login("director").form(page, page))
    assert (asked["/method"], asked["/summary"]) == ("agreement", AGREED["agreement"])
    act(site, case, records.transition, "close", form=CLOSED)
    act(
        site,
        case,
        records.transition,
        "reopen",
        form={"ground": "relapse", "found_by": "party", "note": "当事人反映没有履行"},
    )
    asked = dict(site.login("director").form(page, page))
    assert (asked.get("/method", ""), asked["/summary"]) == ("", ""), "closed once more it asks anew"


def test_a_mediator_finds_the_own_name_in_a_result_and_a_director_does_not(
    site: Site, clerk: Browser
) -> None:
    case = accepted(site, clerk)
    page = case.replace("/show/", "/transition/") + "/record_result"
    with site.portal.writing(Access.system("test")) as uow:
        user = users.create(uow, "own_name", PASSWORD, "雪琴", "王")
        users.assign(uow, user.id, "mediator", XISHAN, audited=False)
        uow.commit()
    assert dict(site.login("own_name").form(page, page))["/mediators/0"] == "王雪琴"
    assert not dict(site.login("director").form(page, page)).get("/mediators/0")


def test_a_closed_matter_is_up_to_the_unit_of_who_reads(site: Site, clerk: Browser) -> None:
    with site.portal.writing(Access.system("test")) as uow:
        user = users.create(uow, "known_archivist", PASSWORD, "某", "known_archivist")
        users.assign(uow, user.id, "archivist", XISHAN, audited=False)
        uow.commit()
    case = accepted(site, clerk)
    act(site, case, records.transition, "record_result", form=AGREED)
    act(site, case, records.transition, "close", form=CLOSED)
    card = now(site.login("known_archivist").get(case).text)
    # The archivist reads what the file still lacks, with the way there, and of no other unit.
    assert "卷内缺少：" in card
    assert "打开卷宗" in card
    assert "人民调解委员会" not in card


def test_a_unit_is_chosen_from_the_departments_or_written_where_it_is_none_of_them(
    site: Site, clerk: Browser
) -> None:
    case = assigned(site, clerk)
    page = case.replace("/show/", "/transition/") + "/assign_out"
    triage = site.login("triage")
    shown = triage.get(page).text
    name = re.search(r'<input[^>]*name="/lead"[^>]*list="([^"]+)"', shown)
    assert name, "the field has a list"
    names = re.findall(
        r'<option value="([^"]*)"', shown.split(f'<datalist id="{name[1]}">')[1].split("</datalist>")[0]
    )
    assert {"交通运输局", "农业农村局"} <= set(names)
    assert len(names) == len(set(names))
    own = {"/route": "R01", "/grounds": "争议不大，依法先行调解", "/lead": "云南某律师事务所"}
    assert triage.send(page, triage.form(page), **own).status_code == 303
    assert "云南某律师事务所" in triage.get(case).text


def test_what_the_analysis_concluded_is_next_before_what_the_rules_propose(
    site: Site, clerk: Browser
) -> None:
    case, triage = site.register(clerk), site.login("triage")
    act(site, case, records.transition, "accept")
    act(site, case, records.transition, "submit_analysis", form=ANALYSED | {"conclusion": "appraise"})
    step = f'href="{case.replace("/show/", "/transition/")}/assign_to_appraisal"'
    assert step in now(triage.get(case).text)
    assert "建议交" not in now(triage.get(case).text)
    act(site, case, records.transition, "assign_to_appraisal", form=APPRAISAL)
    card = now(triage.get(case).text)
    assert "由法律评析员、中心主任办理" in card, "not the exception of sending it to a court"
    assert "hand_over" not in card
    other = assigned(site, clerk)
    assert "建议交" in now(triage.get(other).text), "with another conclusion the rules propose"


def test_a_step_of_a_lane_that_nobody_has_begun_is_not_offered(site: Site, clerk: Browser) -> None:
    case, director = accepted(site, clerk), site.login("director")
    begun = ("request_confirmation", "confirmation_filed", "outside_receipt")
    menu = director.get(case).text
    assert not [one for one in begun if f"/{one}" in menu]
    act(site, case, records.transition, "record_result", form=AGREED)
    assert "/request_confirmation" in director.get(case).text
    assert "/confirmation_filed" not in director.get(case).text


def test_a_closed_matter_tells_when_it_was_closed_and_asks_for_no_visit_twice(
    site: Site, clerk: Browser
) -> None:
    case, director = accepted(site, clerk), site.login("director")
    act(site, case, records.transition, "record_result", form=AGREED)
    act(site, case, records.transition, "close", form=CLOSED)
    with site.portal.reading(Access.system("test")) as session:
        at = records.get_any(session, uid_of(case)).stage_since
    assert at is not None
    told = f"本件已于 {short_moment(at)} 办结"
    assert told in director.get(case).text
    assert "登记回访" in now(clerk.get(case).text)
    visit = {"visited_on": "2026-05-06", "way": "phone", "performance": "done", "calm": "calm"}
    visited(site, case, visit)
    assert told in director.get(case).text
    assert "登记回访" not in now(clerk.get(case).text)
    assert "没有规则给出建议" not in director.get(case).text


def test_an_agreement_that_is_not_due_yet_is_visited_again(site: Site, clerk: Browser) -> None:
    case = accepted(site, clerk)
    act(site, case, records.transition, "record_result", form=AGREED)
    act(site, case, records.transition, "close", form=CLOSED)
    visit = {"visited_on": "2026-05-06", "way": "phone", "performance": "due_later", "calm": "calm"}
    visited(site, case, visit)
    assert "登记回访" in now(clerk.get(case).text)


def test_how_a_matter_ended_is_said_with_the_report_and_no_mediation_is_invented(
    site: Site, clerk: Browser
) -> None:
    case, handler, director = accepted(site, clerk), site.login("handler"), site.login("director")
    card = now(handler.get(case).text)
    assert '<option value="handled">处理完毕</option>' in card
    url = re.findall(r'action="([^"]+/done)"', card)[0]
    sent = form_in(handler.get(case).text, url)
    odd = handler.send(url, sent, reason="已经修复渗漏", **{"also:/outcome": "won", "also:/nothing": "x"})
    assert odd.status_code == 422
    assert "已经修复渗漏" in odd.text, "what was typed stays"
    done = handler.send(url, sent, reason="已经修复渗漏", **{"also:/outcome": "handled"})
    assert done.status_code == 303, errors_in(done.text)
    assert "/close" in now(director.get(case).text)
    act(site, case, records.transition, "close", form=CLOSED | {"method": "handled"})
    assert "处理完毕" in director.get(case).text


def test_what_is_known_already_is_not_asked_with_the_report(site: Site, clerk: Browser) -> None:
    case = accepted(site, clerk)
    act(site, case, records.transition, "record_result", form=AGREED)
    assert "also:/outcome" not in site.login("handler").get(case).text


def test_a_step_without_words_leaves_the_last_words_in_the_row(site: Site, clerk: Browser) -> None:
    case = accepted(site, clerk)
    act(site, case, records.transition, "joint_meeting", form=MET, reason="")
    told = "当场核对了两份付款凭证"
    assert told in row_of(site.login("director"), case)
    plan = {"held_on": "2026-05-29", "begins": "09:30", "ends": "11:30"}
    act(site, case, records.transition, "arrange_session", form=plan, reason="")
    assert told in row_of(site.login("director"), case)


MET = {
    "held_on": "2026-05-06",
    "attending": ["司法局"],
    "opinions": "当场核对了两份付款凭证",
    "conclusion": "由调委会继续调解",
    "lead": "530112:justice",
}


def row_of(browser: Browser, case: str) -> str:
    """Return the row of a case in the list of what is due soon."""
    for name in ("due_soon", "to_conclude"):
        page = browser.get(f"/?list={name}").text
        found = [one for one in re.findall(r"<tr.*?</tr>", page, re.DOTALL) if f'href="{case}' in one]
        if found:
            return found[0]
    raise AssertionError("in no list")


def test_of_minors_no_public_mediation_is_written_down(site: Site, clerk: Browser) -> None:
    case, director = accepted(site, clerk), site.login("director")
    with site.portal.writing(access_for(site.portal, "clerk", XISHAN)) as uow:
        record = records.get_any(uow.session, uid_of(case))
        data = dict(records.view_of(site.portal, uow.session, record).data) | {"minor_involved": True}
        records.change(uow, record.uid, data, version=record.version)
        uow.commit()
    page = case.replace("/show/", "/transition/") + "/record_result"
    filled = {"/mediators/0": "某调解员", "/outcome": "failed", "/openness": "open", "/ways_told": "true"}
    filled |= {"/rights_told": "true", "/parties_agree": "true", "/failure_reason": "差距较大"}
    refused = director.send(page, director.form(page), **filled)
    assert refused.status_code == 422
    assert "涉及未成年人的调解不公开" in refused.text
    taken = director.send(page, director.form(page), **filled | {"/openness": "closed"})
    assert taken.status_code == 303, errors_in(taken.text)


@pytest.mark.parametrize(
    ("seat", "said"),
    [
        ({"duty": "rotating", "there_on": "2026-11-30"}, "轮驻，11月30日（周一）起在岗"),
        ({"duty": "rotating"}, "今日轮驻"),
        ({"duty": "resident", "there_on": "2026-11-30"}, "常驻，11月30日（周一）起在岗"),
    ],
)
def test_of_who_comes_on_a_later_day_nothing_is_said_of_today(
    site: Site, seat: dict[str, str], said: str
) -> None:
    with site.portal.reading(Access.system("test")) as session:
        bundle = releases.for_unit(site.portal, session, units.by_code(session, XISHAN))
    with site.app.test_request_context("/"):
        assert seat_words(screen_of(bundle, "case", "zh_Hans"), seat).duty == said


def test_a_page_in_english_shows_no_marks_and_names_departments_in_english(
    site: Site, clerk: Browser
) -> None:
    case, director = accepted(site, clerk), site.login("director")
    act(site, case, records.transition, "joint_meeting", form=MET, reason="")
    director.get("/language/en")
    row, page = row_of(director, case), director.get(case).text
    director.get("/language/zh_Hans")
    assert "当场核对了两份付款凭证" in row
    assert "&lt;" not in row
    for card in (now(page), page.split('id="referrals"')[1].split("</section>")[0]):
        assert "eople’s mediation committee" in html.unescape(card).replace("'", "’")
        assert "人民调解委员会" not in card
