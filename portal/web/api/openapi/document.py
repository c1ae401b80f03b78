"""The whole document, and the addresses it is read at."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache

from flask import Response, make_response, request
from flask_appbuilder.api import expose

import portal
from portal.core.errors import msg
from portal.core.table import revision
from portal.services.bundles import Bundle
from portal.web.api.openapi import common, parts
from portal.web.api.openapi.schemas import Json
from portal.web.api.openapi.typed import TypedPaths
from portal.web.api.shape import Api, in_shape, signed_in
from portal.web.api.types import allowed, usable, usable_type
from portal.web.language import translate
from portal.web.words.here import Here, here
from portal.web.words.screen import Screen, screen_of

Shown = tuple[tuple[str, tuple[str, ...]], ...]


class OpenApiApi(Api):
    """The description of the API for programs: types, forms and steps of the release in force where a person works."""

    route_base = "/api/v1"

    @expose("/openapi.json", methods=["GET"])
    @signed_in
    @in_shape
    def whole(self) -> Response:
        """Return the document of all types that the person may use."""
        now = here()
        return _answer(now, list(usable(now)), common_too=True)

    @expose("/openapi/<etype>.json", methods=["GET"])
    @signed_in
    @in_shape
    def one(self, etype: str) -> Response:
        """Return the document of one type."""
        now = here()
        return _answer(now, [usable_type(now, etype)], common_too=False)


def _answer(now: Here, screens: list[Screen], *, common_too: bool) -> Response:
    shown = tuple((screen.entity.id, tuple(allowed(now, screen.entity.id))) for screen in screens)
    audits = now.access.can("audit", "list")
    key = _Key(now.bundle.digest, now.lang, revision(), now.bundle)
    text = _text(key, shown, common_too, audits)
    response = make_response(text)
    response.mimetype = "application/json"
    response.add_etag()
    response.make_conditional(request)
    return response


@dataclass(frozen=True, slots=True)
class _Key:
    """A release in a language, and the portal's tables: what a document depends on besides the person's roles."""

    digest: str
    lang: str
    tables: int
    bundle: Bundle = field(compare=False)


@lru_cache(maxsize=64)
def _text(key: _Key, shown: Shown, common_too: bool, audits: bool) -> str:
    document = _document(key, shown)
    if common_too:
        document["paths"] |= common.paths(audits=audits)
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def _document(key: _Key, shown: Shown) -> Json:
    paths: Json = {}
    schemas = parts.schemas()
    for etype, actions in shown:
        typed = TypedPaths(screen_of(key.bundle, etype, key.lang), actions)
        paths |= typed.found
        schemas |= typed.schemas()
    scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": translate(msg("One Door")),
            "version": portal.__version__,
            "description": f"{key.bundle.pack}@{key.bundle.version} {key.bundle.digest}",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": parts.headers(),
            "parameters": parts.parameters(),
            "responses": parts.responses(),
            "securitySchemes": {"token": scheme},
        },
    }
