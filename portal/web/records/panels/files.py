"""The files of the record."""

from __future__ import annotations

from typing import Any

from portal.web.records.panels.registry import PANELS, Panel, Place
from portal.web.words.case import Case
from portal.web.words.named_by_data import file_ids


def files(case: Case) -> list[Any] | None:
    """Return the files; data and history tell whether there are any, so that most pages ask for none."""
    named = file_ids(case.screen.infos.values(), case.record.data) or any(
        one.kind in ("attach", "transition") for one in case.events
    )
    if not named:
        return None
    scans = case.papers.scans
    return [one for one in case.files_by_uid.values() if one.uid not in scans] or None


PANELS.add(Panel("files", Place.MAIN, 30, "records/panels/files.html", files))
