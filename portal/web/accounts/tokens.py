"""Signing in and out by the API: a short token for requests, a longer one to renew it, both bound to a session."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_appbuilder.api import expose
from flask_appbuilder.security.api import SecurityApi
from flask_jwt_extended import create_access_token, create_refresh_token, get_jwt, jwt_required

from portal.core.errors import msg
from portal.services import sign_in
from portal.services.sign_in import LockedOut
from portal.web import access
from portal.web.accounts import sessions
from portal.web.accounts.login import locked_out
from portal.web.errors import answer
from portal.web.language import translate

LONGEST = 1_024


class TokenApi(SecurityApi):
    """Tokens for programs."""

    @expose("/login", methods=["POST"])
    def login(self) -> Response:
        """Check a name and a password; give a token, and one to renew it where asked for."""
        body = request.get_json(silent=True)
        found = _credentials(body)
        if found is None:
            return answer(400, "sign_in.body", translate(msg("Send “username” and “password” as JSON texts")))
        try:
            signed_in = sign_in.sign_in(
                access.portal(), *found, access.origin(), sessions.agent(), sessions.limits()
            )
        except LockedOut as error:
            return locked_out(error)
        if signed_in is None:
            return answer(401, "sign_in.wrong", translate(msg("The user name or the password is not right.")))
        identity, claims = str(signed_in.user_id), {sessions.SECRET: signed_in.token}
        tokens = {"access_token": create_access_token(identity, fresh=True, additional_claims=claims)}
        if isinstance(body, dict) and body.get("refresh") is True:
            tokens["refresh_token"] = create_refresh_token(identity, additional_claims=claims)
        return self.response(200, **tokens)

    @expose("/refresh", methods=["POST"])
    @jwt_required(refresh=True)
    def refresh(self) -> Response:
        """Give a new token of the same session, as long as it goes on."""
        claims = get_jwt()
        token = create_access_token(
            claims["sub"], fresh=False, additional_claims={sessions.SECRET: claims[sessions.SECRET]}
        )
        return self.response(200, access_token=token)

    @expose("/logout", methods=["POST"])
    @jwt_required(verify_type=False)
    def logout(self) -> Response:
        """End the session: all its tokens are worth nothing from now on."""
        secret = get_jwt()[sessions.SECRET]
        sign_in.sign_out(access.portal(), secret, access.person(), access.current(), access.origin())
        return self.response(200, message="OK")


def _credentials(body: Any) -> tuple[str, str] | None:
    if not isinstance(body, dict) or body.get("provider", "db") != "db":
        return None
    name, password = body.get("username"), body.get("password")
    if not isinstance(name, str) or not isinstance(password, str) or max(len(name), len(password)) > LONGEST:
        return None
    return name, password
