"""What a role closes in a record comes out nowhere: no page, no answer, no reason of a rule, no condition of a step."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from portal.adapters.pack_files import default_library
from portal.core.access import Access, Origin
from portal.core.errors import Problem
from portal.core.packs import PackSource, merge, resolve
from portal.services import records, releases, users
from portal.services.records import DecisionView
from tests.fixtures.database import access_for
from tests.web.api.program import CASES, Program
from tests.web.records.seeded_site import PASSWORD, Browser, Site, errors_in

SYSTEM = Access.system("test")
AMOUNT, PEOPLE, HANDLED = 48765.43, 8317, "虚构监督九处"
# However an amount is written: in yuan, with separators, in cents, rounded.
CANARIES = re.compile(r"48[,，]?765|4876543|8[,，]?317|虚构监督九处")
DOTS = "••••••"
NOT_SHOWN = "涉及您无权查看的内容的条件"
FIELDS = {"/amount": "hidden", "/people_count": "masked", "/handled_by": "hidden", "/lower_tried": "hidden"}
GRANTS = ["list", "show", "add", "edit", "transition", "dispose", "unmask"]
ROLE = {
    "title": "旁听",
    "grants": {"case": GRANTS},
    "fields": {"case": FIELDS},
    "granted_by": ["security_admin"],
}
RULES: dict[str, Any] = {
    "told": {
        "title": "金额与人数",
        "priority": 5,
        "when": {"field": "amount", "op": "eq", "value": AMOUNT},
        "reason": {
            "zh_Hans": "金额{amount}元，{people_count}人，由{handled_by}办理，愿意：{willing}。",
            "en": "{amount} yuan, {people_count} people, with {handled_by}, willing: {willing}.",
        },
        "then": [
            {"do": "refer", "route": "R01", "to": {"department": "justice"}},
            {"do": "flag", "flag": "safety", "level": "info"},
        ],
    },
    "missed": {
        "title": "金额巨大",
        "priority": 4,
        "when": {
            "all": [
                {"field": "amount", "op": "gt", "value": 900000},
                {"field": "people_count", "op": "gt", "value": 90000},
                {"field": "total", "op": "gt", "value": 999999},
                {"field": "willing", "op": "eq", "value": "no"},
            ]
        },
        "reason": "不会出现",
        "then": [{"do": "refer", "route": "R01", "to": {"department": "justice"}}],
    },
}
TOTAL = {
    "title": "同地金额合计",
    "type": "money",
    "sum": {"entity": "case", "match": {"place": "/place"}, "of": "amount"},
}
STEPS: dict[str, Any] = {
    "shut": {
        "title": "金额够大才行",
        "from": ["*"],
        "to": "assign",
        "roles": ["listener", "clerk"],
        "when": {
            "all": [
                {"field": "/data/amount", "op": "gt", "value": 900000},
                {"field": "/data/people_count", "op": "gt", "value": 90000},
                {"field": "/data/applicant_id_number", "op": "exists"},
            ]
        },
    }
}


class Altered:
    """The shipped packs, Xishan's with a role that sees less, rules that read what it does not see, and a step."""

    def __init__(self) -> None:
        self._shipped = default_library()

    def ids(self) -> list[str]:
        return self._shipped.ids()

    def problems(self) -> list[Problem]:
        return self._shipped.problems()

    def source(self, pack_id: str, version: str | None = None) -> PackSource | None:
        found = self._shipped.source(pack_id, version)
        if found is None or pack_id != "county/xishan":
            return found
        files = dict(found.files)
        for path, patch in PATCHES.items():
            known = json.loads(files.get(path, b"{}"))
            files[path] = json.dumps(merge(known, patch), ensure_ascii=False).encode()
        return replace(found, files=files)


PATCHES: dict[str, dict[str, Any]] = {
    "seed/county/xishan/pack.json": {"version": "9.9.9"},
    "seed/county/xishan/roles.json": {"listener": ROLE},
    "rule_sets/county/xishan/referral.json": {"inputs": {"total": TOTAL}, "rules": RULES},
    "seed/county/xishan/lifecycles/case.json": {"transitions": STEPS},
}


