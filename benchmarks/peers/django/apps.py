"""The one application of the peer."""

from django.apps import AppConfig


class Cases(AppConfig):
    """Cases, their units and their audit."""

    name = "benchmarks.peers.django"
    label = "cases"
