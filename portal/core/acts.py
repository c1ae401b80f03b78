"""What happens in the portal, in one table: acts on records, and what is done with accounts, units and releases.

The names of history kinds and of audit actions, their words on all pages and in the API's document, and the action
that a role needs follow from it; so do the acts that a pack may name as the source of an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.core import referrals
from portal.core.access import ADD, DELETE, DISPOSE, EDIT, LIST, SEARCH, SHOW, TRANSITION, UNMASK
from portal.core.errors import msg
from portal.core.referrals import ANSWERS, event_of
from portal.core.table import Table, derived

RECORD, ACCOUNT, UNIT, RELEASE, PORTAL = "record", "account", "unit", "release", "portal"
IMPORT = "import"
BOARD = "board"
DRAFTS, ROLLOUT = "draft", "rollout"
# The parts of a record that an act may change.
DATA, STAGE, LANES, HANDLER = "data", "stage", "lanes", "handler"
REFERRALS, DECISIONS, FILES, PINNED, CLOCKS = "referrals", "decisions", "files", "release", "clocks"
TASKS = "tasks"
PAPERS = "papers"
VOLUME = "volume"
RETENTION, SUBJECT = "retention", "subject"
REFERRAL, EFFECT, TASK, CORRECTION, PAPER = "referral", "effect", "task", "correction", "paper"


@dataclass(frozen=True, slots=True)
class History:
    """How the history of a record tells an act: kind and name of the row, headline, tone and icon."""

    kind: str
    title: str
    tone: str
    icon: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done: its words in the past tense, what it needs, what it changes, what it emits.

    ``logged`` is its name in the audit log where that is another: what one name means of units and accounts reads like
    what it means of records. An act with no ``history`` leaves no row there; ``also`` are rows of what follows from it;
    one that ``reads`` changes nothing. A record that is locked stops every act but those that read or ``pass_lock``.
    """

    name: str
    words: str
    of: str = RECORD
    needs: str = ""
    changes: frozenset[str] = frozenset()
    emits: tuple[str, ...] = ()
    history: History | None = None
    also: tuple[History, ...] = ()
    logged: str = ""
    tone: str = "info"
    reads: bool = False
    passes_lock: bool = False

    @property
    def stopped_by_lock(self) -> bool:
        """Return whether the act is refused on a locked record."""
        return self.of == RECORD and not (self.reads or self.passes_lock)

    @property
    def action(self) -> str:
        """Return the name of the act in the audit log."""
        return self.logged or self.name

    @property
    def kind(self) -> str:
        """Return the kind of its rows in the history of a record; empty where it leaves none."""
        return self.history.kind if self.history else ""


