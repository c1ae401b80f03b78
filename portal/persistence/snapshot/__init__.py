"""All rows of a database as they stood at one moment, and an empty database filled with them again."""

from portal.persistence.snapshot.filling import fill, require_empty, target
from portal.persistence.snapshot.lines import Column, Lines, TableLines, Tally
from portal.persistence.snapshot.reading import Snapshot, snapshot

__all__ = [
    "Column",
    "Lines",
    "Snapshot",
    "TableLines",
    "Tally",
    "fill",
    "require_empty",
    "snapshot",
    "target",
]
