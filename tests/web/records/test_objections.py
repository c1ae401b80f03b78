"""Objections: raised by a party or a unit, decided by another person within a set time, told where everybody looks."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.core import messages
from portal.core.access import Access, Origin
from portal.core.errors import Conflict, Forbidden, InvalidInput
from portal.persistence.models import Clock, OutboxMessage, Record, RecordEvent, User
from portal.services import records, users
from portal.services.notices.recipients import recipients
from tests.services.handing import later, lists_with
from tests.web.records.closed_cases import REFUSAL, SYSTEM, version_of
from tests.web.records.seeded_site import PASSWORD, Browser, Site, uid_of
from tests.web.records.test_closed_every_way import DEPARTMENT, EARLY
from tests.web.records.test_stage_bar import ANALYSED

MORE = {"director2": ("director", "530112"), "boss": ("director", "530100"), "away": ("director", "530115")}
GROUNDS = "对分到调解的途径不服，要求走仲裁"
UPHELD = {
    "result": "upheld",
    "grounds": "经核对，应当先仲裁",
    "measures": "重新交办仲裁机构",
    "told_on": "2026-05-06",
}
KEPT = {
    "result": "dismissed",
    "grounds": "分类和途径符合规定",
    "remedy": "可以向人民法院起诉",
    "told_on": "2026-05-06",
}


class People:
    """The people of the portal by their names, acting on one case of Xishan."""

    def __init__(self, site: Site) -> None:
        self.site, self.portal = site, site.portal
        with site.portal.reading(SYSTEM) as session:
            self.ids = {one.username: one.id for one in session.scalars(select(User))}

    def who(self, name: str) -> Access:
        return users.access_of(self.portal, self.ids[name])

    def do(self, name: str, what: Any, *args: Any, **more: Any) -> Any:
        access = self.who(name) if name != "system" else SYSTEM
        with self.portal.writing(access) as uow:
            answer = what(uow, *args, **more)
            uow.commit()
        return answer

    def step(self, name: str, uid: str, step: str, form: Any = None, **more: Any) -> None:
        version = version_of(self.site, uid)
        self.do(name, records.transition, uid, step, version=version, form=form, **more)

    def object(self, uid: str, subject: str, by: str = "clerk", **more: str) -> None:
        self.step(by, uid, "object", {"subject": subject, "by": "applicant", "grounds": GROUNDS} | more)

    def decide(self, name: str, uid: str, **answers: str) -> None:
        self.step(name, uid, "decide_objection", answers or UPHELD)

    def lists(self, name: str, uid: str) -> set[str]:
        return lists_with(self.portal, self.who(name), uid)

    def lane(self, uid: str) -> str:
        with self.portal.reading(SYSTEM) as session:
            return str(records.get_any(session, uid).lanes.get("objection", ""))

    def clocks(self, uid: str) -> list[tuple[str, dt.date | None, str]]:
        with self.portal.reading(SYSTEM) as session:
            query = select(Clock).join(Record, Record.id == Clock.record_id)
            found = session.scalars(query.where(Record.uid == uid, Clock.deadline == "T54").order_by(Clock.n))
            return [(one.state, one.due_on, one.whose) for one in found]


@pytest.fixture(scope="module")
def people(site: Site) -> People:
    with site.portal.writing(SYSTEM, Origin()) as uow:
        for name, (role, unit) in MORE.items():
            made = users.create(uow, name, PASSWORD, "某", name)
            users.assign(uow, made.id, role, unit, audited=False)
        uow.commit()
    return People(site)


@pytest.fixture
def case(site: Site, people: People, clerk: Browser) -> str:
    """A case that clerk2 registered and the director sent to a unit."""
    uid = uid_of(site.register(site.login("clerk2")))
    people.step("triage", uid, "accept")
    people.step("triage", uid, "submit_analysis", ANALYSED)
    version = version_of(site, uid)
    people.do("director", records.dispose, uid, version=version, override=DEPARTMENT, reason="归口办理")
    return uid


def test_it_waits_by_its_day_in_the_list_of_those_who_decide(people: People, case: str) -> None:
    people.object(case, "route")
    # Saturday, 9 May is worked: five working days after Wednesday, 6 May.
    assert people.clocks(case) == [("running", dt.date(2026, 5, 12), "centre")]
    for name in ("director2", "boss", "supervisor"):
        assert "objections" in people.lists(name, case), name
    assert "objections" not in people.lists("away", case)
    people.decide("director2", case)
    assert people.lane(case) == "closed"
    assert [one[0] for one in people.clocks(case)] == ["in_time"]
    assert "objections" not in people.lists("director2", case)


def test_an_objection_that_is_late_stays_in_the_list_and_ends_late(people: People, case: str) -> None:
    people.object(case, "route")
    with later(people.portal, days=20):
        assert "objections" in people.lists("director2", case)
        people.decide("director2", case, **KEPT)
    assert [one[0] for one in people.clocks(case)] == ["late"]


BARRED = {
    "class": ("director", "director2"),  # corrected the class; has nothing to do with it
    "route": ("director", "director2"),
    "mediator": ("director", "director2"),
}


@pytest.mark.parametrize("subject", sorted(BARRED))
def test_nobody_decides_on_what_they_had_a_hand_in(
    site: Site, people: People, case: str, subject: str
) -> None:
    barred, free = BARRED[subject]
    if subject == "class":
        with people.portal.reading(people.who("director")) as session:
            record = records.get_any(session, case)
            view = records.view_of(people.portal, session, record)
            data = dict(view.plan.show(view.clear)) | {"dispute_type": "D0302"}
        people.do("director", records.change, case, data, version_of(site, case))
    people.object(case, subject)
    with pytest.raises(Forbidden) as refused:
        people.decide(barred, case)
    assert refused.value.code == "lifecycle.other_person"
    assert people.lane(case) == "open"
    people.decide(free, case)
    assert people.lane(case) == "closed"


def test_who_recorded_the_objection_does_not_decide_on_it(people: People, case: str) -> None:
    people.object(case, "class", by="director2")
    with pytest.raises(Forbidden) as refused:
        people.decide("director2", case)
    assert refused.value.code == "lifecycle.other_person"
    people.decide("director", case)


@pytest.mark.parametrize("closing", ["close_early", "reject"])
def test_an_objection_to_closing_is_raised_on_the_closed_case_and_decided_by_another(
    site: Site, people: People, case: str, closing: str
) -> None:
    uid = case
    if closing == "reject":
        uid = uid_of(site.register(site.login("clerk2")))
        people.step("director", uid, "reject", REFUSAL, reason="不予受理")
    else:
        people.step("director", uid, "close_early", EARLY)
    people.object(uid, "closing", by="clerk")
    assert people.clocks(uid)[0][0] == "running"
    assert "objections" in people.lists("director2", uid)
    with pytest.raises(Forbidden):
        people.decide("director", uid)
    people.decide("director2", uid, **KEPT)
    assert [one[0] for one in people.clocks(uid)] == ["in_time"]


def test_nothing_is_closed_archived_or_reopened_while_an_objection_waits(people: People, case: str) -> None:
    people.object(case, "route")
    with pytest.raises(Forbidden) as refused:
        people.step("director", case, "close_early", EARLY)
    assert refused.value.code == "lifecycle.guard"
    people.decide("director2", case)
    people.step("director", case, "close_early", EARLY)
    people.object(case, "closing")
    said = {"ground": "objection", "found_by": "party", "note": "当事人对结案不服"}
    with pytest.raises(Forbidden) as refused:
        people.step("director", case, "reopen", said)
    assert refused.value.code == "lifecycle.guard"
    people.decide("director2", case)
    people.step("director", case, "reopen", said)


def test_closing_is_objected_to_only_where_it_is_closed(people: People, case: str) -> None:
    with pytest.raises(Forbidden) as refused:
        people.object(case, "closing")
    assert refused.value.code == "lifecycle.guard"


def test_one_waits_at_a_time_and_a_double_click_decides_once(site: Site, people: People, case: str) -> None:
    people.object(case, "route")
    with pytest.raises(Conflict):
        people.object(case, "class")
    version = version_of(site, case)
    people.do(
        "director2", records.transition, case, "decide_objection", version=version, form=UPHELD, reason=""
    )
    for seen in (version, version_of(site, case)):
        with pytest.raises(Conflict):
            people.do(
                "director2", records.transition, case, "decide_objection", version=seen, form=KEPT, reason=""
            )
    people.object(case, "class")  # the next one may be raised
    assert len(people.clocks(case)) == 2


def test_an_objection_that_is_withdrawn_ends_with_why(people: People, case: str) -> None:
    people.object(case, "mediator")
    with pytest.raises(InvalidInput):
        people.step("clerk", case, "withdraw_objection")
    people.step("clerk", case, "withdraw_objection", reason="申请人当面撤回")
    assert (people.lane(case), people.clocks(case)[0][0]) == ("closed", "in_time")


def test_a_unit_objects_itself(people: People, case: str) -> None:
    people.object(case, "route", by="handler")
    people.decide("director2", case)


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "person"},
        {"grounds": " "},
        {"lodged_on": "2026-05-07"},
        {"by": ""},
    ],
)
def test_an_objection_that_is_filled_in_wrongly_is_refused(
    people: People, case: str, wrong: dict[str, str]
) -> None:
    form = {"subject": "route", "by": "applicant", "grounds": GROUNDS} | wrong
    with pytest.raises(InvalidInput):
        people.step("clerk", case, "object", form)
    assert people.lane(case) == ""


def test_who_brought_it_is_told_of_the_decision_and_those_who_decide_of_the_objection(
    people: People, case: str
) -> None:
    people.object(case, "route")
    people.decide("director2", case)
    names, told = {number: name for name, number in people.ids.items()}, {}
    with people.portal.writing(SYSTEM) as uow:
        for row in uow.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)):
            if row.topic in ("step.answered", "rules.notify") and row.payload["record"] == case:
                whom = recipients(uow, row.topic, messages.read(row.topic, row.payload))
                told[row.topic] = {names[one] for one in whom}
    assert told["step.answered"] == {"clerk"}
    assert "director2" in told["rules.notify"]


def test_rows_of_older_histories_bar_by_the_name(people: People, case: str) -> None:
    with people.portal.reading(SYSTEM) as session:
        number = records.get_any(session, case).id
    with people.portal.database.engine.execution_options(portal_writer=True).begin() as connection:
        done = connection.execute(
            update(RecordEvent)
            .where(RecordEvent.record_id == number, RecordEvent.kind == "dispose")
            .values(by_id=None)
        )
    assert done.rowcount == 1
    people.object(case, "route")
    with pytest.raises(Forbidden):
        people.decide("director", case)
    people.decide("director2", case)


def test_the_page_says_who_decides_and_shows_what_was_decided(site: Site, people: People, case: str) -> None:
    url = f"/records/case/show/{case}"
    clerk, director, second = (site.login(name) for name in ("clerk", "director", "director2"))
    step = f"/records/case/transition/{case}/object"
    answer = clerk.send(
        step, clerk.form(step), **{"/subject": "route", "/by": "applicant", "/grounds": GROUNDS}
    )
    assert (answer.status_code, answer.location) == (303, url), answer.text
    page = clerk.get(url).text
    assert GROUNDS in page
    assert "异议复核" in page
    assert case in second.get("/?list=objections").text
    step = f"/records/case/transition/{case}/decide_objection"
    own = director.get(step).text
    assert "您参与过所涉及的决定，须由另一人答复" in own
    assert 'id="form"' not in own, "nothing to fill in for who does not decide"
    answer = second.send(
        step,
        second.form(step),
        **{"/result": "upheld", "/grounds": UPHELD["grounds"], "/measures": UPHELD["measures"]},
    )
    assert (answer.status_code, answer.location) == (303, url), answer.text
    page = clerk.get(url).text
    assert UPHELD["grounds"] in page
    assert re.search(r"异议成立，予以改正", page)
    assert case not in second.get("/?list=objections").text


def test_another_county_neither_sees_nor_decides(site: Site, people: People, case: str) -> None:
    people.object(case, "route")
    away = site.login("away")
    assert away.get(f"/records/case/transition/{case}/decide_objection").status_code == 404
    assert case not in away.get("/?list=objections").text
