"""What the steps of a made-up case say is about that case: its story, its law, its body and its procedure."""

from __future__ import annotations

from random import Random

import pytest

from portal.core.forms import FieldInfo
from portal.services.demo.fitting import BASIS, BODY, CLAIM, LAW, SUMMARY, UNIT, Matter
from portal.services.demo.names import Names

CLASSES = {
    "D06": {"law": "劳动合同法", "route": "R02", "body": "仲裁委员会", "basis": "调解仲裁法"},
    "D0609": {"law": "民法典", "route": "R05", "body": "人民法院", "basis": "民事诉讼法"},
}
NAMES = Names.from_definition({"classes": CLASSES})
WAGES = {"dispute_type": "D0601", "summary": "三个月工资未结清。", "claim": "支付工资。"}
ROUTES = {"R08": {"basis": "劳动保障监察条例"}}
PROPOSED = [{"route": "R01", "seat": {"title": "人社局"}}]


def field(pointer: str, *options: str) -> FieldInfo:
    return FieldInfo(pointer, "string", "", options=tuple((one, one) for one in options))


def fields(*found: FieldInfo) -> dict[str, FieldInfo]:
    return {one.pointer: one for one in found}


def test_texts_tell_of_the_matter_itself():
    matter = Matter.of(NAMES, ROUTES, WAGES, PROPOSED, "综治中心")
    told = matter.fitted(
        fields(field("/findings")), {"findings": f"{SUMMARY}要求：{CLAIM}", "law": LAW, "n": 3}
    )
    assert told == {"findings": "三个月工资未结清。要求：支付工资。", "law": "劳动合同法", "n": 3}


@pytest.mark.parametrize(
    ("code", "route", "body"), [("D0601", "R02", "仲裁委员会"), ("D0609", "R05", "人民法院")]
)
def test_a_body_outside_fits_its_procedure_and_both_the_dispute(code: str, route: str, body: str):
    form = fields(field("/route", "R02", "R05", "R08"), field("/organ"))
    matter = Matter.of(NAMES, ROUTES, WAGES | {"dispute_type": code}, PROPOSED, "综治中心")
    told = matter.fitted(form, {"route": "R08", "organ": BODY, "basis": BASIS})
    assert (told["route"], told["organ"]) == (route, body)
    assert told["basis"] == CLASSES[code[:3] if code == "D0601" else code]["basis"]


def test_a_sheet_of_handing_over_names_what_the_rules_propose():
    form = fields(field("/route", "R01", "R02"), field("/lead"))
    told = Matter.of(NAMES, ROUTES, WAGES, PROPOSED, "综治中心").fitted(form, {"route": "R02", "lead": UNIT})
    assert told == {"route": "R01", "lead": "人社局"}
    told = Matter.of(NAMES, ROUTES, WAGES, [], "综治中心").fitted(form, {"route": "R02", "lead": UNIT})
    assert told == {"route": "R02", "lead": "综治中心"}


def test_where_the_rules_propose_a_procedure_it_is_that_one_with_its_body_and_basis():
    form = fields(field("/route", "R02", "R08"), field("/organ"))
    proposed = [{"route": "R08", "mode": "statutory", "seat": {"title": "劳动监察大队"}}]
    matter = Matter.of(NAMES, ROUTES, WAGES, proposed, "综治中心")
    told = matter.fitted(form, {"route": "R02", "organ": BODY, "basis": BASIS})
    assert told == {"route": "R08", "organ": "劳动监察大队", "basis": "劳动保障监察条例"}
    assert matter.referral == {"route": "R08", "mode": "statutory"}


def test_a_procedure_that_a_form_does_not_know_is_not_entered():
    form = fields(field("/route", "R08"), field("/organ"))
    assert Matter.of(NAMES, ROUTES, WAGES, [], "综治中心").fitted(form, {"route": "R08"}) == {"route": "R08"}


def test_a_record_without_a_story_or_a_type_still_has_words():
    told = Matter.of(Names(), {}, {}, [], "综治中心").fitted({}, {"findings": SUMMARY + LAW + BODY})
    assert "{" not in told["findings"]
    assert "人民法院" in told["findings"]
    assert Names().matter(Random(1), "D01") == {}
