"""The parts of a configuration in the order in which the studio lists them."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.drafts.draft import OWN_PARTS
from portal.core.packs.places import PARTS
from portal.core.table import Table


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a configuration: the section of the bundle, and its picture."""

    name: str
    icon: str

    @property
    def title(self) -> str:
        """Return the message id of what the part is called."""
        return {**PARTS, **OWN_PARTS}[self.name]


AREAS: Table[Area] = Table(
    "parts of a configuration",
    Area("layout", "layout"),
    Area("departments", "building"),
    Area("forms", "file-description"),
    Area("rules", "route"),
    Area("lifecycles", "git-branch"),
    Area("deadlines", "calendar-due"),
    Area("events", "bolt"),
    Area("taxonomies", "category"),
    Area("routes", "scale"),
    Area("documents", "file-text"),
    Area("tasks", "list-check"),
    Area("questions", "help"),
    Area("worklists", "clipboard-list"),
    Area("roles", "users"),
    Area("units", "sitemap"),
    Area("calendar", "calendar"),
    Area("settings", "settings"),
    Area("translations", "language"),
    Area("stories", "notes"),
    Area("assets", "paperclip"),
)
