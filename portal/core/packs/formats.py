"""The files of a pack: where each lives, what schema it has and where it stands in the bundle."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portal.core import pointer as pointers

FOLDERS = ("seed", "form_definitions", "rule_sets", "translations")
MANIFEST = "pack.json"
PACK_ID = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*")
_FILE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Format:
    """One sort of file: ``<folder>/<pack>/<place>``, where ``*`` in the place is the file's identifier."""

    folder: str
    place: str
    schema: str
    section: str = ""  # the bundle's key; empty: not part of the bundle

    @property
    def keyed(self) -> bool:
        """Tell whether there is one file per identifier."""
        return "*" in self.place


FORMATS = (
    Format("seed", MANIFEST, "pack"),
    Format("seed", "departments.json", "departments", "departments"),
    Format("seed", "units.json", "units", "units"),
    Format("seed", "layout.json", "layout", "layout"),
    Format("seed", "lifecycles/*.json", "lifecycle", "lifecycles"),
    Format("seed", "taxonomies/*.json", "taxonomy", "taxonomies"),
    Format("seed", "routes.json", "routes", "routes"),
    Format("seed", "deadlines.json", "deadlines", "deadlines"),
    Format("seed", "documents.json", "documents", "documents"),
    Format("seed", "events.json", "events", "events"),
    Format("seed", "tasks.json", "tasks", "tasks"),
    Format("seed", "questions.json", "questions", "questions"),
    Format("seed", "worklists/*.json", "worklist", "worklists"),
    Format("seed", "indicators/*.json", "indicator", "indicators"),
    Format("seed", "calendar.json", "calendar", "calendar"),
    Format("seed", "roles.json", "roles", "roles"),
    Format("seed", "settings.json", "settings", "settings"),
    Format("seed", "stories/*.json", "story"),
    Format("seed", "demo/*.json", "demo"),
    Format("form_definitions", "*.json", "form-definition", "forms"),
    Format("rule_sets", "*.json", "rules", "rules"),
    Format("translations", "*.json", "translations", "translations"),
)
DIVISIONS = "divisions.csv"
ASSETS = "assets"
ASSET_LIMIT = 2_000_000  # bytes of one asset
ASSET_SUFFIXES = (".docx", ".png", ".svg", ".xlsx")
_ASSET = re.compile(rf"{ASSETS}/([A-Za-z0-9][A-Za-z0-9_-]*(?:{'|'.join(map(re.escape, ASSET_SUFFIXES))}))")
_BY_SECTION = {fmt.section: fmt for fmt in FORMATS if fmt.section}


@dataclass(frozen=True, slots=True)
class FilePlace:
    """What a file is: its format and, for a keyed format, its identifier."""

    format: Format
    key: str = ""

    @property
    def bundle_pointer(self) -> str:
        """Return where the file's content stands in the bundle."""
        return pointers.join([self.format.section, self.key] if self.key else [self.format.section])


def identify(folder: str, path: str) -> FilePlace | None:
    """Return what the file ``path`` of a pack's ``folder`` is; None for a file that no format knows."""
    for fmt in FORMATS:
        if fmt.folder != folder:
            continue
        if not fmt.keyed:
            if path == fmt.place:
                return FilePlace(fmt)
            continue
        before, after = fmt.place.split("*")
        key = path.removeprefix(before).removesuffix(after)
        if path == f"{before}{key}{after}" and _FILE_ID.fullmatch(key):
            return FilePlace(fmt, key)
    return None


def by_section(section: str) -> Format | None:
    """Return the format of a section of the bundle."""
    return _BY_SECTION.get(section)


def asset_name(folder: str, path: str) -> str | None:
    """Return the name of the asset that ``path`` of a pack's ``folder`` is; None for everything else."""
    found = _ASSET.fullmatch(path) if folder == "seed" else None
    return found[1] if found else None


def locate(pack: str, bundle_pointer: str) -> tuple[str, str] | None:
    """Return the file of ``pack`` that may set ``bundle_pointer``, and the pointer inside that file."""
    section, *rest = pointers.split(bundle_pointer) or [""]
    fmt = _BY_SECTION.get(section)
    if fmt is None or (fmt.keyed and not rest):
        return None
    place = fmt.place.replace("*", rest[0]) if fmt.keyed else fmt.place
    return f"{fmt.folder}/{pack}/{place}", pointers.join(rest[1:] if fmt.keyed else rest)
