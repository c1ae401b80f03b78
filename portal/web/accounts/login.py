"""Signing in and out: the password, then whatever else is asked for, one step to a page."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request, session, url_for
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.views import expose
from flask_babel import lazy_gettext
from flask_login import login_user, logout_user
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from portal.core.errors import InvalidInput, msg
from portal.persistence import scope
from portal.persistence.models import User
from portal.services import sign_in, units
from portal.services.sign_in import LockedOut, SignedIn, Step, TooLate, Waiting
from portal.services.sign_in.account import Account
from portal.web import access
from portal.web.accounts import sessions
from portal.web.accounts.ended import say_ended
from portal.web.accounts.qr import qr_code
from portal.web.accounts.step_forms import FORMS
from portal.web.language import translate
from portal.web.redirects import local

KEPT = ("locale",)
WAITING = "waiting"


def begin(user_id: int, token: str) -> None:
    """Begin a new session in this browser, so that nothing planted before signing in survives it."""
    _forget_session()
    query = scope.door(select(User).where(User.id == user_id), "the person has just shown who it is")
    login_user(access.fab_session().scalars(query).one(), remember=False)
    session[sessions.SECRET] = token
    session.permanent = True


def _forget_session() -> None:
    kept = {key: session[key] for key in KEPT if key in session}
    session.clear()
    session.update(kept)
    g.pop("csrf_token", None)


def _keep(result: SignedIn | Waiting) -> str:
    """Keep what the browser goes on with; return the address of the next page."""
    target = local(request.args.get("next"))
    if isinstance(result, SignedIn):
        begin(result.user_id, result.token)
        return target
    _forget_session()
    session[WAITING] = result.token
    return url_for("LoginView.step", next=target)


class LoginView(AuthDBView):
    """The sign-in pages."""

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
            if request.method == "GET":
                say_ended()
            return self._page(form), 200
        name, password = form.username.data or "", form.password.data or ""
        try:
            result = sign_in.sign_in(
                access.portal(), name, password, access.origin(), sessions.agent(), sessions.policy()
            )
        except LockedOut as error:
            flash(error.text(translate), "danger")
            return self._page(form), 429, {"Retry-After": str(error.retry_after)}
        if result is None:
            flash(self.invalid_login_message, "danger")
            return self._page(form), 401
        return redirect(_keep(result))

    @expose("/login/step", methods=["GET", "POST"])
    @no_cache
    def step(self) -> Any:
        """Ask for what the sign-in still needs, and go on with it."""
        if g.user is not None and g.user.is_authenticated:
            return redirect(local(request.args.get("next")))
        token = session.get(WAITING)
        try:
            if not isinstance(token, str):
                raise TooLate
            step, account = self._waiting(token)
            form = FORMS[step]()
            status = 200
            if form.validate_on_submit():
                answer = self._taken(step, token, form)
                if answer is not None:
                    return answer
                status = 401
        except TooLate as error:
            _forget_session()
            flash(error.text(translate), "warning")
            return redirect(url_for("LoginView.login", next=local(request.args.get("next"))))
        except LockedOut as error:
            _forget_session()
            return sessions.locked_out(error)
        return self._step_page(step, account, form), status

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Any:
        """End the session; only by POST, so that no link of another site can do it."""
        user, token = access.person(), session.get(sessions.SECRET)
        if user is not None and isinstance(token, str):
            sign_in.sign_out(access.portal(), token, user, access.current(), access.origin())
        logout_user()
        _forget_session()
        return redirect("/login/")

    def _waiting(self, token: str) -> tuple[Step, Account]:
        now = access.portal().clock.now()
        return sign_in.waiting(access.fab_session(), token, now, sessions.limits())

    def _taken(self, step: Step, token: str, form: Any) -> Any | None:
        """Return the answer to a step that was taken; None where what was entered is wrong."""
        found = (access.origin(), sessions.agent(), sessions.policy())
        if step is Step.PASSWORD:
            try:
                return redirect(
                    _keep(sign_in.change_password(access.portal(), token, form.password.data, *found))
                )
            except InvalidInput as error:
                form.password.errors = [problem.text(translate) for problem in error.problems]
                return None
        if step is Step.CODE:
            result = sign_in.enter_code(access.portal(), token, form.code.data, *found)
            if result is not None:
                return redirect(_keep(result))
        else:
            made = sign_in.set_up(access.portal(), token, form.code.data, *found)
            if made is not None:
                return self._codes_page(_keep(made[0]), made[1])
        form.code.errors = [translate(msg("This code is not right, or was used already."))]
        return None

    def _page(self, form: LoginForm_db) -> Any:
        return self.render_template(self.login_template, title=self.title, form=form, centre=_centre())

    def _step_page(self, step: Step, account: Account, form: Any) -> Any:
        key = None
        if step is Step.SET_UP:
            key = sign_in.second_factor.key_of_step(session[WAITING], account)
        return self.render_template(
            f"accounts/step_{step.value}.html",
            title=translate(form.title),
            form=form,
            key=key,
            qr=qr_code(key.address) if key else "",
        )

    def _codes_page(self, onward: str, codes: list[str]) -> Any:
        title = translate(msg("Recovery codes"))
        return self.render_template("accounts/step_codes.html", title=title, codes=codes, onward=onward)


def _centre() -> str:
    """Return the name of the one county's centre there is; empty while the database does not answer."""
    reading = access.session()
    try:
        return units.only_county(reading)
    except DBAPIError:
        # The page is there for whoever comes; sending it says that the database is away.
        reading.rollback()
        return ""
