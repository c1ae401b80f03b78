"""Records of every entity type: the use cases, one module each."""

from portal.services.records.answering import answers_to, referral, referrals_of
from portal.services.records.attaching import attach, attachment, attachments_of
from portal.services.records.changing import LostUpdate, change
from portal.services.records.data_history import data_at
from portal.services.records.decisions import DecisionView, decisions_of, last_decision, latest_decision
from portal.services.records.deleting import delete, destroy
from portal.services.records.differences import FieldDiff
from portal.services.records.disclosure import (
    RecordView,
    Views,
    closed_columns,
    purposes,
    unmask,
    view_of,
)
from portal.services.records.disposing import Override, dispose
from portal.services.records.figures import Count, Overview, overview
from portal.services.records.filters import FieldColumn, Filter, filterable
from portal.services.records.moving import Preview, move, newer_releases, preview
from portal.services.records.page_state import load_state, save_state
from portal.services.records.reading import counts, get, get_any, history
from portal.services.records.redeciding import redecide
from portal.services.records.registering import Registered, register
from portal.services.records.searching import Page, Query, own_bundle, search
from portal.services.records.seats import Seat
from portal.services.records.titles import readable, title_of
from portal.services.records.transitions import available, transition
from portal.services.records.worklist import Worklist, worklist

__all__ = [
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
    "Registered",
    "Seat",
    "Views",
    "Worklist",
    "answers_to",
    "attach",
    "attachment",
    "attachments_of",
    "available",
    "change",
    "closed_columns",
    "counts",
    "data_at",
    "decisions_of",
    "delete",
    "destroy",
    "dispose",
    "filterable",
    "get",
    "get_any",
    "history",
    "last_decision",
    "latest_decision",
    "load_state",
    "move",
    "newer_releases",
    "overview",
    "own_bundle",
    "preview",
    "purposes",
    "readable",
    "redecide",
    "referral",
    "referrals_of",
    "register",
    "save_state",
    "search",
    "title_of",
    "transition",
    "unmask",
    "view_of",
    "worklist",
]
