"""Signing in and out."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, request, session
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.views import expose
from flask_babel import lazy_gettext
from flask_login import login_user, logout_user

from portal.persistence.models import User
from portal.services import sign_in
from portal.services.sign_in import LockedOut
from portal.web import access
from portal.web.accounts import sessions
from portal.web.errors import answer
from portal.web.language import translate
from portal.web.redirects import local

KEPT = ("locale",)


def begin(user_id: int, token: str) -> None:
    """Begin a new session in this browser, so that nothing planted before signing in survives it."""
    _forget_session()
    login_user(access.fab_session().get_one(User, user_id), remember=False)
    session[sessions.SECRET] = token
    session.permanent = True


def locked_out(error: LockedOut) -> Response:
    """Return the answer to one attempt too many."""
    response = answer(429, error.code, error.text(translate))
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _forget_session() -> None:
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
            return redirect(local(request.args.get("next")))
        form = LoginForm_db()
        if not form.validate_on_submit():
            return self._page(form), 200
        name, password = form.username.data or "", form.password.data or ""
        try:
            signed_in = sign_in.sign_in(
                access.portal(), name, password, access.origin(), sessions.agent(), sessions.limits()
            )
        except LockedOut as error:
            flash(error.text(translate), "danger")
            return self._page(form), 429, {"Retry-After": str(error.retry_after)}
        if signed_in is None:
            flash(self.invalid_login_message, "danger")
            return self._page(form), 401
        begin(signed_in.user_id, signed_in.token)
        return redirect(local(request.args.get("next")))

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Any:
        """End the session; only by POST, so that no link of another site can do it."""
        user, token = access.person(), session.get(sessions.SECRET)
        if user is not None and isinstance(token, str):
            sign_in.sign_out(access.portal(), token, user, access.current(), access.origin())
        logout_user()
        _forget_session()
        return redirect("/login/")

    def _page(self, form: LoginForm_db) -> Any:
        return self.render_template(self.login_template, title=self.title, form=form)
