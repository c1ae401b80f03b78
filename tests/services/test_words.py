"""Records are found by words of their open texts: in each script, within the scope, and never by what is protected."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, func, select

from portal.core.access import Access
from portal.core.grams import grams, sought
from portal.persistence import migrate
from portal.persistence.models import Record, RecordText
from portal.services import records
from portal.services.portal import Portal
from portal.services.records import Query, found_in, own_bundle
from tests.fixtures import counties
from tests.fixtures.database import access_for
from tests.services.jobs.test_shipped import run
from tests.services.test_filling import overlay, publish

SYSTEM = Access.system("test")
HERE, THERE = counties.COUNTIES[:2]
STORY = "双方因宅基地边界起争执，3号楼 Wi-Fi 合同 ABC-9173 约定 100% 退款；又及：Ünïted 甲"


def enter(portal: Portal, code: str, **data: Any) -> str:
    with portal.writing(access_for(portal, "clerk", code)) as uow:
        made = records.register(uow, "case", code, {"name": "某人"} | data).record.uid
        uow.commit()
    return made


def search(portal: Portal, text: str, code: str = HERE, who: str = "clerk") -> tuple[list[str], int]:
    access = access_for(portal, who, code)
    with portal.reading(access) as session:
        page = records.search(portal, session, Query("case", text=text, order="created_at", size=100))
        return [row.uid for row in page.rows], page.total


@pytest.mark.parametrize(
    "text",
    [
        "宅基", "宅基地", "基地", "地", "宅", "因宅基地边界起争执", "3号楼", "号", "abc", "ABC", "9173", "173", "Wi-Fi",
        "wi", "ａｂｃ", "ünïted", "甲", "宅基地 退款", "退款 abc 边界", "“宅基地”", "宅基地*",
    ],
)  # fmt: skip
def test_any_part_of_a_text_is_found(counties_copy: Portal, text: str) -> None:
    uid = enter(counties_copy, HERE, outcome=STORY)
    enter(counties_copy, HERE, outcome="邻里噪声")
    assert search(counties_copy, text) == ([uid], 1)


@pytest.mark.parametrize(
    "text",
    [
        "地宅", "宅地", "基宅", "地边境", "执3",
        "宅基地 没有", "*", "%", "地%宅", "地_宅", "x5b85x", "OR", "宅 NOT 基本",
        "NEAR(宅 基)", "grams:宅基", "宅 AND 外", "' OR 1=1 --", '"', "):*", "&", "!宅基没", "<->", "\\", "^甲乙", "🙂",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found_and_no_sign_is_an_operator(counties_copy: Portal, text: str) -> None:
    enter(counties_copy, HERE, outcome="双方因宅基地边界起争执，3号楼")
    assert search(counties_copy, text) == ([], 0)


def test_what_another_unit_wrote_is_neither_found_nor_counted(counties_copy: Portal) -> None:
    enter(counties_copy, THERE, outcome=STORY)
    assert search(counties_copy, "宅基地") == ([], 0)
    assert search(counties_copy, "宅基地", THERE)[1] == 1
    assert search(counties_copy, "宅基地", "530100", "supervisor")[1] == 1


def test_the_words_follow_each_change_and_go_with_the_record(counties_copy: Portal) -> None:
    portal = counties_copy
    uid = enter(portal, HERE, outcome="宅基地")
    with portal.writing(access_for(portal, "clerk", HERE)) as uow:
        records.change(uow, uid, {"name": "某人", "outcome": "承包地"}, 1)
        assert search(portal, "承包")[1] == 0, "in the same transaction, so not before it is stored"
        uow.commit()
    assert (search(portal, "宅基")[1], search(portal, "承包")[1]) == (0, 1)
    with portal.writing(SYSTEM) as uow:
        row = uow.session.scalars(select(Record).where(Record.uid == uid)).one()
        options = {"unscoped": "a test"}
        uow.session.execute(delete(Record).where(Record.id == row.id), execution_options=options)
        held = select(func.count()).select_from(RecordText).where(RecordText.record_id == row.id)
        assert uow.session.scalar(held) == 0


def test_a_field_that_becomes_sensitive_is_not_found_any_more(counties_copy: Portal) -> None:
    portal = counties_copy
    enter(portal, HERE, outcome="宅基地")
    enter(portal, THERE, outcome="宅基地")
    assert search(portal, "宅基地", "530100", "supervisor")[1] == 2
    publish(portal, "county/c0", overlay(ui={"/outcome": {"sensitivity": "personal"}}))
    assert search(portal, "宅基地") == ([], 0)
    assert search(portal, "宅基地", "530100", "supervisor")[1] == 1, "the city's release knows nothing of it"
    uid = enter(portal, HERE, outcome="宅基地")
    run(portal, "index_texts")
    with portal.writing(access_for(portal, "clerk", HERE)) as uow:
        records.change(uow, uid, {"name": "某某"}, 1)
        uow.commit()
    assert search(portal, "宅基地", "530100", "supervisor")[1] == 1


def test_where_a_word_was_found_is_told(counties_copy: Portal) -> None:
    portal = counties_copy
    uid = enter(portal, HERE, outcome="宅基地", village_0="宅基村")
    with portal.reading(access_for(portal, "clerk", HERE)) as session:
        page = records.search(portal, session, Query("case", text="宅基", order="created_at"))
        found = found_in(portal, session, own_bundle(portal, session, "case"), "宅基", page.rows)
        assert [row.uid for row in page.rows] == [uid]
        assert found == {page.rows[0].id: ["/outcome", "/village_0"]}


def test_older_records_get_their_words_once(counties_copy: Portal) -> None:
    portal = counties_copy
    enter(portal, HERE, outcome="宅基地")
    with portal.writing(SYSTEM) as uow:
        uow.session.execute(delete(RecordText), execution_options={"unscoped": "a test"})
        uow.commit()
    assert search(portal, "宅基地")[1] == 0
    run(portal, "index_texts")
    assert search(portal, "宅基地")[1] == 1
    assert migrate.differences(portal.database.engine) == []


def test_marks_of_letters_stay_with_them_and_long_texts_end() -> None:
    assert sought("—、。") is None
    assert grams("ab，c") == "x61xx62x x62x x63x"
    assert len(grams("字" * 50_000).split()) == 20_000
