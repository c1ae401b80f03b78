"""What a register knows is picked from it: a visit's window and case, the unit that should have a matter, who leads."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.errors import InvalidInput
from portal.core.forms.release_options import with_options
from portal.services import records
from tests.services.handing import MEDIATION, case, dispose, do, now
from tests.web.api.program import Program
from tests.web.records.seeded_site import Browser, Site

VISITS = "/api/v1/records/visit/"
VISIT = {
    "visited_on": "2026-05-06",
    "visitor_name": "赵明（虚构）",
    "visitor_count": 1,
    "purpose": "dispute",
    "summary": "反映邻里之间的纠纷",
    "place": "530112001",
}
ANALYSED = {"grade": "ordinary", "findings": "双方对定金是否退还有争议", "conclusion": "mediate"}
RETURNING = {"kind": "not_competent", "grounds": "不属于本单位职责范围", "law": "《人民调解法》第二条"}
MEETING = {
    "held_on": "2026-05-06",
    "attending": ["区司法局"],
    "opinions": "各单位同意由司法局牵头",
    "conclusion": "由司法局牵头调解",
}
LEDGER = {"type": "string", "format": "window-code", "title": "接待窗口"}


@pytest.fixture(scope="module")
def program(site: Site) -> Program:
    return Program.of(site, "clerk")


def refused_at(found: Any) -> set[str]:
    """Return where a form was refused."""
    assert found.status_code == 422, found.text
    return {one["pointer"] for one in found.json["error"]["details"]}


def test_a_visit_is_received_at_a_window_of_the_layout(site: Site, clerk: Browser, program: Program) -> None:
    page = clerk.get("/records/visit/add").text
    box = page.split('name="/window"')[1].split("</select>")[0]
    for title in ("金融物业", "劳动"):
        assert title in box, title
    assert refused_at(program.post(VISITS, {"data": VISIT | {"window": "三号窗口"}})) == {"/window"}
    assert program.post(VISITS, {"data": VISIT | {"window": "labour"}}).status_code == 201


def test_where_a_layout_has_no_window_people_write_its_name() -> None:
    form = {"schema": {"type": "object", "properties": {"window": LEDGER}}}
    found = with_options(form, {"layout": {"windows": {}}})["schema"]["properties"]["window"]
    assert found == {"type": "string", "title": "接待窗口"}
    found = with_options(form, {"layout": {"windows": {"a": {"title": "一号窗口"}}}})
    assert found["schema"]["properties"]["window"]["oneOf"] == [{"const": "a", "title": "一号窗口"}]


def test_the_case_of_a_visit_is_one_that_its_clerk_may_see(site: Site, program: Program) -> None:
    own, foreign = case(site.portal), case(site.portal, "530100")
    assert program.post(VISITS, {"data": VISIT | {"case": own}}).status_code == 201
    for wrong in (foreign, "f" * 32, "西综〔2026〕00001"):
        assert refused_at(program.post(VISITS, {"data": VISIT | {"case": wrong}})) == {"/case"}, wrong


def test_a_unit_that_returns_a_matter_picks_who_should_have_it(site: Site) -> None:
    uid = case(site.portal)
    take(site, uid, "accept")
    take(site, uid, "submit_analysis", ANALYSED)
    sent = dispose(site.portal, uid, MEDIATION)
    for wrong in ("司法局", "530112:nobody"):
        with pytest.raises(InvalidInput) as refused:
            give_back(site, sent.uid, wrong)
        assert {one.pointer for one in refused.value.problems} == {"/form/suggested"}, wrong
    give_back(site, sent.uid, "530112:justice")
    assert "司法局" in site.login("director").get(f"/records/case/show/{uid}").text


def take(site: Site, uid: str, name: str, form: Any = None) -> None:
    version = now(site.portal, uid).version
    do(site.portal, records.transition, uid, name, version=version, form=form, reason="依法办理")


def give_back(site: Site, referral: str, suggested: str) -> None:
    form = RETURNING | {"suggested": suggested}
    do(site.portal, records.referral, referral, "return", reason="不属本单位职责", form=form)


def test_who_leads_after_a_meeting_is_a_unit(site: Site) -> None:
    uid = case(site.portal)
    take(site, uid, "accept")
    take(site, uid, "submit_analysis", ANALYSED)
    dispose(site.portal, uid, MEDIATION)
    with pytest.raises(InvalidInput) as refused:
        take(site, uid, "joint_meeting", MEETING | {"lead": "街道办"})
    assert {one.pointer for one in refused.value.problems} == {"/form/lead"}
    take(site, uid, "joint_meeting", MEETING | {"lead": "530112:justice"})
