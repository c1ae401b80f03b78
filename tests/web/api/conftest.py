"""The portal of the record tests, asked by programs."""

from tests.web.records.conftest import clerk, filled_postgresql, filled_sqlite, site

__all__ = ["clerk", "filled_postgresql", "filled_sqlite", "site"]
