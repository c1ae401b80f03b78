"""From a pilot's own words to a county's answers, on both databases: handed on, approved, taken over, answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.core import pointer as pointers
from portal.core.access import Access
from portal.core.errors import Conflict, Forbidden, InvalidInput
from portal.core.packs import check_resolved
from portal.core.packs.asking import Confirmed
from portal.persistence.models import AuditEntry, DraftCommand, Layer
from portal.services import drafts, releases, rollout, units
from portal.services.drafts.checking import keep_findings, opened_for_check
from portal.services.portal import Policy, Portal
from portal.services.releases.layers import StoreLibrary
from portal.services.rollout import Asking
from portal.services.seeding import seed
from tests.fixtures.database import KEYS, TODAY
from tests.fixtures.drafting import GUANDU, JINNING, KUNMING, SYSTEM, XISHAN, drafter
from tests.fixtures.rolling import CITY, library, made, own

LABOUR, HOT, HALL = "/layout/rooms/labour/title", "/layout/rooms/hot", "/layout/zones/hall/title"
WINDOW = "/layout/windows"
ROOMS = {
    "labour": {"title": "西山区仲裁室"},
    "hot": {"title": "热线室，碧鸡街道和0871-68181234", "zone": "hall", "order": 30},
}
WINDOWS = {"w9": {"title": "住建窗口", "zone": "hall", "number": 9, "order": 90}}
PATHS = (LABOUR, HOT)
WITH_QUESTIONS = Asking(PATHS)


@pytest.fixture
def portal(database_url: str) -> Iterator[Portal]:
    empty = Portal.from_url(database_url, FixedClock.on(TODAY), KEYS)
    whole = replace(empty, policy=Policy(second_person=True))
    pilot = own("county/xs", XISHAN, "西山区", "西综", rooms=ROOMS, windows=WINDOWS)
    seed(whole, library(**{"county/xs": pilot}), verify=False)
    with whole.writing(SYSTEM) as uow:
        layers = uow.session.scalars(select(Layer).where(Layer.pack == CITY)).all()
        assert layers
        release = releases.history(uow.session, KUNMING)[0].release_id
        releases.open_centre(uow, GUANDU, release, "官渡区综治中心", "官综", "新设")
        uow.commit()
    yield whole
    whole.database.dispose()


@pytest.fixture
def zhou(portal: Portal) -> Access:
    return drafter(portal, KUNMING, "周敏")


def act(portal: Portal, who: Access, what: Any, *arguments: Any, **named: Any) -> Any:
    with portal.writing(who) as uow:
        found = what(uow, *arguments, **named)
        uow.commit()
    return found


def handed_on(portal: Portal, zhou: Access, asking: Asking = WITH_QUESTIONS) -> str:
    """Let the city make a draft of a pilot's ways; return the draft."""
    key = str(act(portal, zhou, rollout.pilot_draft, XISHAN, [WINDOW], "西山区的做法", asking))
    act(portal, zhou, rollout.lift_pilot, key, XISHAN, [WINDOW], "西山区试点", asking)
    return key


def errors_of(portal: Portal, key: str) -> list[str]:
    with portal.reading(SYSTEM) as session:
        found = check_resolved(opened_for_check(session, key).resolved)
    return sorted(one.code for one in found if one.code.startswith("question."))


def approved(portal: Portal, who: Access, second: Access, key: str) -> None:
    with portal.reading(SYSTEM) as session:
        checking = opened_for_check(session, key)
    act(portal, SYSTEM, keep_findings, checking, [], {"count": 0, "failed": []})
    act(portal, who, drafts.submit, key, "请批")
    act(portal, second, drafts.approve, key, "同意")


@pytest.fixture
def version(portal: Portal, zhou: Access) -> str:
    """The city has handed the pilot's ways on: its version with questions is approved."""
    key = handed_on(portal, zhou)
    assert errors_of(portal, key) == []
    approved(portal, zhou, drafter(portal, KUNMING, "孙立"), key)
    return key


def unanswered(portal: Portal, unit: str) -> int:
    with portal.reading(SYSTEM) as session:
        return len(rollout.unanswered(session, units.by_code(session, unit)))


def bundle_of(portal: Portal, unit: str) -> dict[str, Any]:
    with portal.reading(SYSTEM) as session:
        found = releases.for_unit(portal, session, units.by_code(session, unit)).raw
        return {name: part for name, part in found.items() if name != "questions"}


