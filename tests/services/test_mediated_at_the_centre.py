"""A matter that nobody was given, since the centre mediates it itself, is always in a list of who acts next."""

from __future__ import annotations

from typing import Any

from portal.services import records
from portal.services.portal import Portal
from tests.fixtures.database import access_for
from tests.services.handing import CITY, case, do, lists_with, now
from tests.services.test_clocks import shipped

__all__ = ["shipped"]
ANALYSED = {"grade": "complex", "findings": "双方对退款有争议。", "conclusion": "appraise"}
APPRAISED = {
    "facts": "认购协议约定了交付时间。",
    "issues": "能否解除合同。",
    "law": "民法典第五百六十三条",
    "advice": "先行调解退款方案。",
    "next_step": "mediate",
    "appraiser": "某律师",
}
AGREED = {
    "mediators": ["某调解员"],
    "rights_told": True,
    "parties_agree": True,
    "outcome": "agreed",
    "agreement_form": "written",
    "agreement_on": "2026-05-06",
    "agreement": "分期退款。",
}


def step(portal: Portal, uid: str, name: str, **form: Any) -> None:
    do(portal, records.transition, uid, name, version=now(portal, uid).version, form=form)


def test_what_the_centre_mediates_itself_is_in_a_list_of_the_mediator_and_then_of_who_closes_it(
    shipped: Portal,
) -> None:
    mediator = access_for(shipped, "mediator", CITY, user_id=2)
    director = access_for(shipped, "director", CITY, user_id=3)
    uid = case(shipped, CITY)
    step(shipped, uid, "accept")
    step(shipped, uid, "submit_analysis", **ANALYSED)
    assert "to_mediate" not in lists_with(shipped, mediator, uid)
    step(shipped, uid, "appraised", **APPRAISED)
    assert now(shipped, uid).handler_unit_id is None
    assert "to_mediate" in lists_with(shipped, mediator, uid)
    step(shipped, uid, "record_result", **AGREED)
    assert "to_mediate" not in lists_with(shipped, mediator, uid)
    found = lists_with(shipped, director, uid)
    assert "to_close_own" in found
    assert "to_dispose" not in found