# What becomes of tasks by other acts: a plan makes them, an event does them, a unit that left passes them on.
_TASK_ROWS = (
    History(TASK, msg("Task added"), "info", "plus", "add"),
    History(TASK, msg("Task done"), "good", "check", "done"),
    History(TASK, msg("Task passed on"), "neutral", "user-check", "moved"),
)
REGISTER = Act(
    "register",
    msg("registered"),
    needs=ADD,
    changes=frozenset({DATA, STAGE, LANES, FILES, DECISIONS}),
    history=History("register", msg("Entry registered"), "info", "plus"),
    logged="add",
    tone="good",
)
CHANGE = Act(
    "change",
    msg("changed"),
    needs=EDIT,
    changes=frozenset({DATA, FILES, DECISIONS}),
    emits=("record.facts",),
    history=History("change", msg("Facts changed"), "neutral", "edit"),
    logged="edit",
)
REMOVE = Act("delete", msg("deleted"), needs=DELETE, tone="danger")
TAKE_STEP = Act(
    "transition",
    msg("moved on"),
    needs=TRANSITION,
    changes=frozenset({DATA, STAGE, LANES, FILES, DECISIONS, TASKS, REFERRALS}),
    emits=("record.stage", event_of(referrals.ENDED)),
    history=History("transition", msg("Moved on"), "info", "arrow-right"),
    also=(
        History(EFFECT, msg("By this step"), "neutral", "bolt"),
        History(REFERRAL, msg("Ended with the matter, without an answer"), "neutral", "ban", referrals.ENDED),
        *_TASK_ROWS,
    ),
    passes_lock=True,  # a step names the stages that it leads from, the locked ones too
)
REFER_ON = Act(
    "dispose",
    msg("disposed"),
    needs=DISPOSE,
    changes=frozenset({HANDLER, REFERRALS}),
    emits=(event_of(referrals.SENT), event_of(referrals.REPLACED)),
    history=History("dispose", msg("Referred"), "good", "send"),
    also=(
        History(
            REFERRAL,
            msg("Referral replaced by a later one"),
            "neutral",
            "arrows-exchange",
            referrals.REPLACED,
        ),
    ),
)
ATTACH = Act(
    "attach",
    msg("file added"),
    needs=EDIT,
    changes=frozenset({FILES}),
    history=History("attach", msg("File added"), "neutral", "paperclip"),
)
DECIDE = Act(
    "decide",
    msg("rules asked again"),
    needs=EDIT,
    changes=frozenset({DECISIONS}),
    history=History("decide", msg("The rules were asked again"), "neutral", "scale"),
)
ADOPT_RELEASE = Act(
    "adopt_release",
    msg("moved to a newer release"),
    needs=EDIT,
    changes=frozenset({PINNED, DATA, STAGE, LANES, DECISIONS}),
    history=History("adopt_release", msg("Moved to a newer release"), "info", "refresh"),
    passes_lock=True,  # it refuses what is closed by itself, and says so
)
RECALCULATE = Act(
    "recalculate",
    msg("periods worked out again"),
    changes=frozenset({CLOCKS}),
    history=History("recalculate", msg("Periods worked out again"), "info", "refresh"),
    passes_lock=True,
)
RECORD_EVENT = Act(
    "record_event",
    msg("event recorded"),
    needs=TRANSITION,
    changes=frozenset({CLOCKS, FILES}),
    history=History("event", msg("Event recorded"), "info", "calendar-due"),
)
WHISTLE_UP = Act(
    "whistle",
    msg("units called in"),
    needs=DISPOSE,
    changes=frozenset({REFERRALS, HANDLER}),
    emits=(event_of(referrals.SENT), event_of(referrals.REPLACED)),
    history=History("whistle", msg("Units called in"), "warning", "users"),
)
RAISE_DISPUTE = Act(
    "raise_dispute",
    msg("dispute about competence brought to the superior"),
    needs=DISPOSE,
    changes=frozenset({REFERRALS}),
    emits=(event_of(referrals.SENT),),
    history=History(
        "dispute", msg("Who is competent is asked of the superior"), "warning", "scale", "raised"
    ),
    tone="warning",
)
DECIDE_COMPETENCE = Act(
    "decide_competence",
    msg("competence decided"),
    needs=DISPOSE,
    changes=frozenset({REFERRALS, HANDLER}),
    emits=(event_of(referrals.SENT), event_of("done")),
    history=History("dispute", msg("The superior has decided who is competent"), "info", "scale", "decided"),
)
GRADE = Act(
    "grade",
    msg("graded"),
    needs=DISPOSE,
    changes=frozenset({DATA}),
    emits=("record.grade",),
    history=History("grade", msg("Graded"), "info", "chart-bar"),
)
ADD_TASK = Act(
    "task.add",
    msg("task added"),
    needs=TRANSITION,
    changes=frozenset({TASKS}),
    emits=("task.given",),
    history=_TASK_ROWS[0],
)
ASSIGN_TASK = Act(
    "task.assign",
    msg("task given to somebody else, or for another day"),
    needs=TRANSITION,
    changes=frozenset({TASKS}),
    emits=("task.given",),
    history=History(TASK, msg("Task changed"), "neutral", "user-check", "assign"),
)
DO_TASK = Act(
    "task.done",
    msg("task done"),
    needs=TRANSITION,
    changes=frozenset({TASKS}),
    emits=("task.done",),
    history=_TASK_ROWS[1],
    tone="good",
)
DROP_TASK = Act(
    "task.drop",
    msg("task dropped"),
    needs=TRANSITION,
    changes=frozenset({TASKS}),
    history=History(TASK, msg("Task dropped"), "neutral", "x", "drop"),
)
# Papers about a matter go on after it is closed: its report, the scan that comes back, the volume.
ISSUE_PAPER = Act(
    "paper.issue",
    msg("paper issued"),
    needs=TRANSITION,
    changes=frozenset({PAPERS}),
    history=History(PAPER, msg("Paper issued"), "info", "file-text", "issued"),
    passes_lock=True,
)
VOID_PAPER = Act(
    "paper.void",
    msg("paper made void"),
    needs=TRANSITION,
    changes=frozenset({PAPERS}),
    history=History(PAPER, msg("Paper made void"), "warning", "ban", "void"),
    passes_lock=True,
    tone="warning",
)
SERVE_PAPER = Act(
    "paper.serve",
    msg("paper served"),
    needs=TRANSITION,
    changes=frozenset({PAPERS}),
    history=History(PAPER, msg("Paper served"), "neutral", "send", "served"),
    passes_lock=True,
)
SCAN_PAPER = Act(
    "paper.scan",
    msg("signed paper came back"),
    needs=TRANSITION,
    changes=frozenset({PAPERS, FILES}),
    history=History(PAPER, msg("Signed paper came back"), "good", "paperclip", "scan"),
    passes_lock=True,
)
ASK_CORRECTION = Act(
    "correction.ask",
    msg("correction asked for"),
    needs=EDIT,
    changes=frozenset({FILES}),
    emits=("correction.asked",),
    history=History(CORRECTION, msg("Correction asked for"), "warning", "edit", "asked"),
    passes_lock=True,
)
# Who may approve is said by the lifecycle: roles, and another person than the one who asked.
APPROVE_CORRECTION = Act(
    "correction.approve",
    msg("correction approved"),
    changes=frozenset({DATA}),
    emits=("correction.settled",),
    history=History(
        CORRECTION, msg("Correction approved: the facts were changed"), "good", "check", "approved"
    ),
    passes_lock=True,
    tone="good",
)
REFUSE_CORRECTION = Act(
    "correction.refuse",
    msg("correction refused"),
    emits=("correction.settled",),
    history=History(CORRECTION, msg("Correction refused"), "neutral", "ban", "refused"),
    passes_lock=True,
)
WITHDRAW_CORRECTION = Act(
    "correction.withdraw",
    msg("correction withdrawn"),
    history=History(CORRECTION, msg("Correction withdrawn"), "neutral", "arrow-back-up", "withdrawn"),
    passes_lock=True,
)
# A record that another system had: entered as it stood there, on its day and in its stage.
TAKE_OVER = Act(
    "take_over_record",
    msg("taken over from another system"),
    needs=ADD,
    changes=frozenset({DATA, STAGE, DECISIONS}),
    history=History("take_over", msg("Taken over from another system"), "info", "upload"),
    tone="good",
)
# The other system says something else by now, and nobody has changed the facts here.
REFRESH = Act(
    "refresh_record",
    msg("brought up to date from another system"),
    needs=EDIT,
    changes=frozenset({DATA, STAGE}),
    history=History("take_over", msg("Brought up to date from another system"), "info", "upload", "refresh"),
    passes_lock=True,
)
# The other system says something else, and what was written here is to stay; it is not asked about that again.
KEEP_HERE = Act(
    "keep_here",
    msg("left as it is here, whatever the other system says"),
    needs=EDIT,
    history=History(
        "take_over", msg("Left as it is here, whatever the other system says"), "neutral", "check", "kept"
    ),
    passes_lock=True,  # nothing of the record changes
)
# Nothing was done with it yet: it goes as if it had never come.
TAKE_BACK = Act(
    "take_back_record", msg("taken back: it had come from another system"), tone="danger", passes_lock=True
)
RENEW_CODE = Act(
    "lookup.renew",
    msg("look-up code made anew"),
    needs=ADD,
    history=History(
        "lookup", msg("Look-up code made anew: the one before opens nothing"), "info", "refresh", "renewed"
    ),
    also=(History("lookup", msg("Look-up code made"), "info", "plus", "made"),),
    passes_lock=True,  # a party may ask how a matter stood that is closed
)
OPEN = Act("open", msg("opened"), needs=SHOW, tone="neutral", reads=True)
FIND = Act("search", msg("searched"), needs=SEARCH, tone="neutral", reads=True)
DOWNLOAD = Act("download", msg("file downloaded"), needs=SHOW, tone="neutral", reads=True)
PRINT_RECEIPT = Act("receipt", msg("receipt printed"), needs=ADD, tone="neutral", reads=True)
LOOK_UP = Act("lookup", msg("looked up by its code"), tone="neutral", reads=True)
CLOSE_CODE = Act(
    "lookup.closed", msg("look-up code closed for an hour: five wrong numbers"), tone="warning", reads=True
)
DISCLOSE = Act("unmask", msg("unmasked"), needs=UNMASK, tone="warning", reads=True)
HAND_OVER = Act(
    "subject.copy", msg("handed to the person whom it is about"), needs=SHOW, tone="warning", reads=True
)
DESTROY = Act("destroy", msg("destroyed"), tone="danger", passes_lock=True)
FILL_VOLUME = Act(
    "volume.fill",
    msg("e-file supplemented"),
    needs=TRANSITION,
    changes=frozenset({FILES, VOLUME}),
    history=History(VOLUME, msg("E-file supplemented"), "info", "archive", "fill"),
    passes_lock=True,  # the file is put together when the matter is closed
)
KEEP_VOLUME = Act(
    "volume.keep",
    msg("class of keeping chosen"),
    changes=frozenset({VOLUME}),
    history=History(VOLUME, msg("Class of keeping chosen"), "info", "archive", "keep"),
    passes_lock=True,
)
# By the system, of matters that were archived before volumes had days.
DATE_VOLUME = Act(
    "volume.date", msg("end of keeping worked out"), changes=frozenset({VOLUME}), passes_lock=True
)
HOLD_VOLUME = Act(
    "volume.hold",
    msg("volume held: it is not destroyed"),
    changes=frozenset({VOLUME}),
    history=History(VOLUME, msg("Held: it is not destroyed"), "warning", "lock", "hold"),
    passes_lock=True,
)
FREE_VOLUME = Act(
    "volume.free",
    msg("volume no longer held"),
    changes=frozenset({VOLUME}),
    history=History(VOLUME, msg("No longer held"), "info", "check", "free"),
    passes_lock=True,
)
PRINT_VOLUME = Act("volume.print", msg("e-file printed"), needs=SHOW, tone="neutral", reads=True)
REKEY = Act("rekey", msg("encrypted by a new key"), changes=frozenset({DATA}), passes_lock=True)
BACK_UP = Act("back_up", msg("backup written"), PORTAL, reads=True)
CANCEL = Act("cancel", msg("work cancelled"), PORTAL, tone="warning")
RESTORE = Act("restore", msg("restored from a backup"), PORTAL, tone="warning")


