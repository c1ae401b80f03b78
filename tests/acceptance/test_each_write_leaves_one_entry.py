"""Every way to write leaves exactly one entry that says who, when, where, before and after; a refused one leaves none.

The ways are taken from the addresses of the application: one that is not listed fails the test.
"""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from portal.cli import main
from portal.core.access import Access, Origin
from portal.persistence.declared import Unaudited
from portal.persistence.models import Job, Notice
from tests.acceptance.conftest import County
from tests.acceptance.stage import Stage
from tests.acceptance.ways_on_matters import ON_MATTERS
from tests.acceptance.ways_to_write import DATA, SECRET, UNNOTED
from tests.acceptance.ways_to_write import WAYS as EVERYDAY
from tests.services.importing import test_exporting, test_settling
from tests.web import (
    test_back_test_page,
    test_board_acts,
    test_board_parting,
    test_board_second_person,
    test_designer_pages,
    test_editors,
    test_files_and_sentences,
    test_hall_pages,
    test_import_pages,
    test_meeting_pages,
    test_new_centre,
    test_overviews,
    test_people_table,
    test_questions,
    test_rollout,
    test_rule_pages,
    test_sandbox,
    test_studio,
    test_version_files,
)
from tests.web.api import test_feeds_api
from tests.web.records import test_retention_pages
from tests.web.records.seeded_site import PASSWORD, Site
from tests.web.security import test_second_factor

