"""What every part of the API shares: the entity type of the address, and one shape of refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

from flask import Blueprint, Response, g, request
from flask_appbuilder.api import BaseApi

from portal.core.errors import Conflict, Forbidden, InvalidInput, PortalError, msg
from portal.services.records import LostUpdate
from portal.web.api.body import PreconditionRequired
from portal.web.errors import answer
from portal.web.language import translate
from portal.web.records.view import EntityPermission, typed


class Api(BaseApi):
    """A part of the API; what a type looks like is known only when it is published."""

    def add_apispec_components(self, api_spec: Any) -> None:
        """Add nothing to Flask-AppBuilder's own specification, which is switched off."""

    def response_401(self) -> Response:
        """Answer somebody who sent no usable token."""
        return answer(401, "http.401", translate(msg("Send a valid token")))

    def response_403(self) -> Response:
        """Answer somebody whose roles do not allow this."""
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


def in_shape(view: Callable[..., Any]) -> Callable[..., Any]:
    """Give refusals the status that clients of an API expect."""

    @wraps(view)
    def shaped(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except PreconditionRequired as refused:
            return _refusal(428, refused)
        except LostUpdate as lost:
            return _lost(lost)
        except Conflict as conflict:
            # 412: the version that If-Match named is no longer the current one
            return _refusal(412 if conflict.code == "record.stale" else 409, conflict)
        except InvalidInput as refused:
            listing = request.method == "GET" or refused.code.startswith(("body.", "version."))
            return _refusal(400 if listing else 422, refused)

    return shaped


def _lost(lost: LostUpdate) -> Response:
    """Answer 412 with what the two writers did, field by field, so that the client can offer a choice."""
    fields = [asdict(one) for one in lost.fields if one.current != one.submitted]
    return answer(412, lost.code, lost.text(translate), version=lost.version, differences=fields)


def _refusal(status: int, refused: PortalError) -> Response:
    return answer(status, refused.code, refused.text(translate), refused.problems)
