"""Rules in the studio: sentences saved at once, findings that become examples, the table, parameters, a trial."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.core.drafts import Change
from portal.persistence.models import AuditEntry
from portal.services import drafts
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Browser, Site
from tests.web.test_studio import XISHAN, account, text_of

__all__ = ["site"]
SYSTEM = Access.system("test")
HTMX = {"HX-Request": "true"}
RULES = "/rules/referral/rules"
TWO = {"title": "大额", "priority": 7, "reason": "理由", "then": [{"do": "grade", "grade": "complex"}]}


@pytest.fixture(scope="module")
def keeper(site: Site) -> Browser:
    return account(site, "ruler", "config_admin")


@pytest.fixture(scope="module")
def draft(site: Site) -> str:
    with site.portal.writing(SYSTEM) as uow:
        uid = drafts.open_draft(uow, XISHAN, "试改规则").uid
        uow.commit()
    with site.portal.writing(SYSTEM) as uow:
        amount = {"field": "amount", "op": "gte", "value": 20007}
        made = [
            Change("add", f"{RULES}/one", None, TWO | {"when": amount}),
            Change("add", f"{RULES}/two", None, TWO | {"title": "小额", "priority": 6}),
        ]
        drafts.change(uow, uid, made)
        uow.commit()
        return uid


def value(site: Site, draft: str, pointer: str) -> Any:
    with site.portal.reading(SYSTEM) as session:
        return pointers.get(drafts.effective(session, draft), pointer, None)


def url(draft: str, **query: str) -> str:
    return f"/studio/{draft}/rules/referral?" + "&".join(f"{k}={v}" for k, v in query.items())


def sentence(browser: Browser, draft: str, rule: str, **changed: str) -> list[tuple[str, str]]:
    """Return what the page sends for a rule, with some controls changed."""
    action = f"/studio/{draft}/ruling/referral/sentence"
    pairs = dict(browser.form(url(draft, rule=rule), action))
    pairs.pop("pressed", None)
    return list((pairs | {name.replace("__", "-"): text for name, text in changed.items()}).items())


def save(browser: Browser, draft: str, pairs: list[tuple[str, str]]) -> str:
    answer = browser.post(f"/studio/{draft}/ruling/referral/sentence", pairs, headers=HTMX)
    assert answer.status_code == 200, answer.text[:300]
    return str(answer.text)


def do(browser: Browser, draft: str, act: str, **more: str) -> Any:
    body = {"csrf_token": browser.token(), **more}
    answer = browser.post(f"/studio/{draft}/ruling/referral/do/{act}", body)
    assert answer.status_code == 302, answer.text[:300]
    return answer


def test_a_page_sent_as_it_is_changes_nothing_and_a_value_is_saved_at_once(
    site: Site, keeper: Browser, draft: str
) -> None:
    before = value(site, draft, RULES)
    for rule in list(before)[:12]:
        save(keeper, draft, sentence(keeper, draft, rule))
    assert value(site, draft, RULES) == before
    answer = save(keeper, draft, sentence(keeper, draft, "one", c__0__0__text="30008"))
    assert value(site, draft, f"{RULES}/one/when") == {"field": "amount", "op": "gte", "value": 30008}
    assert (
        json.loads(unescape(re.findall(r'name="seen" id="ruling-seen" value="([^"]*)"', answer)[0]))["value"]
        == 30008
    )


def test_a_condition_that_is_not_finished_is_kept_on_the_page_alone(
    site: Site, keeper: Browser, draft: str
) -> None:
    before = value(site, draft, f"{RULES}/one/when")
    answer = save(keeper, draft, sentence(keeper, draft, "one", act="line"))
    assert 'name="c-1-0-field"' in answer
    assert "还没有保存" in answer
    assert "“很多”不是数字" in save(keeper, draft, sentence(keeper, draft, "one", c__0__0__text="很多"))
    assert value(site, draft, f"{RULES}/one/when") == before
    pairs = {"c-1-0-field": "people_count", "c-1-0-op": "gt", "c-1-0-text": "3"}
    save(keeper, draft, [*sentence(keeper, draft, "one"), *pairs.items()])
    assert value(site, draft, f"{RULES}/one/when") == {
        "all": [before, {"field": "people_count", "op": "gt", "value": 3}]
    }
    save(keeper, draft, sentence(keeper, draft, "one", act="drop-1-0"))
    assert value(site, draft, f"{RULES}/one/when") in (before, {"all": [before]})


def test_what_somebody_changed_meanwhile_is_not_overwritten(site: Site, keeper: Browser, draft: str) -> None:
    stale = sentence(keeper, draft, "one", c__0__0__text="1")
    save(keeper, draft, sentence(keeper, draft, "one", c__0__0__text="40009"))
    now = value(site, draft, f"{RULES}/one/when")
    assert "没有保存" in save(keeper, draft, stale)
    assert value(site, draft, f"{RULES}/one/when") == now


def test_a_contradiction_is_shown_by_a_matter_that_becomes_an_example(
    site: Site, keeper: Browser, draft: str
) -> None:
    with site.portal.writing(SYSTEM) as uow:
        then = [{"do": "grade", "grade": "simple"}]
        two = value(site, draft, f"{RULES}/two")
        other = Change("replace", f"{RULES}/two/then", two["then"], then)
        drafts.change(uow, draft, [other, Change("replace", f"{RULES}/two/priority", 6, 7)])
        uow.commit()
    page = text_of(keeper, url(draft, rule="two"))
    assert "“大额”与“小额”优先级同为 7" in page
    examples = len(value(site, draft, "/rules/referral/examples"))
    raw = keeper.get(url(draft, rule="two")).text
    (key,) = set(re.findall(r'name="finding" value="([^"]+)"', raw.split('id="ruling-findings"')[1]))
    do(keeper, draft, "keep_finding", finding=key, rule="two")
    made = value(site, draft, "/rules/referral/examples")
    assert len(made) == examples + 1
    assert {"one", "two"} <= set(made[-1]["expect"]["fired"])
    assert made[-1]["name"] in text_of(keeper, url(draft, view="examples"))


def test_rules_come_in_by_name_and_by_a_pasted_table(site: Site, keeper: Browser, draft: str) -> None:
    do(keeper, draft, "add", title="新加的规则")
    rules = value(site, draft, RULES)
    (made,) = [rule for rule in rules.values() if rule["title"] == "新加的规则"]
    assert made["priority"] < min(rule["priority"] for rule in rules.values() if rule is not made)
    do(keeper, draft, "paste", cells="规则\t涉及人数\n新加的规则\t不少于 9\n又一条\t3\n")
    rules = value(site, draft, RULES)
    assert [rule["when"] for rule in rules.values() if rule["title"] in ("新加的规则", "又一条")] == [
        {"field": "people_count", "op": "gte", "value": 9},
        {"field": "people_count", "op": "eq", "value": 3},
    ]
    refused = do(keeper, draft, "paste", cells="规则\t没有的项\n又一条\t3\n")
    assert "没有输入项“没有的项”" in text_of(keeper, refused.headers["Location"])
    book = keeper.get(f"/studio/{draft}/ruling/referral/table.xlsx")
    assert book.status_code == 200
    with ZipFile(io.BytesIO(book.data)) as parts:
        assert "新加的规则" in parts.read("xl/sharedStrings.xml").decode()
    assert "新加的规则" in text_of(keeper, url(draft, view="table"))


def test_a_new_rule_proposes_nothing_until_a_person_says_what(
    site: Site, keeper: Browser, draft: str
) -> None:
    do(keeper, draft, "add", title="交农业部门")
    (name,) = [key for key, one in value(site, draft, RULES).items() if one["title"] == "交农业部门"]
    assert "then" not in value(site, draft, f"{RULES}/{name}")
    page = text_of(keeper, url(draft, rule=name))
    assert "还没有建议：请在下面选择" in page
    assert "这些规则里有" not in page, "the other rules can be tried meanwhile"
    handed = "refer to department agriculture"
    refused = do(keeper, draft, "propose", rule=name, what=handed)
    assert "请选择通过哪条路径交办" in text_of(keeper, refused.headers["Location"])
    do(keeper, draft, "propose", rule=name, what=handed, route="R08", deadline="T45")
    do(keeper, draft, "propose", rule=name, what="require documents document W13")
    told = do(keeper, draft, "propose", rule=name, what="require documents document W13")
    assert "已经有这项建议" in text_of(keeper, told.headers["Location"])
    assert value(site, draft, f"{RULES}/{name}/then") == [
        {"do": "refer", "route": "R08", "to": {"department": "agriculture"}, "deadline": "T45"},
        {"do": "require", "documents": ["W13"]},
    ]
    do(keeper, draft, "unpropose", rule=name, number="1")
    assert len(value(site, draft, f"{RULES}/{name}/then")) == 1
    do(keeper, draft, "reason", rule=name, reason="由农业农村部门先行调处")
    assert value(site, draft, f"{RULES}/{name}/reason") == "由农业农村部门先行调处"


def test_parameters_change_and_rules_are_tried(site: Site, keeper: Browser, draft: str) -> None:
    before = value(site, draft, "/rules/referral/parameters/large_amount/value")
    do(keeper, draft, "parameter", name="large_amount", text="123,456")
    assert value(site, draft, "/rules/referral/parameters/large_amount/value") == 123456 != before
    do(keeper, draft, "parameter", name="large_amount", text="很多")
    assert value(site, draft, "/rules/referral/parameters/large_amount/value") == 123456
    tried = keeper.get(url(draft, rule="one", **{"t-amount": "500000"})).text.split('id="ruling-trial"')[1]
    assert "大额" in tried
    assert "定级：" in tried
    other = keeper.get(url(draft, rule="one", **{"t-amount": "2"})).text.split('id="ruling-trial"')[1]
    assert "差一点用到" in other
    do(keeper, draft, "keep_trial", rule="one", name="五十万", t_day="2026-05-06", **{"t-amount": "500000"})
    assert value(site, draft, "/rules/referral/examples")[-1]["facts"] == {"amount": 500000}


def test_a_rule_comes_earlier_or_later(site: Site, keeper: Browser, draft: str) -> None:
    def order() -> list[str]:
        rules = value(site, draft, RULES)
        return sorted(rules, key=lambda name: (-rules[name]["priority"], name))

    before = order()
    at = before.index("one")
    do(keeper, draft, "up", rule="one")
    assert order().index("one") < at


def test_each_change_of_rules_leaves_one_entry(site: Site, keeper: Browser, draft: str) -> None:
    def entries() -> list[str]:
        with site.portal.reading(SYSTEM) as session:
            query = select(AuditEntry.action).where(AuditEntry.object_id == draft).order_by(AuditEntry.id)
            return list(session.scalars(query))

    before = len(entries())
    save(keeper, draft, sentence(keeper, draft, "one", c__0__0__text="50001"))
    assert entries()[before:] == ["change_draft"]
    do(keeper, draft, "add", title="留痕的规则")
    assert entries()[before:] == ["change_draft"] * 2
    save(keeper, draft, sentence(keeper, draft, "one"))
    assert len(entries()) == before + 2


def test_who_may_only_look_changes_nothing_and_clerks_see_nothing(site: Site, draft: str) -> None:
    clerk = account(site, "rules_clerk", "clerk")
    assert clerk.get(url(draft)).status_code in (302, 403, 404)
    answer = clerk.post(
        f"/studio/{draft}/ruling/referral/do/add", {"csrf_token": clerk.token(), "title": "x"}
    )
    assert answer.status_code in (302, 403, 404)
    assert not any(rule["title"] == "x" for rule in value(site, draft, RULES).values())


def test_a_field_of_the_form_becomes_an_input_of_the_rules_that_look_at_it(
    site: Site, keeper: Browser, draft: str
) -> None:
    where = "/forms/case/schema/properties/patrol"
    field = {"type": "string", "title": "排查方式", "oneOf": [{"const": "daily", "title": "日常排查"}]}
    with site.portal.writing(SYSTEM) as uow:
        drafts.change(uow, draft, [Change("add", where, None, field)])
        uow.commit()
    page = keeper.get(url(draft, rule="one")).text
    assert "表单里的其他项目" in unescape(page)
    inputs = value(site, draft, "/rules/referral/inputs")
    assert not {"applicant_phone", "applicant_name"} & {
        *re.findall(
            r'<option value="([a-z_]+)"', page.partition('id="c-0-0-field"')[2].partition("</select>")[0]
        )
    }, "rules look at the matter, not at who somebody is"
    lines = len(sentence_lines(value(site, draft, f"{RULES}/one/when")))
    pairs = {f"c-{lines}-0-field": "patrol", f"c-{lines}-0-op": "eq", f"c-{lines}-0-text": "日常排查"}
    save(keeper, draft, [*sentence(keeper, draft, "one"), *pairs.items()])
    assert value(site, draft, "/rules/referral/inputs") == inputs | {
        "patrol": {"title": "排查方式", "type": "string", "from": "/patrol"}
    }
    assert value(site, draft, f"{RULES}/one/when/all")[-1] == {
        "field": "patrol",
        "op": "eq",
        "value": "daily",
    }


def sentence_lines(when: Any) -> list[Any]:
    return list(when["all"]) if "all" in when else [when]


def test_the_pages_speak_english_too(keeper: Browser, draft: str) -> None:
    for view in ("sentences", "table", "parameters", "examples"):
        page = keeper.get(url(draft, view=view, _l_="en"))
        assert page.status_code == 200
        assert "Decision table" in page.text
