"""Layers of packs, kept by content: what a release is made of, and what is exported again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import Audited, Managed, Unaudited
from portal.persistence.types import JsonDoc, UtcDateTime


class Layer(Model):
    """One pack in one exact version, by the digest over all its files. Rows are only ever added."""

    __tablename__ = "layer"
    __table_args__ = (
        UniqueConstraint("pack", "version", name="uq_layer_version"),
        {"extend_existing": False},
    )
    __scope__ = Managed("release")
    __audit__ = Audited("layer", append_only=True)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    pack: Mapped[str] = mapped_column(String(80))
    # As pack.json says; the demo adds the first digits of the digest where that version was taken.
    version: Mapped[str] = mapped_column(String(60))
    format: Mapped[int] = mapped_column(Integer)
    # The exact pack above, such as ``city/kunming@1.0.0``, as it went into the digest.
    parent: Mapped[str | None] = mapped_column(String(160))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    manifest: Mapped[dict[str, Any]] = mapped_column(JsonDoc)
    # Where it came from: ``files``, ``import`` or ``screen``.
    origin: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(130), default="")


class LayerFile(Model):
    """One file of a layer: its path, and the content by hash. Rows are only ever added."""

    __tablename__ = "layer_file"
    __table_args__ = ({"extend_existing": False},)
    __scope__ = Managed("release")
    __audit__ = Audited("layer", column="layer_id", append_only=True)

    layer_id: Mapped[int] = mapped_column(ForeignKey("layer.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(300), primary_key=True)
    blob: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))


class Blob(Model):
    """The bytes of a file, once however many layers hold them. Rows are only ever added."""

    __tablename__ = "blob"
    __table_args__ = ({"extend_existing": False},)
    __scope__ = Managed("release")
    __audit__ = Unaudited("named by its content; the layer that holds it has the entry", append_only=True)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary)
