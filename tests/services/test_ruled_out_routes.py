"""A route that the rules rule out is neither proposed nor taken, and its reason is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.core.errors import InvalidInput
from portal.services import records
from portal.services.portal import Portal
from portal.services.records import Override
from tests.services.handing import COUNTY, DATA, MEDIATION, SYSTEM, case, dispose, do, now, standing
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Site

__all__ = ["site"]
# A kind of matter whose own rule knows nothing of the refusal: the trade's mediation body.
PROPERTY = {"dispute_type": "D0304", "willing": "no", "estate": "翠湖小区", "property_company": "某物业公司"}


@pytest.fixture(scope="module")
def portal(site: Site) -> Iterator[Portal]:
    return site.portal


def test_what_is_ruled_out_is_kept_with_its_reason_and_nothing_of_it_is_proposed(portal: Portal) -> None:
    uid = case(portal, **PROPERTY)
    with portal.reading(SYSTEM) as session:
        found = records.last_decision(portal, session, records.get_any(session, uid))
    assert found is not None
    assert [one["route"] for one in found.proposals] == ["R05"]
    assert [one["rules"] for one in found.ruled_out] == [["property_service"]]
    assert [one["rule"] for one in found.closed_routes["R01"]] == ["refused_mediation"]


@pytest.mark.parametrize("who", ["willing", "respondent_willing"])
def test_nobody_sends_a_matter_to_mediation_that_a_party_refuses(portal: Portal, who: str) -> None:
    uid = case(portal, **{"willing": "yes", who: "no"})
    with pytest.raises(InvalidInput) as refused:
        dispose(portal, uid, MEDIATION)
    (problem,) = refused.value.problems
    assert (problem.code, problem.pointer) == ("dispose.ruled_out", "/route")
    assert "不愿调解" in str(problem.params["why"])
    assert standing(portal, uid) == []
    assert now(portal, uid).version == 1
    dispose(
        portal,
        uid,
        Override({"department": "court"}, route="R05"),
        form={"period_told": True, "period_note": "已告知"},
    )
    assert standing(portal, uid)[0][0].endswith(":court")


def test_a_proposal_from_before_the_refusal_can_no_longer_be_followed(portal: Portal) -> None:
    uid = case(portal, **(PROPERTY | {"willing": "yes"}))
    with portal.reading(SYSTEM) as session:
        before = records.last_decision(portal, session, records.get_any(session, uid))
    assert before is not None
    assert before.proposals[0]["route"] == "R01"
    data = {**DATA, **PROPERTY, "place": COUNTY}
    do(portal, records.change, uid, version=now(portal, uid).version, data=data)
    with pytest.raises(InvalidInput):
        do(portal, records.dispose, uid, version=now(portal, uid).version, decision_id=before.id, proposal=0)
    assert standing(portal, uid) == []
