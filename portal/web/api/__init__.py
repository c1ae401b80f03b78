"""The API of the portal: everything a program may do, with a token and the permissions of the screens."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_appbuilder import AppBuilder

from portal.web.api import tokens
from portal.web.api.audit import AuditApi
from portal.web.api.centres import ReleasesApi, UnitsApi
from portal.web.api.feeds import FeedsApi
from portal.web.api.jobs import JobsApi
from portal.web.api.notices import NoticesApi
from portal.web.api.openapi.document import OpenApiApi
from portal.web.api.records import RecordsApi
from portal.web.api.tasks import TasksApi
from portal.web.api.types import TypesApi
from portal.web.api.work import WorkApi


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application its API."""
    for part in (
        RecordsApi,
        WorkApi,
        TasksApi,
        UnitsApi,
        ReleasesApi,
        TypesApi,
        JobsApi,
        FeedsApi,
        AuditApi,
        NoticesApi,
        OpenApiApi,
    ):
        appbuilder.add_api(part)
    tokens.in_one_shape(appbuilder)
    app.after_request(_without_html)


def _without_html(response: Response) -> Response:
    """Let no page leave: the framework answers OPTIONS and redirects as if browsers had asked."""
    if request.path.startswith("/api/") and response.mimetype == "text/html":
        response.set_data(b"")
        del response.headers["Content-Type"]
    return response


__all__ = ["register"]
