"""Drafts of configurations: commands over what a pack makes of its parent, states in between, and who is at work."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import AtUnit, Audited, Unaudited
from portal.persistence.types import BigId, JsonDoc, UnitPath, UtcDateTime


class Draft(Model):
    """A pack of a unit that is being worked on; what it says follows from its first state and its commands."""

    __tablename__ = "draft"
    __scope__ = AtUnit("draft", there=True)
    __audit__ = Audited("draft", "uid")
    __table_args__ = (Index("ix_draft_unit", "unit_path", "state"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    pack: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(100))
    # The packs above as they were when it began: [{"id", "version", "digest"}], the foundation first.
    chain: Mapped[list[dict[str, Any]]] = mapped_column(JsonDoc)
    # The release that was in force when it began.
    based_on: Mapped[int | None] = mapped_column(Integer)
    # The draft that goes on as this one: who changed that one has changed this one, too.
    renews: Mapped[str | None] = mapped_column(String(32))
    # Whether it was begun from files, and so says more at first than what was in force; not known of older drafts.
    from_files: Mapped[bool | None] = mapped_column(Boolean)
    # open, submitted, published, discarded
    state: Mapped[str] = mapped_column(String(12))
    # How many commands it has, and the group of the last one.
    position: Mapped[int] = mapped_column(Integer, default=0)
    mark: Mapped[str] = mapped_column(String(32), default="")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(Integer)
    created_by_name: Mapped[str] = mapped_column(String(130), default="")
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    changed_by_name: Mapped[str] = mapped_column(String(130), default="")
    # What the last check found: {"position", "at", "errors": [...], "advice": [...], ...}.
    found: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc)
    submitted_by: Mapped[int | None] = mapped_column(Integer)
    submitted_by_name: Mapped[str] = mapped_column(String(130), default="")
    submitted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
    release_id: Mapped[int | None] = mapped_column(Integer)


class DraftCommand(Model):
    """One command of a draft. Rows are only ever added."""

    __tablename__ = "draft_command"
    __scope__ = AtUnit("draft", there=True)
    __audit__ = Audited("draft", "draft_uid", append_only=True)
    __table_args__ = (
        UniqueConstraint("draft_uid", "number", name="uq_draft_command"),
        Index("ix_draft_command_group", "draft_uid", "group_uid"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    draft_uid: Mapped[str] = mapped_column(ForeignKey("draft.uid"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    number: Mapped[int] = mapped_column(Integer)
    group_uid: Mapped[str] = mapped_column(String(32))
    # do, undo or redo; the group that it takes back.
    kind: Mapped[str] = mapped_column(String(4))
    takes_back: Mapped[str] = mapped_column(String(32), default="")
    op: Mapped[str] = mapped_column(String(8))
    path: Mapped[str] = mapped_column(String(500))
    # Values as JSON, in the order of their keys; none where there is nothing.
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    # How many maps on the way to it came and go with it.
    made: Mapped[int] = mapped_column(Integer, default=0)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(130), default="")
    why: Mapped[str] = mapped_column(String(2000), default="")


class DraftSnapshot(Model):
    """What the pack of a draft says at one position; its first state is at 0. Rows are only ever added."""

    __tablename__ = "draft_snapshot"
    __scope__ = AtUnit("draft", there=True)
    __audit__ = Audited("draft", "draft_uid", append_only=True)
    __table_args__ = ({"extend_existing": False},)

    draft_uid: Mapped[str] = mapped_column(ForeignKey("draft.uid"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    unit_path: Mapped[str] = mapped_column(UnitPath)
    share: Mapped[str] = mapped_column(Text)


class DraftAsset(Model):
    """The bytes of a file that a draft has: a template, a picture, a sheet. Rows are only ever added."""

    __tablename__ = "draft_asset"
    __scope__ = AtUnit("draft", there=True)
    __audit__ = Audited("draft", "draft_uid", append_only=True)
    __table_args__ = ({"extend_existing": False},)

    draft_uid: Mapped[str] = mapped_column(ForeignKey("draft.uid"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit_path: Mapped[str] = mapped_column(UnitPath)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class DraftPresence(Model):
    """The moment at which a person was last seen at a draft, and on which page."""

    __tablename__ = "draft_presence"
    __scope__ = AtUnit("draft", there=True)
    __audit__ = Unaudited("who looks at a draft changes nothing of it")
    __table_args__ = ({"extend_existing": False},)

    draft_uid: Mapped[str] = mapped_column(ForeignKey("draft.uid"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True)
    unit_path: Mapped[str] = mapped_column(UnitPath)
    name: Mapped[str] = mapped_column(String(130))
    page: Mapped[str] = mapped_column(String(60), default="")
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class BackTest(Model):
    """The rules of a draft, at one position, tried on past matters of its centre: what was asked, what it came to."""

    __tablename__ = "draft_back_test"
    __scope__ = AtUnit("draft", there=True)
    __audit__ = Audited("draft", "draft_uid")
    __table_args__ = (Index("ix_draft_back_test", "draft_uid", "id"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    draft_uid: Mapped[str] = mapped_column(ForeignKey("draft.uid"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    position: Mapped[int] = mapped_column(Integer)
    # {"last": n} or {"since": day, "until": day}
    asked: Mapped[dict[str, Any]] = mapped_column(JsonDoc)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(130), default="")
    job_id: Mapped[int] = mapped_column(BigId)  # no key: jobs are forgotten
    done_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # Counts and names of places; nothing that was entered.
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc)