@pytest.fixture(scope="module", autouse=True)
def listener(site: Site) -> Browser:
    """Somebody who may do much with a case, and see little of it."""
    with site.portal.writing(SYSTEM, Origin()) as uow:
        releases.publish(uow, resolve("county/xishan", Altered()), verify=False)
        user = users.create(uow, "listener", PASSWORD, "某", "旁听")
        users.assign(uow, user.id, "listener", "530112", audited=False)
        uow.commit()
    return site.login("listener")


@pytest.fixture(scope="module")
def case(site: Site, listener: Browser) -> dict[str, Any]:
    """A case that a clerk entered; there is another one at the same place."""
    clerk = Program.of(site, "clerk")
    more = {
        "amount": AMOUNT,
        "people_count": PEOPLE,
        "handled_elsewhere": True,
        "handled_state": "court",
        "handled_by": HANDLED,
        "lower_tried": True,
        "failed_levels": ["village"],
        "applicant_kind": "person",
    }
    clerk.register(**more)
    return clerk.register(**more)


def test_who_sees_everything_is_told_everything(site: Site, case: dict[str, Any]) -> None:
    page = site.login("clerk").get(f"/records/case/show/{case['uid']}").text
    assert f"金额48765.43元，{PEOPLE}人，由{HANDLED}办理，愿意：" in page
    why = site.login("clerk").get(f"/records/case/why/{case['uid']}").text
    assert "48,765.43" in why
    assert NOT_SHOWN not in why


def told(answer: TestResponse) -> list[str]:
    """Return what an answer gives away, in whatever way its text is written."""
    text = json.dumps(answer.json, ensure_ascii=False) if answer.is_json else html.unescape(answer.text)
    return CANARIES.findall(text)


def pages(uid: str) -> Iterator[str]:
    yield "/"
    yield "/records/case/list/?all=1"
    for name in ("show", "edit", "why", "dispose", "alternatives"):
        yield f"/records/case/{name}/{uid}"
    yield f"/records/case/dispose/{uid}?proposal=0"
    yield f"/records/case/alternatives/{uid}?proposal=0"
    yield f"/records/case/transition/{uid}/shut"


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_no_page_tells_what_a_role_closes(
    site: Site, listener: Browser, case: dict[str, Any], language: str
) -> None:
    listener.get(f"/language/{language}")
    try:
        for page in pages(case["uid"]):
            answer = listener.get(page)
            assert answer.status_code == 200, page
            assert told(answer) == [], page
    finally:
        listener.get("/language/zh_Hans")


def test_reasons_are_worded_without_it(listener: Browser, case: dict[str, Any]) -> None:
    page = listener.get(f"/records/case/show/{case['uid']}").text
    assert f"金额{DOTS}元，{DOTS}人，由{DOTS}办理，愿意：yes。" in page
    why = listener.get(f"/records/case/why/{case['uid']}").text
    assert NOT_SHOWN in why
    assert "涉及金额" not in why
    assert "同地金额合计" not in why
    assert "申请人是否愿意调解" in why


def test_the_api_tells_no_more_than_the_pages(site: Site, case: dict[str, Any]) -> None:
    program, url = Program.of(site, "listener"), CASES + case["uid"]
    decisions = program.get(f"{url}/decisions")
    for answer in (program.get(url), program.get(CASES), decisions, program.get(f"{url}/history")):
        assert answer.status_code == 200
        assert told(answer) == []
    (decision,) = decisions.json["result"]
    assert "told" in [rule["id"] for rule in decision["fired"]]
    (missed,) = [rule for rule in decision["not_fired"] if rule["id"] == "missed"]
    assert missed["why"][0] == NOT_SHOWN
    assert len(missed["why"]) == 2, "one line for all that is closed, one for what is not"


def test_a_step_says_what_blocks_it_as_far_as_it_may(site: Site, case: dict[str, Any]) -> None:
    url = f"{CASES}{case['uid']}/transitions"
    for who, words in (("listener", [NOT_SHOWN, "证件号码"]), ("clerk", ["48,765.43", "8317", "证件号码"])):
        program = Program.of(site, who)
        (step,) = [one for one in program.get(url).json["result"] if one["id"] == "shut"]
        assert not step["allowed"]
        lines = step["blocked"]
        assert len(lines) == len(words), lines
        assert all(word in line for word, line in zip(words, lines, strict=True)), lines
    refused = Program.of(site, "listener").post(f"{url}/shut", version=case["version"])
    assert refused.status_code == 403
    assert told(refused) == []


