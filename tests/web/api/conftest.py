"""The portal of the record tests, asked by programs."""

from tests.web.records.conftest import clerk, site

__all__ = ["clerk", "site"]
