"""All tables. Importing this package fills ``Model.metadata``, Flask-AppBuilder's own tables included."""

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import Group, PermissionView, RegisterUser, Role, User

from portal.persistence.models.account import AccountSecurity, RecoveryCode
from portal.persistence.models.assignment import AccessStamp, AccountHome, Assignment
from portal.persistence.models.attachment import Attachment
from portal.persistence.models.audit import AuditChain, AuditEntry, AuditSeal
from portal.persistence.models.booking import Booking
from portal.persistence.models.calendar_year import CalendarYear
from portal.persistence.models.clock import Clock
from portal.persistence.models.destruction import Destruction, DestructionItem
from portal.persistence.models.disclosure import Disclosure
from portal.persistence.models.draft import (
    BackTest,
    Draft,
    DraftAsset,
    DraftCommand,
    DraftPresence,
    DraftSnapshot,
)
from portal.persistence.models.figure import Figure, FigureDelta, FigureState
from portal.persistence.models.importing import (
    ExportedRecord,
    ImportChunk,
    ImportFile,
    ImportSource,
    ImportToken,
    RecordSource,
    SourceExport,
)
from portal.persistence.models.indicator_figure import (
    IndicatorFigure,
    IndicatorKept,
    IndicatorMark,
    IndicatorShare,
    IndicatorState,
)
from portal.persistence.models.job import DueEffect, DueEvent, Job, JobResult, JobWorker
from portal.persistence.models.layer import Blob, Layer, LayerFile
from portal.persistence.models.link import RecordLink
from portal.persistence.models.lookup import LookupAnswer, LookupAttempt, LookupCode
from portal.persistence.models.meeting import BoardExport, FigureComment, Meeting
from portal.persistence.models.notice import Notice
from portal.persistence.models.numbering import NumberSeries
from portal.persistence.models.outbox import OutboxMessage
from portal.persistence.models.page_state import PageState
from portal.persistence.models.paper import Paper
from portal.persistence.models.reach import RecordReach
from portal.persistence.models.record import Record
from portal.persistence.models.record_event import RecordEvent
from portal.persistence.models.record_term import RecordTerm
from portal.persistence.models.record_text import RecordText
from portal.persistence.models.record_value import FieldFill, FieldPlaceRow, RecordValue
from portal.persistence.models.referral import Decision, Referral
from portal.persistence.models.release import Release, ReleaseActivation, ReleaseState
from portal.persistence.models.request_key import RequestKey
from portal.persistence.models.rollout import (
    Campaign,
    CampaignEvidence,
    CampaignTarget,
    CampaignWave,
    RolloutDecision,
    RolloutPlan,
)
from portal.persistence.models.saved_view import SavedView
from portal.persistence.models.sign_in import PastPassword, SignInAttempt, SignInSession, SignInStep
from portal.persistence.models.slots import FieldSlot
from portal.persistence.models.subject_request import SubjectRequest
from portal.persistence.models.task import Task
from portal.persistence.models.unit import Centre, Unit
from portal.persistence.models.volume import Volume

__all__ = [
    "AccessStamp",
    "AccountHome",
    "AccountSecurity",
    "Assignment",
    "Attachment",
    "AuditChain",
    "AuditEntry",
    "AuditSeal",
    "BackTest",
    "Blob",
    "BoardExport",
    "Booking",
    "CalendarYear",
    "Campaign",
    "CampaignEvidence",
    "CampaignTarget",
    "CampaignWave",
    "Centre",
    "Clock",
    "Decision",
    "Destruction",
    "DestructionItem",
    "Disclosure",
    "Draft",
    "DraftAsset",
    "DraftCommand",
    "DraftPresence",
    "DraftSnapshot",
    "DueEffect",
    "DueEvent",
    "ExportedRecord",
    "FieldFill",
    "FieldPlaceRow",
    "FieldSlot",
    "Figure",
    "FigureComment",
    "FigureDelta",
    "FigureState",
    "Group",
    "ImportChunk",
    "ImportFile",
    "ImportSource",
    "ImportToken",
    "IndicatorFigure",
    "IndicatorKept",
    "IndicatorMark",
    "IndicatorShare",
    "IndicatorState",
    "Job",
    "JobResult",
    "JobWorker",
    "Layer",
    "LayerFile",
    "LookupAnswer",
    "LookupAttempt",
    "LookupCode",
    "Meeting",
    "Model",
    "Notice",
    "NumberSeries",
    "OutboxMessage",
    "PageState",
    "Paper",
    "PastPassword",
    "PermissionView",
    "Record",
    "RecordEvent",
    "RecordLink",
    "RecordReach",
    "RecordSource",
    "RecordTerm",
    "RecordText",
    "RecordValue",
    "RecoveryCode",
    "Referral",
    "RegisterUser",
    "Release",
    "ReleaseActivation",
    "ReleaseState",
    "RequestKey",
    "Role",
    "RolloutDecision",
    "RolloutPlan",
    "SavedView",
    "SignInAttempt",
    "SignInSession",
    "SignInStep",
    "SourceExport",
    "SubjectRequest",
    "Task",
    "Unit",
    "User",
    "Volume",
]