WAYS = EVERYDAY | ON_MATTERS
# What takes a POST and stores nothing in the database.
NO_WRITE = {
    "RecordsView.same": "a question; that somebody looked is noted where a number was asked",
    "RecordsView.paper_draft": "a draft; nothing is kept of it",
    "RecordsApi.same": "a question; that somebody looked is noted where a number was asked",
    "choose_unit": "the unit one works for lies in the cookie",
    "TokenApi.refresh": "a token is no row",
    "PeopleView.look": "what a table of people would do; nothing is made",
    "NewCentreView.look_at_units": "what a table of units would add; nothing is added",
    "NewCentreView.look_at_people": "what a table of people would do; nothing is made",
    "PilotView.look": "what would come of a choice; nothing is made",
    "HallView.preview": "how pasted rows are understood; nothing is taken over",
    "SandboxView.enter": "a sandbox has a database and a log of its own",
    "SandboxView.end": "a folder is removed; that it was made is in the log",
    "progress.show": "a party's question: what it writes counts against the limits alone",
    "progress.answer": "totals alone, which say of nobody that they answered",
}
# Several steps, each its own act with its own entry: followed where the steps are tested.
FOLLOWED = {
    "LoginView.step": "test_setting_up_at_sign_in",
    "SecondFactorPages.change": "test_whose_role_asks_for_it_cannot_switch_it_off",
    "SecondFactorPages.confirm": "test_it_is_optional_for_everybody_else_and_asked_for_once_it_is_there",
    "SecondFactorPages.reset": "test_who_keeps_the_account_takes_it_from_somebody_who_lost_it",
    "ImportView.add": "test_a_new_source_is_mapped_by_what_its_columns_and_texts_are_called",
    "ImportView.mapping": "test_a_new_source_is_mapped_by_what_its_columns_and_texts_are_called",
    **dict.fromkeys(
        ("ImportView.upload", "ImportView.start", "ImportView.mend", "ImportView.drop"),
        "test_a_file_goes_from_upload_to_records_and_back",
    ),
    "FeedsApi.post": "test_what_was_done_is_in_the_log",
    "SourceView.give_token": "test_what_was_done_is_in_the_log",
    "SourceView.withdraw_token": "test_what_was_done_is_in_the_log",
    "SourceView.export": "test_one_entry_names_the_columns_and_how_many",
    "RecordsView.settle_source": "test_one_field_is_taken_over_by_an_ordinary_change_and_the_other_is_left",
    "PeopleView.make": "test_a_table_is_tried_and_then_made_whole_with_passwords_shown_once",
    **dict.fromkeys(
        ("RetentionView.propose", "RetentionView.approve"),
        "test_a_volume_is_proposed_approved_by_another_and_gone",
    ),
    "RetentionView.withdraw": "test_whoever_proposed_it_is_told_that_another_decides",
    "RetentionView.refuse": "test_a_list_is_refused_and_one_that_was_stopped_goes_on",
    "RetentionView.go_on": "test_a_list_is_refused_and_one_that_was_stopped_goes_on",
    "SubjectView.copy": "test_a_person_gets_a_copy_and_the_page_tells_nothing",
    **dict.fromkeys(
        (
            "StudioView.start",
            "StudioView.roll_back",
            "DraftView.undo",
            "DraftView.redo",
            "DraftView.check",
            "DraftView.submit",
            "DraftView.approve",
        ),
        "test_a_draft_goes_from_its_beginning_to_what_is_in_force_and_back",
    ),
    **dict.fromkeys(
        ("DraftView.send_back", "DraftView.give_back", "DraftView.discard"),
        "test_a_submitted_draft_is_sent_back_and_given_up",
    ),
    "MeetingView.decide": "test_a_decision_becomes_a_task_sheet_and_stands_on_the_next_paper",
    "MeetingView.export": "test_a_paper_is_taken_out_as_files_and_the_log_says_so",
    "PartingView.export": "test_a_table_by_classes_is_taken_out_with_one_entry",
    **dict.fromkeys(
        ("ApprovingView.ask", "ApprovingView.decide"),
        "test_a_second_person_agrees_before_figures_are_taken_out",
    ),
    "BoardView.export": "test_a_board_is_taken_out_with_both_counts_and_one_entry",
    "BoardView.cases": "test_cases_are_looked_at_on_a_stated_ground",
    "BoardView.comment": "test_a_remark_of_a_unit_stands_beside_its_figure",
    "DraftView.renew": "test_a_draft_that_another_version_overtook_goes_on_over_it",
    "BackTestView.ask": "test_a_draft_is_tried_on_past_matters_and_the_page_says_what_came_of_it",
    "DraftView.here": "test_two_persons_see_one_another",
    "EditorView.save": "test_a_change_is_saved_at_once_and_is_the_only_one",
    "EditorView.do": "test_a_thing_is_added_by_its_name_and_removed",
    **dict.fromkeys(
        ("FilesView.bring", "FilesView.take_away"),
        "test_a_document_gets_a_template_of_our_own_in_one_step",
    ),
    "SentencesView.put": "test_a_condition_of_a_worklist_is_a_sentence",
    **dict.fromkeys(
        ("NewCentreView.add_units", "NewCentreView.begin", "NewCentreView.make_people"),
        "test_a_city_opens_a_centre_that_works_at_once",
    ),
    "SandboxView.begin": "test_nothing_of_a_sandbox_is_in_the_real_database_and_the_reverse",
    "TextsView.upload": "test_a_workbook_goes_out_and_changed_cells_come_back_as_one_group",
    "TextsView.save": "test_a_missing_text_is_written_on_the_page",
    "MatrixView.save": "test_a_cell_of_the_matrix_is_a_change_and_the_others_stay",
    **dict.fromkeys(
        ("VersionView.place", "VersionView.plan"),
        "test_a_county_goes_from_the_new_version_to_what_is_in_force_and_back",
    ),
    "PlansView.plan_all": "test_a_city_plans_for_all_centres_and_finds_each",
    "VersionView.base": "test_a_county_says_with_which_version_it_compares",
    "PilotView.make": "test_a_pilot_s_ways_become_a_draft_of_the_city_s",
    "AnswersView.save": "test_a_county_answers_in_its_draft",
    "VersionAnswersView.save": "test_a_county_answers_before_the_version_is_in_force",
    "PackagesView.read": "test_a_file_is_read_taken_in_and_never_an_older_one_again",
    "PackagesView.carry": "test_a_version_is_carried_away_signed_where_the_key_may",
    "DriftView.lift": "test_a_city_sees_what_differs_and_takes_it_into_its_draft",
    **dict.fromkeys(
        ("WavesView.start", "WavesView.turn", "WavesView.evidence"),
        "test_a_city_hands_a_version_down_in_waves",
    ),
    "HallView.do": "test_a_move_is_one_command_and_one_audit_entry",
    "HallView.week": "test_a_week_is_filled_halved_copied_moved_and_cleared",
    **dict.fromkeys(
        ("FormsView.save", "FormsView.do", "StagesView.save", "StagesView.do"),
        "test_each_act_of_the_designers_leaves_one_entry",
    ),
    **dict.fromkeys(("RulesView.sentence", "RulesView.do"), "test_each_change_of_rules_leaves_one_entry"),
}


@pytest.fixture(scope="module")
def stage(site: Site) -> Stage:
    return Stage(site)


def writing(site: Site) -> set[str]:
    """Return the addresses that take more than questions."""
    rules = site.app.url_map.iter_rules()
    return {rule.endpoint for rule in rules if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}}


def test_every_address_that_writes_is_known(site: Site) -> None:
    assert writing(site) == WAYS.keys() | UNNOTED.keys() | NO_WRITE.keys() | FOLLOWED.keys()
    followed: dict[str, Any] = {}
    for module in (
        test_second_factor,
        test_import_pages,
        test_exporting,
        test_settling,
        test_feeds_api,
        test_people_table,
        test_retention_pages,
        test_board_acts,
        test_board_parting,
        test_board_second_person,
        test_rollout,
        test_questions,
        test_meeting_pages,
        test_studio,
        test_editors,
        test_rule_pages,
        test_hall_pages,
        test_files_and_sentences,
        test_designer_pages,
        test_back_test_page,
        test_new_centre,
        test_overviews,
        test_sandbox,
        test_version_files,
    ):
        followed |= vars(module)
    assert all(callable(followed.get(name)) for name in FOLLOWED.values())


