"""Who may use which address. Every route of the application has its line here; one that has none fails a test."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

ANYBODY = "anybody"
SIGNED_IN = "signed in"
# A token that was given for one source.
TOKEN = "a token of a feed"
# The entity that the address itself names.
TYPE = "<etype>"


@dataclass(frozen=True)
class Route:
    """Who may use a route: ``who`` is ANYBODY, SIGNED_IN, or the entity on which ``action`` must be allowed.

    ``about`` says what the address names one of: the answer then depends on that thing, too. ``own`` marks what
    concerns nobody but the person who asks. ``lists`` marks what shows marked things of several units.
    """

    who: str
    action: str = ""
    about: str = ""
    own: bool = False
    lists: bool = False
    # The types of record that have such a thing at all; all types where empty.
    only: tuple[str, ...] = ()

    def allows(self, person: Any, etype: str) -> bool:
        """Return whether the person may use the route at all, somewhere."""
        if self.who in (ANYBODY, SIGNED_IN):
            return True
        if self.who == TOKEN:
            return False
        entity = etype if self.who == TYPE else self.who
        if self.action == "upload":
            return person.can(entity, "list") and any(
                person.can(entity, action) for action in ("add", "edit", "transition")
            )
        return bool(person.can(entity, self.action))


def _records(action: str, about: str = "record", only: tuple[str, ...] = ()) -> Route:
    return Route(TYPE, action, about, only=only)


# Parts of a record have no tasks.
WHOLE = ("case", "visit", "consultation", "department", "mediator")
# Only cases have papers.
PAPERS = ("case",)
KEPT_NOT = ("party", "department", "mediator")
ROUTES: dict[str, Route] = {
    "static": Route(ANYBODY),
    "appbuilder.static": Route(ANYBODY),
    "health": Route(ANYBODY),
    "ready": Route(ANYBODY),
    # Counters, for those on the same machine or with the token of the installation.
    "metrics": Route(ANYBODY),
    "choose_language": Route(ANYBODY),
    # Whether the session goes on, and the token of its forms.
    "who_is_here": Route(ANYBODY),
    "LocaleView.index": Route(ANYBODY),
    "UtilView.back": Route(ANYBODY),
    "LoginView.login": Route(ANYBODY),
    # Citizens look up how their matter stands, and which window they need.
    "progress.ask": Route(ANYBODY),
    "progress.show": Route(ANYBODY),
    "progress.answer": Route(ANYBODY),
    "hall.halls": Route(ANYBODY),
    "hall.show": Route(ANYBODY),
    "LoginView.step": Route(ANYBODY),
    "TokenApi.login": Route(ANYBODY),
    "LoginView.logout": Route(ANYBODY, own=True),
    "TokenApi.logout": Route(SIGNED_IN, own=True),
    "TokenApi.refresh": Route(SIGNED_IN, own=True),
    "HomeView.index": Route(SIGNED_IN, lists=True),
    "HomeView.read_notices": Route(SIGNED_IN, own=True),
    "NoticesApi.get_list": Route(SIGNED_IN, own=True),
    "NoticesApi.read": Route(SIGNED_IN, about="notice", own=True),
    "NoticesApi.read_all": Route(SIGNED_IN, own=True),
    "choose_unit": Route(SIGNED_IN, own=True),
    "lookup.find_units": Route(SIGNED_IN),
    "lookup.find_terms": Route(SIGNED_IN, about="taxonomy"),
    "lookup.find_records": Route(SIGNED_IN, about="form"),
    # How a centre is laid out, the tree of units and the releases in force are no secrets among staff.
    "LayoutView.show": Route(SIGNED_IN),
    "UnitView.browse": Route(SIGNED_IN),
    "UnitView.branch": Route(SIGNED_IN, about="unit"),
    "UnitView.show": Route(SIGNED_IN, about="unit"),
    # It names units below those whose accounts the person keeps.
    "UnitView.without_receiver": Route("user", "list"),
    "ReleaseView.overview": Route(SIGNED_IN),
    "ReleaseView.show": Route(SIGNED_IN, about="centre"),
    "ReleaseView.form": Route(SIGNED_IN, about="centre"),
    "UnitsApi.get_list": Route(SIGNED_IN),
    "UnitsApi.get": Route(SIGNED_IN, about="unit"),
    "UnitsApi.duty": Route(SIGNED_IN, about="unit"),
    "ReleasesApi.get_list": Route(SIGNED_IN),
    "ReleasesApi.get": Route(SIGNED_IN, about="release"),
    "TypesApi.get_list": Route(SIGNED_IN),
    "TypesApi.get": Route(SIGNED_IN, about="type"),
    "OpenApiApi.whole": Route(SIGNED_IN),
    "OpenApiApi.one": Route(SIGNED_IN, about="type"),
    "StudioView.overview": Route("draft", "list"),
    "StudioView.start": Route("draft", "add", about="draft"),
    "StudioView.roll_back": Route("draft", "list", about="draft"),
    "VersionView.show": Route("draft", "list"),
    "VersionView.base": Route("draft", "edit", about="draft"),
    "VersionView.place": Route("draft", "edit", about="draft"),
    "VersionView.plan": Route("draft", "list", about="draft"),
    "PlansView.show": Route("draft", "list"),
    "PlansView.plan_all": Route("draft", "edit", about="draft"),
    "DriftView.show": Route("draft", "list"),
    "DriftView.place": Route("draft", "list", about="draft"),
    "DriftView.workbook": Route("draft", "list", about="draft"),
    "DriftView.lift": Route("draft", "add", about="draft"),
    "AnswersView.show": Route("draft", "list", about="draft"),
    "AnswersView.save": Route("draft", "edit", about="draft"),
    "VersionAnswersView.show": Route("draft", "list", about="draft"),
    "VersionAnswersView.save": Route("draft", "edit", about="draft"),
    "PilotView.show": Route("draft", "list", about="draft"),
    "PilotView.look": Route("draft", "list", about="draft"),
    "PilotView.make": Route("draft", "add", about="draft"),
    "WavesView.overview": Route("draft", "list"),
    "WavesView.new": Route("draft", "edit", about="draft"),
    "WavesView.start": Route("draft", "edit", about="draft"),
    "WavesView.show": Route("draft", "list", about="draft"),
    "WavesView.turn": Route("draft", "edit", about="draft"),
    "WavesView.evidence": Route("draft", "edit", about="draft"),
    "PackagesView.show": Route("draft", "list"),
    "PackagesView.read": Route("draft", "edit", about="draft"),
    "PackagesView.carry": Route("draft", "list", about="draft"),
    "DraftView.show": Route("draft", "list", about="draft"),
    "DraftView.history": Route("draft", "list", about="draft"),
    "DraftView.compare": Route("draft", "list", about="draft"),
    "DraftView.publish": Route("draft", "list", about="draft"),
    "DraftView.held": Route("draft", "list", about="draft"),
    "DraftView.here": Route("draft", "list", about="draft"),
    "DraftView.undo": Route("draft", "edit", about="draft"),
    "DraftView.redo": Route("draft", "edit", about="draft"),
    "DraftView.give_back": Route("draft", "edit", about="draft"),
    "DraftView.renew": Route("draft", "edit", about="draft"),
    "DraftView.check": Route("draft", "list", about="draft"),
    "DraftView.submit": Route("draft", "edit", about="draft"),
    "DraftView.send_back": Route("draft", "list", about="draft"),
    "DraftView.approve": Route("draft", "list", about="draft"),
    "DraftView.discard": Route("draft", "edit", about="draft"),
    "BackTestView.show": Route("draft", "list", about="draft"),
    "BackTestView.one": Route("draft", "list", about="draft"),
    "BackTestView.ask": Route("draft", "list", about="draft"),
    "EditorView.pick": Route("draft", "list", about="draft"),
    "EditorView.show": Route("draft", "list", about="draft"),
    "EditorView.save": Route("draft", "edit", about="draft"),
    "EditorView.do": Route("draft", "edit", about="draft"),
    "FilesView.show": Route("draft", "list", about="draft"),
    "FilesView.bring": Route("draft", "edit", about="draft"),
    "FilesView.fetch": Route("draft", "list", about="draft"),
    "FilesView.take_away": Route("draft", "edit", about="draft"),
    "HallView.show": Route("draft", "list", about="draft"),
    "HallView.preview": Route("draft", "edit", about="draft"),
    "HallView.do": Route("draft", "edit", about="draft"),
    "HallView.week": Route("draft", "edit", about="draft"),
    "FormsView.show": Route("draft", "list", about="draft"),
    "FormsView.save": Route("draft", "edit", about="draft"),
    "FormsView.do": Route("draft", "edit", about="draft"),
    "StagesView.show": Route("draft", "list", about="draft"),
    "StagesView.save": Route("draft", "edit", about="draft"),
    "StagesView.do": Route("draft", "edit", about="draft"),
    "SentencesView.show": Route("draft", "list", about="draft"),
    "SentencesView.put": Route("draft", "edit", about="draft"),
    "RulesView.show": Route("draft", "list", about="draft"),
    "RulesView.sentence": Route("draft", "edit", about="draft"),
    "RulesView.do": Route("draft", "edit", about="draft"),
    "RulesView.workbook": Route("draft", "list", about="draft"),
    "MatrixView.show": Route("draft", "list", about="draft"),
    "MatrixView.save": Route("draft", "edit", about="draft"),
    "TextsView.show": Route("draft", "list", about="draft"),
    "TextsView.save": Route("draft", "edit", about="draft"),
    "TextsView.workbook": Route("draft", "list", about="draft"),
    "TextsView.upload": Route("draft", "edit", about="draft"),
    # A portal of its own for who may change the draft.
    "SandboxView.page": Route("draft", "edit", about="draft"),
    "SandboxView.begin": Route("draft", "edit", about="draft"),
    "SandboxView.end": Route("draft", "edit", about="draft"),
    "SandboxView.enter": Route("draft", "edit", about="draft"),
    # Who keeps releases opens centres, below the own unit alone: that is asked for each unit.
    "NewCentreView.ask": Route("release", "edit", about="place"),
    "NewCentreView.units_sample": Route("release", "edit"),
    "NewCentreView.look_at_units": Route("release", "edit", about="place"),
    "NewCentreView.add_units": Route("release", "edit", about="place"),
    "NewCentreView.guideline": Route("release", "edit", about="place"),
    "NewCentreView.begin": Route("release", "edit", about="place"),
    "NewCentreView.people": Route("release", "edit", about="place"),
    "NewCentreView.people_sample": Route("release", "edit", about="place"),
    "NewCentreView.look_at_people": Route("release", "edit", about="place"),
    "NewCentreView.make_people": Route("release", "edit", about="place"),
    "NewCentreView.done": Route("release", "edit", about="place"),
    "ImportView.overview": Route("import", "list", lists=True),
    "ImportView.add": Route("import", "add"),
    "ImportView.source": Route("import", "list", about="source"),
    "ImportView.upload": Route("import", "add", about="source"),
    "ImportView.file": Route("import", "list", about="import"),
    "ImportView.mapping": Route("import", "edit", about="import"),
    "ImportView.start": Route("import", "add", about="import"),
    "ImportView.mend": Route("import", "add", about="import"),
    "ImportView.faults": Route("import", "list", about="import"),
    "ImportView.drop": Route("import", "delete", about="import"),
    "SourceView.give_token": Route("import", "edit", about="source"),
    "SourceView.withdraw_token": Route("import", "edit", about="source"),
    "SourceView.export": Route("import", "list", about="source"),
    # No account opens them.
    "FeedsApi.post": Route(TOKEN),
    "FeedsApi.get": Route(TOKEN, about="import"),
    "BoardView.own": Route("board", "list"),
    "BoardView.of_unit": Route("board", "list", about="unit"),
    "BoardView.indicators": Route("board", "list"),
    "BoardView.indicator": Route("board", "list"),
    "MeetingView.all": Route("board", "list", lists=True),
    "MeetingView.one": Route("board", "list", about="unit"),
    "MeetingView.decide": Route("board", "edit", about="unit"),
    "MeetingView.export": Route("board", "list", about="unit"),
    "BoardView.export": Route("board", "list", about="unit"),
    "BoardView.cases": Route("board", "list", about="unit"),
    "BoardView.comment": Route("board", "edit", about="unit"),
    "FigureView.show": Route("draft", "list", about="draft"),
    "PartingView.by": Route("board", "list", about="unit"),
    "PartingView.export": Route("board", "list", about="unit"),
    "ApprovingView.exports": Route("board", "list", lists=True),
    "ApprovingView.ask": Route("board", "list", about="unit"),
    "ApprovingView.decide": Route("board", "edit", about="unit"),
    "RetentionView.overview": Route("retention", "list", lists=True),
    "RetentionView.propose": Route("retention", "add"),
    "RetentionView.show": Route("retention", "list", about="list"),
    "RetentionView.approve": Route("retention", "edit", about="list"),
    "RetentionView.refuse": Route("retention", "edit", about="list"),
    "RetentionView.withdraw": Route("retention", "add", about="list"),
    "RetentionView.go_on": Route("retention", "edit", about="list"),
    "RetentionView.keep": Route("retention", "add", about="volume"),
    "RetentionView.hold": Route("retention", "add", about="volume"),
    # Nothing of a person is shown on it; what is handed out is asked for by a whole number.
    "SubjectView.overview": Route("subject", "list"),
    "SubjectView.copy": Route("subject", "add"),
    "AuditView.search": Route("audit", "list", lists=True),
    "AuditApi.get_list": Route("audit", "list", lists=True),
    "UserView.userinfo": Route(SIGNED_IN, own=True),
    "SessionPages.own": Route(SIGNED_IN, own=True),
    "SessionPages.end_own": Route(SIGNED_IN, own=True),
    # How far work is that the person started; for others it is as if it were not there.
    "JobView.show": Route(SIGNED_IN, about="job", own=True),
    "JobView.fragment": Route(SIGNED_IN, about="job", own=True),
    "JobView.cancel": Route(SIGNED_IN, about="job", own=True),
    "JobsApi.get": Route(SIGNED_IN, about="job", own=True),
    "JobsApi.delete": Route(SIGNED_IN, about="job", own=True),
    "SecondFactorPages.own": Route(SIGNED_IN, own=True),
    "SecondFactorPages.change": Route(SIGNED_IN, own=True),
    "SecondFactorPages.confirm": Route(SIGNED_IN, own=True),
    "SecondFactorPages.reset": Route("user", "edit", "user"),
    "MyAccountView.this_form_get": Route(SIGNED_IN, own=True),
    "MyAccountView.this_form_post": Route(SIGNED_IN, own=True),
    "MyPasswordView.this_form_get": Route(SIGNED_IN, own=True),
    "MyPasswordView.this_form_post": Route(SIGNED_IN, own=True),
    "UserView.list": Route("user", "list", lists=True),
    "UserView.add": Route("user", "add"),
    "UserView.show": Route("user", "show", "user"),
    "UserView.edit": Route("user", "edit", "user"),
    "UserView.assign": Route("user", "edit", "user"),
    "UserView.revoke": Route("user", "edit", "assignment"),
    "UserView.confirm": Route("user", "edit", "assignment"),
    "PasswordView.this_form_get": Route("user", "edit", "user"),
    "PasswordView.this_form_post": Route("user", "edit", "user"),
    "SessionPages.of": Route("user", "edit", "user"),
    "SessionPages.end": Route("user", "edit", "user"),
    "PeopleView.ask": Route("user", "add"),
    "PeopleView.sample": Route("user", "add"),
    "PeopleView.look": Route("user", "add"),
    "PeopleView.make": Route("user", "add"),
    "RoleView.list": Route("role", "list"),
    "RoleView.matrix": Route("role", "show", "role"),
    "RecordsView.index": Route(TYPE, "list"),
    "RecordsView.list": Route(TYPE, "list", lists=True),
    # A person's own ways to look at the list.
    "RecordsView.save_view": Route(TYPE, "list"),
    "RecordsView.drop_view": Route(TYPE, "list"),
    "RecordsView.add": Route(TYPE, "add"),
    "RecordsView.same": Route(TYPE, "add"),
    "RecordsView.upload": Route(TYPE, "upload"),
    "RecordsView.show": _records("show"),
    "RecordsView.why": _records("show"),
    "RecordsView.alternatives": _records("show"),
    "RecordsView.attachment": _records("show", "attachment"),
    "RecordsView.edit": _records("edit"),
    "RecordsView.decide": _records("edit"),
    "RecordsView.event": _records("transition"),
    "RecordsView.receipt": _records("add", only=("case",)),
    "RecordsView.opinions": Route(TYPE, "list"),
    "RecordsView.add_task": _records("transition"),
    "RecordsView.take_over": _records("transition"),
    "RecordsView.task": _records("transition", only=WHOLE),
    "RecordsView.task_done": _records("transition", only=WHOLE),
    "RecordsView.task_drop": _records("transition", only=WHOLE),
    "RecordsView.paper": _records("show", only=PAPERS),
    "RecordsView.paper_file": _records("show", only=PAPERS),
    "RecordsView.paper_add": _records("transition", only=PAPERS),
    "RecordsView.paper_draft": _records("transition", only=PAPERS),
    "RecordsView.paper_serve": _records("transition", only=PAPERS),
    "RecordsView.paper_scan": _records("transition", only=PAPERS),
    "RecordsView.paper_void": _records("transition", only=PAPERS),
    "RecordsView.efile": _records("show", only=PAPERS),
    "RecordsView.efile_print": _records("show", only=PAPERS),
    "RecordsView.efile_pdf": _records("show", only=PAPERS),
    "RecordsView.efile_files": _records("show", only=PAPERS),
    "RecordsView.efile_fill": _records("transition", only=PAPERS),
    "RecordsView.release": _records("edit"),
    "RecordsView.settle_source": _records("edit"),
    # Whose answer it is says the correction itself.
    "RecordsView.correction": _records("show"),
    "RecordsView.delete": _records("delete", only=KEPT_NOT),
    "RecordsView.transition": _records("transition"),
    "RecordsView.dispose": _records("dispose"),
    "RecordsView.hand_over": Route(TYPE, "dispose"),
    "RecordsView.grade": _records("dispose"),
    "RecordsView.referral": _records("refer", "referral", only=("case",)),
    "RecordsView.revoke": _records("dispose", "referral", only=("case",)),
    "RecordsView.let_go": _records("dispose", "referral", only=("case",)),
    "RecordsView.keep": _records("dispose", "referral", only=("case",)),
    "RecordsView.dispute": _records("dispose"),
    "RecordsView.whistle": _records("dispose"),
    "RecordsView.competence": _records("dispose", "referral", only=("case",)),
    "RecordsView.unmask": _records("unmask"),
    "RecordsApi.unmask": _records("unmask"),
    "RecordsApi.get_list": Route(TYPE, "list", lists=True),
    "RecordsApi.counts": Route(TYPE, "list"),
    "RecordsApi.post": Route(TYPE, "add"),
    "RecordsApi.same": Route(TYPE, "add"),
    "RecordsApi.get": _records("show"),
    "RecordsApi.put": _records("edit"),
    "RecordsApi.patch": _records("edit"),
    "RecordsApi.delete": _records("delete", only=KEPT_NOT),
    "WorkApi.transitions": _records("show"),
    "WorkApi.transition": _records("transition"),
    "WorkApi.decisions": _records("show"),
    "WorkApi.dispose": _records("dispose", "decision"),
    "WorkApi.referrals": _records("show"),
    "WorkApi.referral": _records("show", "referral", only=("case",)),
    # Which answer to a referral is whose is asked of the referral itself.
    "WorkApi.answer": _records("show", "referral", only=("case",)),
    "WorkApi.history": _records("show"),
    "WorkApi.grade": _records("dispose"),
    "WorkApi.clocks": _records("show"),
    "WorkApi.recordable": _records("show"),
    "WorkApi.record_event": _records("transition"),
    "TasksApi.tasks": _records("show"),
    "TasksApi.task": _records("show", only=WHOLE),
    "TasksApi.add_task": _records("transition"),
    "TasksApi.take_over": _records("transition"),
    "TasksApi.assign_task": _records("transition", only=WHOLE),
    "TasksApi.do_task": _records("transition", only=WHOLE),
    "TasksApi.drop_task": _records("transition", only=WHOLE),
    "WorkApi.release": _records("edit"),
    "WorkApi.move": _records("edit"),
}
# Addresses that change what they are asked for on many rows at once: there are none.
BULK = ("action", "action_post", "muldelete", "bulk")


@dataclass(frozen=True)
class Address:
    """One address of a route, ready to be asked for by one method."""

    endpoint: str
    method: str
    url: str
    etype: str
    route: Route


def addresses(app: Any, etype: str, names: dict[str, Any], *, everything: bool = False) -> list[Address]:
    """Return the addresses of all routes a type has, with ``names`` for what they name one of."""
    found = []
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        route = ROUTES[rule.endpoint]
        if route.only and etype not in route.only and not everything:
            continue
        arguments = {"etype": etype} | _of_code(rule.endpoint) | names
        url = adapter.build(rule.endpoint, {name: arguments[name] for name in rule.arguments})
        if route.about == "user" and "pk" not in rule.arguments:
            url += f"?pk={names['pk']}"
        found += [
            Address(rule.endpoint, method, url, etype, route)
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]
    return found


def _of_code(endpoint: str) -> dict[str, Any]:
    return {
        "code": "en" if endpoint == "choose_language" else "530112",
        "locale": "en",
        "name": "registered",
        "filename": "portal.css",
        "form_id": "case",
        "taxonomy_id": "dispute",
        "role": "clerk",
        "release": 1,
        "unit": "530112",
        "area": "forms",
        "place": "case",
        "act": "add",
        "action": "accept",
        "answer": "approve",
        "transition": "assign",
        "notice": 1,
        "n": 1,
        "run": "none",
        "token": "none",
        "document": "W02",
        "rest": "records/case/list/",
        "step": "submit",
        "paper": "none",
    }


def table(app: Any) -> str:
    """Return who may use which address, as docs/access.md shows it."""
    lines: dict[str, list[str]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: (one.rule, sorted(one.methods or ()))):
        methods = "/".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        path = re.sub(r"<[^<>]*?(\w+)>", r"<\1>", rule.rule)
        lines.setdefault(_in_words(ROUTES[rule.endpoint]), []).append(f"`{methods} {path}`")
    return "\n".join(f"| {who} | {'<br>'.join(found)} |" for who, found in sorted(lines.items()))


def _in_words(route: Route) -> str:
    if route.who == ANYBODY:
        return "anybody"
    if route.who == TOKEN:
        return "who holds a token of the source"
    if route.who == SIGNED_IN:
        return "everybody signed in, about themselves" if route.own else "everybody signed in"
    if route.action == "upload":
        return "`list`, and one of `add`, `edit`, `transition`, on the type"
    where = {
        "": "",
        "user": ", for accounts within reach",
        "role": "",
        "assignment": ", for accounts within reach",
    }
    entity = "the type" if route.who == TYPE else f"`{route.who}`"
    return f"`{route.action}` on {entity}{where.get(route.about, ', where the record lies')}"
