"""Refusals of tokens in the one shape of all errors of the API."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import AppBuilder

from portal.core.errors import msg
from portal.web.errors import answer
from portal.web.language import translate


def in_one_shape(appbuilder: AppBuilder) -> None:
    """Let the token library answer as every other refusal does."""
    manager = appbuilder.sm.jwt_manager

    def refuse(*_details: Any) -> Any:
        return answer(401, "http.401", translate(msg("Send a valid token")))

    for loader in (
        manager.unauthorized_loader,
        manager.invalid_token_loader,
        manager.expired_token_loader,
        manager.revoked_token_loader,
        manager.needs_fresh_token_loader,
        manager.user_lookup_error_loader,
    ):
        loader(refuse)
