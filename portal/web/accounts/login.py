"""Signing in and out."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request, session
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.utils.base import get_safe_redirect
from flask_appbuilder.views import expose
from flask_babel import lazy_gettext
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

KEPT = ("locale",)


def _new_session() -> None:
    """Begin a new session, so that nothing planted before signing in survives it."""
    kept = {key: session[key] for key in KEPT if key in session}
    session.clear()
    session.update(kept)
    g.pop("csrf_token", None)


class LoginView(AuthDBView):
    """The sign-in page."""

    login_template = "appbuilder/general/security/login_db.html"
    title = lazy_gettext("Sign in")
    invalid_login_message = lazy_gettext("The user name or the password is not right.")

    @expose("/login/", methods=["GET", "POST"])
    @no_cache
    def login(self) -> Any:
        """Show the form, or check what was entered."""
        if g.user is not None and g.user.is_authenticated:
            return redirect(self._get_safe_next_url())
        form = LoginForm_db()
        status = 200
        if form.validate_on_submit():
            user = self.appbuilder.sm.auth_user_db(form.username.data, form.password.data)
            if user:
                _new_session()
                login_user(user, remember=False)
                session.permanent = True
                return redirect(get_safe_redirect(request.args.get("next") or "/"))
            flash(self.invalid_login_message, "danger")
            status = 401
        return self.render_template(self.login_template, title=self.title, form=form), status

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Response:
        """End the session; only by POST, so that no link of another site can do it."""
        user = self._get_authenticated_user()
        logout_user()
        _new_session()
        if user is not None:
            self.appbuilder.sm.on_user_logout(user)
        return redirect("/login/")
