"""Records of every entity type: the use cases, one module each."""

from portal.services.records.acts.locking import is_locked, is_stopped, lock_of
from portal.services.records.entering.adopting_release import Preview, move, newer_releases, preview
from portal.services.records.entering.attaching import attach, attachment, attachments_of
from portal.services.records.entering.changing import LostUpdate, change
from portal.services.records.entering.deleting import delete, destroy
from portal.services.records.entering.registering import Registered, register
from portal.services.records.finding.children import Children, children_of, parent_of, part_types
from portal.services.records.finding.choices import record_index, records_named
from portal.services.records.finding.consents import consents_in_parts
from portal.services.records.finding.data_history import data_at
from portal.services.records.finding.differences import FieldDiff
from portal.services.records.finding.filter_conditions import FieldColumn, Filter, filterable
from portal.services.records.finding.known_people import Known, known_details, known_person
from portal.services.records.finding.last_words import last_events
from portal.services.records.finding.page_state import load_state, save_state
from portal.services.records.finding.reading import COUNTED_BY, check_open, counts, get, get_any, history
from portal.services.records.finding.same_matter import (
    Same,
    matter_of,
    possible_same,
    same_settings,
    watched,
)
from portal.services.records.finding.saved_views import (
    MOST_VIEWS,
    drop_view,
    save_view,
    saved_view,
    saved_views,
)
from portal.services.records.finding.searching import Page, Query, own_bundle, search
from portal.services.records.finding.text_found import found_in
from portal.services.records.finding.titles import readable, title_of
from portal.services.records.handling.answering_referrals import (
    answers_for,
    answers_to,
    referral,
    referrals_of,
    too_late,
)
from portal.services.records.handling.choosing import Choices, Destination, concerned
from portal.services.records.handling.clocks.reading import ClockView, clocks_of, events_of, may_be_recorded
from portal.services.records.handling.clocks.recording import Recordable, record_event
from portal.services.records.handling.competence import (
    Dispute,
    decide_competence,
    dispute_of,
    may_decide,
    raise_dispute,
)
from portal.services.records.handling.continuing import continued, known_of_steps
from portal.services.records.handling.correcting import Correction, waiting_in
from portal.services.records.handling.correcting import ask as ask_correction
from portal.services.records.handling.correcting import may_settle as may_settle_correction
from portal.services.records.handling.correcting import settle as settle_correction
from portal.services.records.handling.disposing import Override, dispose
from portal.services.records.handling.figures import Count, Overview, overview
from portal.services.records.handling.grading import accept_grade, grades
from portal.services.records.handling.leading import StepForm
from portal.services.records.handling.linking import OPENED, LinkView, links_of
from portal.services.records.handling.looking_before import Found, looked_before
from portal.services.records.handling.opening import Opening, Source, opening, register_from
from portal.services.records.handling.opening_records import working_days
from portal.services.records.handling.referring import due_day
from portal.services.records.handling.stepping import (
    Given,
    available,
    step_as_answer,
    step_too_late,
    transition,
)
from portal.services.records.handling.steps_of_openers import opened_by, opener_of
from portal.services.records.handling.taking import taken_from_part
from portal.services.records.handling.tasks.acting import add_task, assign_task, do_task, drop_task, take_over
from portal.services.records.handling.tasks.owners import Owner, Owners, owners_for
from portal.services.records.handling.tasks.reading import Suggested, TaskView, suggested, tasks_of
from portal.services.records.handling.tasks.record_tasks import types_of, words_of
from portal.services.records.handling.transitions import blocking
from portal.services.records.handling.waiting import Asking as WorklistAsking
from portal.services.records.handling.waiting import Badge, Waiting, Waits, worklists_of
from portal.services.records.handling.waiting import badges as worklist_badges
from portal.services.records.handling.waiting import rows as worklist_rows
from portal.services.records.handling.waiting_statements import SOURCES as WORKLIST_ROWS
from portal.services.records.handling.whistling import Called, answer_day, whistle
from portal.services.records.papers.blank import blank_form, forms_of
from portal.services.records.papers.issuing import issue_paper, scan_paper, serve_paper, void_paper
from portal.services.records.papers.reading import Draft, PaperView
from portal.services.records.papers.reading import Reader as PaperReader
from portal.services.records.privacy.answers import Answers, answers_of
from portal.services.records.privacy.disclosure import (
    RecordView,
    Views,
    closed_columns,
    unmask,
    view_of,
)
from portal.services.records.privacy.discreet import is_discreet
from portal.services.records.privacy.purposes import purposes
from portal.services.records.proposing.decisions import (
    DecisionView,
    decisions_of,
    finder_for,
    last_decision,
    latest_decision,
)
from portal.services.records.proposing.redeciding import redecide
from portal.services.records.proposing.seats import Seat

