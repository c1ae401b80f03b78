"""Mediation sessions: arranged from the case, booked once, begun with every consent, and what each role reads."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access, Origin
from portal.core.errors import Conflict, Forbidden, InvalidInput
from portal.persistence.models import Booking, Record
from portal.services import records, users
from portal.services.portal import Portal
from portal.services.records.handling import waiting
from tests.fixtures.database import access_for
from tests.web.records.seeded_site import PASSWORD, Browser, Site, errors_in, form_in

SYSTEM = Access.system("test")
CENTRE = "530112"
# A working day after the day of the site, 6 May 2026.
DAY = "2026-05-12"
CASE: dict[str, Any] = {
    "channel": "walk_in",
    "applicant_name": "赵长女",
    "respondents": [{"name": "赵次子", "relation": "次子"}],
    "dispute_type": "D0301",
    "place": "530112001",
    "summary": "房屋归属发生纠纷，多人出资",
    "claim": "返还出资",
    "willing": "yes",
    "lower_tried": False,
}
TIMES = {"manner": "together", "held_on": DAY, "begins": "09:30", "ends": "11:30"}
START = {"rights_told": True}


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Access]:
    """Those who deal with sessions, with accounts for two of them."""
    with site.portal.writing(SYSTEM, Origin()) as uow:
        for name, role in (("tiaojie", "mediator"), ("guidang", "archivist")):
            user = users.create(uow, name, PASSWORD, "某", name)
            users.assign(uow, user.id, role, CENTRE, audited=False)
        uow.commit()
    roles = ("clerk", "triage", "director", "mediator", "archivist", "supervisor", "inspector", "appraiser")
    return {role: access_for(site.portal, role, CENTRE, user_id=50 + n) for n, role in enumerate(roles)}


@pytest.fixture(scope="module")
def mediators(site: Site, people: dict[str, Access]) -> dict[str, str]:
    """Three entries of the register; the last one is no longer in it."""
    found = {}
    with site.portal.writing(people["director"]) as uow:
        for name, active in (("王雪琴", True), ("陈思雨", True), ("李退出", False)):
            data = {"name": name, "kind": "people", "active": active}
            found[name] = records.register(uow, "mediator", CENTRE, data).record.uid
        uow.commit()
    return found


def new_case(portal: Portal, by: Access, **more: Any) -> str:
    with portal.writing(by) as uow:
        uid = records.register(uow, "case", CENTRE, CASE | more).record.uid
        uow.commit()
    return uid


def new_session(portal: Portal, by: Access, case: str, **data: Any) -> str:
    with portal.writing(by) as uow:
        uid = records.register(uow, "session", "", TIMES | data, parent=case).record.uid
        uow.commit()
    return uid


def data_of(portal: Portal, uid: str) -> dict[str, Any]:
    with portal.reading(SYSTEM) as session:
        return records.view_of(portal, session, records.get(session, "session", uid)).clear


def change(portal: Portal, by: Access, uid: str, **data: Any) -> None:
    with portal.writing(by) as uow:
        version = records.get(uow.session, "session", uid).version
        held = records.view_of(portal, uow.session, records.get(uow.session, "session", uid)).data
        records.change(uow, uid, held | data, version=version)
        uow.commit()


def step(portal: Portal, by: Access, uid: str, name: str, etype: str = "session", **form: Any) -> Record:
    with portal.writing(by) as uow:
        version = records.get(uow.session, etype, uid).version
        done = records.transition(uow, uid, name, version=version, form=form or None)
        uow.commit()
    return done


def seen_by(portal: Portal, by: Access, uid: str) -> dict[str, Any]:
    with portal.reading(by) as session:
        return records.view_of(portal, session, records.get(session, "session", uid)).data


def consenting(portal: Portal, by: Access, uid: str, *answers: str) -> list[dict[str, Any]]:
    rows = seen_by(portal, by, uid)["parties"]
    when = {"consent_at": "2026-05-06T10:05:00+08:00", "consent_way": "phone"}
    return [row | when | {"consent": one} for row, one in zip(rows, answers, strict=True)]


def words(refused: InvalidInput) -> list[tuple[str, str]]:
    return [(one.pointer, one.text()) for one in refused.problems]


def test_the_parties_come_from_the_case_and_are_not_typed_again(
    site: Site, people: dict[str, Access]
) -> None:
    portal, by = site.portal, people["triage"]
    case = new_case(portal, by)
    with portal.writing(by) as uow:
        party = {"role": "third", "kind": "person", "name": "周儿媳", "chosen_mediator": "王雪琴"}
        records.register(uow, "party", "", party, parent=case)
        uow.commit()
    uid = new_session(portal, by, case, begins="13:00", ends="13:30")
    assert [(row["name"], row["role"], row["consent"]) for row in data_of(portal, uid)["parties"]] == [
        ("周*", "third", "undecided"),
        ("赵*", "applicant", "undecided"),
        ("赵*", "respondent", "undecided"),
    ]
    assert data_of(portal, uid)["parties"][0]["chosen_mediator"] == "王雪琴"
    stranger = {"ref": "a" * 32, "name": "路人", "role": "third", "consent": "undecided"}
    parties = [*data_of(portal, uid)["parties"], stranger]
    with pytest.raises(InvalidInput) as refused:
        change(portal, by, uid, parties=parties)
    assert words(refused.value)[0][0] == "/parties/3"


def test_a_party_that_the_case_gains_later_stands_in_the_session_with_the_next_change(
    site: Site, people: dict[str, Access]
) -> None:
    portal, by = site.portal, people["triage"]
    case = new_case(portal, by)
    uid = new_session(portal, by, case, begins="13:00", ends="13:30")
    change(portal, by, uid, parties=consenting(portal, by, uid, "yes", "yes"))
    with portal.writing(by) as uow:
        party = {"role": "third", "kind": "person", "name": "李母亲"}
        records.register(uow, "party", "", party, parent=case)
        uow.commit()
    change(portal, by, uid, agenda="母亲今后住在哪里")
    rows = data_of(portal, uid)["parties"]
    assert [(row["name"], row["consent"]) for row in rows] == [
        ("李*", "undecided"),
        ("赵*", "yes"),
        ("赵*", "yes"),
    ]


def test_it_never_begins_without_the_consent_of_every_party(
    site: Site, people: dict[str, Access], mediators: dict[str, str]
) -> None:
    portal, by = site.portal, people["mediator"]
    uid = new_session(
        portal,
        by,
        new_case(portal, people["triage"]),
        venue="社区调解室",
        mediator=mediators["王雪琴"],
        held_on="2026-05-20",
    )
    for answers in (("undecided", "yes"), ("no", "yes"), ("yes", "undecided")):
        change(portal, by, uid, parties=consenting(portal, by, uid, *answers))
        with pytest.raises(Forbidden):
            step(portal, by, uid, "start", **START)
    change(portal, by, uid, parties=consenting(portal, by, uid, "yes", "yes"))
    assert step(portal, by, uid, "start", **START).stage == "held"


@pytest.mark.parametrize("lacking", ["mediator", "venue", "held_on", "begins"])
def test_it_does_not_begin_while_time_place_or_mediator_are_open(
    site: Site, people: dict[str, Access], mediators: dict[str, str], lacking: str
) -> None:
    portal, by = site.portal, people["mediator"]
    days = {"mediator": "2026-06-08", "venue": "2026-06-09", "held_on": "2026-06-10", "begins": "2026-06-11"}
    given = {"venue": "社区调解室", "mediator": mediators["陈思雨"], "held_on": days[lacking]}
    uid = new_session(portal, by, new_case(portal, people["triage"]), **given)
    parties = consenting(portal, by, uid, "yes", "yes")
    with portal.writing(by) as uow:
        held = records.view_of(portal, uow.session, records.get(uow.session, "session", uid)).data
        left = {name: value for name, value in held.items() if name != lacking}
        records.change(uow, uid, left | {"parties": parties}, version=1)
        uow.commit()
    with pytest.raises(Forbidden):
        step(portal, by, uid, "start", **START)


def test_consent_is_kept_with_its_time_and_way(site: Site, people: dict[str, Access]) -> None:
    portal, by = site.portal, people["triage"]
    uid = new_session(portal, by, new_case(portal, by), begins="14:00", ends="14:30")
    rows = [row | {"consent": "yes"} for row in seen_by(portal, by, uid)["parties"]]
    with pytest.raises(InvalidInput) as refused:
        change(portal, by, uid, parties=rows)
    named = {pointer for pointer, _ in words(refused.value)}
    assert {"/parties/0/consent_at", "/parties/0/consent_way"} <= named


def told_in_list(site: Site, case: str) -> list[str]:
    """Return how the list of parties of a case tells whether each agrees."""
    shown = site.login("tiaojie").get(f"/records/case/show/{case}").text.split('id="parties"')[1]
    lines = re.findall(r"<li>(.*?)</li>", shown.split("</section>")[0], re.DOTALL)
    words = ("还没有询问", "尚未决定", "不愿意", "愿意")
    return [next((one for one in words if one in visible(line)), "") for line in lines]


def test_who_agreed_in_a_session_is_told_as_willing(site: Site, people: dict[str, Access]) -> None:
    portal, by = site.portal, people["mediator"]
    case = new_case(portal, people["triage"])
    before = told_in_list(site, case)
    uid = new_session(portal, by, case)
    assert told_in_list(site, case) == before, "who has not answered yet is told as before"
    change(portal, by, uid, parties=consenting(portal, by, uid, "yes", "yes"))
    assert told_in_list(site, case)[:2] == ["愿意", "愿意"]
    change(portal, by, uid, parties=consenting(portal, by, uid, "yes", "no"))
    assert told_in_list(site, case)[:2] == ["愿意", "不愿意"]


@pytest.mark.parametrize("what", ["room", "mediator"])
def test_what_is_taken_is_refused_in_words_with_the_free_times(
    site: Site, people: dict[str, Access], mediators: dict[str, str], what: str
) -> None:
    portal, by = site.portal, people["triage"]
    thing = {"room": "family"} if what == "room" else {"mediator": mediators["陈思雨"]}
    day = {"held_on": "2026-05-13" if what == "room" else "2026-05-14"}
    name = "家事调解室" if what == "room" else "陈思雨（人民调解员）"
    first = new_session(portal, by, new_case(portal, by), **thing, **day)
    with pytest.raises(InvalidInput) as refused:
        new_session(portal, by, new_case(portal, by), **thing, **day, begins="11:00", ends="12:00")
    said = f"{name} is taken on {day['held_on']} from 09:30 until 11:30. Free on that day: 08:30–09:30 / 11:30–18:00"
    assert words(refused.value) == [(f"/{what}", said)]
    beside = new_session(portal, by, new_case(portal, by), **thing, **day, begins="11:30", ends="12:00")
    with pytest.raises(InvalidInput):
        change(portal, by, beside, begins="11:00")
    step(portal, by, first, "stop", stopped_by="applicant", result="stopped")
    change(portal, by, beside, begins="11:00")
    with portal.reading(SYSTEM) as session:
        starts = session.scalars(
            select(Booking.starts_at).join(Record, Record.id == Booking.record_id).where(Record.uid == beside)
        )
        assert {one.astimezone(dt.timezone(dt.timedelta(hours=8))).hour for one in starts} == {11}


def test_of_two_who_book_one_room_at_once_one_is_refused(site: Site, people: dict[str, Access]) -> None:
    portal, by = site.portal, people["triage"]
    cases = [new_case(portal, by) for _ in range(4)]

    def book(case: str) -> list[str]:
        try:
            new_session(portal, by, case, room="family", held_on="2026-05-15")
        except InvalidInput as refused:
            return [one.code for one in refused.problems]
        return []

    with ThreadPoolExecutor(4) as pool:
        refusals = list(pool.map(book, cases))
    assert sorted(refusals) == [[], *[["booking.taken"]] * 3]


def test_rooms_are_booked_on_days_on_which_somebody_is_there(site: Site, people: dict[str, Access]) -> None:
    portal, by = site.portal, people["triage"]
    with pytest.raises(InvalidInput) as refused:
        new_session(portal, by, new_case(portal, by), room="family", held_on="2026-05-16")
    said = "The centre is closed on 2026-05-16. It is open next on 2026-05-18"
    assert words(refused.value) == [("/room", said)]
    assert new_session(portal, by, new_case(portal, by), room="family", held_on="2026-05-18")
    with pytest.raises(InvalidInput) as refused:
        # The court sits in its room on the days of its roster alone.
        new_session(portal, by, new_case(portal, by), room="appraisal", held_on="2026-05-13")
    assert [(one.code, one.pointer) for one in refused.value.problems] == [("booking.away", "/room")]


def test_a_room_that_the_centre_does_not_have_is_no_choice(site: Site, people: dict[str, Access]) -> None:
    by = people["triage"]
    case = new_case(site.portal, by)
    for wrong in ("nothing", "530112:family", "联合调解室"):
        with pytest.raises(InvalidInput) as refused:
            new_session(site.portal, by, case, room=wrong)
        assert {pointer for pointer, _ in words(refused.value)} == {"/room"}


def test_the_end_comes_after_the_beginning(site: Site, people: dict[str, Access]) -> None:
    with pytest.raises(InvalidInput) as refused:
        new_session(
            site.portal,
            people["triage"],
            new_case(site.portal, people["triage"]),
            begins="11:00",
            ends="10:00",
        )
    assert words(refused.value) == [("/ends", "The end comes after the beginning")]


def test_parties_do_not_meet_in_domestic_violence(site: Site, people: dict[str, Access]) -> None:
    portal, by = site.portal, people["triage"]
    case = new_case(portal, by, dispute_type="D0106")
    with pytest.raises(InvalidInput) as refused:
        new_session(portal, by, case, begins="15:00", ends="15:30")
    assert words(refused.value)[0][0] == "/manner"
    assert "家庭暴力" in words(refused.value)[0][1]
    apart = new_session(portal, by, case, manner="apart", begins="15:00", ends="15:30")
    with pytest.raises(InvalidInput):
        change(portal, by, apart, manner="together")


def test_a_mediator_is_one_of_the_register(
    site: Site, people: dict[str, Access], mediators: dict[str, str]
) -> None:
    portal, by = site.portal, people["triage"]
    case = new_case(portal, by)
    elsewhere = access_for(portal, "director", "530115", user_id=90)
    with portal.writing(elsewhere) as uow:
        other = records.register(uow, "mediator", "530115", {"name": "晋宁", "kind": "people"}).record.uid
        uow.commit()
    for wrong in (mediators["李退出"], other, case, "f" * 32, "王雪琴"):
        with pytest.raises(InvalidInput) as refused:
            new_session(portal, by, case, mediator=wrong, held_on="2026-05-22")
        assert {pointer for pointer, _ in words(refused.value)} == {"/mediator"}


def test_anybody_stops_it_at_any_time_and_the_room_is_free_again(
    site: Site, people: dict[str, Access]
) -> None:
    portal = site.portal
    uid = new_session(
        portal, people["triage"], new_case(portal, people["triage"]), room="family", held_on="2026-05-19"
    )
    stopped = step(portal, people["clerk"], uid, "stop", stopped_by="respondent", result="stopped")
    assert (stopped.stage, stopped.is_open) == ("stopped", False)
    with portal.reading(SYSTEM) as session:
        assert session.scalars(select(Booking).where(Booking.record_id == stopped.id)).all() == []
    with pytest.raises(Conflict):
        step(portal, people["mediator"], uid, "start", **START)


def test_a_mediator_is_replaced_with_who_asked_and_why(
    site: Site, people: dict[str, Access], mediators: dict[str, str]
) -> None:
    portal, by = site.portal, people["mediator"]
    uid = new_session(
        portal,
        by,
        new_case(portal, people["triage"]),
        mediator=mediators["王雪琴"],
        held_on="2026-05-25",
        venue="社区",
    )
    taken = {"asked_by": "respondent", "reason": "与申请人是亲属", "chosen_by": "parties"}
    new_session(
        portal, by, new_case(portal, people["triage"]), mediator=mediators["陈思雨"], held_on="2026-05-25"
    )
    with pytest.raises(InvalidInput) as refused:
        step(portal, by, uid, "recuse", mediator=mediators["陈思雨"], **taken)
    assert [one.code for one in refused.value.problems] == ["booking.taken"]
    change(portal, by, uid, held_on="2026-05-26")
    step(portal, by, uid, "recuse", mediator=mediators["陈思雨"], **taken)
    assert data_of(portal, uid)["mediator"] == mediators["陈思雨"]
    with portal.reading(by) as session:
        told = records.history(portal, session, records.get(session, "session", uid))[0]
        assert told.data["form"]["reason"] == "与申请人是亲属"


@pytest.mark.parametrize(
    ("role", "minutes", "private"),
    [
        ("mediator", "长女：汇过两笔", "次子私下说愿意让步"),
        ("director", "长女：汇过两笔", None),
        ("archivist", "长女：汇过两笔", None),
        ("clerk", None, None),
        ("triage", None, None),
    ],
)
def test_minutes_and_private_talks_are_read_by_those_alone_who_may(
    site: Site, people: dict[str, Access], role: str, minutes: str | None, private: str | None
) -> None:
    portal, by = site.portal, people["mediator"]
    uid = new_session(portal, by, new_case(portal, people["triage"]), held_on="2026-05-27", venue="社区")
    change(portal, by, uid, minutes="长女：汇过两笔", private_talks="次子私下说愿意让步", rights_told=True)
    with portal.reading(people[role]) as session:
        view = records.view_of(portal, session, records.get(session, "session", uid))
        assert (view.data.get("minutes"), view.data.get("private_talks")) == (minutes, private)
    stored = str(data_stored(portal, uid))
    assert "汇过两笔" not in stored
    assert "让步" not in stored


@pytest.mark.parametrize("role", ["supervisor", "inspector", "appraiser"])
def test_those_who_only_look_over_cases_see_no_session(
    site: Site, people: dict[str, Access], role: str
) -> None:
    portal = site.portal
    uid = new_session(
        portal, people["triage"], new_case(portal, people["triage"]), held_on="2026-05-27", venue="社区"
    )
    with portal.reading(people[role]) as session:
        assert session.scalars(select(Record).where(Record.uid == uid)).all() == []


def data_stored(portal: Portal, uid: str) -> Any:
    with portal.reading(SYSTEM) as session:
        return records.get(session, "session", uid).data


def test_each_invited_unit_has_its_presence_and_its_opinion(site: Site, people: dict[str, Access]) -> None:
    portal, by = site.portal, people["triage"]
    invited = [
        {"unit": "530112:court", "attended": True, "opinion": "归属以登记为准"},
        {"unit": "530112:women", "attended": False, "opinion": "书面意见：注意老人居住"},
    ]
    uid = new_session(portal, by, new_case(portal, by), held_on="2026-05-28", invited=invited)
    assert data_of(portal, uid)["invited"] == invited
    for wrong in ("530112001", "530112:nobody"):
        with pytest.raises(InvalidInput) as refused:
            change(portal, by, uid, invited=[{"unit": wrong}])
        assert {pointer for pointer, _ in words(refused.value)} == {"/invited/0/unit"}


def to_mediation(portal: Portal, people: dict[str, Access], case: str) -> None:
    """Lead a case to the stage of mediation."""
    step(portal, people["triage"], case, "accept", "case")
    note = {"grade": "simple", "findings": "事实清楚，出资有凭证", "conclusion": "mediate"}
    step(portal, people["triage"], case, "submit_analysis", "case", **note)
    sheet = {"lead": "西山区综治中心", "route": "R01", "grounds": "各方愿意调解"}
    step(portal, people["triage"], case, "assign_out", "case", **sheet)


def test_the_step_of_the_case_opens_the_session_or_says_at_its_own_fields_why_not(
    site: Site, people: dict[str, Access], mediators: dict[str, str]
) -> None:
    portal, by = site.portal, people["mediator"]
    cases = [new_case(portal, people["triage"]) for _ in range(2)]
    for case in cases:
        to_mediation(portal, people, case)
    plan = {"held_on": "2026-05-29", "begins": "09:30", "ends": "11:30", "room": "family"}
    step(portal, by, cases[0], "arrange_session", "case", **plan, mediator=mediators["王雪琴"])
    with portal.reading(by) as session:
        whole = records.get(session, "case", cases[0])
        (made,) = records.children_of(session, whole, ["session"], 5)
        assert (made.stage, made.title, made.version) == ("planned", "调解会 2026-05-29 09:30", 1)
        assert made.data["mediator"] == mediators["王雪琴"]
        assert [row["consent"] for row in made.data["parties"]] == ["undecided", "undecided"]
        told = [one for one in records.history(portal, session, whole) if one.name == "open_session"]
        assert [one.data["open"] for one in told] == [False]
    shown = visible(site.login("tiaojie").get(f"/records/case/show/{cases[0]}").text)
    assert mediators["王雪琴"] not in shown, "the history names who mediates"
    assert shown.count("王雪琴（人民调解员）") == 2
    with pytest.raises(InvalidInput) as refused:
        step(portal, by, cases[1], "arrange_session", "case", **plan)
    assert [(one.code, one.pointer) for one in refused.value.problems] == [("booking.taken", "/form/room")]
    with portal.reading(by) as session:
        whole = records.get(session, "case", cases[1])
        assert records.children_of(session, whole, ["session"], 5) == []


def test_sessions_of_today_wait_for_those_who_hold_them(site: Site, people: dict[str, Access]) -> None:
    portal = site.portal
    case = new_case(portal, people["triage"])
    today = new_session(portal, people["triage"], case, held_on="2026-05-06", begins="15:00", ends="16:00")
    new_session(portal, people["triage"], case, held_on="2026-05-07", begins="15:00", ends="16:00")
    with portal.reading(people["mediator"]) as session:
        lists = {one.id: one for one in waiting.worklists_of(portal, session)}
        found = waiting.rows(portal, session, lists["to_mediate_today"])
    assert [row.record.uid for row in found.rows] == [today]


# -- on the pages ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mediator(site: Site, people: dict[str, Access]) -> Browser:
    return site.login("tiaojie")


def test_a_session_is_arranged_on_the_page_with_names_picked_and_led_on_to_its_end(
    site: Site, people: dict[str, Access], mediators: dict[str, str], mediator: Browser
) -> None:
    case = new_case(site.portal, people["triage"])
    url = f"/records/session/add?parent={case}"
    page = mediator.get(url).text
    assert "家事调解室" in page
    assert 'name="/parties' not in page
    given = {"/held_on": "2026-06-02", "/begins": "9点30分", "/ends": "11:30", "/room": "family"}
    answer = mediator.send(url, form_in(page, url), **given, **{"/mediator": "王雪琴（人民调解员）"})
    assert answer.status_code == 303, errors_in(answer.text)
    with site.portal.reading(SYSTEM) as session:
        whole = records.get(session, "case", case)
        (made,) = records.children_of(session, whole, ["session"], 5)
        uid, title = made.uid, made.title
    assert title == "调解会 2026-06-02 09:30"
    show = f"/records/session/show/{uid}"
    page = mediator.get(show).text
    assert "家事调解室" in page
    assert "王雪琴（人民调解员）" in page
    assert mediators["王雪琴"] not in visible(page)
    assert "每一方都要明确同意" in page
    assert "赵*" in page
    assert "赵长女" not in page
    edit = f"/records/session/edit/{uid}"
    page = mediator.get(edit).text
    assert "_add:/invited" in page
    assert not re.search("_(add|remove|up|down):/parties", page)
    fields = {}
    for row in (0, 1):
        fields |= {
            f"/parties/{row}/consent": "yes",
            f"/parties/{row}/consent_at": "2026-05-06T10:05",
            f"/parties/{row}/consent_way": "phone",
        }
    answer = mediator.send(edit, mediator.form(edit), **fields)
    assert answer.status_code == 303, errors_in(answer.text)
    assert [row["consent"] for row in data_of(site.portal, uid)["parties"]] == ["yes", "yes"]
    start = f"/records/session/transition/{uid}/start"
    answer = mediator.send(start, mediator.form(start), **{"/rights_told": "true"})
    assert answer.status_code == 303, errors_in(answer.text)
    assert "先写好调解记录" in mediator.get(show).text
    answer = mediator.send(edit, mediator.form(edit), **{"/minutes": "长女要求返还 28 万元。次子同意。"})
    assert answer.status_code == 303, errors_in(answer.text)
    finish = f"/records/session/transition/{uid}/finish"
    result = {"/result": "agreed", "/summary": "次子返还长女二十八万元"}
    answer = mediator.send(finish, mediator.form(finish), **result)
    assert answer.status_code == 303, errors_in(answer.text)
    assert "已结束" in mediator.get(show).text
    assert "所属事项已办结" not in mediator.get(show).text, "the session is over, its case is not"


def visible(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page)


def test_the_picker_offers_the_register_and_nothing_else(
    site: Site, people: dict[str, Access], mediators: dict[str, str], mediator: Browser
) -> None:
    url = "/lookup/records/session?field=/mediator"
    assert {row["code"] for row in mediator.get(url).json} >= {mediators["王雪琴"], mediators["陈思雨"]}
    assert mediators["李退出"] not in {row["code"] for row in mediator.get(url).json}
    assert [row["label"] for row in mediator.get(f"{url}&q=wxq").json] == ["王雪琴（人民调解员）"]
    assert mediator.get("/lookup/records/session?field=/held_on").status_code == 404
    assert mediator.get("/lookup/records/nothing?field=/mediator").status_code == 404
    assert site.login("jinning").get(url).json == [] or mediators["王雪琴"] not in str(
        site.login("jinning").get(url).json
    )


def test_the_list_of_sessions_is_narrowed_to_days(
    site: Site, people: dict[str, Access], mediator: Browser
) -> None:
    case = new_case(site.portal, people["triage"])
    for day in ("2026-07-01", "2026-07-02"):
        new_session(site.portal, people["triage"], case, held_on=day)
    page = mediator.get("/records/session/list/?/held_on.from=2026-07-02&/held_on.to=2026-07-02").text
    assert "调解会 2026-07-02 09:30" in page
    assert "调解会 2026-07-01" not in page
    assert 'href="/records/session/list/' in mediator.get("/").text


def test_the_result_is_prefilled_in_the_case_and_performance_is_recorded(
    site: Site, people: dict[str, Access], mediators: dict[str, str], mediator: Browser
) -> None:
    portal, by = site.portal, people["mediator"]
    case = new_case(portal, people["triage"])
    to_mediation(portal, people, case)
    given = {"held_on": "2026-05-05", "venue": "社区", "mediator": mediators["王雪琴"]}
    uid = new_session(portal, by, case, **given)
    change(portal, by, uid, parties=consenting(portal, by, uid, "yes", "yes"))
    step(portal, by, uid, "start", **START)
    change(portal, by, uid, minutes="长女：汇过两笔，要求返还。")
    performed = f"/records/case/transition/{case}/record_performance"
    assert "还没有登记达成协议的调解结果" in mediator.get(performed).text
    result = f"/records/case/transition/{case}/record_result"
    assert dict(mediator.form(result)).get("/held_on") == "2026-05-06", "today, not the day of the session"
    page, director = f"/records/case/show/{case}", site.login("director")
    assert 'now-title">登记调解结果' not in director.get(page).text
    step(portal, by, uid, "finish", result="agreed", summary="次子返还二十八万元，半年内付清")
    # Who may write it down is led on to the result, though a unit handles the matter.
    for who in (mediator, director):
        assert 'now-title">登记调解结果' in who.get(page).text
    sent = mediator.form(result)
    filled = dict(sent)
    assert filled["/held_on"] == "2026-05-05"
    assert filled["/mediators/0"] == "王雪琴（人民调解员）"
    assert (filled["/outcome"], filled["/agreement"]) == ("agreed", "次子返还二十八万元，半年内付清")
    assert filled["/parties_agree"] == "true"
    assert "汇过两笔" not in mediator.get(result).text
    agreed = {"/agreement_form": "written", "/agreement_on": "2026-05-05"}
    plan = {"/plan/0/what": "返还十四万元", "/plan/0/until": "2026-08-05", "/plan/0~row": "1"}
    answer = mediator.send(result, sent, **agreed, **plan)
    assert answer.status_code == 303, errors_in(answer.text)
    again = dict(mediator.form(result))
    assert not again.get("/outcome"), "a session is written down once"
    assert again.get("/mediators/0") != filled["/mediators/0"], "at most the own name stands there"
    sent = mediator.form(performed)
    told = {"/performed": "no", "/checked_on": "2026-05-06", "/note": "没有付款"}
    assert mediator.send(performed, sent, **told).status_code == 422
    answer = mediator.send(performed, sent, **told, **{"/ways_told": "true"})
    assert answer.status_code == 303, errors_in(answer.text)
    with portal.reading(by) as session:
        data = records.get(session, "case", case).data
        assert (data["outcome"], data["performed"]) == ("agreed", "no")


def test_of_a_stale_page_and_a_second_click_nothing_is_lost_and_nothing_is_made_twice(
    site: Site, people: dict[str, Access], mediator: Browser
) -> None:
    case = new_case(site.portal, people["triage"])
    url = f"/records/session/add?parent={case}"
    sent = form_in(mediator.get(url).text, url)
    given = {"/held_on": "2026-06-03", "/begins": "09:30", "/ends": "11:30", "/room": "family"}
    first, second = (mediator.send(url, sent, **given) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    with site.portal.reading(SYSTEM) as session:
        (made,) = records.children_of(session, records.get(session, "case", case), ["session"], 5)
        uid = made.uid
    edit = f"/records/session/edit/{uid}"
    old = mediator.form(edit)
    assert mediator.send(edit, old, **{"/agenda": "谈出资"}).status_code == 303
    assert mediator.send(edit, old, **{"/agenda": "谈居住"}).status_code == 409
    foreign = site.login("jinning")
    assert foreign.get(f"/records/session/show/{uid}").status_code in (403, 404)
    assert foreign.get(url).status_code in (403, 404)
