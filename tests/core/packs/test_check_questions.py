"""Questions to the packs below: all that is wrong with them at once, and what is left to answer."""

from __future__ import annotations

from typing import Any

from portal.core.packs import check, schemas
from portal.core.packs.questions import KINDS

CITY, COUNTY = "seed/city/kunming/questions.json", "seed/county/xishan/settings.json"
PLACE = "/settings/short_title"
RIGHT = {
    "called": {
        "title": "区名",
        "kind": "unit_name",
        "blank": "本地",
        "required": True,
        "places": [{"path": PLACE}],
    }
}


def asked(sample: Any, questions: dict[str, Any], **settings: Any) -> None:
    sample.files[CITY] = questions
    sample.files.setdefault("seed/city/kunming/settings.json", {})
    sample.files["seed/city/kunming/settings.json"] |= {"short_title": "本地", **settings}


def found(sample: Any, *packs: str) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for one in check(sample.library(), list(packs) or None):
        if one.code.startswith(("question.", "schema.")):
            told.setdefault(one.code, []).append(one.pointer)
    return told


def test_the_schema_knows_the_kinds_of_the_table() -> None:
    [kind] = [schemas.schema("questions")["additionalProperties"]["properties"]["kind"]]
    assert kind["enum"] == list(KINDS)


def test_a_pack_that_asks_is_right_and_a_county_has_to_answer(sample: Any) -> None:
    asked(sample, RIGHT)
    assert found(sample, "city/kunming") == {}
    assert found(sample, "county/xishan") == {"question.open": ["/called"]}
    sample.files[COUNTY] = {**sample.files.get(COUNTY, {}), "short_title": "西山区"}
    assert found(sample, "county/xishan") == {}


def test_what_is_not_required_may_stay_open(sample: Any) -> None:
    asked(sample, {"called": {**RIGHT["called"], "required": False}})
    assert found(sample) == {}


def test_everything_that_is_wrong_is_told_at_once(sample: Any) -> None:
    asked(
        sample,
        {
            "called": RIGHT["called"],
            "twice": {"title": "又问", "kind": "text", "places": [{"path": PLACE}]},
            "nowhere": {"title": "无处", "kind": "text", "places": [{"path": "/layout/rooms/none/title"}]},
            "whole": {"title": "整块", "kind": "text", "places": [{"path": "/departments/justice"}]},
            "idle": {"title": "闲", "kind": "text"},
            "silent": {
                "title": "哑",
                "kind": "text",
                "places": [{"path": "/settings/title", "text": "没有空"}],
            },
            "close": {
                "title": "挨着",
                "kind": "text",
                "places": [{"path": "/departments/justice/name", "text": "{close}{called}"}],
            },
            "other": {
                "title": "不同",
                "kind": "text",
                "places": [{"path": "/departments/women/name", "text": "{other}妇女联合会"}],
            },
            "locked": {
                "title": "锁",
                "kind": "text",
                "places": [{"path": "/rules/referral/rules/safety/title"}],
            },
            "wrong": {"title": "错", "kind": "riddle", "places": [{"text": "{wrong}"}], "more": 1},
        },
        title="某平台",
    )
    told = found(sample, "city/kunming")
    assert told == {
        "question.twice": ["/twice/places/0"],
        "question.place": ["/nowhere/places/0/path"],
        "question.value": ["/whole/places/0/path"],
        "question.idle": ["/idle"],
        "question.text": ["/silent/places/0/text"],
        "question.joined": ["/close/places/0/text"],
        "question.differs": ["/other/places/0/text"],
        "question.locked": ["/locked/places/0/path"],
        "schema.enum": ["/wrong/kind"],
        "schema.missing_key": ["/wrong/places/0"],
        "schema.unknown_key": ["/wrong/more"],
    }