__all__ = [
    "COUNTED_BY",
    "MOST_VIEWS",
    "OPENED",
    "WORKLIST_ROWS",
    "Answers",
    "Badge",
    "Called",
    "Children",
    "Choices",
    "ClockView",
    "Correction",
    "Count",
    "DecisionView",
    "Destination",
    "Dispute",
    "Draft",
    "FieldColumn",
    "FieldDiff",
    "Filter",
    "Found",
    "Given",
    "Known",
    "LinkView",
    "LostUpdate",
    "Opening",
    "Override",
    "Overview",
    "Owner",
    "Owners",
    "Page",
    "PaperReader",
    "PaperView",
    "Preview",
    "Query",
    "RecordView",
    "Recordable",
    "Registered",
    "Same",
    "Seat",
    "Source",
    "StepForm",
    "Suggested",
    "TaskView",
    "Views",
    "Waiting",
    "Waits",
    "WorklistAsking",
    "accept_grade",
    "add_task",
    "answer_day",
    "answers_for",
    "answers_of",
    "answers_to",
    "ask_correction",
    "assign_task",
    "attach",
    "attachment",
    "attachments_of",
    "available",
    "blank_form",
    "blocking",
    "change",
    "check_open",
    "children_of",
    "clocks_of",
    "closed_columns",
    "concerned",
    "consents_in_parts",
    "continued",
    "counts",
    "data_at",
    "decide_competence",
    "decisions_of",
    "delete",
    "destroy",
    "dispose",
    "dispute_of",
    "do_task",
    "drop_task",
    "drop_view",
    "due_day",
    "events_of",
    "filterable",
    "finder_for",
    "forms_of",
    "found_in",
    "get",
    "get_any",
    "grades",
    "history",
    "is_discreet",
    "is_locked",
    "is_stopped",
    "issue_paper",
    "known_details",
    "known_of_steps",
    "known_person",
    "last_decision",
    "last_events",
    "latest_decision",
    "links_of",
    "load_state",
    "lock_of",
    "looked_before",
    "matter_of",
    "may_be_recorded",
    "may_decide",
    "may_settle_correction",
    "move",
    "newer_releases",
    "opened_by",
    "opener_of",
    "opening",
    "overview",
    "own_bundle",
    "owners_for",
    "parent_of",
    "part_types",
    "possible_same",
    "preview",
    "purposes",
    "raise_dispute",
    "readable",
    "record_event",
    "record_index",
    "records_named",
    "redecide",
    "referral",
    "referrals_of",
    "register",
    "register_from",
    "same_settings",
    "save_state",
    "save_view",
    "saved_view",
    "saved_views",
    "scan_paper",
    "search",
    "serve_paper",
    "settle_correction",
    "step_as_answer",
    "step_too_late",
    "suggested",
    "take_over",
    "taken_from_part",
    "tasks_of",
    "title_of",
    "too_late",
    "transition",
    "types_of",
    "unmask",
    "view_of",
    "void_paper",
    "waiting_in",
    "watched",
    "whistle",
    "words_of",
    "working_days",
    "worklist_badges",
    "worklist_rows",
    "worklists_of",
]
