"""Choosing otherwise: what the page of handing over offers can be sent, and what cannot apply is not offered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.core.errors import InvalidInput
from portal.services import records
from portal.services.portal import Portal
from portal.services.records import Choices, Override
from portal.services.records.handling.choosing import periods_for
from tests.services.handing import MEDIATION, SYSTEM, case, dispose, do, now, standing
from tests.web.records.conftest import site
from tests.web.records.seeded_site import Site

__all__ = ["site"]
PROCEDURE = {"period_told": True, "period_note": "已告知", "basis": "依法办理"}


@pytest.fixture(scope="module")
def portal(site: Site) -> Iterator[Portal]:
    return site.portal


def choices(portal: Portal, uid: str) -> tuple[Choices, list[records.Destination]]:
    with portal.reading(SYSTEM) as session:
        record = records.get_any(session, uid)
        found = Choices.of(portal, session, record, records.latest_decision(portal, session, record))
        return found, found.others(0)


@pytest.mark.parametrize("willing", ["yes", "no"])
def test_each_choice_that_is_offered_can_be_sent_with_its_day(portal: Portal, willing: str) -> None:
    uid = case(portal, willing=willing)
    _, others = choices(portal, uid)
    assert len(others) >= 2
    assert len({one.key for one in others}) == len(others)
    for one in others:
        assert (one.due_on is None) == (one.deadline is None)
        assert willing == "yes" or one.route != "R01"
        fresh = case(portal, willing=willing)
        override = Override(one.to, route=one.route, deadline=one.deadline)
        lead = dispose(portal, fresh, override, form=PROCEDURE if one.route not in ("", "R01") else None)
        assert lead.due_on == one.due_on


def test_periods_are_those_of_the_route_and_of_this_sort_of_matter(portal: Portal) -> None:
    found, _ = choices(portal, case(portal))
    bundle = found.bundle
    loan = periods_for(bundle, "R01", "D0901")
    assert "T45" in loan
    assert set(loan).isdisjoint({"T09", "T37", "T39", "T41", "T17"}), (
        "a party's own, other sorts, another route"
    )
    assert "T37" in periods_for(bundle, "R01", "D1002"), "the period of medical disputes is for those"
    for route in bundle.routes:
        for code in periods_for(bundle, route, "D0901"):
            assert bundle.periods[code].route == route
            assert bundle.periods[code].whose != "party"
    assert {one.deadline for one in found.started()} == {"T50", "T51"}


@pytest.mark.parametrize(
    ("override", "code"),
    [
        (Override({"department": "court"}, route="R05", deadline="T45"), "dispose.deadline"),
        (Override({"department": "court"}, route="R05", deadline="T99"), "dispose.deadline"),
        (Override({"department": "nobody"}, route="R05"), "dispose.target"),
        (Override({"department": "court"}, route="R99"), "dispose.route"),
        (Override({"department": "court"}, route="R05", assist=["nobody"]), "dispose.assist"),
    ],
)
def test_what_cannot_apply_is_refused_with_its_reason(portal: Portal, override: Override, code: str) -> None:
    uid = case(portal)
    with pytest.raises(InvalidInput) as refused:
        dispose(portal, uid, override)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert standing(portal, uid) == []


def test_a_proposal_is_followed_with_other_helpers(portal: Portal) -> None:
    uid = case(portal)
    found, _ = choices(portal, uid)
    assert found.decision is not None
    said = {"version": 1, "decision_id": found.decision.id, "proposal": 0}
    with pytest.raises(InvalidInput):
        do(portal, records.dispose, uid, **said, assist=["nobody"])
    do(portal, records.dispose, uid, **said, assist=["police", "police", "women"])
    helping = [unit for unit, lead, _ in standing(portal, uid) if not lead]
    assert helping == ["530112:police", "530112:women"]


def test_who_sends_a_matter_elsewhere_while_it_is_open_says_why(portal: Portal) -> None:
    uid = case(portal)
    found, _ = choices(portal, uid)
    assert found.decision is not None
    dispose(portal, uid, MEDIATION)
    said = {"decision_id": found.decision.id, "proposal": 0}
    with pytest.raises(InvalidInput):
        do(portal, records.dispose, uid, version=now(portal, uid).version, **said)
    do(portal, records.dispose, uid, version=now(portal, uid).version, reason="原单位没有人手", **said)
    assert [state for _, lead, state in standing(portal, uid) if lead] == ["replaced", "sent"]
