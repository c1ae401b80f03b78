"""A visit or a consultation becomes a case: prefilled, linked on both sides, in the act that registers."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from portal.core.access import Access
from portal.persistence.models import AuditEntry, Record, RecordLink
from portal.services import records
from tests.web.records.seeded_site import Browser, Site, changed, form_in, uid_of

VISIT = {
    "/visited_on": "2026-05-06",
    "/visitor_name": "马丽华（虚构）",
    "/visitor_phone": "13800002631",
    "/purpose": "dispute",
    "/dispute_type": "D0202",
    "/summary": "楼上卫生间渗漏，要求修好并赔偿。",
}
WILLING = {"/willing": "yes", "/lower_tried": "false"}


def visit_of(site: Site, clerk: Browser) -> str:
    return uid_of(site.register(clerk, "visit", **VISIT))


def opened_by(clerk: Browser, uid: str, step: str = "turn", etype: str = "visit") -> str:
    """Take the step; return the address of the form that it leads to."""
    answer = clerk.get(f"/records/{etype}/transition/{uid}/{step}")
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def send(clerk: Browser, url: str, **changes: Any) -> Any:
    action = url.split("?")[0]
    return clerk.post(action, changed(form_in(clerk.get(url).text, action), WILLING | changes))


def read(site: Site, uid: str) -> tuple[Record, dict[str, Any]]:
    with site.portal.reading(Access.system("test")) as session:
        record = session.scalars(select(Record).where(Record.uid == uid)).one()
        return record, records.view_of(site.portal, session, record).clear


def test_a_visit_becomes_a_case_in_the_act_that_registers_it(site: Site, clerk: Browser) -> None:
    visit = visit_of(site, clerk)
    url = opened_by(clerk, visit)
    page = clerk.get(url).text
    assert "楼上卫生间渗漏" in page
    assert "马丽华" not in page  # masked as everywhere; taken over all the same
    assert "13800002631" not in page
    assert read(site, visit)[0].stage == "received"
    answer = send(clerk, url)
    assert answer.status_code == 303
    case = uid_of(answer.headers["Location"])
    data = read(site, case)[1]
    assert (data["applicant_name"], data["applicant_phone"]) == ("马丽华（虚构）", "13800002631")
    assert (data["dispute_type"], data["received_on"]) == ("D0202", "2026-05-06")
    assert read(site, visit)[0].stage == "turned"
    code = read(site, case)[0].code
    assert code in clerk.get(f"/records/visit/show/{visit}").text
    assert str(read(site, visit)[0].code) in clerk.get(f"/records/case/show/{case}").text


def test_what_was_shown_for_a_purpose_is_filled_in_and_can_be_changed(site: Site, clerk: Browser) -> None:
    visit = visit_of(site, clerk)
    purpose = {"csrf_token": clerk.token(), "purpose": "联系当事人"}
    assert clerk.post(f"/records/visit/unmask/{visit}", purpose).status_code == 303
    url = opened_by(clerk, visit)
    assert "13800002631" in clerk.get(url).text
    answer = send(clerk, url, **{"/applicant_phone": "13900002631"})
    assert read(site, uid_of(answer.headers["Location"]))[1]["applicant_phone"] == "13900002631"
    assert (
        "13800002631" not in site.login("clerk2").get(url).text
    )  # nothing of it is kept for the next person


def test_a_consultation_becomes_a_case(site: Site, clerk: Browser) -> None:
    asked = {
        "/asked_on": "2026-05-06",
        "/way": "window",
        "/question": "房东不退押金怎么办",
        "/topic": "D0302",
    }
    made = uid_of(site.register(clerk, "consultation", **asked))
    answer = send(
        clerk, opened_by(clerk, made, "to_dispute", "consultation"), **{"/applicant_name": "李某（虚构）"}
    )
    assert read(site, uid_of(answer.headers["Location"]))[1]["summary"] == "房东不退押金怎么办"
    assert read(site, made)[0].stage == "registered"


def test_what_is_refused_leaves_both_as_they_were(site: Site, clerk: Browser) -> None:
    visit = visit_of(site, clerk)
    answer = send(clerk, opened_by(clerk, visit), **{"/summary": "短"})
    assert answer.status_code == 422
    assert read(site, visit)[0].stage == "received"
    action = "/records/case/add"
    again = clerk.post(action, changed(form_in(answer.text, action), {"/summary": "楼上渗漏，要求修好"}))
    assert again.status_code == 303
    assert read(site, uid_of(again.headers["Location"]))[1]["applicant_phone"] == "13800002631"


def test_a_second_sending_registers_no_second_case(site: Site, clerk: Browser) -> None:
    visit = visit_of(site, clerk)
    url = opened_by(clerk, visit)
    action = url.split("?")[0]
    pairs = changed(form_in(clerk.get(url).text, action), WILLING)
    first, second = clerk.post(action, pairs), clerk.post(action, pairs)
    assert first.status_code == 303
    assert second.headers["Location"].endswith(f"/records/visit/show/{visit}")
    assert len(links(site, visit)) == 1


def test_a_visit_that_was_changed_meanwhile_is_looked_at_first(site: Site, clerk: Browser) -> None:
    visit = visit_of(site, clerk)
    url = opened_by(clerk, visit)
    action = url.split("?")[0]
    pairs = changed(form_in(clerk.get(url).text, action), WILLING)
    edit = f"/records/visit/edit/{visit}"
    other = site.login("clerk2")
    assert other.send(edit, other.form(edit), **{"/summary": "另有一说"}).status_code == 303
    answer = clerk.post(action, pairs)
    assert answer.headers["Location"].endswith(f"/records/visit/show/{visit}")
    assert links(site, visit) == []
    assert read(site, visit)[0].stage == "received"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("visit:{visit}:turn", 404),
        ("visit:none:turn", 404),
        ("visit:{visit}", 404),
        ("case:{visit}:turn", 404),
    ],
)
def test_a_record_of_somebody_else_opens_nothing(site: Site, clerk: Browser, asked: str, status: int) -> None:
    visit = visit_of(site, clerk)
    stranger = site.login("jinning")
    answer = stranger.get("/records/case/add", query_string={"from": asked.format(visit=visit)})
    assert answer.status_code == status
    assert "渗漏" not in answer.text


def test_the_step_by_itself_opens_nothing(site: Site, clerk: Browser) -> None:
    visit = visit_of(site, clerk)
    url = f"/records/visit/transition/{visit}/turn"
    answer = clerk.post(url, {"csrf_token": clerk.token(), "version": "1"})
    assert answer.status_code == 422
    assert "登记新的事项" in answer.text
    assert read(site, visit)[0].stage == "received"


def test_each_end_says_of_the_other_only_what_may_be_seen(site: Site, clerk: Browser) -> None:
    visit = visit_of(site, clerk)
    case = uid_of(send(clerk, opened_by(clerk, visit)).headers["Location"])
    handler = site.login("supervisor")  # sees cases, and no page of a visit
    page = handler.get(f"/records/case/show/{case}").text
    assert str(read(site, visit)[0].code) not in page
    assert "您无权查看" in page


def test_one_entry_of_the_log_covers_each_end(site: Site, clerk: Browser) -> None:
    visit = visit_of(site, clerk)
    case = uid_of(send(clerk, opened_by(clerk, visit)).headers["Location"])
    with site.portal.reading(Access.system("test")) as session:
        told = select(AuditEntry.action, func.count()).group_by(AuditEntry.action)
        for uid, action in ((visit, "transition"), (case, "add")):
            found = dict(
                session.execute(told.where(AuditEntry.object_id == uid, AuditEntry.action == action)).all()
            )
            assert found == {action: 1}


def links(site: Site, uid: str) -> list[RecordLink]:
    with site.portal.reading(Access.system("test")) as session:
        query = select(RecordLink).join(Record, Record.id == RecordLink.from_id).where(Record.uid == uid)
        return list(session.scalars(query))
