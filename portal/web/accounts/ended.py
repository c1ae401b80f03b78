"""Requests without a session: pages lead to signing in; what a page sends or asks for meanwhile gets 401, in words."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, flash, jsonify, redirect, request, session, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError, generate_csrf

from portal.core.errors import msg
from portal.web import access
from portal.web.accounts.sessions import SECRET
from portal.web.errors import answer, forged, wants_json
from portal.web.language import translate
from portal.web.redirects import HOME, local

# Of the views, which have a dot in their names, strangers may ask for these; signing in says itself what it needs.
PUBLIC = frozenset(
    {
        *("appbuilder.static", "LocaleView.index", "UtilView.back"),
        *("LoginView.login", "LoginView.step", "LoginView.logout"),
        # Pages for citizens, who have no account.
        *("progress.ask", "progress.show", "progress.answer", "hall.halls", "hall.show"),
    }
)
# The one function that is no view and needs a session.
UNIT_CHOICE = "choose_unit"
ENDED = msg("Your session has ended. Sign in to go on.")


def is_over() -> bool:
    """Return whether the request needs a session and has none."""
    endpoint = request.endpoint
    view = endpoint is not None and ("." in endpoint or endpoint == UNIT_CHOICE)
    if not view or endpoint in PUBLIC or request.path.startswith(access.API):
        return False
    return access.made_up() is None and not current_user.is_authenticated


def say_ended() -> None:
    """Say on the page to sign in that the session ended, to a browser that had one.

    It is said there and not kept for it: answers to what a page asks in the background would wipe it out.
    """
    if SECRET in session:
        flash(translate(ENDED), "warning")


def session_ended() -> Any:
    """Return the answer to a request that came without a session: never that a permission is missing."""
    asks = request.method in ("GET", "HEAD") and not request.headers.get("HX-Request") and not wants_json()
    if asks:
        target = request.full_path.rstrip("?")
        return redirect(url_for("LoginView.login", next=None if target == HOME else target))
    return answer(401, "session.ended", translate(ENDED), sign_in=url_for("LoginView.login", next=_page()))


def _page() -> str:
    """Return the page from which the request was sent: the address of a form that is sent may be none to ask for."""
    here = local(request.referrer)
    return here if here != HOME else local(request.full_path.rstrip("?"))


def init_ended(app: Flask) -> None:
    """Answer requests without a session before any view does, and say who is signed in."""

    @app.before_request
    def ended() -> Any:
        return session_ended() if is_over() else None

    @app.errorhandler(CSRFError)
    def without_token(_error: CSRFError) -> Any:
        return session_ended() if is_over() else forged()

    @app.get("/session")
    def who_is_here() -> Response:
        """Say whose session this is, with the token that its forms carry; nobody's where it has ended."""
        person = access.person()
        return jsonify(person=person.id if person else None, csrf=generate_csrf())
