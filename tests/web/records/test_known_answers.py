"""What a matter holds already is not asked once more, and each reads for which unit they act."""

from __future__ import annotations

import re

from portal.core.access import Access
from portal.services import records, users
from tests.fixtures.database import access_for
from tests.web.records.seeded_site import PASSWORD, Browser, Site, uid_of
from tests.web.records.test_next_act import AGREED, CLOSED, now, referred
from tests.web.records.test_stage_bar import APPRAISAL, XISHAN, act, assigned


def accepted(site: Site, clerk: Browser) -> str:
    case = referred(site, clerk)
    with site.portal.writing(access_for(site.portal, "handler", f"{XISHAN}:people_mediation")) as uow:
        lead = records.referrals_of(uow.session, records.get_any(uow.session, uid_of(case)))[0]
        records.referral(uow, lead.uid, "accept")
        uow.commit()
    return case


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


def test_a_closed_matter_is_up_to_the_unit_of_who_reads(site: Site, clerk: Browser) -> None:
    with site.portal.writing(Access.system("test")) as uow:
        user = users.create(uow, "known_archivist", PASSWORD, "某", "known_archivist")
        users.assign(uow, user.id, "archivist", XISHAN, audited=False)
        uow.commit()
    case = accepted(site, clerk)
    act(site, case, records.transition, "record_result", form=AGREED)
    act(site, case, records.transition, "close", form=CLOSED)
    card = now(site.login("known_archivist").get(case).text)
    assert "由您（西山区）办理" in card
    assert "人民调解委员会" not in card


def test_a_unit_is_chosen_from_the_departments_or_written_where_it_is_none_of_them(
    site: Site, clerk: Browser
) -> None:
    case = assigned(site, clerk)
    page = case.replace("/show/", "/transition/") + "/assign_to_appraisal"
    triage = site.login("triage")
    shown = triage.get(page).text
    name = re.search(r'<input[^>]*name="/lead"[^>]*list="([^"]+)"', shown)
    assert name, "the field has a list"
    names = re.findall(
        r'<option value="([^"]*)"', shown.split(f'<datalist id="{name[1]}">')[1].split("</datalist>")[0]
    )
    assert {"交通运输局", "农业农村局"} <= set(names)
    assert len(names) == len(set(names))
    own = {f"/{key}": value for key, value in APPRAISAL.items()} | {"/lead": "云南某律师事务所"}
    assert triage.send(page, triage.form(page), **own).status_code == 303
    assert "云南某律师事务所" in triage.get(case).text
