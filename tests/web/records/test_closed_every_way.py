"""A closed matter is handed over by no way at all, has nothing to be done, and none of its periods runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.acts import TAKE_STEP
from portal.core.deadlines.clock import DUTIES
from portal.core.errors import Conflict
from portal.persistence.models import Clock, Record, Referral, Task
from portal.services import records
from portal.services.records import Called, Override
from portal.services.records.acts.performing import perform
from portal.services.records.handling.step_effects import Sources, effects
from tests.web.api.program import CASES, Program
from tests.web.records.closed_cases import SYSTEM, do, step, version_of
from tests.web.records.seeded_site import Browser, Site, uid_of
from tests.web.records.test_stage_bar import assigned

EARLY = {
    "method": "withdrawn",
    "summary": "申请人撤回申请",
    "party_words": "不再要求",
    "remedy_told": "可以起诉",
}
DEPARTMENT = Override({"department": "people_mediation"}, route="R01", assist=["women"])


@pytest.fixture(scope="module")
def closed(site: Site, clerk: Browser) -> str:
    """A matter that was led by a unit, assisted by another, with a task and periods; then it was withdrawn."""
    uid = uid_of(assigned(site, clerk))
    do(site, records.add_task, uid, words="通知双方到会")
    do(site, records.dispose, uid, version=version_of(site, uid), override=DEPARTMENT, reason="归口")
    assert duties(site, uid), "periods of the centre or of the unit run"
    step(site, uid, "close_early", EARLY)
    return uid


def rows(site: Site, model: Any, uid: str) -> list[Any]:
    with site.portal.reading(SYSTEM) as session:
        query = select(model).join(Record, Record.id == model.record_id).where(Record.uid == uid)
        return list(session.scalars(query.order_by(model.created_at)))


def duties(site: Site, uid: str, but: tuple[str, ...] = ("T52", "T53")) -> list[str]:
    """Return the periods of centre and handler that run, but for those that closing begins."""
    with site.portal.reading(SYSTEM) as session:
        query = select(Clock).join(Record, Record.id == Clock.record_id)
        running = query.where(Record.uid == uid, Clock.state == "running", Clock.whose.in_(DUTIES))
        return [one.deadline for one in session.scalars(running) if one.deadline not in but]


def standing(site: Site, uid: str) -> tuple[Any, ...]:
    """Return all that a hand-over would change."""
    with site.portal.reading(SYSTEM) as session:
        record = records.get_any(session, uid)
        said = record.stage, record.handler_unit_id, record.route, record.version
    asked = [(one.uid, one.status, one.version) for one in rows(site, Referral, uid)]
    return *said, asked, duties(site, uid)


def by_page(site: Site, uid: str) -> None:
    director = site.login("director")
    url = f"/records/case/dispose/{uid}"
    sent = {"csrf_token": director.token(), "version": str(version_of(site, uid)), "to": "people_mediation"}
    assert director.get(url).status_code == 303
    answer = director.post(url, sent | {"kind": "department", "reason": "再交办", "route": "R01"})
    assert answer.status_code in (303, 409, 422)
    assert "/show/" in answer.headers.get("Location", "/show/")


def by_whistle(site: Site, uid: str) -> None:
    director = site.login("director")
    url = f"/records/case/whistle/{uid}"
    answer = director.get(url)
    assert (answer.status_code, answer.location) == (303, f"/records/case/show/{uid}")
    sent = {"csrf_token": director.token(), "version": str(version_of(site, uid)), "reason": "请到场"}
    answer = director.post(url, sent | {"called": "police", "days-police": "2", "lead": "police"})
    assert answer.status_code in (303, 409, 422)


def by_bulk(site: Site, uid: str) -> None:
    director = site.login("director")
    chosen = {"csrf_token": director.token(), "row": f"{uid}.{version_of(site, uid)}"}
    answer = director.post("/records/case/hand-over", chosen | {"to": "people_mediation", "reason": "归口"})
    assert "已交办 0 件" in answer.text
    assert "不能再修改" in answer.text


def by_api(site: Site, uid: str) -> None:
    director = Program.of(site, "director")
    decision = director.get(f"{CASES}{uid}/decisions").json["result"][0]["id"]
    body = {"override": {"to": {"department": "court"}, "route": "R05"}, "reason": "另行安排"}
    url, version = f"{CASES}{uid}/decisions/{decision}/dispositions", version_of(site, uid)
    answer = director.post(url, body, version=version)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "record.locked"), answer.text


def by_answers(site: Site, uid: str) -> None:
    """Nothing takes the matter from its handler; the director takes nothing back either."""
    lead = next(one for one in rows(site, Referral, uid) if one.lead)
    for who, name in (("handler", "return"), ("handler", "ask_back"), ("director", "revoke")):
        program = Program.of(site, who)
        answer = program.post(
            f"{CASES}{uid}/referrals/{lead.uid}/{name}", {"reason": "无权办理"}, version=lead.version
        )
        assert answer.status_code == 409, (name, answer.text)


def by_step(site: Site, uid: str) -> None:
    """A step that leads from one last stage to another hands over nothing, whatever a pack writes into it."""

    def act(uow: Any) -> None:
        record = records.get_any(uow.session, uid)
        with perform(uow, TAKE_STEP, record) as performed:
            refer = {"do": "refer", "route": "R05", "to": {"department": "court"}}
            effects(performed, [refer, {"do": "create_task", "task": "tell_period"}], Sources())
            assert [one.data["open"] for one in performed.told] == [True, True]
            performed.cancel()

    do(site, act)


def by_use_case(site: Site, uid: str) -> None:
    for what, more in (
        (records.dispose, {"override": DEPARTMENT}),
        (records.whistle, {"called": [Called("police", 2)], "lead": "police"}),
        (records.raise_dispute, {}),
    ):
        with pytest.raises(Conflict) as refused:
            do(site, what, uid, version=version_of(site, uid), reason="再交办", **more)
        assert refused.value.code == "record.locked", what


WAYS: tuple[Callable[[Site, str], None], ...] = (
    by_page,
    by_whistle,
    by_bulk,
    by_api,
    by_answers,
    by_step,
    by_use_case,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda one: one.__name__)
def test_a_closed_matter_is_handed_over_by_no_way(
    site: Site, closed: str, way: Callable[[Site, str], None]
) -> None:
    before = standing(site, closed)
    way(site, closed)
    assert standing(site, closed) == before


def test_no_period_of_centre_or_unit_runs_once_it_is_closed(site: Site, closed: str) -> None:
    assert duties(site, closed) == []


def test_what_units_are_still_asked_ends_and_starts_no_period(site: Site, clerk: Browser) -> None:
    uid = uid_of(assigned(site, clerk))
    do(site, records.dispose, uid, version=version_of(site, uid), override=DEPARTMENT, reason="归口")
    step(site, uid, "close_early", EARLY)
    asked = rows(site, Referral, uid)
    assert {one.status for one in asked} == {"ended"}
    for one in asked:
        with pytest.raises(Conflict) as refused:
            do(site, records.referral, one.uid, "accept")
        assert refused.value.code == "referral.answered"
    assert duties(site, uid) == []


def test_what_was_to_be_done_falls_away_with_closing_and_stands_in_no_list(site: Site, closed: str) -> None:
    assert {one.status for one in rows(site, Task, closed)} == {"dropped"}
    with site.portal.reading(SYSTEM) as session:
        told = records.history(site.portal, session, records.get_any(session, closed))
    assert ("task", "drop") in {(one.kind, one.name) for one in told}
    assert closed not in site.login("clerk").get("/?list=my_tasks").text


def test_nothing_is_advised_any_more_for_what_is_closed(site: Site, clerk: Browser, closed: str) -> None:
    advice = ("应当遵守的期限", "建议进入的环节", "规则提示告知", "需要准备的文书", "自今日起")
    director = site.login("director")
    still_open = director.get(assigned(site, clerk)).text
    page = director.get(f"/records/case/show/{closed}").text
    assert any(one in still_open for one in advice)
    assert "规则建议" in page
    assert [one for one in advice if one in page] == []
