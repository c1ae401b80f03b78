"""The templates of the base pack: typeset by a program, the same bytes each time, and each fits its document."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from benchmarks.papers.__main__ import PLAIN, written
from portal.adapters.papers.child import fill
from portal.core.papers import look, parts_of, read_template

ROOT = Path(__file__).parents[2]
SEED = ROOT / "seed" / "base"
DOCUMENTS: dict[str, Any] = json.loads((SEED / "documents.json").read_text(encoding="utf-8"))
GIVEN = {
    "paper_title": "标题",
    "paper_number": "文号",
    "paper_day": "2026年5月6日",
    "paper_by": "经办",
    "paper_unit": "单位",
    "paper_centre": "中心",
    "paper_to": ["甲", "乙"],
    "paper_signs": ["当事人"],
    "paper_code": "编号",
    "paper_rows": ["一：二"],
    "paper_blank": "",
}


def test_all_thirty_two_documents_have_a_template() -> None:
    named = [one for one in DOCUMENTS.values() if one.get("template")]
    assert len(named) >= 32
    assert all((SEED / one["template"]).is_file() for one in named)


def test_the_templates_are_what_the_program_writes() -> None:
    made = written()
    assert PLAIN in made
    assert {path.name for path, content in made.items() if path.read_bytes() != content} == set()


@pytest.mark.parametrize("code", [code for code, one in DOCUMENTS.items() if "template" in one])
def test_a_paper_states_every_field_of_its_document(code: str) -> None:
    document = DOCUMENTS[code]
    template = (SEED / document["template"]).read_bytes()
    assert look(template) == []
    read = read_template(parts_of(template))
    assert read.problems == []
    assert {one.name for one in read.places} >= document["fields"].keys()
    values: dict[str, Any] = dict(GIVEN)
    for name, field in document["fields"].items():
        mark = f"［{name}］"
        values[name] = [mark] if field["kind"] == "strings" else mark
    with zipfile.ZipFile(io.BytesIO(fill(template, values))) as archive:
        text = archive.read("word/document.xml").decode()
    stated = {name for name in document["fields"] if f"［{name}］" in text}
    # Boxes and words stand for what it says.
    booleans = {name for name, field in document["fields"].items() if field["kind"] == "boolean"}
    asked_instead = {"accepted_on", "unit"} if code == "W03" else set()
    assert document["fields"].keys() - stated <= booleans | asked_instead
    assert "{{" not in text
    assert "{%" not in text
