"""Users: who they are, and which role they hold at which unit."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.models.sqla.filters import FilterInFunction
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.security.sqla.models import User
from flask_appbuilder.security.views import UserDBModelView, UserInfoEditView
from flask_appbuilder.views import expose
from flask_babel import lazy_gettext
from markupsafe import Markup, escape
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField, ValidationError
from wtforms.validators import DataRequired, EqualTo, Length

from portal.core.access import ADMIN
from portal.core.errors import Forbidden, PortalError, msg
from portal.persistence import scope
from portal.services import users
from portal.services.sign_in import second_factor
from portal.web import access
from portal.web.accounts import new_user
from portal.web.accounts.listing import SafeList
from portal.web.accounts.new_password import good_password
from portal.web.accounts.reach import manageable_users, require_manageable
from portal.web.accounts.saving import SafeForms
from portal.web.language import current, translate
from portal.web.people import person_name
from portal.web.security import BULK_ROUTES
from portal.web.shell import format_moment


def _active_chip(active: Any) -> Markup:
    if active:
        return Markup('<span class="chip chip-good">{}</span>').format(translate(msg("Active")))
    return Markup('<span class="chip chip-neutral">{}</span>').format(translate(msg("Closed")))


def _role_chips(roles: Any) -> Markup:
    titles = role_titles()
    held = (role.strip() for role in str(roles).strip("[]").split(","))
    names = [titles.get(role, role) for role in held if role]
    return Markup(" ").join(
        Markup('<span class="chip chip-neutral">{}</span>').format(escape(n)) for n in names
    )


def _moment(value: Any) -> str:
    return format_moment(value) or "—"


def free_name(form: Any, field: Any) -> None:
    """Validate that no other account has the name, however it is written: signing in does not tell them apart."""
    if _is_taken(field.data or "", getattr(form, "_id", None) or 0):
        raise ValidationError(translate(msg("There is such an account already")))


def _is_taken(name: str, own: int) -> bool:
    others = select(User.id).where(users.has_name(name), User.id != own)
    query = scope.door(others, "nobody takes a name that somebody has")
    return access.session().scalar(query) is not None


class UserView(SafeForms, SafeList, UserDBModelView):
    """The users whose accounts the person keeps."""

    class_permission_name = "UserDBModelView"
    list_title = lazy_gettext("Users")
    show_title = lazy_gettext("User")
    add_title = lazy_gettext("New user")
    edit_title = lazy_gettext("Change user")
    user_info_title = lazy_gettext("My account")
    show_template = "accounts/user.html"
    add_template = "accounts/new_user.html"

    # Accounts are closed, never deleted: what a person did stays signed with the account.
    exclude_route_methods: ClassVar = {"delete", *BULK_ROUTES}
    label_columns: ClassVar = {
        "username": lazy_gettext("User name"),
        "full_name": lazy_gettext("Name"),
        "units": lazy_gettext("Unit"),
        "last_name": lazy_gettext("Name"),
        "first_name": lazy_gettext("Given name"),
        "email": lazy_gettext("Email"),
        "active": lazy_gettext("Account is open"),
        "roles": lazy_gettext("Roles"),
        "last_login": lazy_gettext("Last sign-in"),
        "created_on": lazy_gettext("Created"),
        "changed_on": lazy_gettext("Last change"),
        "password": lazy_gettext("Password"),
        "conf_password": lazy_gettext("Password again"),
    }
    description_columns: ClassVar = {
        "username": lazy_gettext("What the person types to sign in: letters, digits, full stops"),
        "active": lazy_gettext("A closed account cannot sign in; everything the person did stays on record"),
    }
    add_form_extra_fields: ClassVar = {
        **new_user.fields(lambda: [("", ""), *_roles_to_give().items()]),
        "password": PasswordField(
            lazy_gettext("Password"),
            description=lazy_gettext("At least 8 characters; the person changes it after the first sign-in"),
            validators=[DataRequired(), good_password],
        ),
        "conf_password": PasswordField(
            lazy_gettext("Password again"),
            validators=[EqualTo("password", message=lazy_gettext("Passwords must match"))],
        ),
    }
    edit_form_extra_fields: ClassVar = {"email": new_user.email_field()}
    base_filters: ClassVar = [["id", FilterInFunction, manageable_users]]
    base_order = ("username", "asc")
    list_columns: ClassVar = ["username", "full_name", "units", "active", "roles", "last_login"]
    order_columns: ClassVar[list[str]] = [
        "username",
        "full_name",
        "last_name",
        "first_name",
        "active",
        "last_login",
    ]
    search_columns: ClassVar = ["username", "last_name", "first_name", "email", "active"]
    show_columns: ClassVar = [
        "username",
        "last_name",
        "first_name",
        "email",
        "active",
        "last_login",
        "created_on",
        "changed_on",
    ]
    show_fieldsets = None
    user_show_fieldsets = None
    # A role is held at a unit: both are given here or on the user's page, never a bare role. One name, as it is said.
    add_columns: ClassVar = [
        "username",
        "last_name",
        "role",
        "unit",
        "email",
        "active",
        "password",
        "conf_password",
    ]
    edit_columns: ClassVar = ["username", "last_name", "email", "active"]
    validators_columns: ClassVar[dict[str, Any]] = {"username": [free_name]}
    formatters_columns: ClassVar = {
        "active": _active_chip,
        "roles": _role_chips,
        "last_login": _moment,
        "created_on": _moment,
        "changed_on": _moment,
    }

    @expose("/list/")
    @has_access
    def list(self) -> Any:
        """List the users, and above them those of whom a role waits for a second person."""
        return self.render_template(
            "accounts/users.html", title=self.list_title, widgets=self._list(), waiting=_waiting()
        )

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk: Any) -> Any:
        """Show one user with the roles held."""
        item = self._find(pk)
        widgets = self._get_show_widget(pk, item, actions={})
        return self.render_template(
            self.show_template,
            pk=pk,
            item=item,
            title=person_name(item),
            widgets=widgets,
            typed={"role": request.form.get("role", ""), "unit": request.form.get("unit", "")},
            **self._roles_of(item.id),
        )

    @expose("/userinfo/")
    @has_access
    def userinfo(self) -> Any:
        """Show the person's own account."""
        item = access.session().get(User, g.user.id)
        widgets = self._get_show_widget(g.user.id, item, actions={})
        held = users.assignments(access.session(), user_id=g.user.id, portal=access.portal())
        return self.render_template(
            self.show_template,
            pk=None,
            item=item,
            title=self.user_info_title,
            widgets=widgets,
            held=_titled(held),
        )

    @expose("/assign/<number:pk>", methods=["POST"])
    @has_access
    def assign(self, pk: int) -> Any:
        """Give the user a role at a unit."""
        self._find(pk)
        role, typed = request.form.get("role", ""), request.form.get("unit", "").strip()
        try:
            code = new_user.unit_named(typed).code
        except ValidationError as refused:
            # What was typed comes back with the reason.
            flash(str(refused), "danger")
            return self.show(pk), 422
        with access.portal().writing(access.current(), access.origin()) as uow:
            given = users.assign(uow, pk, role, code)
            uow.commit()
            waits = given.confirmed_at is None
        said = msg("The role has been given; it holds when another person has confirmed it")
        flash(translate(said if waits else msg("The role has been given")), "success")
        return redirect(url_for("UserView.show", pk=pk))

    @expose("/confirm/<number:pk>/<number:assignment>", methods=["POST"])
    @has_access
    def confirm(self, pk: int, assignment: int) -> Response:
        """Let a role take effect that another person gave."""
        self._find_assignment(pk, assignment)
        with access.portal().writing(access.current(), access.origin()) as uow:
            users.confirm(uow, assignment)
            uow.commit()
        flash(translate(msg("The role is confirmed and holds from now on")), "success")
        return redirect(url_for("UserView.show", pk=pk))

    @expose("/revoke/<number:pk>/<number:assignment>", methods=["POST"])
    @has_access
    def revoke(self, pk: int, assignment: int) -> Response:
        """Take a role from the user."""
        self._find_assignment(pk, assignment)
        with access.portal().writing(access.current(), access.origin()) as uow:
            users.revoke(uow, assignment)
            last = not users.assignments(uow.session, user_id=pk)
            uow.commit()
        said = msg(
            "The last role has been taken back. The account is still open and belongs to its unit; close it where the "
            "person does not come back."
        )
        flash(translate(said if last else msg("The role has been taken back")), "success")
        return redirect(url_for("UserView.show", pk=pk))

    def back(self) -> str:
        """Return where *Cancel* leads."""
        pk = (request.view_args or {}).get("pk")
        return url_for("UserView.show", pk=pk) if pk else "/users/list/"

    def _saved(self, form: Any, item: Any, new: bool) -> bool:
        """Make a new account with its role in one act; a change goes the way of all forms."""
        if not new:
            return super()._saved(form, item, new)
        try:
            new_user.make(form)
        except PortalError as refused:
            flash(refused.text(translate), "danger")
            return False
        flash(self.add_row_message, "success")
        return True

    def prefill_form(self, form: Any, pk: Any) -> None:
        """Show the whole name in one field, and no address that nobody gave."""
        item = self.datamodel.get(pk)
        form.last_name.data, form.email.data = person_name(item), new_user.shown_email(item.email)

    def pre_update(self, item: Any) -> None:
        """Keep the name whole, and a stand-in where no address was given."""
        super().pre_update(item)
        item.first_name = ""
        item.email = new_user.stored_email(item.email, item.username)

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @has_access
    def edit(self, pk: Any) -> Any:
        """Change who an account belongs to, or close it; refused before anything is read from the form."""
        require_manageable(self._find(pk).id)
        return super().edit(pk)

    def post_add_redirect(self) -> Response:
        """Go on to the list, where the new user can be given a role."""
        return redirect("/users/list/")

    def post_edit_redirect(self) -> Response:
        """Go back to the user."""
        return redirect(url_for("UserView.show", pk=request.view_args["pk"]))  # type: ignore[index]

    def _find(self, pk: Any) -> Any:
        item = self.datamodel.get(self._deserialize_pk_if_composite(pk), self._base_filters)
        if not item:
            abort(404)
        return item

    def _find_assignment(self, pk: int, assignment: int) -> None:
        self._find(pk)
        if assignment not in {entry.id for entry in users.assignments(access.session(), user_id=pk)}:
            abort(404)

    def _roles_of(self, user_id: int) -> dict[str, Any]:
        held = users.assignments(access.session(), user_id=user_id, portal=access.portal())
        keeps = _keeps(user_id)
        return {
            "held": _titled(held),
            "home": users.home_of(access.session(), user_id),
            "choices": _roles_to_give() if keeps else {},
            "can_edit_user": keeps,
            "second_factor": second_factor.is_set_up(access.session(), user_id),
        }