def for_another(answer: str) -> str:
    """Return the name of the act by which somebody gives an answer in place of the unit that was asked."""
    return f"{event_of(answer)}_for"


def _answers_for_others() -> tuple[Act, ...]:
    """Return an act for each answer of the receiving side that another body gives in its place."""
    return tuple(
        Act(
            for_another(one.name),
            _FOR[one.name],
            needs=one.needs,
            changes=frozenset({REFERRALS, HANDLER} if one.takes_back else {REFERRALS}),
            emits=(event_of(one.to),),
            history=History(REFERRAL, _FOR_TITLES[one.name], "warning", "users", f"{one.name}_for"),
            tone="warning",
            passes_lock=not (one.takes_back or one.objects),
        )
        for one in ANSWERS.values()
        if one.side == referrals.RECEIVER
    )


_FOR: Mapping[str, str] = {
    "accept": msg("referral accepted in place of the unit"),
    "done": msg("referral finished in place of the unit"),
    "return": msg("referral returned in place of the unit"),
    "ask_back": msg("return asked for in place of the unit"),
}
_FOR_TITLES: Mapping[str, str] = {
    "accept": msg("Accepted in place of the unit"),
    "done": msg("Finished in place of the unit"),
    "return": msg("Returned in place of the unit"),
    "ask_back": msg("Return asked for in place of the unit"),
}


