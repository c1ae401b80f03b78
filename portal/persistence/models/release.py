"""Published configuration: immutable releases and the log of where each was in force."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, Managed
from portal.persistence.types import JsonDoc, UtcDateTime


class Release(Model):
    """A resolved pack, frozen: what a record entered under it will always be read with."""

    __tablename__ = "release"
    __scope__ = Managed("release")
    __audit__ = Audited("release", append_only=True)
    __table_args__ = ({"extend_existing": False},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    pack: Mapped[str] = mapped_column(String(80))
    version: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200), default="")
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    chain: Mapped[list[dict[str, Any]]] = mapped_column(JsonDoc)
    # Title and unit as the pack wrote them: with chain and bundle all that the digest was made of.
    manifest: Mapped[dict[str, Any]] = mapped_column(JsonDoc)
    # Loaded only on a miss of the process cache: a county's bundle is a few hundred kilobytes.
    bundle: Mapped[dict[str, Any]] = mapped_column(JsonDoc, deferred=True)
    published_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    published_by: Mapped[str] = mapped_column(String(130), default="")


class ReleaseActivation(Model):
    """One moment at which a centre began to use a release. Rows are only ever added."""

    __tablename__ = "release_activation"
    __scope__ = Managed("release")
    __audit__ = Audited("centre", "unit_id", append_only=True)
    __table_args__ = ({"extend_existing": False},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("release.id"))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    by_name: Mapped[str] = mapped_column(String(130), default="")
    reason: Mapped[str] = mapped_column(String(400), default="")
