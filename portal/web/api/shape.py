"""What every part of the API shares: the entity type of the address, and one shape of refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, request
from flask_appbuilder.api import BaseApi
from flask_jwt_extended import verify_jwt_in_request
from werkzeug.exceptions import NotFound as HttpNotFound

from portal.core.errors import Forbidden, InvalidInput, PortalError, msg
from portal.services.records import LostUpdate
from portal.web.api import arguments
from portal.web.errors import answer, refused, status_of
from portal.web.language import translate
from portal.web.typed import EntityPermission, typed

BY_CODE = {
    "version.missing": 428,
    "record.stale": 412,  # the version that If-Match named is no longer the current one
    "referral.stale": 412,
    "idempotency.reused": 422,
}
# Of what is wrong before anything is entered.
_MALFORMED = ("address.", "body.", "key.", "list.", "version.")


def release_ref(release_id: int, pack: str, version: str, digest: str) -> dict[str, Any]:
    """Return a release as the API refers to it."""
    return {"id": release_id, "pack": pack, "version": version, "digest": digest}


class Api(BaseApi):
    """A part of the API; what a type looks like is known only when it is published."""

    def create_blueprint(self, *args: Any, **kwargs: Any) -> Blueprint:
        """Let nothing be asked for by a name that no database could hold."""
        blueprint: Blueprint = super().create_blueprint(*args, **kwargs)
        blueprint.before_request(_without_nul)
        return blueprint

    def add_apispec_components(self, api_spec: Any) -> None:
        """Add nothing to Flask-AppBuilder's own specification, which is switched off."""

    def response_401(self) -> Response:
        """Answer a request without a usable token."""
        return answer(401, "http.401", translate(msg("Send a valid token")))

    def response_403(self) -> Response:
        """Answer a person whose roles do not allow this."""
        raise Forbidden(
            "access.denied",
            msg("Your roles do not allow “%(action)s” on “%(entity)s” here"),
            {"action": request.method, "entity": g.get("etype") or self.class_permission_name},
        )


class TypedApi(Api):
    """A part of the API whose addresses begin with an entity type."""

    resource_name = "records/<etype>"
    class_permission_name = EntityPermission()

    def create_blueprint(self, *args: Any, **kwargs: Any) -> Blueprint:
        """Give the addresses their entity type."""
        return typed(super().create_blueprint(*args, **kwargs))


def _without_nul() -> None:
    if any("\0" in value for value in (request.view_args or {}).values() if isinstance(value, str)):
        raise HttpNotFound


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Ask for a token and for nothing else: what is answered is narrowed to the person's own."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        verify_jwt_in_request()
        return view(*args, **kwargs)

    return checked


def in_shape(view: Callable[..., Any]) -> Callable[..., Any]:
    """Give refusals the status that clients of an API expect, and refuse what the address can't be asked for."""

    @wraps(view)
    def shaped(*args: Any, **kwargs: Any) -> Any:
        try:
            arguments.take(view)
            return view(*args, **kwargs)
        except LostUpdate as lost:
            return _lost(lost)
        except PortalError as error:
            return refused(error, _status(error))

    return shaped


def _status(error: PortalError) -> int:
    if error.code in BY_CODE:
        return BY_CODE[error.code]
    malformed = request.method == "GET" or error.code.startswith(_MALFORMED)
    return 422 if isinstance(error, InvalidInput) and not malformed else status_of(error)


def _lost(lost: LostUpdate) -> Response:
    """Answer 412 with what the two writers did, field by field, so that the client can offer a choice."""
    fields = [asdict(one) for one in lost.fields if one.current != one.submitted]
    return answer(412, lost.code, lost.text(translate), version=lost.version, differences=fields)
