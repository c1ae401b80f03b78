"""The session behind a cookie or a token, and the page of a person's sessions."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from flask import Response as FlaskResponse
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from portal.core.errors import msg
from portal.persistence.models import User
from portal.services import sign_in
from portal.services.sign_in import Limits, LockedOut, Policy
from portal.settings import Settings
from portal.web import access
from portal.web.accounts.reach import is_listed, require_manageable
from portal.web.errors import answer
from portal.web.language import translate

SECRET = "sid"
EXTENSION = "portal.sign_in"
log = logging.getLogger("portal.web")


def policy() -> Policy:
    """Return how people sign in to this installation."""
    found: Policy = current_app.extensions[EXTENSION]
    return found


def limits() -> Limits:
    """Return the limits of this installation."""
    return policy().limits


def locked_out(error: LockedOut) -> FlaskResponse:
    """Return the answer to one attempt too many."""
    response = answer(429, error.code, error.text(translate))
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def agent() -> str:
    """Return the name that the browser or program gives itself."""
    return request.headers.get("User-Agent", "")


def user_of_cookie(user_id: int) -> Any | None:
    """Return the user if the session named in the cookie goes on."""
    return _user(session.get(SECRET), user_id)


def user_of_token(claims: dict[str, Any]) -> Any | None:
    """Return the user if the session named in a token goes on."""
    subject = str(claims.get("sub", ""))
    user = _user(claims.get(SECRET), int(subject)) if subject.isdecimal() else None
    if user is not None:
        g.user = user
    return user


def _user(token: Any, user_id: int) -> Any | None:
    if not isinstance(token, str):
        return None
    portal = access.portal()
    now = portal.clock.now()
    found = sign_in.find(access.fab_session(), token, user_id, now, limits())
    if found is None:
        return None
    g.sign_in = found.id
    g.stamp = portal.switches.stamp(access.fab_session(), found.stamp, now)
    if found.stale(now, limits()):
        g.sign_in_stale = found.id
    return found.user


def init_sessions(app: Flask, settings: Settings) -> None:
    """Set the limits, and write which sessions are in use after the request's own session has closed.

    To be called before the database is: what is registered first comes last at the end of a request.
    """
    from datetime import timedelta

    app.extensions[EXTENSION] = Policy(
        Limits(
            idle=timedelta(minutes=settings.session_idle_minutes),
            absolute=timedelta(hours=settings.session_hours),
            per_address=settings.sign_ins_per_address,
        ),
        settings.second_factor,
    )
    app.register_error_handler(LockedOut, locked_out)

    @app.teardown_appcontext
    def touch(_error: BaseException | None) -> None:
        stale = g.pop("sign_in_stale", None)
        if stale is None:
            return
        try:
            sign_in.touch(access.portal(), stale)
        except SQLAlchemyError:
            # The answer is on its way already; the next request writes it.
            log.warning("the use of a session could not be noted", exc_info=True)


class SessionPages(BaseView):
    """Where a person is signed in, and the button that ends it."""

    route_base = "/users/sessions"
    class_permission_name = "SessionPages"
    default_view = "own"
    title = lazy_gettext("Signed in at")

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("own")
    def own(self) -> str:
        """Show the person's own sessions."""
        return self._page(access.person(), f"{self.route_base}/end", own=True)

    @expose("/end", methods=["POST"])
    @has_access
    @permission_name("own")
    def end_own(self) -> Response:
        """End one of the person's sessions, or all of them, this one too."""
        self._end(access.person())
        return redirect(url_for("SessionPages.own"))

    @expose("/of/<number:pk>", methods=["GET"])
    @has_access
    @permission_name("others")
    def of(self, pk: int) -> str:
        """Show the sessions of a user whose account the person keeps."""
        return self._page(self._user(pk), f"{self.route_base}/of/{pk}/end", own=False)

    @expose("/of/<number:pk>/end", methods=["POST"])
    @has_access
    @permission_name("others")
    def end(self, pk: int) -> Response:
        """End one session of a user, or all of them."""
        self._end(self._user(pk))
        return redirect(url_for("SessionPages.of", pk=pk))

    def _page(self, user: Any, action: str, own: bool) -> str:
        held = sign_in.sessions_of(access.session(), user.id, access.portal().clock.now(), limits())
        page: str = self.render_template(
            "accounts/sessions.html",
            title=self.title,
            user=user,
            sessions=held,
            here=g.get("sign_in"),
            action=action,
            own=own,
        )
        return page

    def _user(self, pk: int) -> Any:
        user = access.session().get(User, pk) if is_listed(pk) else None
        if user is None:
            abort(404)
        require_manageable(pk)
        return user

    def _end(self, user: Any) -> None:
        which = request.form.get("session", "")
        with access.portal().writing(access.current(), access.origin()) as uow:
            if which == "all":
                ended = sign_in.end_all(uow, user)
            elif which.isdecimal() and len(which) < 19:
                ended = int(sign_in.end_one(uow, user, int(which)))
            else:
                abort(400)
            uow.commit()
        if ended:
            flash(translate(msg("Signed out there")), "success")