def canaries(view: DecisionView | None) -> list[str]:
    assert view is not None
    return CANARIES.findall(repr((view, view.fired, view.facts, view.proposals, view.flags, view.not_fired)))


def test_what_the_services_answer_tells_no_more(site: Site) -> None:
    data = {
        "channel": "walk_in",
        "applicant_name": "张小明（虚构）",
        "dispute_type": "D0301",
        "place": "530112001",
        "summary": "房屋买卖合同履行发生纠纷",
        "claim": "退还定金",
        "willing": "yes",
        "lower_tried": False,
        "amount": AMOUNT,
        "people_count": PEOPLE,
    }
    for role, full in (("listener", False), ("clerk", True)):
        who = access_for(site.portal, role, "530112", user_id=7)
        with site.portal.writing(who) as uow:
            made = records.register(uow, "case", "530112", data)
            again = records.redecide(uow, made.record.uid)
            seen = (made.decision, again, records.latest_decision(site.portal, uow.session, made.record))
            assert [bool(canaries(view)) for view in seen] == [full] * 3


def test_a_change_keeps_what_depends_on_a_closed_field(
    site: Site, listener: Browser, case: dict[str, Any]
) -> None:
    """Fields that appear for a value that the person cannot see are neither lost nor wrongly asked for."""
    url = f"/records/case/edit/{case['uid']}"
    before = stored(site, case["uid"])
    assert (before["failed_levels"], before["handled_by"]) == (["village"], HANDLED)
    answer = listener.send(url, listener.form(url), **{"/claim": "新的诉求"})
    assert answer.status_code == 303, errors_in(answer.text)
    assert stored(site, case["uid"]) == before | {"claim": "新的诉求"}


def test_a_refused_change_tells_no_more(listener: Browser, case: dict[str, Any]) -> None:
    url = f"/records/case/edit/{case['uid']}"
    answer = listener.send(url, listener.form(url), **{"/summary": "", "/occurred_on": "9999-99-99"})
    assert answer.status_code == 422
    assert told(answer) == []


def test_who_comes_second_is_told_no_more(site: Site, listener: Browser) -> None:
    """The page and the answer that compare two versions, and the history of the record."""
    clerk = Program.of(site, "clerk")
    case = clerk.register(amount=AMOUNT, people_count=PEOPLE)
    url = f"/records/case/edit/{case['uid']}"
    mine = listener.form(url)
    theirs = {"amount": AMOUNT + 0.5, "people_count": PEOPLE * 10, "claim": "他们的诉求"}
    changed = clerk.client.patch(
        CASES + case["uid"], json={"data": theirs}, headers=clerk.headers | {"If-Match": '"1"'}
    )
    assert changed.status_code == 200, changed.text
    second = listener.send(url, mine, **{"/claim": "我的诉求"})
    assert second.status_code == 409
    assert "他们的诉求" in second.text
    program = Program.of(site, "listener")
    late = program.client.patch(
        CASES + case["uid"], json={"data": {"claim": "迟到"}}, headers=program.headers | {"If-Match": '"1"'}
    )
    assert late.status_code == 412
    assert "他们的诉求" in str(late.json)
    history = program.get(f"{CASES}{case['uid']}/history")
    for answer in (second, late, history, listener.get(f"/records/case/show/{case['uid']}")):
        assert told(answer) == []
        assert "amount" not in answer.text
        assert "涉及金额" not in str(answer.json or answer.text)


@pytest.mark.parametrize("query", ["amount.from=1", "amount.to=99999", "sort=amount", "sort=-amount"])
def test_nobody_asks_a_list_for_what_is_closed(site: Site, listener: Browser, query: str) -> None:
    for who, status in (("clerk", 200), ("listener", 400)):
        assert Program.of(site, who).get(f"{CASES}?{query}").status_code == status
        assert site.login(who).get(f"/records/case/list/?{query}").status_code == status


def stored(site: Site, uid: str) -> dict[str, Any]:
    with site.portal.reading(SYSTEM) as session:
        return dict(records.view_of(site.portal, session, records.get(session, "case", uid)).clear)
