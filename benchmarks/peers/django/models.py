"""Units, cases with the indexes that their lists need, and one audit row per change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.db import models

from benchmarks.peers.rows import CATEGORIES, KINDS, SOURCES, STATES, URGENCIES


def _one_of(values: Sequence[str]) -> models.CharField:
    return models.CharField(max_length=20, choices=[(value, value) for value in values])


class Unit(models.Model):
    """A place in the management tree."""

    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    level = models.IntegerField()
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    path = models.CharField(max_length=100, db_index=True)


class Case(models.Model):
    """A case of twenty fields."""

    code = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200)
    applicant = models.CharField(max_length=50)
    phone = models.CharField(max_length=20)
    id_number = models.CharField(max_length=20, blank=True)
    address = models.CharField(max_length=200, blank=True)
    category = _one_of(CATEGORIES)
    subcategory = _one_of(KINDS)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    persons = models.IntegerField(null=True, blank=True)
    occurred_at = models.DateTimeField(null=True, blank=True)
    registered_at = models.DateTimeField(db_index=True)
    source = _one_of(SOURCES)
    urgency = _one_of(URGENCIES)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT)
    window_no = models.CharField(max_length=20, blank=True)
    status = _one_of(STATES)
    description = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    result = models.TextField(blank=True)

    class Meta:
        """The indexes of its lists."""

        indexes: ClassVar = [
            models.Index(fields=["status", "-registered_at"]),
            models.Index(fields=["unit", "-registered_at"]),
        ]


class Audit(models.Model):
    """Who did what to a case, and when."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, db_constraint=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    action = models.CharField(max_length=20)
    at = models.DateTimeField(auto_now_add=True)
    payload = models.JSONField()
