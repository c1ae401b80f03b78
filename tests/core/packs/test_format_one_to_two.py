"""Format 1 to 2: free text stays as words, whether a pack is whole or a patch."""

from __future__ import annotations

import copy

import pytest

from portal.core.deadlines import Length, periods
from portal.core.documents import documents
from portal.core.packs import check, resolve
from portal.core.packs.format_steps import upgrade
from portal.core.tasks import tasks

OLD = {
    "deadlines": {
        "T45": {
            "title": "调解期限",
            "starts": "受理之日",
            "pauses": ["鉴定时间"],
            "who": "调委会",
            "on_expiry": "可以起诉",
            "length": {"n": 30, "unit": "calendar_day"},
            "extension": {"n": 15, "unit": "calendar_day", "approver": "主任", "needs": "书面"},
            "source": "规定",
            "checked": "knowledge",
            "locked": False,
        }
    },
    "documents": {
        "W01": {
            "title": "登记表",
            "stage": "intake",
            "issued_by": "窗口",
            "to": "中心",
            "number": "{agency}登〔{year}〕{seq:5}",
            "fields": ["编号", "日期"],
            "signatures": "当事人",
            "archive": "必备",
        }
    },
    "settings": {"title": "平台", "values": {"steps": {"give_receipt": "给回执"}, "modes": {"fast": "快"}}},
}


def test_words_stay_and_what_can_be_read_is_read():
    before = copy.deepcopy(OLD)
    new = upgrade(OLD, 1)
    assert before == OLD, "what is stored is never changed"
    (period,) = periods(new["deadlines"]).values()
    assert (period.starts, period.whose, period.length()) == ((), "", Length(30, "calendar_day"))
    assert period.texts == {
        "starts_text": "受理之日",
        "pauses_text": ["鉴定时间"],
        "who_text": "调委会",
        "on_expiry_text": "可以起诉",
    }
    assert period.extension.length == Length(15, "calendar_day")
    assert new["deadlines"]["T45"]["extension"]["approver_text"] == "主任"
    (document,) = documents(new["documents"]).values()
    assert document.number.pattern.text == "{agency}登〔{year}〕{seq:5}"
    assert document.number.series == "W01"
    assert document.texts == {
        "stage_text": "intake",
        "issued_by_text": "窗口",
        "to_text": "中心",
        "fields_text": ["编号", "日期"],
        "signatures_text": "当事人",
        "archive_text": "必备",
    }
    assert [(task.id, task.title) for task in tasks(new["tasks"]).values()] == [("give_receipt", "给回执")]
    assert new["settings"] == {"title": "平台", "values": {"modes": {"fast": "快"}}}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"deadlines": None}, {"deadlines": None}),
        ({"deadlines": {"T45": None}}, {"deadlines": {"T45": None}}),
        ({"deadlines": {"T45": {"starts": None}}}, {"deadlines": {"T45": {"starts_text": None}}}),
        (
            {"deadlines": {"T45": {"pauses": {"$add": ["暂停"], "$remove": ["鉴定"]}}}},
            {"deadlines": {"T45": {"pauses_text": {"$add": ["暂停"], "$remove": ["鉴定"]}}}},
        ),
        ({"deadlines": {"T45": {"extension": None}}}, {"deadlines": {"T45": {"extension": None}}}),
        ({"documents": {"W01": {"number": None}}}, {"documents": {"W01": {"number": None}}}),
        (
            {"documents": {"W01": {"fields": {"$add": ["备注"]}}}},
            {"documents": {"W01": {"fields_text": {"$add": ["备注"]}}}},
        ),
        (
            {"settings": {"values": {"steps": {"a": None, "b": "乙"}}}},
            {"settings": {"values": {}}, "tasks": {"a": None, "b": {"title": "乙"}}},
        ),
        ({"settings": {"values": None}}, {"settings": {"values": None}, "tasks": None}),
        ({"settings": None}, {"settings": None, "tasks": None}),
    ],
)
def test_a_patch_stays_a_patch(old, new):
    assert upgrade(old, 1) == new


def test_a_county_of_format_one_may_lie_on_a_base_of_format_two(sample):
    files = sample.files
    files["seed/base/pack.json"]["format"] = 2
    files["seed/base/deadlines.json"]["T45"] = {
        "title": "调解期限",
        "route": "R01",
        "whose": "handler",
        "starts": ["accepted"],
        "starts_text": "受理",
        "length": {"n": 30, "unit": "calendar_day"},
        "source": "规定",
        "checked": "knowledge",
        "locked": False,
    }
    files["seed/base/events.json"] = {"accepted": {"title": "受理", "arises": [{"on": "recorded"}]}}
    files["seed/county/xishan/deadlines.json"] = {"T45": {"starts": "签收之日", "length": {"n": 20}}}
    files["translations/county/xishan/en.json"]["签收之日"] = "Day of signing"
    library = sample.library()
    assert check(library) == []
    period = periods(resolve("county/xishan", library).bundle["deadlines"])["T45"]
    assert (period.starts, period.length().n) == (("accepted",), 20)
    assert period.texts["starts_text"] == "签收之日"
