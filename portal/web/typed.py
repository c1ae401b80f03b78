"""Addresses that name an entity type: ``/records/<etype>/…``, for the pages and for the API."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, has_request_context

ENTITY = "Entity."


class EntityPermission:
    """Names what permissions are checked on: the entity type of this request's address."""

    def __get__(self, instance: Any, owner: type) -> str:
        etype = g.get("etype") if has_request_context() else None
        return f"{ENTITY}{etype}" if etype else owner.__name__

    def __set__(self, instance: Any, value: str) -> None:
        """Flask-AppBuilder writes the name of the class here once; the address decides."""


def typed(blueprint: Blueprint) -> Blueprint:
    """Take the entity type out of the arguments of every address, and put it back into new addresses."""

    @blueprint.url_value_preprocessor
    def remember(endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.etype = values.pop("etype", None) if values else None

    @blueprint.url_defaults
    def complete(endpoint: str, values: dict[str, Any]) -> None:
        values.setdefault("etype", g.get("etype"))

    return blueprint
