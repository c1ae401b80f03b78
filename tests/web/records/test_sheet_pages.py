"""A sheet on its pages: from the case to the unit and back, each finding it on their home; what is looked at before."""

from __future__ import annotations

import re

from portal.core.access import Access
from portal.services import records
from portal.web.records.panels.paper import with_values
from tests.web.records.seeded_site import Browser, Site, uid_of
from tests.web.records.test_next_act import ORDER, act, referred

UNIT = "530112:people_mediation"
SYSTEM = Access.system("test")
ASKED = ORDER | {"unit": UNIT, "requirement": "三日内签收\n五日内书面答复", "contact": "督办员 0871-00000000"}


def supervised(site: Site, clerk: Browser) -> tuple[str, str]:
    """Return the addresses of a case and of the sheet that its supervision led to."""
    case = referred(site, clerk)
    act(site, case, records.transition, "start_supervision", form=ASKED)
    with site.portal.reading(SYSTEM) as session:
        of = records.get_any(session, uid_of(case))
        sheet = records.opened_by(session, of, "sheet")[-1].uid
    return case, f"/records/sheet/show/{sheet}"


def paper(page: str) -> str:
    found = re.search(r'<article class="paper".*?</article>', page, re.S)
    return re.sub(r"<[^>]+>", "", found[0]) if found else ""


def taken(site: Site, who: str, sheet: str, step: str, **answers: str) -> None:
    """Take a step of a sheet through its page."""
    browser, url = site.login(who), sheet.replace("/show/", "/transition/") + f"/{step}"
    answer = browser.send(url, browser.form(url), **{f"/{name}": value for name, value in answers.items()})
    assert answer.status_code == 303, re.sub(r"<[^>]+>", " ", answer.text)[-3000:]


def home_list(site: Site, who: str, name: str) -> str:
    return site.login(who).get(f"/?list={name}").text


def test_a_sheet_goes_from_the_case_to_the_unit_and_its_end_ends_the_supervision(
    site: Site, clerk: Browser
) -> None:
    case, sheet = supervised(site, clerk)
    director = site.login("director")
    panel = director.get(case).text.split('id="sheets"')[1].split("</section>")[0]
    assert sheet in panel
    assert "待签发" in panel
    text = paper(director.get(sheet).text)
    assert "尚未签发" in text
    assert "西综督〔2026〕" in text
    assert "五日内书面答复" in text
    assert "人民调解委员会" in text
    assert site.login("handler").get(sheet).status_code == 404, "nobody reads it before it is issued"
    taken(site, "director", sheet, "issue")
    text = paper(director.get(sheet).text)
    assert "签发人：director" in text
    assert "2026年5月6日" in text
    english = director.get(f"{sheet}?_l_=en").text
    assert "What happened" in english
    assert paper(english) == text, "a sheet is in the language of papers, whatever the page speaks"
    handler = site.login("handler")
    assert uid_of(sheet) in home_list(site, "handler", "sheets_to_sign")
    taken(site, "handler", sheet, "sign_for")
    assert uid_of(sheet) in home_list(site, "handler", "sheets_to_answer")
    taken(site, "handler", sheet, "answer", result="已受理，承办人王某，本周内核查。")
    assert "已受理，承办人王某" in director.get(sheet).text
    assert uid_of(sheet) in home_list(site, "director", "sheets_to_review")
    assert "/approve" not in handler.get(sheet).text
    assert "督查督办" in director.get(case).text
    taken(site, "director", sheet, "approve", result="转为正常办理。", conclusion="done")
    with site.portal.reading(SYSTEM) as session:
        assert records.get_any(session, uid_of(case)).lanes["supervise"] == "closed"
    assert handler.get(sheet).status_code == 200


def test_the_supervision_of_a_case_ends_with_its_last_sheet_alone(site: Site, clerk: Browser) -> None:
    case, first = supervised(site, clerk)
    act(site, case, records.transition, "start_supervision", form=ASKED | {"kind": "remind"})
    end = {"result": "不再需要督办。", "conclusion": "withdrawn"}
    taken(site, "director", first, "withdraw", **end)
    with site.portal.reading(SYSTEM) as session:
        of = records.get_any(session, uid_of(case))
        assert of.lanes["supervise"] == "open"
        second = next(one for one in records.opened_by(session, of, "sheet") if one.is_open)
    taken(site, "director", f"/records/sheet/show/{second.uid}", "withdraw", **end)
    with site.portal.reading(SYSTEM) as session:
        assert records.get_any(session, uid_of(case)).lanes["supervise"] == "closed"


def test_others_do_not_learn_of_a_sheet(site: Site, clerk: Browser) -> None:
    _case, sheet = supervised(site, clerk)
    for stranger in ("wuhua", "jinning"):
        assert site.login(stranger).get(sheet).status_code in (403, 404)


def test_a_unit_out_of_reach_is_refused_at_its_field_and_nothing_is_kept(site: Site, clerk: Browser) -> None:
    case = referred(site, clerk)
    director = site.login("director")
    url = case.replace("/show/", "/transition/") + "/start_supervision"
    answers = {f"/{name}": value for name, value in (ASKED | {"unit": "530115"}).items()}
    answer = director.send(url, director.form(url), **answers)
    assert answer.status_code == 422
    assert "不是“西山区”所辖的单位" in answer.text
    with site.portal.reading(SYSTEM) as session:
        of = records.get_any(session, uid_of(case))
        assert of.lanes.get("supervise") != "open"
        assert records.opened_by(session, of, "sheet") == []


def test_what_a_court_looks_at_stands_beside_the_request_with_reason_and_day(
    site: Site, clerk: Browser
) -> None:
    case = referred(site, clerk)
    agreed = {
        "held_on": "2026-05-06",
        "mediators": ["王"],
        "rights_told": True,
        "parties_agree": True,
        "outcome": "agreed",
        "agreement_form": "oral",
        "agreement_on": "2026-05-06",
        "agreement": "十日内修复并赔偿。",
    }
    act(site, case, records.transition, "record_result", form=agreed)
    page = site.login("director").get(case.replace("/show/", "/transition/") + "/request_confirmation").text
    looked = page.split('class="card looked"')[1].split("</section>")[0]
    assert "在三十日内由各方共同申请" in looked
    assert "6月5日" in looked or "2026-06-05" in looked or "30" in looked
    assert "口头协议须先写成书面协议" in looked
    assert "民事诉讼法第二百零五条" in looked


def test_a_sentence_of_a_sheet_does_not_end_twice() -> None:
    values = {"matter": "小区围墙开裂。", "problem": "应办理未办理"}
    told = with_values(
        "你单位承办的{matter}（{none}），属{problem}。要求：{matter}", lambda one: values.get(one, "")
    )
    assert told == "你单位承办的小区围墙开裂（），属应办理未办理。要求：小区围墙开裂。"
