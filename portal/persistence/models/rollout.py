"""Roll-out: plans of centres for a new version, what was decided at each place, campaigns with waves and evidence."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.persistence.declared import AtUnit, Audited, Managed
from portal.persistence.types import BigId, JsonDoc, UnitPath, UtcDateTime


class RolloutPlan(Model):
    """A new version planned for one centre: what the plan is bound to, what was found, what became of it."""

    __tablename__ = "rollout_plan"
    __scope__ = AtUnit("draft")
    __audit__ = Audited("rollout", "uid")
    __table_args__ = (
        Index("ix_rollout_plan_unit", "unit_id", "state"),
        Index("ix_rollout_plan_target", "digest", "state"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    # The pack of the centre's own; empty where it runs by the configuration above alone.
    pack: Mapped[str] = mapped_column(String(100), default="")
    # The version that is planned, by the digest of its layer.
    parent: Mapped[str] = mapped_column(String(100))
    version: Mapped[str] = mapped_column(String(60))
    digest: Mapped[str] = mapped_column(String(64))
    # The release in force when it was planned, and the version of the parent that it stands on.
    based_on: Mapped[int] = mapped_column(Integer)
    adopted: Mapped[str] = mapped_column(String(60), default="")
    # open, applied, rolled_back, dropped
    state: Mapped[str] = mapped_column(String(12))
    # What it holds for: {"target", "running", "layer", "decisions", "data"}.
    bound: Mapped[dict[str, Any]] = mapped_column(JsonDoc)
    # How many places are in each pile, and how many are open.
    counts: Mapped[dict[str, Any]] = mapped_column(JsonDoc)
    # Open matters that hold what goes: [{"sort", "path", "code", "count"}, ...].
    impact: Mapped[list[dict[str, Any]]] = mapped_column(JsonDoc)
    # What the check of the merged configuration found, and for which digest of it.
    found: Mapped[dict[str, Any] | None] = mapped_column(JsonDoc)
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[int | None] = mapped_column(Integer)
    made_by_name: Mapped[str] = mapped_column(String(130), default="")
    release_id: Mapped[int | None] = mapped_column(Integer)
    applied_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    effective_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    applied_by_name: Mapped[str] = mapped_column(String(130), default="")
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")


class RolloutDecision(Model):
    """What a person said about one place of a new version; it holds for the three values. Rows are only ever added.

    Other centres read how a place was decided and why, so it is seen by everybody signed in.
    """

    __tablename__ = "rollout_decision"
    __scope__ = Managed("draft")
    __audit__ = Audited("decision", "id", append_only=True)
    __table_args__ = (
        Index("ix_rollout_decision_unit", "unit_id", "parent"),
        Index("ix_rollout_decision_place", "parent", "path"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    parent: Mapped[str] = mapped_column(String(100))
    version: Mapped[str] = mapped_column(String(60))
    path: Mapped[str] = mapped_column(String(500))
    # The digests of what the adopted version, the new one and the centre have there.
    base: Mapped[str] = mapped_column(String(64))
    theirs: Mapped[str] = mapped_column(String(64))
    ours: Mapped[str] = mapped_column(String(64))
    # answer, defer, comment; base: with which version both sides are compared, without a path
    kind: Mapped[str] = mapped_column(String(8))
    action: Mapped[str] = mapped_column(String(8), default="")
    # A value of the centre's own as JSON; none otherwise.
    value: Mapped[str | None] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(Integer)
    by_name: Mapped[str] = mapped_column(String(130), default="")
    why: Mapped[str] = mapped_column(String(2000), default="")


class Campaign(Model):
    """A version brought to the centres below a unit in waves, with an aim."""

    __tablename__ = "campaign"
    __scope__ = Managed("draft")
    __audit__ = Audited("campaign", "uid")
    __table_args__ = (Index("ix_campaign_unit", "unit_path", "state"), {"extend_existing": False})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(32), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    pack: Mapped[str] = mapped_column(String(100))
    version: Mapped[str] = mapped_column(String(60))
    digest: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(100))
    # What the version brings, in the words of those who hand it down.
    note: Mapped[str] = mapped_column(Text, default="")
    # So many of a hundred of those that take part, in force within so many days.
    aim_percent: Mapped[int] = mapped_column(Integer)
    aim_days: Mapped[int] = mapped_column(Integer)
    # Whether a plan without conflict and without matters that hold what goes is put in force by itself.
    by_itself: Mapped[bool] = mapped_column(Boolean, default=False)
    # running, paused, ended, done
    state: Mapped[str] = mapped_column(String(12))
    why: Mapped[str] = mapped_column(Text, default="")
    started_on: Mapped[dt.date] = mapped_column(Date)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(Integer)
    created_by_name: Mapped[str] = mapped_column(String(130), default="")
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class CampaignWave(Model):
    """One wave of a campaign: from which day on, and what has to be so before the next one begins."""

    __tablename__ = "campaign_wave"
    __scope__ = Managed("draft")
    __audit__ = Audited("campaign", column="campaign_uid")
    __table_args__ = ({"extend_existing": False},)

    campaign_uid: Mapped[str] = mapped_column(ForeignKey("campaign.uid"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(60), default="")
    starts_on: Mapped[dt.date] = mapped_column(Date)
    # {"gate": {its parameters}}
    gates: Mapped[dict[str, Any]] = mapped_column(JsonDoc)
    # Resumed by a person although a gate could not tell.
    resumed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class CampaignTarget(Model):
    """One centre of a campaign: its wave, or why it does not take part."""

    __tablename__ = "campaign_target"
    __scope__ = AtUnit("draft")
    __audit__ = Audited("campaign", column="campaign_uid")
    __table_args__ = ({"extend_existing": False},)

    campaign_uid: Mapped[str] = mapped_column(ForeignKey("campaign.uid"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, autoincrement=False)
    unit_path: Mapped[str] = mapped_column(UnitPath)
    wave: Mapped[int] = mapped_column(Integer)
    excluded: Mapped[bool] = mapped_column(Boolean, default=False)
    why: Mapped[str] = mapped_column(Text, default="")


class CampaignEvidence(Model):
    """What a person says of one gate or one item of the list at a centre, with the day. Rows are only ever added."""

    __tablename__ = "campaign_evidence"
    __scope__ = AtUnit("draft")
    __audit__ = Audited("campaign", column="campaign_uid", append_only=True)
    __table_args__ = (
        Index("ix_campaign_evidence", "campaign_uid", "unit_id", "gate"),
        {"extend_existing": False},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    campaign_uid: Mapped[str] = mapped_column(ForeignKey("campaign.uid"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    unit_path: Mapped[str] = mapped_column(UnitPath)
    gate: Mapped[str] = mapped_column(String(40))
    item: Mapped[str] = mapped_column(String(40), default="")
    # So many done of so many.
    done: Mapped[int | None] = mapped_column(Integer)
    total: Mapped[int | None] = mapped_column(Integer)
    # What a person judged where a gate could not tell: pass or fail.
    verdict: Mapped[str] = mapped_column(String(12), default="")
    on_day: Mapped[dt.date] = mapped_column(Date)
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    by_name: Mapped[str] = mapped_column(String(130), default="")