def _answers() -> tuple[Act, ...]:
    """Return an act for each answer to a referral."""
    return tuple(
        Act(
            event_of(one.name),
            one.words,
            needs=one.needs,
            changes=frozenset({REFERRALS, HANDLER} if one.takes_back else {REFERRALS}),
            emits=(event_of(one.to),),
            history=History(REFERRAL, one.title, one.tone, one.icon, one.name),
            # A unit may still answer what it was asked; nothing takes a locked matter from its handler.
            passes_lock=not (one.takes_back or one.objects),
        )
        for one in ANSWERS.values()
    )


ACTS: Table[Act] = Table(
    "acts",
    *(
        REGISTER,
        CHANGE,
        REMOVE,
        TAKE_STEP,
        REFER_ON,
        ATTACH,
        DECIDE,
        ADOPT_RELEASE,
        RECORD_EVENT,
        RECALCULATE,
        GRADE,
        ADD_TASK,
        ASSIGN_TASK,
        DO_TASK,
        DROP_TASK,
        ISSUE_PAPER,
        VOID_PAPER,
        SERVE_PAPER,
        SCAN_PAPER,
        FILL_VOLUME,
        KEEP_VOLUME,
        DATE_VOLUME,
        HOLD_VOLUME,
        FREE_VOLUME,
        WHISTLE_UP,
        ASK_CORRECTION,
        APPROVE_CORRECTION,
        REFUSE_CORRECTION,
        WITHDRAW_CORRECTION,
        RAISE_DISPUTE,
        DECIDE_COMPETENCE,
        TAKE_OVER,
        REFRESH,
        KEEP_HERE,
        TAKE_BACK,
        RENEW_CODE,
    ),
    *_answers(),
    *_answers_for_others(),
    *(
        OPEN,
        FIND,
        DOWNLOAD,
        PRINT_VOLUME,
        PRINT_RECEIPT,
        LOOK_UP,
        CLOSE_CODE,
        DISCLOSE,
        HAND_OVER,
        REKEY,
        DESTROY,
    ),
    Act("assign", msg("role assigned"), ACCOUNT, needs=EDIT),
    Act("revoke", msg("role revoked"), ACCOUNT, needs=EDIT),
    Act("confirm", msg("role confirmed"), ACCOUNT, needs=EDIT),
    Act("password", msg("password changed"), ACCOUNT),
    Act("login", msg("signed in"), ACCOUNT),
    Act("login_failed", msg("sign-in failed"), ACCOUNT, tone="danger"),
    Act("logout", msg("signed out"), ACCOUNT),
    Act("end_session", msg("session ended"), ACCOUNT),
    Act("second_factor", msg("second factor set up"), ACCOUNT),
    Act("second_factor_off", msg("second factor taken away"), ACCOUNT),
    Act("recovery_codes", msg("new recovery codes"), ACCOUNT),
    Act("publish", msg("release published"), RELEASE, needs=ADD),
    Act("store", msg("layer stored"), RELEASE, needs=ADD),
    Act("take_out_package", msg("version taken out as a file"), RELEASE, needs=EDIT),
    Act("check", msg("release checked"), RELEASE, needs=EDIT),
    Act("approve", msg("release approved"), RELEASE, needs=EDIT),
    Act("withdraw", msg("release withdrawn"), RELEASE, needs=EDIT, tone="warning"),
    Act("activate", msg("release put in force"), RELEASE, needs=EDIT),
    Act("schedule", msg("release scheduled"), RELEASE, needs=EDIT),
    Act("unschedule", msg("schedule taken back"), RELEASE, needs=EDIT),
    Act("take_over", msg("centre taken over"), RELEASE, needs=EDIT, tone="warning"),
    Act("move", msg("unit moved"), UNIT, needs=EDIT),
    Act("load", msg("units loaded"), UNIT),
    Act("open_draft", msg("draft of a configuration begun"), DRAFTS, needs=ADD),
    Act("try_draft", msg("draft of a configuration tried in a sandbox"), DRAFTS, needs=EDIT),
    Act("change_draft", msg("draft of a configuration changed"), DRAFTS, needs=EDIT),
    Act("undo_draft", msg("change of a draft taken back"), DRAFTS, needs=EDIT),
    Act("redo_draft", msg("change of a draft repeated"), DRAFTS, needs=EDIT),
    Act("discard_draft", msg("draft of a configuration given up"), DRAFTS, needs=EDIT),
    Act("check_draft", msg("draft of a configuration checked"), DRAFTS, needs=LIST),
    Act("ask_back_test", msg("trial of a draft on past matters asked for"), DRAFTS, needs=LIST),
    Act("back_test_draft", msg("draft of a configuration tried on past matters"), DRAFTS, needs=LIST),
    Act("submit_draft", msg("draft of a configuration submitted"), DRAFTS, needs=EDIT),
    Act("send_back_draft", msg("draft of a configuration sent back"), DRAFTS, needs=LIST),
    Act("publish_draft", msg("draft of a configuration put in force"), DRAFTS, needs=LIST),
    Act("export_board", msg("figures taken out"), BOARD, needs=LIST, tone="warning", reads=True),
    Act("ask_export", msg("taking out of figures asked for"), "board_export", needs=LIST),
    Act("decide_export", msg("taking out of figures decided"), "board_export", needs=EDIT),
    Act("look_at_cases", msg("cases behind figures looked at"), BOARD, needs=LIST, reads=True),
    Act("make_meeting", msg("paper of a meeting made"), "meeting", needs=""),
    Act("decide_meeting", msg("decision of a meeting written down"), "meeting", needs=EDIT),
    Act(
        "export_meeting",
        msg("paper of a meeting taken out"),
        "meeting",
        needs=LIST,
        tone="warning",
        reads=True,
    ),
    Act("comment_figure", msg("remark on a figure"), "figure_comment", needs=EDIT),
    Act("plan_rollout", msg("new version planned"), ROLLOUT, needs=EDIT),
    Act("ask_fleet_plans", msg("new version to be planned for all centres"), ROLLOUT, needs=EDIT),
    Act("check_rollout", msg("plan of a new version checked"), ROLLOUT, needs=LIST),
    Act("drop_rollout", msg("plan of a new version given up"), ROLLOUT, needs=EDIT),
    Act("submit_rollout", msg("plan of a new version submitted"), ROLLOUT, needs=EDIT),
    Act("send_back_rollout", msg("plan of a new version sent back"), ROLLOUT, needs=LIST),
    Act("apply_rollout", msg("new version put in force"), ROLLOUT, needs=LIST, tone="good"),
    Act("roll_back_rollout", msg("new version taken back"), ROLLOUT, needs=EDIT, tone="warning"),
    Act("choose_base", msg("version chosen with which to compare"), ROLLOUT, needs=EDIT),
    Act("decide_place", msg("place of a new version decided"), ROLLOUT, needs=EDIT),
    Act("put_off_place", msg("place of a new version put off"), ROLLOUT, needs=EDIT),
    Act("comment_place", msg("place of a new version commented"), ROLLOUT, needs=EDIT),
    Act("start_campaign", msg("roll-out begun"), ROLLOUT, needs=ADD),
    Act("change_campaign", msg("roll-out changed"), ROLLOUT, needs=EDIT),
    Act("pause_campaign", msg("roll-out paused"), ROLLOUT, needs=EDIT, tone="warning"),
    Act("resume_campaign", msg("roll-out resumed"), ROLLOUT, needs=EDIT),
    Act("stop_campaign", msg("roll-out stopped"), ROLLOUT, needs=EDIT, tone="warning"),
    Act("judge_gate", msg("evidence for a roll-out recorded"), ROLLOUT, needs=EDIT),
    Act("keep_source", msg("source of records set up"), IMPORT, needs=ADD),
    Act("map_source", msg("mapping of a source changed"), IMPORT, needs=EDIT),
    Act("upload", msg("file of records uploaded"), IMPORT, needs=ADD),
    Act("mend_upload", msg("rows of a file mended"), IMPORT, needs=ADD),
    Act("try_upload", msg("file of records tried"), IMPORT, needs=ADD),
    Act("take_upload", msg("file of records taken over"), IMPORT, needs=ADD),
    Act("undo_upload", msg("import taken back"), IMPORT, needs=DELETE, tone="warning"),
    Act("drop_upload", msg("rows of a file forgotten"), IMPORT, needs=DELETE),
    Act("read_faults", msg("rows with faults downloaded"), IMPORT, needs=LIST, tone="neutral", reads=True),
    Act("feed_upload", msg("rows sent by another system"), IMPORT, needs=ADD),
    Act("give_token", msg("token of a feed given"), IMPORT, needs=EDIT, tone="warning"),
    Act("withdraw_token", msg("token of a feed withdrawn"), IMPORT, needs=EDIT),
    Act(
        "export_source", msg("changed matters given back to their source"), IMPORT, needs=LIST, tone="warning"
    ),
    Act("propose_destruction", msg("destruction proposed"), RETENTION, needs=ADD, tone="warning"),
    Act("approve_destruction", msg("destruction approved"), RETENTION, needs=EDIT, tone="danger"),
    Act("refuse_destruction", msg("destruction refused"), RETENTION, needs=EDIT),
    Act("withdraw_destruction", msg("proposal of destruction withdrawn"), RETENTION, needs=ADD),
    Act("end_destruction", msg("destruction carried out"), RETENTION, tone="danger"),
    Act(
        "export_subject",
        msg("what is kept about a person handed to them"),
        SUBJECT,
        needs=ADD,
        tone="warning",
    ),
    *(BACK_UP, RESTORE, CANCEL),
)


