"""The forms of the steps between the password and the session."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_appbuilder.forms import DynamicForm
from flask_babel import lazy_gettext
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from portal.core.errors import msg
from portal.services.sign_in import Step

_TYPED: dict[str, Any] = {
    "autocomplete": "one-time-code",
    "autocapitalize": "none",
    "spellcheck": "false",
    "autofocus": True,
}


class CodeForm(DynamicForm):
    """A code of the authenticator, or a recovery code."""

    title: ClassVar = msg("Enter the code")
    code = StringField(
        lazy_gettext("Verification code"),
        description=lazy_gettext("Six digits from your authenticator, or one of your recovery codes"),
        validators=[DataRequired(), Length(max=64)],
        render_kw=_TYPED,
    )


class SetUpForm(DynamicForm):
    """The first code of a new second factor."""

    title: ClassVar = msg("Set up the second factor")
    code = StringField(
        lazy_gettext("Verification code"),
        description=lazy_gettext("The six digits that the authenticator shows now"),
        validators=[DataRequired(), Length(max=16)],
        render_kw=_TYPED | {"inputmode": "numeric"},
    )


class FirstPasswordForm(DynamicForm):
    """A password of one's own, in place of one that another person has set."""

    title: ClassVar = msg("Choose a password of your own")
    password = PasswordField(
        lazy_gettext("New password"),
        description=lazy_gettext("At least 8 characters; not a common one, not one of your last 5"),
        validators=[DataRequired()],
        render_kw={"autocomplete": "new-password", "autofocus": True},
    )
    conf_password = PasswordField(
        lazy_gettext("Password again"),
        validators=[EqualTo("password", message=lazy_gettext("Passwords must match"))],
        render_kw={"autocomplete": "new-password"},
    )


FORMS: dict[Step, Any] = {
    Step.CODE: CodeForm,
    Step.SET_UP: SetUpForm,
    Step.PASSWORD: FirstPasswordForm,
}