def test_the_city_s_draft_has_questions_and_none_of_the_pilot_s_words(portal: Portal, zhou: Access) -> None:
    with portal.reading(zhou) as session:
        pilot = rollout.pilot_of(session, XISHAN)
        naming = {one.path: (one.own_words, one.is_askable) for one in pilot.places if one.own_words}
        assert naming == {LABOUR: (("西山区",), True), HOT: (("碧鸡街道", "0871-68181234"), True)}
        with pytest.raises(InvalidInput):
            rollout.raised(pilot, [LABOUR])
        done = rollout.raised(pilot, [WINDOW], Asking(PATHS))
        assert done.is_same
        assert {name: one.answer for name, one in done.asked.items()} == {
            "unit_name": "西山区",
            "unit_below": "碧鸡街道",
            "phone": "0871-68181234",
            "window_w9": "9",
        }
    key = handed_on(portal, zhou)
    with portal.reading(zhou) as session:
        layout = drafts.effective(session, key)["layout"]
        assert layout["rooms"]["labour"]["title"] == "本地仲裁室"
        assert layout["rooms"]["hot"]["title"] == "热线室，有关单位和（咨询电话）"
        assert "number" not in layout["windows"]["w9"]
        log = "".join(str(one.after) for one in session.scalars(select(DraftCommand)))
        assert not any(word in log for word in ("西山", "碧鸡", "68181234"))


def test_what_is_dropped_stays_and_what_is_renamed_is_called_so(portal: Portal, zhou: Access) -> None:
    said = {"unit_name": Confirmed(title="区名"), "phone": Confirmed(kept=False)}
    with portal.reading(zhou) as session:
        done = rollout.raised(rollout.pilot_of(session, XISHAN), [WINDOW], Asking(PATHS, said))
    assert done.chosen == (WINDOW, LABOUR)
    assert HOT in [one.path for one in done.left]
    asked = done.parent_bundle["questions"]
    assert {name: one["title"] for name, one in asked.items()} == {"unit_name": "区名"}
    # A number that is not asked for holds for everybody.
    assert done.parent_bundle["layout"]["windows"]["w9"]["number"] == 9


def test_the_pilot_takes_it_over_and_nothing_is_to_be_decided(portal: Portal, version: str) -> None:
    before = bundle_of(portal, XISHAN)
    with portal.reading(SYSTEM) as session:
        found = rollout.review(session, XISHAN)
        assert found.plan.counts["open"] == 0
        assert not any(one.open for one in rollout.asked_by(found))
    who = drafter(portal, XISHAN)
    uid = made(portal, who, XISHAN)
    act(portal, drafter(portal, XISHAN, "马松"), rollout.apply, uid, "可以")
    assert bundle_of(portal, XISHAN) == before
    with portal.reading(SYSTEM) as session:
        running = releases.history(session, XISHAN)[0]
        layer = session.scalars(
            select(Layer).where(Layer.pack == "county/xs").order_by(Layer.id.desc())
        ).first()
        assert running.version == layer.version  # type: ignore[union-attr]


def test_a_county_without_anything_of_its_own_answers_in_its_draft(portal: Portal, version: str) -> None:
    du = drafter(portal, GUANDU)
    assert unanswered(portal, GUANDU) == 0
    act(portal, drafter(portal, GUANDU, "钱明"), rollout.apply, made(portal, du, GUANDU), "可以")
    # Who asks is asked nothing.
    assert (unanswered(portal, GUANDU), unanswered(portal, KUNMING)) == (4, 0)
    key = str(act(portal, du, lambda uow: drafts.open_draft(uow, GUANDU, "回答").uid))
    assert errors_of(portal, key) == ["question.open"] * 3
    with portal.reading(du) as session:
        assert {one.question.id: bool(one.open) for one in drafts.questions(session, key)} == {
            "unit_name": True,
            "unit_below": True,
            "phone": True,
            "window_w9": True,
        }
    given = {"unit_name": " 官渡区 ", "unit_below": "小板桥街道", "phone": "0871-67170000", "window_w9": "12"}
    changed = act(portal, du, drafts.answer, key, given, {}, "官渡区的")
    assert changed.count == 3
    assert errors_of(portal, key) == []
    with portal.reading(du) as session:
        layout = drafts.effective(session, key)["layout"]
        assert layout["rooms"]["labour"]["title"] == "官渡区仲裁室"
        assert layout["rooms"]["hot"]["title"] == "热线室，小板桥街道和0871-67170000"
        assert layout["windows"]["w9"]["number"] == 12
        row = session.scalars(select(DraftCommand).where(DraftCommand.path == LABOUR)).one()
        assert (row.draft_uid, row.by_name, row.why) == (key, "杨晓梅", "官渡区的")
    # The same again changes nothing; a step back takes all of it back.
    assert act(portal, du, drafts.answer, key, given).count == 0
    act(portal, du, drafts.undo, key)
    assert errors_of(portal, key) == ["question.open"] * 3
    act(portal, du, drafts.redo, key)
    agency = drafts.Change("replace", "/layout/centre/agency", "昆综", "官综")
    act(portal, du, drafts.change, key, [agency])
    approved(portal, du, drafter(portal, GUANDU, "钱明"), key)
    assert bundle_of(portal, GUANDU)["layout"]["rooms"]["labour"]["title"] == "官渡区仲裁室"
    assert unanswered(portal, GUANDU) == 0
    with portal.reading(SYSTEM) as session:
        stored = StoreLibrary(session).source(releases.history(session, GUANDU)[0].pack)
        assert stored is not None
        text = b"".join(stored.files.values()).decode()
        # The layer holds the values; questions and answers as such are nothing of the county's.
        assert "官渡区仲裁室" in text
        assert "questions" not in "".join(stored.files)


