"""Designers of forms and of stages: what a page sends as it is changes nothing, and each change is saved at once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.core.drafts import Change
from portal.core.forms import check_form
from portal.persistence.models import AuditEntry
from portal.services import drafts
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Browser, Site
from tests.web.test_studio import XISHAN, account, text_of

__all__ = ["site"]
SYSTEM = Access.system("test")
HTMX = {"HX-Request": "true"}
COURSE = "/lifecycles/case"
FORM = "/forms/case"


@pytest.fixture(scope="module")
def keeper(site: Site) -> Browser:
    return account(site, "designer", "config_admin")


@pytest.fixture(scope="module")
def draft(site: Site) -> str:
    with site.portal.writing(SYSTEM) as uow:
        uid = drafts.open_draft(uow, XISHAN, "试改").uid
        uow.commit()
        return uid


def value(site: Site, draft: str, pointer: str) -> Any:
    with site.portal.reading(SYSTEM) as session:
        return pointers.get(drafts.effective(session, draft), pointer, None)


def page(draft: str, what: str, name: str = "case") -> str:
    return f"/studio/{draft}/designer/{what}/{name}"


def sent(browser: Browser, url: str, query: str) -> list[tuple[str, str]]:
    """Return what a page sends that nobody touched."""
    pairs = browser.form(f"{url}?{query}", url)
    return [(name, text) for name, text in pairs if name != "pressed"]


def changed(pairs: list[tuple[str, str]], **new: str) -> list[tuple[str, str]]:
    names = {name.replace("__", "-"): text for name, text in new.items()}
    return [*((name, text) for name, text in pairs if name not in names), *names.items()]


def save(browser: Browser, url: str, pairs: list[tuple[str, str]]) -> str:
    answer = browser.post(url, pairs, headers=HTMX)
    assert answer.status_code == 200, answer.text[:300]
    return str(answer.text)


def do(browser: Browser, url: str, act: str, **more: str) -> Any:
    answer = browser.post(f"{url}/do/{act}", {"csrf_token": browser.token(), **more})
    assert answer.status_code == 302, answer.text[:300]
    return answer


def entries(site: Site) -> int:
    with site.portal.reading(SYSTEM) as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_each_act_of_the_designers_leaves_one_entry(site: Site, keeper: Browser, draft: str) -> None:
    stages, form = page(draft, "stages"), page(draft, "form")
    stage = [*value(site, draft, f"{COURSE}/stages")][-1]
    acts = (
        lambda: save(keeper, stages, changed(sent(keeper, stages, f"stage={stage}"), title="另一名称")),
        lambda: do(keeper, stages, "add_stage", title="复核", after=stage),
        lambda: do(keeper, form, "add_section", title="补充材料"),
        lambda: save(keeper, form, changed(sent(keeper, form, "field=/channel"), title="来访渠道")),
    )
    for number, act in enumerate(acts):
        before = entries(site)
        act()
        assert (number, entries(site)) == (number, before + 1)


# -- stages ----------------------------------------------------------------------------------------


def test_stages_sent_as_they_are_change_nothing(site: Site, keeper: Browser, draft: str) -> None:
    before = value(site, draft, COURSE)
    url = page(draft, "stages")
    for stage in before["stages"]:
        save(keeper, url, sent(keeper, url, f"stage={stage}"))
    for step in [*before["transitions"]][::3]:
        save(keeper, url, sent(keeper, url, f"step={step}"))
    assert value(site, draft, COURSE) == before


def test_a_stage_is_called_otherwise_and_counted_otherwise(site: Site, keeper: Browser, draft: str) -> None:
    url = page(draft, "stages")
    stage = next(iter(value(site, draft, f"{COURSE}/stages")))
    pairs = sent(keeper, url, f"stage={stage}")
    answer = save(keeper, url, changed(pairs, title="收件登记", canonical="discover"))
    made = value(site, draft, f"{COURSE}/stages/{stage}")
    assert (made["title"], made["canonical"]) == ("收件登记", "discover")
    assert answer.count("收件登记") >= 2  # in the picture and in the list


def test_a_stage_put_in_is_on_the_way_and_findings_stand_at_their_stage(
    site: Site, keeper: Browser, draft: str
) -> None:
    url = page(draft, "stages")
    first = next(key for key, one in value(site, draft, f"{COURSE}/stages").items() if one.get("initial"))
    answer = do(keeper, url, "add_stage", title="会商", after=first)
    assert answer.headers["Location"].endswith("stage=hui_shang")
    steps = value(site, draft, f"{COURSE}/transitions")
    into = [key for key, step in steps.items() if step.get("to") == "hui_shang"]
    onward = [key for key, step in steps.items() if step.get("from") == ["hui_shang"]]
    assert into
    assert len(onward) == 1
    assert "走不到" not in text_of(keeper, f"{url}?stage=hui_shang")
    do(keeper, url, "hide", step=onward[0])
    shown = text_of(keeper, f"{url}?stage=hui_shang")
    assert "从这里走不到结束，事项会一直停在这里。" in shown
    do(keeper, url, "show", step=onward[0])
    assert "从这里走不到结束" not in text_of(keeper, url)


def test_a_step_has_roles_a_form_and_a_guard(site: Site, keeper: Browser, draft: str) -> None:
    url = page(draft, "stages")
    stages = [key for key, one in value(site, draft, f"{COURSE}/stages").items() if not one.get("parallel")]
    where = do(keeper, url, "add_step", title="快速办结", source=stages[0], target=stages[1]).headers[
        "Location"
    ]
    step = where.rpartition("step=")[2]
    pairs = sent(keeper, url, f"step={step}")
    answer = save(keeper, url, changed(pairs, act="line"))
    assert 'name="c-0-0-field"' in answer
    more = [
        ("roles", "mediator"),
        ("c-0-0-field", "/data/amount"),
        ("c-0-0-op", "lt"),
        ("c-0-0-text", "1000"),
    ]
    save(keeper, url, [*changed(pairs, reason="required", missing="金额太大"), *more])
    made = value(site, draft, f"{COURSE}/transitions/{step}")
    assert made["when"] == {"field": "/data/amount", "op": "lt", "value": 1000}
    assert "mediator" in made["roles"]
    assert (made["reason"], made["missing"]) == ("required", "金额太大")
    assert "有条件" in text_of(keeper, url)


def test_what_somebody_changed_meanwhile_is_told(site: Site, keeper: Browser, draft: str) -> None:
    url = page(draft, "stages")
    stage = next(iter(value(site, draft, f"{COURSE}/stages")))
    stale = sent(keeper, url, f"stage={stage}")
    now = value(site, draft, f"{COURSE}/stages/{stage}/title")
    with site.portal.writing(SYSTEM) as uow:
        drafts.change(uow, draft, [Change("replace", f"{COURSE}/stages/{stage}/title", now, "别人的名称")])
        uow.commit()
    assert "没有保存" in save(keeper, url, changed(stale, title="我的名称"))
    assert value(site, draft, f"{COURSE}/stages/{stage}/title") == "别人的名称"


def test_a_stage_that_steps_name_is_not_taken_away(site: Site, keeper: Browser, draft: str) -> None:
    url = page(draft, "stages")
    do(keeper, url, "remove", stage="hui_shang")
    assert value(site, draft, f"{COURSE}/stages/hui_shang")
    assert "请先改" in text_of(keeper, url)


# -- forms -----------------------------------------------------------------------------------------


def test_fields_sent_as_they_are_change_nothing(site: Site, keeper: Browser, draft: str) -> None:
    before = value(site, draft, FORM)
    url = page(draft, "form")
    for field in [*before["ui"]["fields"]][::5]:
        if pointers.get(before, "/schema/properties" + field.split("/*")[0], None) is not None:
            save(keeper, url, sent(keeper, url, f"field={field}"))
    for section in before["ui"]["sections"]:
        save(keeper, url, sent(keeper, url, f"section={section}"))
    assert value(site, draft, FORM) == before


def test_a_field_is_added_placed_asked_for_and_shown_by_a_condition(
    site: Site, keeper: Browser, draft: str
) -> None:
    url = page(draft, "form")
    where = do(keeper, url, "add", kind="number", title="涉及田亩", section="matter").headers["Location"]
    assert where.endswith("field=%2Fshe_ji_tian_mu")
    field, place = "/she_ji_tian_mu", f"{FORM}/ui/fields/~1she_ji_tian_mu"
    pairs = sent(keeper, url, f"field={field}")
    more = [("c-0-0-field", "/dispute_type"), ("c-0-0-op", "under"), ("c-0-0-text", "土地山林与资源权属纠纷")]
    assert 'name="c-0-0-field"' in save(keeper, url, changed(pairs, act="line"))
    answer = save(keeper, url, [*changed(pairs, unit="亩", help="按合同填写", required="shown"), *more])
    made = value(site, draft, place)
    code = made["when"]["value"]
    assert made["when"] == {"field": "/dispute_type", "op": "under", "value": code}
    assert (made["unit"], made["help"], made["hidden_policy"]) == ("亩", "按合同填写", "clear")
    entry = value(site, draft, f"{FORM}/schema/allOf")[-1]
    assert entry["then"] == {"required": ["she_ji_tian_mu"]}
    assert entry["if"]["properties"]["dispute_type"]["pattern"] == f"^{code}"
    assert "当 纠纷类型 属于" in answer
    assert check_form(value(site, draft, FORM)) == []
    order = made["order"]
    do(keeper, url, "up", field=field)
    now = value(site, draft, place)
    assert now["order"] < order
    assert {**now, "order": 0} == {**made, "order": 0}


def test_options_are_pasted_and_a_name_in_english_is_kept(site: Site, keeper: Browser, draft: str) -> None:
    url = page(draft, "form")
    do(keeper, url, "add", kind="select", title="土地现状", section="matter")
    pairs = sent(keeper, url, "field=/tu_di_xian_zhuang")
    save(keeper, url, changed(pairs, options="- 正在耕种\n- 撂荒\n\n- 已流转", in__en="State of the land"))
    schema = value(site, draft, f"{FORM}/schema/properties/tu_di_xian_zhuang")
    assert [one["title"] for one in schema["oneOf"]] == ["正在耕种", "撂荒", "已流转"]
    assert len({one["const"] for one in schema["oneOf"]}) == 3
    assert value(site, draft, "/translations/en/土地现状") == "State of the land"
    assert "至少写一个选项" in save(
        keeper, url, changed(sent(keeper, url, "field=/tu_di_xian_zhuang"), options=" \n ")
    )


def test_personal_data_says_why_and_is_told_until_it_does(site: Site, keeper: Browser, draft: str) -> None:
    url = page(draft, "form")
    do(keeper, url, "add", kind="phone", title="家属电话", section="applicant")
    field = "/jia_shu_dian_hua"
    assert "请写明为什么要登记这项个人信息。" in text_of(keeper, f"{url}?field={field}")
    answer = save(keeper, url, changed(sent(keeper, url, f"field={field}"), purpose="联系不上本人时用"))
    assert "请写明为什么" not in answer
    assert value(site, draft, f"{FORM}/ui/fields/~1jia_shu_dian_hua/purpose") == "联系不上本人时用"


def test_a_field_stands_in_a_table_and_goes_again(site: Site, keeper: Browser, draft: str) -> None:
    url = page(draft, "form")
    do(keeper, url, "add", kind="text", title="职业", section="respondents", inside="/respondents/*")
    field = "/respondents/*/zhi_ye"
    inside = f"{FORM}/schema/properties/respondents/items/properties/zhi_ye"
    assert value(site, draft, inside)["title"] == "职业"
    save(keeper, url, changed(sent(keeper, url, f"field={field}"), required="always"))
    assert "zhi_ye" in value(site, draft, f"{FORM}/schema/properties/respondents/items/required")
    do(keeper, url, "remove", field=field)
    assert value(site, draft, inside) is None
    assert "zhi_ye" not in value(site, draft, f"{FORM}/schema/properties/respondents/items/required")


def test_an_inherited_field_is_put_out_of_use_not_taken_out(site: Site, keeper: Browser, draft: str) -> None:
    url = page(draft, "form")
    do(keeper, url, "remove", field="/remark")
    assert value(site, draft, f"{FORM}/schema/properties/remark")
    do(keeper, url, "hide", field="/remark")
    assert value(site, draft, f"{FORM}/ui/fields/~1remark/hidden") is True
    do(keeper, url, "show", field="/remark")
    assert value(site, draft, f"{FORM}/ui/fields/~1remark/hidden") is None


def test_a_section_is_added_called_otherwise_and_moved(site: Site, keeper: Browser, draft: str) -> None:
    url = page(draft, "form")
    do(keeper, url, "add_section", title="土地情况")
    before = value(site, draft, f"{FORM}/ui/sections/tu_di_qing_kuang")
    save(keeper, url, changed(sent(keeper, url, "section=tu_di_qing_kuang"), title="土地", columns="1"))
    do(keeper, url, "up", section="tu_di_qing_kuang")
    made = value(site, draft, f"{FORM}/ui/sections/tu_di_qing_kuang")
    assert (made["title"], made["columns"]) == ("土地", 1)
    assert made["order"] < before["order"]


def test_each_role_sees_the_form_its_own_way(keeper: Browser, draft: str) -> None:
    url = page(draft, "form")
    clerk = text_of(keeper, f"{url}?view=preview&role=clerk")
    assert "不同角色看到的" in clerk
    raw = keeper.get(f"{url}?view=preview&role=clerk").text
    assert ">李*<" in raw
    assert 'class="design-preview is-phone"' in keeper.get(f"{url}?view=preview&width=phone").text
    blank = keeper.get(f"{url}?view=preview&role=clerk&data=none").text
    assert "承包地被邻户占种" in raw
    assert "承包地被邻户占种" not in blank


def test_only_who_may_edit_the_draft_changes_it(site: Site, draft: str) -> None:
    clerk = site.login("clerk")
    for what in ("form", "stages"):
        assert clerk.get(page(draft, what)).status_code in (403, 404)
        body = {"csrf_token": clerk.token(), "title": "x"}
        assert clerk.post(f"{page(draft, what)}/do/add", body).status_code in (403, 404)


def test_lists_lead_to_the_designers(keeper: Browser, draft: str) -> None:
    assert f'href="{page(draft, "form")}"' in keeper.get(f"/studio/{draft}/forms").text
    assert f'href="{page(draft, "stages")}"' in keeper.get(f"/studio/{draft}/lifecycles").text
