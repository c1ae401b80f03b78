"""The files of closed matters: what they hold, how long they are kept, how they are destroyed."""

from portal.services.archive.filling import (
    THING,
    Upload,
    explain_rest,
    fill_volume,
    free,
    hold,
    hold_reason,
    keep_as,
)
from portal.services.archive.taking_out import bound_file, contents_of, volume_zip

__all__ = [
    "THING",
    "Upload",
    "bound_file",
    "contents_of",
    "explain_rest",
    "fill_volume",
    "free",
    "hold",
    "hold_reason",
    "keep_as",
    "volume_zip",
]
