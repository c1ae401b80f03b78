"""Matters that need care: complaints about an authority, danger and domestic violence, minors, counselling."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.core.errors import InvalidInput
from portal.persistence.models import Record
from portal.services import records
from portal.services.records import Called, Override
from portal.services.records.handling.steps_of_openers import opened_by
from tests.fixtures.database import access_for
from tests.services.handing import case, dispose, do, now, standing
from tests.web.api.program import CASES, Program
from tests.web.records.closed_cases import SYSTEM, version_of
from tests.web.records.seeded_site import Browser, Site, uid_of

COURT = "530112:court"
DISCIPLINE = Override({"department": "discipline"}, route="R10")
TOLD = {"period_told": True, "period_note": "自收到之日起十五日内"}
SHEET = {"problem": "overdue", "kind": "supervise", "requirement": "请答复", "due_on": "2026-05-20"}
COMPLAINT = {"dispute_type": "D1304", "willing": "no", "complained_unit": COURT}


@pytest.fixture
def complaint(site: Site) -> str:
    return case(site.portal, **COMPLAINT)


def by_choice(site: Site, uid: str) -> None:
    dispose(site.portal, uid, Override({"department": "court"}, route="R05"), form=TOLD)


def by_help(site: Site, uid: str) -> None:
    dispose(
        site.portal, uid, Override({"department": "discipline"}, route="R10", assist=["court"]), form=TOLD
    )


def by_whistle(site: Site, uid: str) -> None:
    said = {"version": now(site.portal, uid).version, "reason": "请到场"}
    do(site.portal, records.whistle, uid, called=[Called("court", 2)], lead="discipline", form=TOLD, **said)


def by_change(site: Site, uid: str) -> None:
    """It is with a unit when somebody writes that it is about that one."""
    dispose(site.portal, uid, Override({"department": "justice"}, route="R08"), form=TOLD)
    with site.portal.reading(SYSTEM) as session:
        record = records.get_any(session, uid)
        data = dict(records.view_of(site.portal, session, record).clear)
    do(site.portal, records.change, uid, data | {"complained_unit": "530112:justice"}, record.version)


@pytest.mark.parametrize("way", [by_choice, by_help, by_whistle, by_change], ids=lambda one: one.__name__)
def test_the_unit_complained_about_neither_has_the_matter_nor_is_asked(
    site: Site, complaint: str, way: Callable[[Site, str], None]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        way(site, complaint)
    assert refused.value.code == "record.kept_from"
    (problem,) = refused.value.problems
    assert (problem.pointer, "unit" in problem.params) == ("/to", True)
    asked = {unit for unit, _, _ in standing(site.portal, complaint)}
    assert not any(unit.startswith(COURT) for unit in asked)


def test_a_complaint_is_not_kept_where_the_unit_itself_sees_it(site: Site) -> None:
    for unit in ("530112", "530100"):
        with pytest.raises(InvalidInput) as refused:
            case(site.portal, **COMPLAINT | {"complained_unit": unit})
        assert [one.pointer for one in refused.value.problems] == ["/complained_unit"]


def test_a_complaint_goes_to_another_unit_and_the_court_sees_nothing_of_it(
    site: Site, complaint: str
) -> None:
    dispose(site.portal, complaint, DISCIPLINE, form=TOLD)
    # Nobody receives for the discipline organ here: it goes to the unit above.
    assert [unit for unit, _, _ in standing(site.portal, complaint)] == ["530100"]


def test_other_matters_go_to_any_unit(site: Site, clerk: Browser) -> None:
    """The field is asked in complaints alone; what it held before the class changed is cleared."""
    uid = uid_of(site.register(clerk, **{"/complained_unit": COURT}))
    assert "complained_unit" not in now(site.portal, uid).data
    dispose(site.portal, uid, Override({"department": "court"}, route="R05"), form=TOLD)


def test_the_page_and_the_api_say_why_the_unit_is_refused(site: Site, clerk: Browser) -> None:
    url = site.register(clerk, **{"/dispute_type": "D1304", "/willing": "no", "/complained_unit": COURT})
    director, uid = Program.of(site, "director"), uid_of(url)
    decision = director.get(f"{CASES}{uid}/decisions").json["result"][0]["id"]
    body = {"override": {"to": {"department": "court"}, "route": "R05"}, "reason": "另行安排", "form": TOLD}
    way, version = f"{CASES}{uid}/decisions/{decision}/dispositions", version_of(site, uid)
    answer = director.post(way, body, version=version)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "record.kept_from"), answer.text
    assert version_of(site, uid) == version


def sheet_on(site: Site, uid: str, unit: str) -> Record:
    """Supervise a matter by a sheet to a unit; return the sheet."""
    do(
        site.portal,
        records.transition,
        uid,
        "start_supervision",
        version=now(site.portal, uid).version,
        form=SHEET | {"unit": unit},
    )
    with site.portal.reading(SYSTEM) as session:
        return opened_by(session, records.get_any(session, uid), "sheet")[-1]


@pytest.fixture
def with_the_organ(site: Site, complaint: str) -> str:
    """A complaint that lies where it may."""
    do(site.portal, records.transition, complaint, "accept", version=now(site.portal, complaint).version)
    dispose(site.portal, complaint, DISCIPLINE, form=TOLD)
    return complaint


@pytest.mark.parametrize("who", ["director", "inspector", "supervisor"])
def test_no_sheet_about_a_complaint_goes_to_the_unit_complained_about(
    site: Site, with_the_organ: str, who: str
) -> None:
    """It names the matter and who brought it forward."""
    access, seen = access_for(site.portal, who, "530112"), now(site.portal, with_the_organ).version
    step = {"version": seen, "form": SHEET | {"unit": COURT}}
    with pytest.raises(InvalidInput) as refused:
        do(site.portal, records.transition, with_the_organ, "start_supervision", who=access, **step)
    assert [(one.code, one.pointer) for one in refused.value.problems] == [("record.kept_from", "/form/unit")]
    assert now(site.portal, with_the_organ).version == seen


def test_a_sheet_about_a_complaint_is_not_given_another_address_later(
    site: Site, with_the_organ: str
) -> None:
    made = sheet_on(site, with_the_organ, "530112:justice")
    with pytest.raises(InvalidInput) as refused:
        do(site.portal, records.change, made.uid, dict(made.data) | {"unit": COURT}, made.version)
    assert [(one.code, one.pointer) for one in refused.value.problems] == [("record.kept_from", "/unit")]
    do(site.portal, records.transition, made.uid, "issue", version=made.version)
    assert now(site.portal, made.uid).handler_unit_id is not None


def test_a_complaint_is_not_said_to_be_about_the_unit_that_has_a_sheet_about_it(
    site: Site, with_the_organ: str
) -> None:
    made = sheet_on(site, with_the_organ, "530112:justice")
    do(site.portal, records.transition, made.uid, "issue", version=made.version)
    held = now(site.portal, with_the_organ)
    with pytest.raises(InvalidInput) as refused:
        do(
            site.portal,
            records.change,
            held.uid,
            dict(held.data) | {"complained_unit": "530112:justice"},
            held.version,
        )
    assert refused.value.code == "record.kept_from"


def test_a_sheet_about_another_matter_goes_to_the_court(site: Site) -> None:
    uid = case(site.portal)
    do(site.portal, records.transition, uid, "accept", version=now(site.portal, uid).version)
    made = sheet_on(site, uid, COURT)
    do(site.portal, records.transition, made.uid, "issue", version=made.version)
    assert now(site.portal, made.uid).stage == "sent"
