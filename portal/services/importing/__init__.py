"""Records of other systems: sources with mappings that are kept, files that are tried, taken over and taken back."""

from portal.services.importing.exporting import (
    FORMS,
    Given,
    Wanted,
    changed_count,
    export_changed,
    exportable,
    exports_of,
    note_given,
    personal_of,
)
from portal.services.importing.faults import fault_sheet, faults_in, place_of, words_of
from portal.services.importing.feeding import Fed, feed, require_reading, rows_as_tables, run_of
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
from portal.services.importing.settling import Offer, keep_here, may_judge, offers_of, take_offered
from portal.services.importing.sources import keep_mapping, keep_source
from portal.services.importing.starting import start_taking, start_trying, start_undoing
from portal.services.importing.tokens import (
    Bearer,
    bearer_of,
    give_token,
    is_live,
    last_used,
    tokens_of,
    withdraw_token,
)

__all__ = [
    "FORMS",
    "Bearer",
    "Fed",
    "Given",
    "Offer",
    "Setting",
    "Wanted",
    "bearer_of",
    "changed_count",
    "drop",
    "export_changed",
    "exportable",
    "exports_of",
    "fault_sheet",
    "faults_in",
    "feed",
    "file_of",
    "files_of",
    "give_token",
    "is_live",
    "keep_here",
    "keep_mapping",
    "keep_source",
    "last_used",
    "may_judge",
    "mend",
    "note_given",
    "offered_of",
    "offers_of",
    "personal_of",
    "place_of",
    "require_reading",
    "rows_as_tables",
    "run_of",
    "seen_values",
    "setting_of",
    "source_of",
    "sources_at",
    "start_taking",
    "start_trying",
    "start_undoing",
    "take_in",
    "take_offered",
    "taken_of",
    "tokens_of",
    "withdraw_token",
    "words_of",
]