@derived
def by_action() -> Mapping[str, Act]:
    """Return the acts by their names in the audit log."""
    return {act.action: act for act in ACTS.values()}


@derived
def kinds() -> tuple[str, ...]:
    """Return the kinds of rows that the history of a record holds."""
    return tuple(dict.fromkeys(row.kind for act in ACTS.values() for row in _rows(act)))


def _rows(act: Act) -> tuple[History, ...]:
    """Return the rows that an act may leave in a history."""
    return (act.history, *act.also) if act.history is not None else act.also


@derived
def emitting() -> tuple[str, ...]:
    """Return the names of the acts that a pack may name as the source of an event: those that the history tells."""
    return tuple(act.name for act in ACTS.values() if act.of == RECORD and act.history is not None)


@derived
def _told() -> Mapping[tuple[str, str], History]:
    return {(row.kind, row.name): row for act in ACTS.values() for row in _rows(act)}


def told(kind: str, name: str) -> History:
    """Return the headline, tone and icon of a row of the history; one of no act of this version shows its name."""
    found = _told().get((kind, name)) or _told().get((kind, ""))
    return found or History(kind, kind, "neutral", "circle-dot", name)


def words_of(action: str) -> str:
    """Return the words of an audit action; one that no act of this version writes stands for itself."""
    act = by_action().get(action)
    return act.words if act is not None else action


def tone_of(action: str) -> str:
    """Return the tone of an audit action."""
    act = by_action().get(action)
    return act.tone if act is not None else "info"
