"""The API of cases."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db import transaction
from django.db.models import Count
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from benchmarks.peers.django.models import Audit, Case


class CaseSerializer(serializers.ModelSerializer):
    """Every field, validated by what the model says."""

    class Meta:
        """All fields of the model."""

        model = Case
        fields = "__all__"


class CaseFilter(django_filters.FilterSet):
    """By state, by unit and by subtree."""

    subtree = django_filters.CharFilter(field_name="unit__path", lookup_expr="startswith")

    class Meta:
        """The fields that are compared for equality."""

        model = Case
        fields: ClassVar = ["status", "unit"]


class CaseViewSet(viewsets.ModelViewSet):
    """Create, read, list and count."""

    queryset = Case.objects.all()
    serializer_class = CaseSerializer
    filterset_class = CaseFilter
    ordering_fields: ClassVar = ["registered_at"]

    def perform_create(self, serializer: Any) -> None:
        """Store the case and its audit row in one transaction."""
        with transaction.atomic():
            made = serializer.save()
            said = {"code": made.code, "status": made.status}
            Audit.objects.create(case=made, actor=self.request.user, action="create", payload=said)

    @action(detail=False)
    def counts(self, request: Request) -> Response:
        """Count by category and state."""
        found = self.filter_queryset(self.get_queryset()).order_by()
        return Response(list(found.values("category", "status").annotate(n=Count("id"))))

    @action(detail=False)
    def uncounted(self, request: Request) -> Response:
        """Return the first twenty without counting the others."""
        found = self.filter_queryset(self.get_queryset())[:20]
        return Response(self.get_serializer(found, many=True).data)
