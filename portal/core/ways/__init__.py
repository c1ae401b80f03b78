"""From what a person typed or pasted to what is stored: one table, by the kind of value."""

from portal.core.blank import is_blank
from portal.core.ways.reading import Refused
from portal.core.ways.table import REVISION, WAYS, Way, by_mask

__all__ = ["REVISION", "WAYS", "Refused", "Way", "by_mask", "is_blank"]
