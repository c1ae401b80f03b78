"""Templates beside their documents: a place that names nothing is told, with what was probably meant."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portal.core.packs import check
from portal.core.packs.check import notes
from portal.core.packs.source import MemoryLibrary
from tests.core.papers.hostile import FILES, TEXTS
from tests.core.papers.sheets import paragraph, row, sheet, table

DOCUMENT: dict[str, Any] = {
    "title": "告知书",
    "fields": {
        "addressee": {"title": "对象", "kind": "string", "asked": True},
        "names": {"title": "各方", "kind": "strings", "asked": True},
    },
    "template": "assets/w1.docx",
}


def library(content: bytes) -> MemoryLibrary:
    manifest = {"id": "base", "version": "1.0.0", "title": "T", "format": 2}
    files: dict[str, str | bytes] = {
        "seed/base/pack.json": json.dumps(manifest),
        "seed/base/documents.json": json.dumps({"W1": DOCUMENT}),
        "seed/base/assets/w1.docx": content,
    }
    return MemoryLibrary({"base": files})


def problems(content: bytes) -> list[Any]:
    return [one for one in check(library(content)) if one.code.startswith("template.")]


def notes_of(content: bytes) -> list[Any]:
    return [one for one in notes(library(content)) if one.code.startswith("document.")]


def test_a_template_that_fits_its_document_has_no_problem() -> None:
    rows = table(row("{%tr for one in names %}"), row("{{ one }}"), row("{%tr endfor %}"))
    assert problems(sheet(paragraph("{{ paper_number }} {{ addressee }}"), rows)) == []


def test_every_place_that_names_nothing_is_told_at_once() -> None:
    rows = table(row("{%tr for one in addressee %}"), row("{{ one }}"), row("{%tr endfor %}"))
    found = problems(sheet(paragraph("{{ adressee }} {{ x | y }}"), rows))
    assert {(one.file, one.pointer) for one in found} == {("seed/base/documents.json", "/W1/template")}
    told = {one.code: one for one in found}
    assert set(told) == {"template.syntax", "template.unknown", "template.list"}
    assert "addressee" in told["template.unknown"].params["known"]
    assert all(one.remedy_text() for one in found)


def test_what_a_template_leaves_out_is_a_note() -> None:
    whole = sheet(paragraph("{{ addressee }} {{ names }}"))
    assert notes_of(whole) == []
    (note,) = notes_of(sheet(paragraph("{{ addressee }}")))
    assert (note.code, note.severity, note.pointer) == ("document.left_out", "note", "/W1/template")
    assert note.params["fields"] == "各方"
    assert (
        notes_of(sheet(table(row("{%tr for one in paper_rows %}"), row("{{ one }}"), row("{%tr endfor %}"))))
        == []
    )


@pytest.mark.parametrize("one", [FILES[6], FILES[8], TEXTS[0]], ids=lambda one: one.tries)
def test_a_hostile_template_keeps_its_pack_out(one: Any) -> None:
    assert one.code in [found.code for found in problems(one.content) if found.severity == "error"]
