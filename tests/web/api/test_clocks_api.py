"""The periods of a record and the recording of events, by the API and on the record's page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.web.api.program import CASES, Program, entries
from tests.web.records.seeded_site import TODAY, Site


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Program]:
    return {name: Program.of(site, name) for name in ("clerk", "handler", "jinning", "supervisor")}


@pytest.fixture
def case(people: dict[str, Program]) -> dict[str, Any]:
    return people["clerk"].register()


def of(case: dict[str, Any], *more: Any) -> str:
    return "/".join([CASES + case["uid"], *map(str, more)])


def test_the_periods_of_a_new_case_are_told_with_their_days(
    people: dict[str, Program], case: dict[str, Any]
) -> None:
    answer = people["clerk"].get(of(case, "clocks"))
    assert answer.headers["ETag"] == '"1"'
    told = {one["deadline"]: one for one in answer.json["result"]}
    assert told.keys() == {"T48", "T49"}
    assert (told["T49"]["whose"], told["T49"]["state"], told["T49"]["left"]) == ("centre", "running", 1)
    assert told["T48"]["due_on"] == TODAY.isoformat() == case["due_on"]
    assert told["T48"]["left_text"] == "今天到期"


def test_an_event_is_recorded_with_its_day_and_what_it_ends_has_ended(
    site: Site, people: dict[str, Program], case: dict[str, Any]
) -> None:
    clerk, url = people["clerk"], of(case, "events")
    offered = clerk.get(url).json["result"]
    # What concerns a period that runs stands first.
    assert offered[0]["id"] == "notice_given"
    assert offered[0]["concerns_a_running_period"]
    body = {"event": "notice_given", "day": TODAY.isoformat(), "reason": "当场告知"}
    assert clerk.post(url, body).status_code == 428
    answer = clerk.post(url, body, version=1)
    assert answer.status_code == 200, answer.text
    assert answer.json["result"]["due_on"] == "2026-05-07"
    told = {one["deadline"]: one for one in clerk.get(of(case, "clocks")).json["result"]}
    assert (told["T48"]["state"], told["T48"]["ended_by"], told["T48"]["left"]) == (
        "in_time",
        "notice_given",
        None,
    )
    assert entries(site, case["uid"]) == ["add", "record_event"]
    moment = clerk.get(of(case, "history")).json["result"][0]
    assert (moment["kind"], moment["name"], moment["reason"]) == ("event", "notice_given", "当场告知")


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"event": "notice_given", "day": "2026-05-07"}, 422, "/day"),
        ({"event": "notice_given", "day": "yesterday"}, 400, "/day"),
        ({"event": "notice_given", "day": "20260506"}, 400, "/day"),
        ({"event": "notice_given", "day": "2026-W19-3"}, 400, "/day"),
        ({"event": "notice_given", "day": "0001-01-01"}, 422, "/day"),
        ({"event": "notice_given", "day": "1899-12-31"}, 422, "/day"),
        ({"event": "notice_given", "day": "2026-05-06", "variants": {"T9999": "x"}}, 422, "/variants/T9999"),
        ({"event": "registered", "day": "2026-05-06"}, 404, None),
        ({"event": "mediation_materials_received", "day": "2026-05-06"}, 422, "/variants/T12"),
        ({"event": "mediation_materials_received", "day": "2026-05-06", "variants": {"T12": 1}}, 400, ""),
        ({"day": "2026-05-06"}, 400, None),
    ],
)
def test_what_can_not_be_recorded_is_refused_where_it_is_wrong(
    people: dict[str, Program], case: dict[str, Any], body: dict[str, Any], status: int, pointer: str | None
) -> None:
    answer = people["clerk"].post(of(case, "events"), body, version=1)
    assert answer.status_code == status, answer.text
    if pointer is not None:
        assert pointer in [one["pointer"] for one in answer.json["error"]["details"]]


def test_only_those_who_see_the_case_see_its_periods_and_record_events(
    people: dict[str, Program], case: dict[str, Any]
) -> None:
    body = {"event": "notice_given", "day": TODAY.isoformat()}
    assert people["jinning"].get(of(case, "clocks")).status_code == 404
    assert people["jinning"].post(of(case, "events"), body, version=1).status_code == 404
    assert people["handler"].get(of(case, "clocks")).status_code == 404
    assert people["handler"].post(of(case, "events"), body, version=1).status_code == 404
    assert people["supervisor"].get(of(case, "clocks")).status_code == 200


def test_the_page_shows_the_periods_and_records_an_event(site: Site, case: dict[str, Any]) -> None:
    clerk = site.login("clerk")
    where = f"/records/case/show/{case['uid']}"
    panel = clerk.get(where).text.split('id="clocks"')[1]
    assert "登记告知" in panel
    assert "今天到期" in panel
    assert "责任方：综治中心" in panel
    form = {"csrf_token": clerk.token(), "version": "1", "event": "notice_given", "day": TODAY.isoformat()}
    done = clerk.post(f"/records/case/event/{case['uid']}", form)
    assert done.headers["Location"] == where
    after = clerk.get(where).text
    assert "事件已登记。" in after
    assert "已结束的期限（1）" in after


def test_the_page_that_records_an_event_keeps_what_was_typed_and_says_what_is_wrong(
    site: Site, case: dict[str, Any]
) -> None:
    clerk = site.login("clerk")
    where = f"/records/case/event/{case['uid']}"
    page = clerk.get(where).text
    assert "涉及正在计算的期限" in page
    assert f'max="{TODAY.isoformat()}"' in page
    form = {"csrf_token": clerk.token(), "version": "1", "day": TODAY.isoformat(), "reason": "口头告知"}
    later = (TODAY + dt.timedelta(days=3)).isoformat()
    for changed, reason in (
        ({"event": ""}, "请从列表中选择一个事件"),
        ({"event": "no_such_event"}, "请从列表中选择一个事件"),
        ({"event": "notice_given", "day": later}, "不能晚于今天"),
        ({"event": "notice_given", "day": "1899-12-31"}, "1900"),
        ({"event": "notice_given", "day": "昨天"}, "请填写发生的日期"),
    ):
        refused = clerk.post(where, form | changed)
        assert refused.status_code == 422, changed
        assert reason in refused.text, changed
        assert 'value="口头告知"' in refused.text
        if changed["event"] == "notice_given":
            assert 'value="notice_given" selected' in refused.text
    for version in ("0", "", "abc", "99"):
        stale = clerk.post(where, form | {"version": version, "event": "notice_given"})
        assert stale.status_code == 409
        assert 'value="口头告知"' in stale.text
        assert "请再看一遍表单" in stale.text
        assert "修改了这条记录" not in stale.text, "nobody did"
    pasted = "".join(chr(ord(sign) + 0xFEE0) for sign in f"{TODAY.year}") + f"年{TODAY.month}月{TODAY.day}日"
    done = clerk.post(where, form | {"event": "notice_given", "day": pasted})
    assert done.status_code == 303
    handler = site.login("handler")
    assert handler.get(where).status_code == 404
