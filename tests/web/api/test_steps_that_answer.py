"""A step that an answer performs answers the referral when a program takes it, too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from portal.core.access import Access, Origin
from portal.core.errors import Conflict, NotFound
from portal.persistence.models import Referral
from portal.services import records, users
from portal.services.records import Override
from tests.fixtures.database import access_for
from tests.web.api.program import CASES, Program, entries
from tests.web.records.seeded_site import PASSWORD, Site

UNIT, COUNTY = "530112:people_mediation", "530112"
ANALYSED = {"grade": "ordinary", "findings": "双方对定金是否退还有争议", "conclusion": "mediate"}
REPORT = {
    "process": "双方到场，调解两次。",
    "result": "达成书面协议。",
    "unit": "人民调解委员会",
    "outcome": "agreed",
}
RETURNING = {"kind": "not_competent", "grounds": "不属于本单位职责范围", "law": "《人民调解法》第二条"}
# Mediates for the centre itself: above the unit that is asked, so not that unit.
ABOVE, COLLEAGUE, STRANGER = "centre_mediator", "step_colleague", "step_stranger"


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Program]:
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        for name, role, unit in (
            (ABOVE, "mediator", COUNTY),
            (COLLEAGUE, "handler", UNIT),
            (STRANGER, "handler", f"{COUNTY}:justice"),
        ):
            user = users.create(uow, name, PASSWORD, "某", name)
            users.assign(uow, user.id, role, unit, audited=False)
        uow.commit()
    return {
        name: Program.of(site, name) for name in ("clerk", "handler", "director", ABOVE, COLLEAGUE, STRANGER)
    }


def do(site: Site, what: Any, uid: str, *more: Any, **named: Any) -> Any:
    """Do something with a matter as the director of its centre."""
    with site.portal.writing(access_for(site.portal, "director", COUNTY)) as uow:
        version = records.get_any(uow.session, uid).version
        made = what(uow, uid, *more, version=version, **({"reason": "依法办理"} | named))
        uow.commit()
    return made


@pytest.fixture
def asked(site: Site, people: dict[str, Program]) -> str:
    """A matter that the committee is asked to mediate."""
    uid: str = people["clerk"].register()["uid"]
    do(site, records.transition, uid, "accept")
    do(site, records.transition, uid, "submit_analysis", form=ANALYSED)
    do(
        site,
        records.dispose,
        uid,
        override=Override({"department": "people_mediation"}, route="R01", assist=["justice"]),
    )
    return uid


@pytest.fixture
def accepted(site: Site, asked: str) -> str:
    """A matter that the committee has accepted."""
    with site.portal.writing(access_for(site.portal, "handler", UNIT)) as uow:
        records.referral(uow, lead(site, asked).uid, "accept")
        uow.commit()
    return asked


def referrals(site: Site, uid: str) -> list[Referral]:
    with site.portal.reading(Access.system("test")) as session:
        return records.referrals_of(session, records.get_any(session, uid))


def lead(site: Site, uid: str) -> Referral:
    return next(one for one in referrals(site, uid) if one.lead)


def helper(site: Site, uid: str) -> Referral:
    return next(one for one in referrals(site, uid) if not one.lead)


def version(site: Site, uid: str) -> int:
    with site.portal.reading(Access.system("test")) as session:
        return records.get_any(session, uid).version


def take(
    site: Site, who: Program, uid: str, step: str, data: Any, *, at: int | None = None, **more: Any
) -> Any:
    body = {"data": data} | ({"reason": more.pop("reason")} if "reason" in more else {})
    return who.post(f"{CASES}{uid}/transitions/{step}", body, version=at or version(site, uid), **more)


def offered(who: Program, uid: str) -> set[str]:
    return {one["id"] for one in who.get(f"{CASES}{uid}/transitions").json["result"]}


@contextmanager
def days_later(site: Site, days: int) -> Iterator[None]:
    clock: Any = site.portal.clock
    object.__setattr__(site.portal, "clock", clock.later(days=days))
    try:
        yield
    finally:
        object.__setattr__(site.portal, "clock", clock)


def test_a_report_by_a_program_ends_the_referral(
    site: Site, people: dict[str, Program], accepted: str
) -> None:
    handler, before = people["handler"], len(entries(site, accepted))
    assert "report_back" in offered(handler, accepted)
    done = take(site, handler, accepted, "report_back", REPORT)
    assert done.status_code == 200, done.text
    assert done.json["result"]["uid"] == accepted
    assert done.headers["ETag"] == f'"{version(site, accepted)}"'
    assert lead(site, accepted).status == "done"
    assert entries(site, accepted)[before:] == ["referral.done"], "one act, one entry"
    assert helper(site, accepted).status == "sent", "who assists has not answered yet"
    # It has reported: no step is offered that would do nothing for it any more.
    assert not offered(handler, accepted) & {"report_back", "return_back"}


def test_a_second_click_is_told_who_was_first(site: Site, people: dict[str, Program], accepted: str) -> None:
    seen = version(site, accepted)
    assert take(site, people["handler"], accepted, "report_back", REPORT).status_code == 200
    stale = take(site, people["handler"], accepted, "report_back", REPORT, at=seen)
    assert (stale.status_code, stale.json["error"]["code"]) == (412, "record.stale")
    late = take(site, people[COLLEAGUE], accepted, "report_back", REPORT)
    assert (late.status_code, late.json["error"]["code"]) == (409, "referral.answered")
    assert "handler" in late.json["error"]["message"]
    assert [one.status for one in referrals(site, accepted) if one.lead] == ["done"]


@pytest.mark.parametrize("step", ["report_back", "return_back"])
def test_of_two_clicks_at_the_same_moment_one_answers_and_the_other_is_told(
    site: Site, accepted: str, step: str
) -> None:
    seen, form = version(site, accepted), REPORT if step == "report_back" else RETURNING
    colleague = access_for(site.portal, "handler", UNIT)

    def click() -> str:
        try:
            with site.portal.writing(colleague) as uow:
                records.transition(uow, accepted, step, version=seen, form=form)
                uow.commit()
        except (Conflict, NotFound) as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(2) as both:
        answers = sorted(one.result(timeout=60) for one in [both.submit(click), both.submit(click)])
    assert answers[0] == "done"
    assert answers[1] in ("record.stale", "referral.answered", "record.unknown"), (
        "told, and nothing done twice"
    )
    assert lead(site, accepted).status == ("done" if step == "report_back" else "returned")
    assert [name for name in entries(site, accepted) if name in ("referral.done", "referral.return")] == [
        "referral.done" if step == "report_back" else "referral.return"
    ]


def test_a_matter_that_was_changed_meanwhile_is_not_reported(
    site: Site, people: dict[str, Program], accepted: str
) -> None:
    answer = take(site, people["handler"], accepted, "report_back", REPORT, at=1)
    assert (answer.status_code, answer.json["error"]["code"]) == (412, "record.stale")
    assert lead(site, accepted).status == "accepted"


def test_nothing_is_reported_of_what_was_not_accepted(
    site: Site, people: dict[str, Program], asked: str
) -> None:
    assert "report_back" not in offered(people["handler"], asked)
    answer = take(site, people["handler"], asked, "report_back", REPORT)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "referral.not_accepted")
    assert answer.json["error"]["message"] == "请先接收这件事项，再反馈办理结果"
    assert lead(site, asked).status == "sent"


def test_a_return_by_a_program_is_answered_although_the_matter_goes(
    site: Site, people: dict[str, Program], asked: str
) -> None:
    handler, seen = people["handler"], version(site, asked)
    done = take(site, handler, asked, "return_back", RETURNING, key="return-by-step")
    assert done.status_code == 200, done.text
    result = done.json["result"]
    assert (result["uid"], result["handler"], result["data"]) == (asked, None, {})
    assert lead(site, asked).status == "returned"
    assert handler.get(f"{CASES}{asked}").status_code == 404
    again = take(site, handler, asked, "return_back", RETURNING, at=seen, key="return-by-step")
    assert (again.status_code, again.json) == (200, done.json), "the same request has the same answer"
    for who in ("handler", COLLEAGUE):
        late = take(site, people[who], asked, "return_back", RETURNING, at=seen)
        assert (late.status_code, late.json["error"]["code"]) == (409, "referral.answered")
    missing = people[COLLEAGUE].post(f"{CASES}{'0' * 32}/transitions/return_back", version=1)
    assert missing.status_code == 404


def test_who_could_not_have_answered_learns_nothing(
    site: Site, people: dict[str, Program], asked: str
) -> None:
    uid: str = people["clerk"].register()["uid"]
    for data in (uid, "0" * 32):
        answer = people[STRANGER].post(f"{CASES}{data}/transitions/return_back", version=1)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "record.unknown")


def test_a_return_after_its_last_day_is_refused_in_the_words_of_the_referral(
    site: Site, people: dict[str, Program], asked: str
) -> None:
    until = lead(site, asked).return_by
    assert until is not None
    with days_later(site, (until - dt.date(2026, 5, 6)).days + 1):
        handler = Program.of(site, "handler")
        assert "return_back" not in offered(handler, asked)
        late = take(site, handler, asked, "return_back", RETURNING)
        assert (late.status_code, late.json["error"]["code"]) == (409, "referral.too_late_to_return")
        assert until.isoformat() in late.json["error"]["message"]
        browser = site.login("handler")
        page = f"/records/case/transition/{asked}/return_back"
        led_back = browser.get(page)
        assert led_back.status_code == 303
        told = browser.get(led_back.headers["Location"]).text
        assert until.isoformat() in told
        assert "已经推进" not in told, "the matter has not moved on"
    assert lead(site, asked).status == "sent"


def test_while_a_return_is_asked_for_nothing_is_reported(
    site: Site, people: dict[str, Program], accepted: str
) -> None:
    with site.portal.writing(access_for(site.portal, "handler", UNIT)) as uow:
        records.referral(uow, lead(site, accepted).uid, "ask_back", reason="经核查不属本单位职责")
        uow.commit()
    answer = take(site, people["handler"], accepted, "report_back", REPORT)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "referral.asked_back")
    assert "report_back" not in offered(people["handler"], accepted)


def test_who_stands_above_the_unit_reports_in_its_place_with_a_reason(
    site: Site, people: dict[str, Program], accepted: str
) -> None:
    above = people[ABOVE]
    refused = take(site, above, accepted, "report_back", REPORT)
    assert refused.status_code == 422, refused.text
    assert [one["pointer"] for one in refused.json["error"]["details"]] == ["/reason"]
    assert lead(site, accepted).status == "accepted"
    before = len(entries(site, accepted))
    done = take(site, above, accepted, "report_back", REPORT, reason="该单位系统停用，电话反馈由中心代录")
    assert done.status_code == 200, done.text
    assert entries(site, accepted)[before:] == ["referral.done_for"]
    told = above.get(f"{CASES}{accepted}/history").json["result"]
    assert "代为反馈办结" in [one["title"] for one in told]


def test_the_grounds_of_a_return_are_no_reason_for_returning_in_place_of_the_unit(
    site: Site, people: dict[str, Program], asked: str
) -> None:
    refused = take(site, people[ABOVE], asked, "return_back", RETURNING)
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json["error"]["details"]] == ["/reason"]
    page = f"/records/case/transition/{asked}/return_back"
    browser = site.login(ABOVE)
    shown = browser.get(page).text
    assert "代“人民调解委员会”" in shown
    assert 'name="reason" rows="3" maxlength' in shown
    pairs = {"/kind": "not_competent", "/grounds": RETURNING["grounds"], "/law": RETURNING["law"]}
    form = browser.form(page, page)
    assert browser.send(page, form, **pairs).status_code == 422
    assert lead(site, asked).status == "sent"
    assert browser.send(page, form, **pairs, reason="该单位来电请中心代退").status_code == 303
    assert lead(site, asked).status == "returned"
    assert entries(site, asked)[-1] == "referral.return_for"


def test_a_unit_that_returns_by_the_page_reads_one_sentence_and_a_second_click_who_was_first(
    site: Site, people: dict[str, Program], asked: str
) -> None:
    page = f"/records/case/transition/{asked}/return_back"
    handler = site.login("handler")
    sent = handler.send(page, handler.form(page), **{f"/{name}": value for name, value in RETURNING.items()})
    assert sent.status_code == 303
    home = handler.get(sent.headers["Location"]).text
    assert "退回重新分流。事项已不在您单位。" in home
    assert "已无权查看" not in home
    late = site.login(COLLEAGUE).get(page)
    assert late.status_code == 409
    assert "handler" in late.text
    assert site.login("jinning").get(page).status_code == 404, "to anybody else it is unknown"


def test_a_step_of_the_lead_does_not_answer_for_who_assists(
    site: Site, people: dict[str, Program], accepted: str
) -> None:
    assert not offered(people[STRANGER], accepted) & {"report_back", "return_back"}
    answer = take(site, people[STRANGER], accepted, "report_back", REPORT)
    assert answer.status_code == 403, answer.text
    assert {one.status for one in referrals(site, accepted)} == {"accepted", "sent"}
