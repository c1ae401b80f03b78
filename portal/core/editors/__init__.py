"""Editors: each format of packs as pages with controls, read from its JSON Schema and a small ui part."""

from portal.core.editors.changes import changes
from portal.core.editors.choices import Choices
from portal.core.editors.controls import Builder, compiled
from portal.core.editors.converting import ABSENT, Converter
from portal.core.editors.naming import identifier, renamed, uses
from portal.core.editors.page import EditedPage, Entered
from portal.core.editors.places import Page, Part, areas, page_at, pages_in
from portal.core.editors.shapes import Shape

__all__ = [
    "ABSENT",
    "Builder",
    "Choices",
    "Converter",
    "EditedPage",
    "Entered",
    "Page",
    "Part",
    "Shape",
    "areas",
    "changes",
    "compiled",
    "identifier",
    "page_at",
    "pages_in",
    "renamed",
    "uses",
]
