"""The API of the portal: everything a program may do, with a token and the permissions of the screens."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder

from portal.web.api import tokens
from portal.web.api.records import RecordsApi
from portal.web.api.work import WorkApi


def register(app: Flask, appbuilder: AppBuilder) -> None:
    """Give the application its API."""
    for part in (RecordsApi, WorkApi):
        appbuilder.add_api(part)
    tokens.in_one_shape(appbuilder)


__all__ = ["register"]