@pytest.mark.parametrize("endpoint", WAYS)
def test_each_way_leaves_one_entry(stage: Stage, endpoint: str) -> None:
    act, action = WAYS[endpoint](stage)
    before = stage.last()
    answer = act()
    assert getattr(answer, "status_code", 302) < 400, answer.text[:1000]
    found = stage.entries(before)
    assert [entry.action for entry in found] == [action], answer
    (entry,) = found
    assert all((entry.actor, entry.actor_id, entry.at, entry.request_id, entry.ip == "127.0.0.1"))
    assert entry.channel == ("api" if "Api" in endpoint else "web")
    assert all((entry.kind, entry.object_id, entry.unit_path))
    assert action not in ("edit", "revoke", "delete") or entry.before
    assert action not in ("add", "edit", "attach", "assign") or entry.after
    written = str((entry.before, entry.after))
    assert not any(secret in written for secret in (PASSWORD, SECRET))


@pytest.mark.parametrize("endpoint", UNNOTED)
def test_marks_of_notices_are_made_without_an_entry(stage: Stage, endpoint: str) -> None:
    act, is_done = UNNOTED[endpoint](stage)
    before = stage.last()
    assert not is_done()
    answer = act()
    assert answer.status_code < 400, answer.text[:1000]
    assert is_done()
    assert stage.entries(before) == []
    assert {isinstance(model.__audit__, Unaudited) for model in (Notice, Job)} == {True}


@pytest.mark.parametrize("endpoint", sorted(WAYS.keys() - {"LoginView.login", "TokenApi.login"}))
def test_refused_writes_leave_none(stage: Stage, endpoint: str) -> None:
    """Nobody is signed in, or somebody sends nonsense: nothing is stored and nothing noted."""
    rules = [rule for rule in stage.site.app.url_map.iter_rules() if rule.endpoint == endpoint]
    before = stage.last()
    headers = stage.site.token("wuhua")
    asked = stage.last()
    assert asked == before + 1  # the sign-in itself
    for rule in rules:
        values = {
            name: "case" if name == "etype" else 1 if name in ("pk", "assignment", "decision") else "0" * 32
            for name in rule.arguments
        }
        with stage.site.app.test_request_context():
            url = stage.site.app.url_map.bind("localhost").build(endpoint, values)
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            client = stage.site.app.test_client()
            assert client.open(url, method=method, json={"data": {}}).status_code >= 300
            if "logout" not in endpoint:
                answer = client.open(url, method=method, json={"data": {"nonsense": 1}}, headers=headers)
                assert answer.status_code >= 300, answer.text
    assert [entry.action for entry in stage.entries(asked)] == []


def test_configuration_leaves_one_entry_each(stage: Stage, county: County) -> None:
    """Rules, forms and layout come in by a release: published and put in force by the command line."""
    before = stage.last()
    assert county.publish().exit_code == 0
    found = stage.entries(before)
    assert sorted(entry.action for entry in found) == ["activate", "publish", "store"]
    assert {entry.channel for entry in found} == {"cli"}
    assert all(entry.after and entry.actor for entry in found)
    before = stage.last()
    assert county.publish().exit_code == 0
    county.write("rule_sets", "referral", {"rules": {"odd": {"when": "import os"}}})
    assert county.publish().exit_code != 0
    assert stage.entries(before) == []


def test_accounts_made_on_the_command_line(stage: Stage, county: County) -> None:
    before = stage.last()
    environment = {
        "PORTAL_ENV": "demo",
        "PORTAL_DATABASE_URL": stage.site.url,
        "PORTAL_INSTANCE": str(county.root),
        "PORTAL_SECRET_KEY": "a signing key of tests, 0123456789",
    }
    run = CliRunner().invoke(main, ["user", "assign", "triage", "clerk", "530112"], env=environment)
    assert run.exit_code == 0, run.output
    (entry,) = stage.entries(before)
    assert (entry.action, entry.channel) == ("assign", "cli")


def test_an_import_leaves_one_entry_for_each_case(stage: Stage) -> None:
    from portal.services import records

    before = stage.last()
    with stage.site.portal.writing(Access.system("import"), Origin(channel="cli")) as uow:
        made = [records.register(uow, "case", "530112", DATA).record.uid for _ in range(5)]
        uow.commit()
    assert [(entry.action, entry.object_id) for entry in stage.entries(before)] == [
        ("add", uid) for uid in made
    ]


def test_units_leave_one_entry_each(stage: Stage) -> None:
    from portal.services import units

    portal, root = stage.site.portal, Access.system("test")
    before = stage.last()
    with portal.writing(root, Origin()) as uow:
        parent = units.by_code(uow.session, "530112")
        units.add(uow, "530112:check39", "新科室", parent.level, parent.id)
        uow.commit()
    assert [entry.action for entry in stage.entries(before)] == ["add"]
