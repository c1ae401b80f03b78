"""The bar of the stages tells what happened to a record, and nothing that did not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from portal.services import records
from portal.services.records import Override
from tests.fixtures.database import access_for
from tests.web.records.seeded_site import Browser, Site, uid_of

XISHAN = "530112"
DEPARTMENT = Override({"department": "people_mediation"}, route="R01", mode="transfer")
ANALYSED = {"grade": "ordinary", "findings": "双方对定金是否退还有争议", "conclusion": "mediate"}
APPRAISAL = {"question": "定金条款是否有效？", "due_on": "2026-05-12"}
REJECTED = {
    "ground": "competence",
    "grounds": "不属受理范围",
    "law": "《人民调解法》",
    "organ": "西山区人民法院",
    "remedy": "可向人民法院起诉",
}
RETURNING = {"kind": "not_competent", "grounds": "不属于本单位职责范围", "law": "《人民调解法》第二条"}

STEP = re.compile(r'<li class="step step-(\w+)".*?<span class="step-title">([^<]+)<(.*?)</li>', re.S)


def bar(page: str) -> dict[str, tuple[str, str]]:
    """Return the state and the note of each stage in the bar, by title."""
    return {title: (state, rest) for state, title, rest in STEP.findall(page)}


def act(site: Site, case: str, does: Callable[..., Any], *more: Any, **named: Any) -> None:
    """Do something with a case as its director."""
    who, uid = access_for(site.portal, "director", XISHAN), uid_of(case)
    with site.portal.writing(who) as uow:
        version = records.get_any(uow.session, uid).version
        does(uow, uid, *more, version=version, **({"reason": "依法办理"} | named))
        uow.commit()


def assigned(site: Site, clerk: Browser) -> str:
    """Return a case that was analysed and waits to be assigned."""
    case = site.register(clerk)
    act(site, case, records.transition, "accept")
    act(site, case, records.transition, "submit_analysis", form=ANALYSED)
    return case


def states(clerk: Browser, case: str) -> list[str]:
    return [state for state, _ in bar(clerk.get(case).text).values()]


def test_a_stage_that_was_jumped_over_is_not_done(site: Site, clerk: Browser) -> None:
    """The side stage stands left of the one that the referral leads to; nobody was ever there."""
    case = assigned(site, clerk)
    assert states(clerk, case) == ["done", "done", "current", "todo", "todo"]
    act(site, case, records.dispose, override=DEPARTMENT)
    shown = bar(clerk.get(case).text)
    assert [state for state, _ in shown.values()] == ["done", "done", "done", "passed", "current"]
    assert "未经过" in shown["法律评析"][1]
    assert "已完成" not in shown["法律评析"][1]
    assert "已完成" in shown["分流交办"][1]


def test_a_side_stage_that_was_entered_is_done(site: Site, clerk: Browser) -> None:
    case = assigned(site, clerk)
    act(site, case, records.transition, "assign_to_appraisal", form=APPRAISAL)
    assert states(clerk, case) == ["done", "done", "done", "current", "todo"]
    act(site, case, records.dispose, override=DEPARTMENT)
    assert "passed" not in states(clerk, case)


def test_a_return_leaves_the_stage_ahead_to_come_again(site: Site, clerk: Browser) -> None:
    case = assigned(site, clerk)
    act(site, case, records.dispose, override=DEPARTMENT)
    with site.portal.writing(access_for(site.portal, "director", XISHAN)) as uow:
        lead = records.referrals_of(uow.session, records.get_any(uow.session, uid_of(case)))[0]
        records.referral(uow, lead.uid, "return", reason="不属本单位", form=RETURNING)
        uow.commit()
    assert states(clerk, case) == ["done", "done", "current", "todo", "todo"]


def test_of_a_matter_that_is_over_nothing_is_to_come(site: Site, clerk: Browser) -> None:
    case = site.register(clerk)
    act(site, case, records.transition, "reject", form=REJECTED)
    shown = bar(clerk.get(case).text)
    assert [state for state, _ in shown.values()] == ["done", "passed", "passed", "passed", "passed"]


def test_until_a_unit_handles_it_the_bar_names_who_registered(site: Site, clerk: Browser) -> None:
    case = assigned(site, clerk)
    page = clerk.get(case).text
    assert "<dt>登记单位</dt><dd>" in page
    assert "<dt>承办单位</dt><dd>" not in page
    act(site, case, records.dispose, override=DEPARTMENT)
    assert re.search(r"<dt>承办单位</dt><dd>[^<]*人民调解委员会", clerk.get(case).text)
