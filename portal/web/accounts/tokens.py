"""Signing in and out by the API: a short token for requests, a longer one to renew it, both bound to a session."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_appbuilder.api import expose
from flask_appbuilder.security.api import SecurityApi
from flask_jwt_extended import create_access_token, create_refresh_token, get_jwt, jwt_required

from portal.core.errors import msg
from portal.services import sign_in
from portal.services.sign_in import LockedOut, SignedIn, Step, Waiting
from portal.web import access
from portal.web.accounts import sessions
from portal.web.api.body import read_json
from portal.web.api.shape import in_shape
from portal.web.errors import answer
from portal.web.language import translate

LONGEST = 1_024


class TokenApi(SecurityApi):
    """Tokens for programs."""

    @expose("/login", methods=["POST"])
    @in_shape
    def login(self) -> Response:
        """Check a name, a password and, where there is one, a code; give a token, and on demand one to renew it."""
        body = read_json()
        found = _credentials(body)
        if found is None:
            return answer(400, "sign_in.body", translate(msg("Send “username” and “password” as JSON texts")))
        try:
            signed_in = self._sign_in(*found)
        except LockedOut as error:
            return sessions.locked_out(error)
        if not isinstance(signed_in, SignedIn):
            return _refused(signed_in)
        identity, claims = str(signed_in.user_id), {sessions.SECRET: signed_in.token}
        tokens = {"access_token": create_access_token(identity, fresh=True, additional_claims=claims)}
        if isinstance(body, dict) and body.get("refresh") is True:
            tokens["refresh_token"] = create_refresh_token(identity, additional_claims=claims)
        return self.response(200, **tokens)

    def _sign_in(self, name: str, password: str, code: str) -> SignedIn | Waiting | None:
        how = (access.origin(), sessions.agent(), sessions.policy())
        result = sign_in.sign_in(access.portal(), name, password, *how)
        if isinstance(result, Waiting) and result.step is Step.CODE and code:
            return sign_in.enter_code(access.portal(), result.token, code, *how)
        return result

    @expose("/refresh", methods=["POST"])
    @jwt_required(refresh=True)
    @in_shape
    def refresh(self) -> Response:
        """Give a new token of the same session, as long as it goes on."""
        claims = get_jwt()
        token = create_access_token(
            claims["sub"], fresh=False, additional_claims={sessions.SECRET: claims[sessions.SECRET]}
        )
        return self.response(200, access_token=token)

    @expose("/logout", methods=["POST"])
    @jwt_required(verify_type=False)
    @in_shape
    def logout(self) -> Response:
        """End the session: all its tokens are worth nothing from now on."""
        secret = get_jwt()[sessions.SECRET]
        sign_in.sign_out(access.portal(), secret, access.person(), access.current(), access.origin())
        return self.response(200, message="OK")


def _refused(result: Waiting | None) -> Response:
    match result:
        case Waiting(step=Step.CODE):
            text = msg("Send “code” as well: six digits of the authenticator, or a recovery code")
            return answer(401, "second_factor.required", translate(text))
        case Waiting(step=Step.SET_UP):
            text = msg("Sign in with a browser first, and set up the second factor that your roles ask for")
            return answer(403, "second_factor.set_up", translate(text))
        case Waiting():
            text = msg("Sign in with a browser first, and choose a password of your own")
            return answer(403, "password.change", translate(text))
        case _:
            text = msg("The user name, the password or the code is not right.")
            return answer(401, "sign_in.wrong", translate(text))


def _credentials(body: Any) -> tuple[str, str, str] | None:
    if not isinstance(body, dict) or body.get("provider", "db") != "db":
        return None
    name, password, code = body.get("username"), body.get("password"), body.get("code", "")
    if not (isinstance(name, str) and isinstance(password, str) and isinstance(code, str)):
        return None
    return (name, password, code) if max(len(name), len(password), len(code)) <= LONGEST else None
