"""Fixtures for the tests of services."""

from tests.fixtures.counties import counties_copy, counties_portal, counties_url

__all__ = ["counties_copy", "counties_portal", "counties_url"]
