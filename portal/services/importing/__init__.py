"""Records of other systems: sources with mappings that are kept, files that are tried, taken over and taken back."""

from portal.services.importing.faults import fault_sheet, faults_in, place_of, words_of
from portal.services.importing.files import drop, mend, take_in
from portal.services.importing.finding import (
    Setting,
    file_of,
    files_of,
    offered_of,
    setting_of,
    source_of,
    sources_at,
    taken_of,
)
from portal.services.importing.rows import seen_values
from portal.services.importing.sources import keep_mapping, keep_source
from portal.services.importing.starting import start_taking, start_trying, start_undoing

__all__ = [
    "Setting",
    "drop",
    "fault_sheet",
    "faults_in",
    "file_of",
    "files_of",
    "keep_mapping",
    "keep_source",
    "mend",
    "offered_of",
    "place_of",
    "seen_values",
    "setting_of",
    "source_of",
    "sources_at",
    "start_taking",
    "start_trying",
    "start_undoing",
    "take_in",
    "taken_of",
    "words_of",
]
