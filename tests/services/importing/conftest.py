"""An import at a county of the small packs."""

from __future__ import annotations

import pytest

from portal.services.portal import Portal
from tests.fixtures.importing import Importing, director


@pytest.fixture
def importer(seeded: Portal) -> Importing:
    made = Importing(seeded, director(seeded))
    made.keep()
    return made
