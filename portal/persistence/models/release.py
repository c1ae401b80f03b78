"""Published configuration: immutable releases and the log of where each was in force."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, Managed
from portal.persistence.types import JsonDoc, UtcDateTime

# What an activation does; a cancellation takes back one that was scheduled.
OPEN, ACTIVATE, TAKE_OVER, CANCEL = "open", "activate", "take_over", "cancel"
# Who put a release in force: seeding, or a person.
BY_SEED, BY_ACT = "seed", "act"
# What was thought of a release, in this order; only an approved one can be put in force.
DRAFT, CHECKED, APPROVED, WITHDRAWN = "draft", "checked", "approved", "withdrawn"
STATES = (DRAFT, CHECKED, APPROVED, WITHDRAWN)


class Release(Model):
    """A resolved pack, frozen: what a record entered under it will always be read with."""

    __tablename__ = "release"
    __table_args__ = ({"extend_existing": False},)
    __scope__ = Managed("release")
    __audit__ = Audited("release", append_only=True)

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
    # The number of the format the bundle is written in; steps bring it to the current one on reading.
    format: Mapped[int] = mapped_column(Integer, server_default="1")
    published_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    published_by: Mapped[str] = mapped_column(String(130), default="")


class ReleaseState(Model):
    """One judgement of a release: draft, checked, approved or withdrawn. The latest row holds."""

    __tablename__ = "release_state"
    __table_args__ = ({"extend_existing": False},)
    __scope__ = Managed("release")
    __audit__ = Audited("release", column="release_id", append_only=True)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), index=True)
    state: Mapped[str] = mapped_column(String(12))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    by_name: Mapped[str] = mapped_column(String(130), default="")
    reason: Mapped[str] = mapped_column(String(400), default="")


class ReleaseActivation(Model):
    """A release that takes effect at a centre from a moment on. Rows are only ever added.

    In force is the latest row whose time has come and that none takes back (``services.units.in_force``).
    """

    __tablename__ = "release_activation"
    __table_args__ = (
        Index("ix_release_activation_in_force", "unit_id", "effective_at", "id"),
        Index("ix_release_activation_cancels", "cancels", unique=True),
        {"extend_existing": False},
    )
    __scope__ = Managed("release")
    __audit__ = Audited("centre", column="unit_id", append_only=True)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"))
    # The release that this one follows.
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("release.id"))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    # Equal to ``at`` where it was put in force at once: such a row holds whatever a reader's clock says.
    effective_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(12), server_default=ACTIVATE)
    origin: Mapped[str] = mapped_column(String(10), server_default=BY_ACT)
    # The scheduled row that this one takes back.
    cancels: Mapped[int | None] = mapped_column(ForeignKey("release_activation.id"))
    # What the pack of the unit's own calls the centre while this row is in force; empty: as the centre's row says.
    name: Mapped[str] = mapped_column(String(200), server_default="")
    agency: Mapped[str] = mapped_column(String(20), server_default="")
    by_name: Mapped[str] = mapped_column(String(130), default="")
    reason: Mapped[str] = mapped_column(String(400), default="")
