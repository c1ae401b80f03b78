"""Records of every entity type: the use cases, one module each."""

from portal.services.records.acts.locking import is_locked
from portal.services.records.entering.adopting_release import Preview, move, newer_releases, preview
from portal.services.records.entering.attaching import attach, attachment, attachments_of
from portal.services.records.entering.changing import LostUpdate, change
from portal.services.records.entering.deleting import delete, destroy
from portal.services.records.entering.registering import Registered, register
from portal.services.records.finding.children import children_of, parent_of
from portal.services.records.finding.data_history import data_at
from portal.services.records.finding.differences import FieldDiff
from portal.services.records.finding.filter_conditions import FieldColumn, Filter, filterable
from portal.services.records.finding.page_state import load_state, save_state
from portal.services.records.finding.reading import COUNTED_BY, check_open, counts, get, get_any, history
from portal.services.records.finding.searching import Page, Query, own_bundle, search
from portal.services.records.finding.titles import readable, title_of
from portal.services.records.handling.answering_referrals import (
    answers_to,
    referral,
    referrals_of,
    too_late,
)
from portal.services.records.handling.clocks.reading import ClockView, clocks_of, events_of, may_be_recorded
from portal.services.records.handling.clocks.recording import Recordable, record_event
from portal.services.records.handling.correcting import Correction, waiting_in
from portal.services.records.handling.correcting import ask as ask_correction
from portal.services.records.handling.correcting import may_settle as may_settle_correction
from portal.services.records.handling.correcting import settle as settle_correction
from portal.services.records.handling.disposing import Override, dispose
from portal.services.records.handling.figures import Count, Overview, overview
from portal.services.records.handling.grading import accept_grade, grades
from portal.services.records.handling.leading import StepForm
from portal.services.records.handling.referring import due_day
from portal.services.records.handling.transitions import available, transition
from portal.services.records.handling.worklist import Worklist, worklist
from portal.services.records.privacy.disclosure import (
    RecordView,
    Views,
    closed_columns,
    unmask,
    view_of,
)
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
    "ClockView",
    "Correction",
    "Count",
    "DecisionView",
    "FieldColumn",
    "FieldDiff",
    "Filter",
    "LostUpdate",
    "Override",
    "Overview",
    "Page",
    "Preview",
    "Query",
    "RecordView",
    "Recordable",
    "Registered",
    "Seat",
    "StepForm",
    "Views",
    "Worklist",
    "accept_grade",
    "answers_to",
    "ask_correction",
    "attach",
    "attachment",
    "attachments_of",
    "available",
    "change",
    "check_open",
    "children_of",
    "clocks_of",
    "closed_columns",
    "counts",
    "data_at",
    "decisions_of",
    "delete",
    "destroy",
    "dispose",
    "due_day",
    "events_of",
    "filterable",
    "finder_for",
    "get",
    "get_any",
    "grades",
    "history",
    "is_locked",
    "last_decision",
    "latest_decision",
    "load_state",
    "may_be_recorded",
    "may_settle_correction",
    "move",
    "newer_releases",
    "overview",
    "own_bundle",
    "parent_of",
    "preview",
    "purposes",
    "readable",
    "record_event",
    "redecide",
    "referral",
    "referrals_of",
    "register",
    "save_state",
    "search",
    "settle_correction",
    "title_of",
    "too_late",
    "transition",
    "unmask",
    "view_of",
    "waiting_in",
    "worklist",
]
