"""Fixtures of these tests."""

from tests.fixtures.world import world

__all__ = ["world"]