def test_what_is_wrong_with_answers_is_told_at_once_and_changes_nothing(portal: Portal, version: str) -> None:
    du = drafter(portal, GUANDU)
    act(portal, drafter(portal, GUANDU, "钱明"), rollout.apply, made(portal, du, GUANDU), "可以")
    key = str(act(portal, du, lambda uow: drafts.open_draft(uow, GUANDU, "回答").uid))
    given = {"unit_name": "长" * 61, "phone": "打电话", "nothing": "x", "unit_below": "有关单位"}
    with pytest.raises(InvalidInput) as refused:
        act(portal, du, drafts.answer, key, given)
    assert {one.pointer for one in refused.value.problems} == {
        "/unit_name",
        "/phone",
        "/nothing",
        "/unit_below",
    }
    with portal.reading(du) as session:
        assert drafts.draft_of(session, key).position == 0
    act(portal, du, drafts.answer, key, {"unit_name": "官渡区"}, {})
    other = drafter(portal, GUANDU, "李四")
    with pytest.raises(Conflict) as late:
        act(portal, other, drafts.answer, key, {"unit_name": "官渡"}, {"unit_name": ""})
    assert late.value.problems[0].params == {"now": "官渡区"}
    # What the page showed and nobody touched is no answer.
    act(portal, other, drafts.answer, key, {"unit_name": "", "phone": "0871-67170000"}, {"unit_name": ""})
    with portal.reading(du) as session:
        texts = {one.question.id: one.text for one in drafts.questions(session, key)}
    assert texts == {"unit_name": "官渡区", "unit_below": "", "phone": "0871-67170000", "window_w9": ""}
    with pytest.raises(Forbidden):
        act(
            portal,
            drafter(portal, GUANDU, "王五", actions=frozenset({"list"})),
            drafts.answer,
            key,
            {"phone": ""},
        )


def test_a_county_with_things_of_its_own_answers_before_the_version_is_in_force(
    portal: Portal, version: str
) -> None:
    yang = drafter(portal, JINNING)
    with portal.reading(yang) as session:
        found = rollout.review(session, JINNING)
        asked = rollout.asked_by(found)
        assert all(one.open for one in asked)
        assert found.plan.counts["open"] == 0
    given = {"unit_name": "晋宁区", "unit_below": "昆阳街道", "phone": "0871-67890000", "window_w9": "3"}
    assert act(portal, yang, rollout.answer_version, JINNING, given, {}, "晋宁区的") == 3
    with portal.reading(yang) as session:
        found = rollout.review(session, JINNING)
        assert {one.question.id: one.text for one in rollout.asked_by(found)} == given
        plan = rollout.review(session, JINNING).plan
        assert pointers.get(plan.merged.bundle, LABOUR) == "晋宁区仲裁室"
    # Taken back, it is as the version says; the others stay.
    act(portal, yang, rollout.answer_version, JINNING, {"unit_name": ""}, {"unit_name": "晋宁区"})
    with portal.reading(yang) as session:
        texts = {one.question.id: one.text for one in rollout.asked_by(rollout.review(session, JINNING))}
    assert texts == {**given, "unit_name": ""}
    act(portal, yang, rollout.answer_version, JINNING, given, {})
    uid = made(portal, yang, JINNING)
    act(portal, drafter(portal, JINNING, "李建国"), rollout.apply, uid, "可以")
    layout = bundle_of(portal, JINNING)["layout"]
    assert (layout["rooms"]["labour"]["title"], layout["windows"]["w9"]["number"]) == ("晋宁区仲裁室", 3)
    with portal.reading(SYSTEM) as session:
        kinds = set(session.scalars(select(AuditEntry.action).where(AuditEntry.kind == "decision")))
    assert kinds == {"decide_place"}
