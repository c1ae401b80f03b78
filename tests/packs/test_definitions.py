"""Periods, documents, events, tasks and worklists of the shipped packs compile and say what law and forms say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from portal.core.conditions import Env
from portal.core.conditions.model import atoms
from portal.core.deadlines import Length, periods
from portal.core.documents import documents
from portal.core.effects import EFFECTS
from portal.core.events import events
from portal.core.lifecycle import compile_lifecycle
from portal.core.packs.check.documents import without_template
from portal.core.tasks import tasks
from portal.core.worklists import says, worklists

ENV = Env(date(2026, 5, 6))
PARTY = {"T05", "T07", "T09", "T15", "T18", "T22", "T23", "T28", "T29", "T33", "T38", "T47"}
CENTRE = {"T48", "T49", "T52", "T54"}


@pytest.fixture
def compiled(shipped, pack):
    bundle = shipped.bundle(pack)
    return {
        "periods": periods(bundle["deadlines"]),
        "documents": documents(bundle["documents"]),
        "events": events(bundle["events"]),
        "tasks": tasks(bundle["tasks"]),
        "worklists": worklists(bundle["worklists"]),
        "lifecycle": compile_lifecycle(bundle["lifecycles"]["case"]),
    }


def test_all_periods_are_readable_by_machine(compiled):
    found = compiled["periods"]
    assert list(found) == [f"T{number:02}" for number in range(1, 55)]
    for period in found.values():
        assert period.starts, period.code
        assert period.ends, period.code
        assert period.whose, period.code
        assert period.expiry, period.code
        assert period.source, period.code
        assert period.texts["starts_text"], period.code
        assert period.texts["who_text"], period.code
        assert bool(period.pauses) == bool(period.resumes) == bool(period.texts.get("pauses_text")), (
            period.code
        )


def test_whose_each_period_is(compiled):
    found = compiled["periods"].values()
    assert {period.code for period in found if period.whose == "party"} == PARTY
    assert {period.code for period in found if period.whose == "centre"} == CENTRE
    assert Counter(period.whose for period in found) == {
        "party": 12,
        "centre": 4,
        "handler": 21,
        "outside": 17,
    }


def test_lengths_and_extensions_are_those_of_the_law(compiled):
    found = compiled["periods"]
    lengths = {
        "T04": (60, "calendar_day"), "T09": (30, "calendar_day"), "T15": (1, "year"), "T17": (45, "calendar_day"),
        "T19": (60, "working_day"), "T29": (6, "month"), "T37": (30, "working_day"), "T47": (2, "year"),
    }  # fmt: skip
    for code, length in lengths.items():
        assert found[code].length() == Length(*length)
    extensions = {
        period.code: (period.extension.length.n, period.extension.length.unit)
        for period in found.values()
        if period.extension
    }
    assert extensions == {
        "T04": (30, "calendar_day"), "T17": (15, "calendar_day"), "T19": (30, "working_day"),
        "T21": (30, "calendar_day"), "T26": (30, "calendar_day"), "T31": (1, "month"), "T32": (6, "month"),
        "T42": (20, "working_day"),
    }  # fmt: skip
    assert all(period.extension.approver for period in found.values() if period.extension)
    assert found["T12"].length("simple") == Length(7, "calendar_day")
    assert {code for code, period in found.items() if not period.length().stated} == {
        "T16",
        "T34",
        "T35",
        "T36",
    }


def test_a_period_of_two_persons_is_each_ones_own(compiled):
    notice, correction = (compiled["periods"]["T25"].variants[key] for key in ("notice", "correction"))
    assert (notice.whose, correction.whose) == ("outside", "party")
    assert (notice.starts, correction.starts) == (("review_received",), ("review_notice_received",))
    assert compiled["periods"]["T46"].variants["decide"].starts == ("ownership_accepted",)


def test_where_no_condition_picks_a_length_a_person_does(compiled):
    assert compiled["periods"]["T43"].variant_for({}, ENV) is None
    assert compiled["periods"]["T04"].variant_for({}, ENV) == ""


def test_statutory_periods_are_locked_and_proposals_are_not(compiled):
    for period in compiled["periods"].values():
        assert period.locked == (period.checked != "proposal" and period.code != "T45"), period.code


def test_what_nothing_emits_is_recorded(compiled):
    found = compiled["events"]
    named = {
        event
        for period in compiled["periods"].values()
        for part in (period.starts, period.ends, period.pauses, period.resumes)
        for event in part
    }
    assert named <= set(found)
    emitted = {event.id for event in found.values() if not event.is_recorded}
    assert emitted >= {
        "registered",
        "sent_out",
        "signed_for",
        "closed",
        "filed",
        "agreement_effective",
        "revisited",
    }
    assert found["hearing_opened"].is_recorded
    assert {way.how for event in found.values() for way in event.arises} == {
        "act", "referral", "enter", "step", "date", "recorded",
    }  # fmt: skip


def test_all_thirty_two_documents_say_what_they_state_and_from_where(compiled):
    found = compiled["documents"]
    assert list(found) == [f"W{number:02}" for number in range(1, 33)]
    fields = [field for document in found.values() for field in document.fields]
    assert len(fields) == 237
    assert sum(field.asked for field in fields) == 107
    assert {code for code, document in found.items() if document.number} == {
        *[
            "W01",
            "W03",
            "W04",
            "W05",
            "W06",
            "W07",
            "W08",
            "W10",
            "W12",
            "W15",
            "W20",
            "W22",
            "W24",
            "W27",
            "W29",
        ]
    }
    for document in found.values():
        assert document.retention, document.code
        assert document.issued_by, document.code
        assert document.stages or document.texts["stage_text"], document.code
        assert bool(document.to) == ("to_text" in document.texts), document.code
        assert bool(document.signatures) == ("signatures_text" in document.texts), document.code
    assert found["W18"].stages == ("mediate", "adjudicate")
    assert found["W16"].instead_of == ("W15",)


def test_every_document_has_a_template_and_a_missing_one_is_a_note(shipped, pack):
    resolved = shipped.resolved(pack)
    assert without_template(resolved) == []
    plain = {
        code: {key: value for key, value in document.items() if key != "template"}
        for code, document in resolved.bundle["documents"].items()
    }
    notes = without_template(replace(resolved, bundle=resolved.bundle | {"documents": plain}))
    assert len(notes) == 32
    assert {note.severity for note in notes} == {"note"}


def test_tasks_have_somebody_who_does_them(compiled, shipped, pack):
    assert all(task.who for task in compiled["tasks"].values())
    asked = {
        step
        for rule in shipped.bundle(pack)["rules"]["referral"]["rules"].values()
        for action in rule["then"]
        for step in action.get("steps", ())
    }
    assert asked <= set(compiled["tasks"])


def test_worklists_can_be_said_in_sql(compiled):
    found = compiled["worklists"]
    assert {
        *[
            "to_triage",
            "to_dispose",
            "to_answer",
            "returned",
            "due_soon",
            "overdue",
            "mine",
            "assisting",
            "supervised",
        ],
        *["to_revisit", "to_archive", "my_tasks"],
    } <= set(found)
    assert {one.of for one in found.values()} == {"record", "referral", "task", "clock"}
    for one in found.values():
        assert all(says(atom.op) for atom in atoms(one.where)), one.id
        assert one.order, one.id


def test_a_sent_referral_leads_on_from_every_stage_or_says_what_comes_first(compiled):
    lifecycle = compiled["lifecycle"]
    for stage in lifecycle.stages:
        if stage.final or stage.parallel:
            continue
        for route in ("R01", "R05", "R09", ""):
            facts = {"data": {}, "stage": stage.id, "lanes": {}, "referral": {"route": route}}
            step = lifecycle.performed_by("referral.sent", stage.id, facts, ENV)
            assert step or stage.first or stage.stays, (stage.id, route)
            if stage.first:
                assert lifecycle.leads_from(lifecycle.transition(stage.first), stage.id)


@pytest.mark.parametrize(
    ("pack", "stage", "route", "step"),
    [
        ("base", "intake", "R01", "assign_out"),
        ("base", "assign", "R05", "assign_out"),
        ("city/kunming", "intake", "R01", None),
        ("city/kunming", "intake", "R09", "analysis_to_procedure"),
        ("city/kunming", "analyse", "R01", "analysis_to_mediate"),
        ("city/kunming", "analyse", "R05", "analysis_to_procedure"),
        ("city/kunming", "appraise", "R05", "appraised_to_procedure"),
        ("county/xishan", "assign", "R01", "assign_out"),
        ("county/xishan", "assign", "R05", "hand_over"),
        ("county/xishan", "analyse", "R01", None),
        ("county/wuhua", "middle", "R05", "divert"),
        ("county/wuhua", "front", "R09", "hand_over"),
    ],
)
def test_which_step_a_sent_referral_performs(shipped, pack, stage, route, step):
    lifecycle = compile_lifecycle(shipped.bundle(pack)["lifecycles"]["case"])
    facts = {"data": {}, "stage": stage, "lanes": {}, "referral": {"route": route}}
    found = lifecycle.performed_by("referral.sent", stage, facts, ENV)
    assert (found and found.id) == step


def test_returns_and_results_lead_back_and_on(compiled):
    lifecycle = compiled["lifecycle"]
    for event in ("referral.returned", "referral.done"):
        stages = [
            stage.id
            for stage in lifecycle.stages
            if stage.canonical in ("mediate", "handle", "adjudicate") and not stage.parallel
        ]
        for stage in stages or ["back"]:
            facts = {"data": {}, "stage": stage, "lanes": {}, "referral": {"route": "R01"}}
            assert lifecycle.performed_by(event, stage, facts, ENV), (event, stage)


def test_effects_of_steps_are_effects(compiled):
    done = [raw["do"] for step in compiled["lifecycle"].transitions for raw in step.then]
    assert done
    assert all("steps" in EFFECTS[name].where for name in done)
