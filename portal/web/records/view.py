"""The one view of all entity types: ``/records/<etype>/…``.

Flask-AppBuilder sees an ordinary ModelView and gives routes, sign-in and the check of ``can_<action>`` on
``Entity.<etype>``; what each page shows comes from the release in force at the moment of the request. The
view holds no state: types, versions and languages that are published are live in every process at once, and
no request can see what another one asked.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template
from flask_appbuilder import ModelView, expose, has_access
from flask_appbuilder.hooks import before_request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import permission_name

from portal.persistence.models import Record
from portal.web import access
from portal.web.records.forms import uploads
from portal.web.records.lists.list_page import list_page
from portal.web.records.lists.saved import drop_view, save_view
from portal.web.records.pages.add_page import answer_add, made_at
from portal.web.records.pages.case_page import AlternativesPage, ShowPage, WhyPage
from portal.web.records.pages.competence import DecideCompetencePage, RaiseDisputePage
from portal.web.records.pages.correction import CorrectionPage
from portal.web.records.pages.deletion import DeletePage
from portal.web.records.pages.disposal import AskAgainPage, DisposePage
from portal.web.records.pages.downloads import FilePage
from portal.web.records.pages.edit_page import EditPage
from portal.web.records.pages.efile import REST, EFilePage, FillPage, RestPage
from portal.web.records.pages.grading import GradePage
from portal.web.records.pages.handing_several import HandingOver
from portal.web.records.pages.opinions import opinions_page
from portal.web.records.pages.papers import AddPaperPage, PaperPage
from portal.web.records.pages.receipt import ReceiptPage
from portal.web.records.pages.recording import RecordEventPage
from portal.web.records.pages.referrals import AnswerPage
from portal.web.records.pages.release_page import ReleasePage
from portal.web.records.pages.same_page import SamePage
from portal.web.records.pages.source_page import SourcePage
from portal.web.records.pages.tasks import AddTaskPage, TakeOverPage, TaskPage
from portal.web.records.pages.transitions import TransitionPage
from portal.web.records.pages.unmasking import UnmaskPage
from portal.web.records.pages.whistling import WhistlePage
from portal.web.security import BULK_ROUTES
from portal.web.typed import EntityPermission, typed
from portal.web.words.here import here
from portal.web.words.links import list_url


class RecordsView(ModelView):
    """Lists, shows and changes the records of whatever entity type the address names."""

    route_base = "/records/<etype>"
    datamodel = SQLAInterface(Record)
    class_permission_name = EntityPermission()
    exclude_route_methods = BULK_ROUTES
    list_columns = add_columns = edit_columns = show_columns = search_columns = ["title"]  # noqa: RUF012

    def _init_forms(self) -> None:
        """Make no forms of columns: forms come from the release."""

    def create_blueprint(self, *args: Any, **kwargs: Any) -> Blueprint:
        """Give the addresses their entity type."""
        return typed(super().create_blueprint(*args, **kwargs))

    @before_request
    def known_type(self) -> None:
        """Answer 404 for an entity type that the release in force here does not have."""
        if access.person() is not None:
            made_at(here(), g.etype).screen(g.etype)

    @expose("/")
    @has_access
    @permission_name("list")
    def index(self) -> Any:
        """Lead to the list."""
        return redirect(list_url(g.etype))

    @expose("/list/")
    @has_access
    @permission_name("list")
    def list(self) -> Any:
        """Show the list."""
        return render_template("records/list.html", list=list_page(here(), g.etype))

    @expose("/views/save", methods=["POST"])
    @has_access
    @permission_name("list")
    def save_view(self) -> Any:
        """Keep filters and order of the list under a name."""
        return save_view(here(), g.etype)

    @expose("/views/delete", methods=["POST"])
    @has_access
    @permission_name("list")
    def drop_view(self) -> Any:
        """Delete one of the person's own views."""
        return drop_view(here(), g.etype)

    @expose("/show/<uid>")
    @has_access
    @permission_name("show")
    def show(self, uid: str) -> Any:
        """Show one record."""
        return ShowPage(here(), g.etype, uid).answer()

    @expose("/add", methods=["GET", "POST"])
    @has_access
    @permission_name("add")
    def add(self) -> Any:
        """Register a record."""
        return answer_add(here(), g.etype)

    @expose("/same", methods=["POST"])
    @has_access
    @permission_name("add")
    def same(self) -> Any:
        """Say what may be the same matter as the one that is being entered."""
        return SamePage(here(), g.etype).submit()

    @expose("/edit/<uid>", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def edit(self, uid: str) -> Any:
        """Change a record."""
        return EditPage(here(), g.etype, uid).answer()

    @expose("/delete/<uid>", methods=["GET", "POST"])
    @has_access
    @permission_name("delete")
    def delete(self, uid: str) -> Any:
        """Ask, then delete a record."""
        return DeletePage(here(), g.etype, uid).answer()

    @expose("/transition/<uid>/<transition>", methods=["GET", "POST"])
    @has_access
    @permission_name("transition")
    def transition(self, uid: str, transition: str) -> Any:
        """Move a record to another stage."""
        return TransitionPage(here(), g.etype, uid, transition).answer()

    @expose("/dispose/<uid>", methods=["GET", "POST"])
    @has_access
    @permission_name("dispose")
    def dispose(self, uid: str) -> Any:
        """Confirm a proposal, or choose otherwise."""
        return DisposePage(here(), g.etype, uid).answer()

    @expose("/hand-over", methods=["POST"])
    @has_access
    @permission_name("dispose")
    def hand_over(self) -> Any:
        """Hand several matters over, each by an act of its own."""
        return HandingOver(here(), g.etype).answer()

    @expose("/source/<uid>/<answer>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def settle_source(self, uid: str, answer: str) -> Any:
        """Take over what the source says of a field that was changed here, or leave it as it is."""
        return SourcePage(here(), g.etype, uid, answer).submit()

    @expose("/correction/<uid>/<answer>", methods=["POST"])
    @has_access
    @permission_name("show")
    def correction(self, uid: str, answer: str) -> Any:
        """Approve, refuse or withdraw the correction that waits; whose answer it is the correction says."""
        return CorrectionPage(here(), g.etype, uid, answer).answer()

    @expose("/grade/<uid>", methods=["POST"])
    @has_access
    @permission_name("dispose")
    def grade(self, uid: str) -> Any:
        """Give the matter its grade."""
        return GradePage(here(), g.etype, uid).submit()

    @expose("/referral/<uid>/<referral>/<action>", methods=["POST"])
    @has_access
    @permission_name("refer")
    def referral(self, uid: str, referral: str, action: str) -> Any:
        """Accept, return or finish a referral."""
        return AnswerPage(here(), g.etype, uid, referral, action).answer()

    @expose("/referral/<uid>/<referral>/revoke", methods=["POST"])
    @has_access
    @permission_name("dispose")
    def revoke(self, uid: str, referral: str) -> Any:
        """Take a referral back: the sender's answer, not the receiver's."""
        return AnswerPage(here(), g.etype, uid, referral, "revoke").answer()

    @expose("/referral/<uid>/<referral>/let_go", methods=["POST"])
    @has_access
    @permission_name("dispose")
    def let_go(self, uid: str, referral: str) -> Any:
        """Take back a matter whose unit asks for it."""
        return AnswerPage(here(), g.etype, uid, referral, "let_go").answer()

    @expose("/referral/<uid>/<referral>/keep", methods=["POST"])
    @has_access
    @permission_name("dispose")
    def keep(self, uid: str, referral: str) -> Any:
        """Leave a matter with a unit that asks to return it."""
        return AnswerPage(here(), g.etype, uid, referral, "keep").answer()

    @expose("/whistle/<uid>", methods=["GET", "POST"])
    @has_access
    @permission_name("dispose")
    def whistle(self, uid: str) -> Any:
        """Call several units to a matter."""
        return WhistlePage(here(), g.etype, uid).answer()

    @expose("/dispute/<uid>", methods=["POST"])
    @has_access
    @permission_name("dispose")
    def dispute(self, uid: str) -> Any:
        """Ask the superior which unit is competent."""
        return RaiseDisputePage(here(), g.etype, uid).answer()

    @expose("/competence/<uid>/<referral>", methods=["POST"])
    @has_access
    @permission_name("dispose")
    def competence(self, uid: str, referral: str) -> Any:
        """Decide at the superior which unit is competent."""
        return DecideCompetencePage(here(), g.etype, uid, referral).answer()

    @expose("/why/<uid>")
    @has_access
    @permission_name("show")
    def why(self, uid: str) -> Any:
        """Say why the other rules did not fire."""
        return WhyPage(here(), g.etype, uid).answer()

    @expose("/alternatives/<uid>")
    @has_access
    @permission_name("show")
    def alternatives(self, uid: str) -> Any:
        """Say where else a proposal could lead today."""
        return AlternativesPage(here(), g.etype, uid).answer()

    @expose("/decide/<uid>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def decide(self, uid: str) -> Any:
        """Ask the rules again."""
        return AskAgainPage(here(), g.etype, uid).answer()

    @expose("/receipt/<uid>", methods=["GET", "POST"])
    @has_access
    @permission_name("add")
    def receipt(self, uid: str) -> Any:
        """Show the slip for the party, or make its code anew."""
        return ReceiptPage(here(), g.etype, uid).answer()

    @expose("/opinions")
    @has_access
    @permission_name("list")
    def opinions(self) -> Any:
        """Show what parties answered after closing, in totals."""
        return opinions_page(here(), g.etype)

    @expose("/event/<uid>", methods=["GET", "POST"])
    @has_access
    @permission_name("transition")
    def event(self, uid: str) -> Any:
        """Record an event that the portal cannot see."""
        return RecordEventPage(here(), g.etype, uid).answer()

    @expose("/tasks/<uid>", methods=["GET", "POST"])
    @has_access
    @permission_name("transition")
    def add_task(self, uid: str) -> Any:
        """Add a task to a record."""
        return AddTaskPage(here(), g.etype, uid).answer()

    @expose("/tasks/<uid>/suggested", methods=["POST"])
    @has_access
    @permission_name("transition")
    def take_over(self, uid: str) -> Any:
        """Make tasks of what is suggested."""
        return TakeOverPage(here(), g.etype, uid).answer()

    @expose("/task/<uid>/<number:n>", methods=["GET", "POST"])
    @has_access
    @permission_name("transition")
    def task(self, uid: str, n: int) -> Any:
        """Show one task, or give it another owner or day."""
        return TaskPage(here(), g.etype, uid, n).answer()

    @expose("/task/<uid>/<number:n>/done", methods=["POST"])
    @has_access
    @permission_name("transition")
    def task_done(self, uid: str, n: int) -> Any:
        """Say that a task is done."""
        return TaskPage(here(), g.etype, uid, n).done()

    @expose("/task/<uid>/<number:n>/drop", methods=["POST"])
    @has_access
    @permission_name("transition")
    def task_drop(self, uid: str, n: int) -> Any:
        """Say that a task need not be done."""
        return TaskPage(here(), g.etype, uid, n).drop()

    @expose("/release/<uid>", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def release(self, uid: str) -> Any:
        """Move a record to a newer release, after saying what changes."""
        return ReleasePage(here(), g.etype, uid).answer()

    @expose("/unmask/<uid>", methods=["POST"])
    @has_access
    @permission_name("unmask")
    def unmask(self, uid: str) -> Any:
        """Show the personal data of a record, for a purpose."""
        return UnmaskPage(here(), g.etype, uid).answer()

    @expose("/paper_add/<uid>/<document>", methods=["GET", "POST"])
    @has_access
    @permission_name("transition")
    def paper_add(self, uid: str, document: str) -> Any:
        """Show a paper as it would be, or issue it."""
        return AddPaperPage(here(), g.etype, uid, document).answer()

    @expose("/paper_add/<uid>/<document>/draft", methods=["POST"])
    @has_access
    @permission_name("transition")
    def paper_draft(self, uid: str, document: str) -> Any:
        """Send the draft of a paper."""
        return AddPaperPage(here(), g.etype, uid, document).file()

    @expose("/paper/<uid>/<number:n>")
    @has_access
    @permission_name("show")
    def paper(self, uid: str, n: int) -> Any:
        """Show a paper of a record."""
        return PaperPage(here(), g.etype, uid, n).answer()

    @expose("/paper/<uid>/<number:n>/file")
    @has_access
    @permission_name("show")
    def paper_file(self, uid: str, n: int) -> Any:
        """Send a paper of a record."""
        return PaperPage(here(), g.etype, uid, n).file()

    @expose("/paper/<uid>/<number:n>/serve", methods=["POST"])
    @has_access
    @permission_name("transition")
    def paper_serve(self, uid: str, n: int) -> Any:
        """Say to whom a paper was given."""
        return PaperPage(here(), g.etype, uid, n).serve()

    @expose("/paper/<uid>/<number:n>/scan", methods=["POST"])
    @has_access
    @permission_name("transition")
    def paper_scan(self, uid: str, n: int) -> Any:
        """Keep the signed scan of a paper."""
        return PaperPage(here(), g.etype, uid, n).scan()

    @expose("/paper/<uid>/<number:n>/void", methods=["POST"])
    @has_access
    @permission_name("transition")
    def paper_void(self, uid: str, n: int) -> Any:
        """Make a paper void."""
        return PaperPage(here(), g.etype, uid, n).void()

    @expose("/efile/<uid>")
    @has_access
    @permission_name("show")
    def efile(self, uid: str) -> Any:
        """Show the file of a matter."""
        return EFilePage(here(), g.etype, uid).answer()

    @expose("/efile/<uid>/print")
    @has_access
    @permission_name("show")
    def efile_print(self, uid: str) -> Any:
        """Show the file of a matter whole, to be printed."""
        return EFilePage(here(), g.etype, uid).print()

    @expose("/efile/<uid>/pdf")
    @has_access
    @permission_name("show")
    def efile_pdf(self, uid: str) -> Any:
        """Send the file of a matter as one PDF."""
        return EFilePage(here(), g.etype, uid).pdf()

    @expose("/efile/<uid>/files")
    @has_access
    @permission_name("show")
    def efile_files(self, uid: str) -> Any:
        """Send the file of a matter with its papers and files."""
        return EFilePage(here(), g.etype, uid).files()

    @expose("/efile/<uid>/fill/<document>", methods=["GET", "POST"])
    @has_access
    @permission_name("transition")
    def efile_fill(self, uid: str, document: str) -> Any:
        """Fill the place of a document in the file of a matter, or say why all that is missing is not there."""
        if document == REST:
            return RestPage(here(), g.etype, uid).answer()
        return FillPage(here(), g.etype, uid, document).answer()

    @expose("/attachment/<uid>/<attachment>")
    @has_access
    @permission_name("show")
    def attachment(self, uid: str, attachment: str) -> Any:
        """Send a file of a record."""
        return FilePage(here(), g.etype, uid, attachment).answer()

    @expose("/upload", methods=["POST"])
    @has_access
    @permission_name("list")
    def upload(self) -> Any:
        """Keep a file for a form that is being filled in."""
        if not any(here().access.can(g.etype, action) for action in ("add", "edit", "transition")):
            abort(403)
        return uploads.receive(here())