def _keeps(user_id: int) -> bool:
    try:
        require_manageable(user_id)
    except Forbidden:
        return False
    return True


def _roles_to_give() -> dict[str, str]:
    """Return the roles that the person may give somewhere, with their titles."""
    bundle, mine = access.bundle(), access.current()
    known, places = bundle.roles if bundle is not None else {}, mine.paths("user", "edit")
    return {
        role: title
        for role, title in role_titles().items()
        if any(mine.may_give(role, known.get(role), path) for path in places)
    }


def role_titles() -> dict[str, str]:
    """Return the roles there are, with their titles in the person's language."""
    bundle, mine = access.bundle(), access.current()
    titles = {}
    if bundle is not None:
        say = bundle.texts(current())
        shown = [(key, role) for key, role in bundle.roles.items() if not role.get("hidden")]
        shown.sort(key=lambda pair: (pair[1].get("order", 0), pair[0]))
        titles = {key: say(role["title"]) for key, role in shown}
    if ADMIN in mine.roles:
        titles[ADMIN] = translate(msg("Administrator"))
    return titles


def _waiting() -> list[dict[str, Any]]:
    """Return the users within reach of whom a role waits, each once."""
    waiting = users.assignments(access.session(), waiting=True, portal=access.portal())
    found = {entry.user_id: {"pk": entry.user_id, "name": entry.name} for entry in waiting}
    if not found:
        return []
    reachable = access.session().scalars(manageable_users().where(User.id.in_(list(found))))
    return [found[user_id] for user_id in sorted(reachable)]


def _titled(held: Any) -> list[dict[str, Any]]:
    titles = role_titles()
    return [
        {
            "id": entry.id,
            "role": titles.get(entry.role, entry.role),
            "unit": entry.unit_name,
            "code": entry.unit_code,
            "waits": entry.waits,
            "mine": entry.given_by == access.current().user_id,
        }
        for entry in held
    ]


class OwnName(DynamicForm):
    """The person's own name, in one field."""

    last_name = StringField(lazy_gettext("Name"), validators=[DataRequired(), Length(max=64)])


class MyAccountView(UserInfoEditView):
    """Change one's own name."""

    class_permission_name = "UserInfoEditView"
    form = OwnName
    form_title = lazy_gettext("Change my name")
    message = lazy_gettext("Saved")

    def back(self) -> str:
        """Return where *Cancel* leads, and saving too."""
        return url_for("UserView.userinfo")

    def form_post(self, form: Any) -> Response:
        """Save the name, whole."""
        item = access.fab_session().get_one(User, g.user.id)
        item.last_name, item.first_name = (form.last_name.data or "").strip(), ""
        access.fab_session().commit()
        flash(translate(msg("Saved")), "success")
        return redirect(self.back())
