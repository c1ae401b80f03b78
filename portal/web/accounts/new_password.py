"""Setting a password: one's own, and that of a user whose account one keeps."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.sqla.models import User
from flask_appbuilder.security.views import ResetMyPasswordView, ResetPasswordView
from flask_babel import lazy_gettext
from wtforms import PasswordField, ValidationError
from wtforms.validators import DataRequired, EqualTo

from portal.core.errors import msg
from portal.services import sign_in, users
from portal.services.users.passwords import past_passwords, problems_of
from portal.web import access
from portal.web.accounts import sessions
from portal.web.accounts.login import begin
from portal.web.accounts.reach import is_listed, require_manageable
from portal.web.language import translate


def good_password(form: Any, field: Any) -> None:
    """Validate a new password: by the user name in the form, or by the account the form is about."""
    user = form.account() if hasattr(form, "account") else None
    name = user.username if user is not None else form.username.data or ""
    past = past_passwords(access.session(), user.id) if user is not None else ()
    problems = problems_of(field.data or "", name, past)
    if problems:
        raise ValidationError(" ".join(problem.text(translate) for problem in problems))


def own_password(_form: Any, field: Any) -> None:
    """Validate that the person knows the own password; wrong ones count like wrong sign-ins, and lock like them."""
    known = sign_in.confirm_password(
        access.portal(), access.person().id, field.data or "", access.origin(), sessions.limits()
    )
    if not known:
        raise ValidationError(translate(msg("This is not your password")))


class ConfirmForm(DynamicForm):
    """One's own password, before something about the account changes: an open screen is not enough to take it."""

    current_password = PasswordField(
        lazy_gettext("Current password"),
        validators=[DataRequired(), own_password],
        render_kw={"autocomplete": "current-password"},
    )


class NewPassword(DynamicForm):
    """A new password, twice."""

    password = PasswordField(
        lazy_gettext("New password"),
        description=lazy_gettext("At least 8 characters; not a common one, not one of your last 5"),
        validators=[DataRequired(), good_password],
    )
    conf_password = PasswordField(
        lazy_gettext("Password again"),
        validators=[EqualTo("password", message=lazy_gettext("Passwords must match"))],
    )

    def account(self) -> Any:
        """Return the account that gets the password."""
        return access.session().get(User, _asked())


class OwnPassword(ConfirmForm, NewPassword):
    """One's own new password, after the one in force."""

    def account(self) -> Any:
        """Return the person."""
        return access.person()


def _asked() -> int:
    pk = request.args.get("pk", "")
    if not pk.isdecimal() or len(pk) > 9 or not is_listed(int(pk)):
        abort(404)
    require_manageable(int(pk))
    return int(pk)


class PasswordView(ResetPasswordView):
    """Set another person's password."""

    form = NewPassword

    class_permission_name = "ResetPasswordView"
    form_title = lazy_gettext("Set a new password")

    def back(self) -> str:
        """Return where *Cancel* leads."""
        return url_for("UserView.show", pk=_asked())

    def form_get(self, form: Any) -> None:
        """Refuse at once where the person may not do it."""
        _asked()

    def form_post(self, form: Any) -> Any:
        """Set the password of a user whose account the person keeps; the user is signed out everywhere."""
        pk = _asked()
        self.appbuilder.sm.reset_password(pk, form.password.data)
        flash(translate(msg("The new password holds from now on")), "success")
        return redirect(url_for("UserView.show", pk=pk))


class MyPasswordView(ResetMyPasswordView):
    """Change one's own password."""

    form = OwnPassword

    class_permission_name = "ResetMyPasswordView"
    form_title = lazy_gettext("Change password")
    message = lazy_gettext("The new password holds from now on")

    def back(self) -> str:
        """Return where *Cancel* leads."""
        return url_for("UserView.userinfo")

    def form_post(self, form: Any) -> Any:
        """Set the password; all sessions end, and this browser gets a new one."""
        user_id = access.person().id
        with access.portal().writing(access.current(), access.origin()) as uow:
            user = uow.session.get_one(User, user_id)
            users.set_password(uow, user, form.password.data)
            token = sign_in.start(uow, user_id, sessions.agent(), sessions.limits())
            uow.commit()
        begin(user_id, token)
        flash(self.message, "success")
        return redirect(url_for("UserView.userinfo"))
