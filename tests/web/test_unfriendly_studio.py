"""What goes wrong in a draft: names that cannot be kept, things that are gone, conditions that look at them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from portal.core import pointer as pointers
from portal.core.drafts import Change
from portal.services import drafts
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Browser, Site
from tests.web.test_designer_pages import HTMX, SYSTEM, changed, draft, keeper, page, save, sent, value
from tests.web.test_studio import account
from tests.web.test_unfriendly_designers import GONE, told

__all__ = ["draft", "keeper", "site"]
BAD = {"": "请写明名称", "   ": "请写明名称", "很" * 3000: "个字，最多"}
THINGS = (
    "/layout/zones",
    "/layout/windows",
    "/layout/rooms",
    "/roles",
    "/worklists",
    "/rules/referral/rules",
    "/taxonomies/dispute/terms",
)


def words(text: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def put(site: Site, draft: str, where: str, after: Any) -> None:
    before = value(site, draft, where)
    with site.portal.writing(SYSTEM) as uow:
        drafts.change(uow, draft, [Change("replace" if before else "add", where, before, after)])
        uow.commit()


def renamed(browser: Browser, draft: str, place: str, title: str) -> str:
    """Send the page of a thing with another name; return the answer."""
    url = f"/studio/{draft}{place}"
    pairs = browser.form(url, url)
    named = next(name for name, _ in pairs if name.endswith("/title"))
    answer = browser.post(
        url, [(name, title if name == named else text) for name, text in pairs], headers=HTMX
    )
    assert answer.status_code == 200, answer.text[:300]
    return words(answer.text)


@pytest.mark.parametrize("things", THINGS)
def test_a_rename_that_cannot_be_kept_is_refused_with_the_reason(
    site: Site, keeper: Browser, draft: str, things: str
) -> None:
    second, *others = value(site, draft, things)
    first = next(one for one in ("long_standing", *others) if one in others)  # a rule that nobody locked
    place = pointers.join([first], things)
    before = value(site, draft, f"{place}/title")
    for title, why in BAD.items():
        assert why in renamed(keeper, draft, place, title), title[:5]
        assert value(site, draft, f"{place}/title") == before
    if not things.startswith("/taxonomies"):  # terms of one name lie below others: 其他 below each
        taken = str(value(site, draft, pointers.join([second, "title"], things)))
        assert f"“{taken}”已经有了" in renamed(keeper, draft, place, f" {taken} ")
        assert value(site, draft, f"{place}/title") == before
    assert "没有保存" not in renamed(keeper, draft, place, "改过的名称")
    assert value(site, draft, f"{place}/title") == "改过的名称"


@pytest.mark.parametrize(("what", "query"), [("stages", "stage=mediate"), ("form", "field=/summary")])
def test_designers_refuse_such_renames_too(
    site: Site, keeper: Browser, draft: str, what: str, query: str
) -> None:
    url = page(draft, what)
    for title, why in {**BAD, "a\x00b": "看不见的字符"}.items():
        answer = words(save(keeper, url, changed(sent(keeper, url, query), title=title)))
        assert "没有保存" in answer, title[:5]
        assert why in answer, title[:5]
    if what == "stages":
        taken = next(
            one["title"]
            for key, one in value(site, draft, "/lifecycles/case/stages").items()
            if key != "mediate"
        )
        assert "已经有了" in words(save(keeper, url, changed(sent(keeper, url, query), title=taken)))


def test_two_take_the_same_away_and_one_changes_what_is_gone(site: Site, keeper: Browser, draft: str) -> None:
    other = account(site, "second", "config_admin")
    for things, title in (("/layout/rooms", "甲室"), ("/worklists", "甲清单"), ("/roles", "甲角色")):
        told(keeper, f"/studio/{draft}/do/add", at=things, title=title)
        place = next(
            pointers.join([key], things)
            for key, one in value(site, draft, things).items()
            if one.get("title") == title
        )
        url = f"/studio/{draft}{place}"
        pairs = other.form(url, url)
        assert "已删除" in told(keeper, f"/studio/{draft}/do/remove", at=place)
        assert GONE in told(other, f"/studio/{draft}/do/remove", at=place)
        answer = other.post(url, pairs, headers=HTMX)
        assert answer.status_code == 404
        assert GONE in answer.text
        assert value(site, draft, place) is None


def test_a_step_may_stay_in_its_stage(site: Site, keeper: Browser, draft: str) -> None:
    """Much is done within a stage: a session is arranged, a result written down."""
    url = page(draft, "stages")
    told(keeper, f"{url}/do/add_step", title="原地办理", source="mediate", target="mediate")
    steps = value(site, draft, "/lifecycles/case/transitions")
    key = next(key for key, one in steps.items() if one.get("title") == "原地办理")
    assert (steps[key]["from"], steps[key]["to"]) == (["mediate"], "mediate")
    assert "原地办理" in keeper.get(f"{url}?step={key}").text


def test_a_field_that_conditions_look_at_is_not_taken_away_in_silence(
    site: Site, keeper: Browser, draft: str
) -> None:
    form = page(draft, "form")
    for title in ("起火原因", "起火细节"):
        told(keeper, f"{form}/do/add", kind="text", section="matter", title=title)
    named = {
        one.get("title"): key for key, one in value(site, draft, "/forms/case/schema/properties").items()
    }
    cause, detail = f"/{named['起火原因']}", named["起火细节"]
    given = {"field": cause, "op": "exists"}
    put(site, draft, f"/forms/case/ui/fields/~1{detail}/when", given)
    assert "请先改：“起火细节”" in words(told(keeper, f"{form}/do/remove", field=cause))
    where = value(site, draft, "/worklists/to_triage/where")
    put(site, draft, "/worklists/to_triage/where", {"all": [where, given]})
    told_now = words(told(keeper, f"{form}/do/remove", field=cause))
    assert f"工作清单“{value(site, draft, '/worklists/to_triage/title')}”" in told_now
    # Renaming changes nothing for them: they look at the field, not at its name.
    assert "没有保存" not in words(
        save(keeper, form, changed(sent(keeper, form, f"field={cause}"), title="失火原因"))
    )
    assert "失火原因" in keeper.get(f"{form}?field=/{detail}").text
    put(site, draft, "/worklists/to_triage/where", where)


def test_a_condition_over_what_is_gone_says_so_and_can_be_mended(
    site: Site, keeper: Browser, draft: str
) -> None:
    lost = "已经不在了的项目（请换一项）"
    form = page(draft, "form")
    told(keeper, f"{form}/do/add", kind="text", section="matter", title="依旧在")
    properties = value(site, draft, "/forms/case/schema/properties")
    key = next(key for key, one in properties.items() if one.get("title") == "依旧在")
    put(site, draft, f"/forms/case/ui/fields/~1{key}/when", {"field": "/gone_away", "op": "eq", "value": "x"})
    assert lost in keeper.get(f"{form}?field=/{key}").text
    rule = "/rules/referral/rules/labour_arbitration/when"
    kept = value(site, draft, rule)
    put(site, draft, rule, {"all": [kept, {"field": "gone_away", "op": "gt", "value": 3}]})
    for view in ("rule=labour_arbitration", "view=table", "view=parameters", "view=examples"):
        assert keeper.get(f"/studio/{draft}/rules/referral?{view}").status_code == 200
    assert lost in keeper.get(f"/studio/{draft}/rules/referral?rule=labour_arbitration").text
    put(site, draft, rule, kept)
    where = value(site, draft, "/worklists/to_triage/where")
    put(site, draft, "/worklists/to_triage/where", {"all": [*where["all"], {"field": "/gone", "op": "odd"}]})
    assert lost in keeper.get(f"/studio/{draft}/sentence/worklists/to_triage/where").text
    put(site, draft, "/worklists/to_triage/where", where)
    # Fields that are there are never told as gone.
    put(site, draft, f"/forms/case/ui/fields/~1{key}/when", None)
    for field in list(value(site, draft, "/forms/case/ui/fields"))[:30]:
        assert lost not in keeper.get(f"{form}?field={field}").text, field


def test_parameters_and_reasons_are_told_by_names_and_kept_by_codes(
    site: Site, keeper: Browser, draft: str
) -> None:
    base = f"/studio/{draft}/ruling/referral/do"
    where = "/rules/referral/parameters/arbitration_types/value"
    before = value(site, draft, where)
    shown = keeper.get(f"/studio/{draft}/rules/referral?view=parameters").text
    assert "劳动报酬" in shown
    assert before[0] not in shown
    told(keeper, f"{base}/parameter", name="arbitration_types", text="劳动报酬、加班费争议")
    assert value(site, draft, where) == before[:1]
    assert "没有“没有这类”可选" in words(
        told(keeper, f"{base}/parameter", name="arbitration_types", text="没有这类")
    )
    told(keeper, f"{base}/reason", rule="long_standing", reason="自【纠纷发生日期】起已久")
    assert value(site, draft, "/rules/referral/rules/long_standing/reason") == "自{occurred_on}起已久"
    assert "自【纠纷发生日期】起已久" in keeper.get(f"/studio/{draft}/rules/referral?rule=long_standing").text
