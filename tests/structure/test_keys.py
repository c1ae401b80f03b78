"""Each key of the pack formats is read by some code, or kept for a reason."""

from __future__ import annotations

import json
from pathlib import Path

import portal
from tests.structure.keys import unread

ROOT = Path(portal.__file__).parent
# Facts of law and of halls that people read in the packs, and that no page or rule asks for yet.
KEPT = {
    "confirmation": "taxonomy: whether a court may confirm an agreement; part of the legal basis of a type of dispute",
}
# Composed from parts where they are read.
COMPOSED = {"not_deadlines", "not_flags", "not_notify", "not_requires", "not_suggests"}


def test_every_key_of_a_format_is_read_or_kept_for_a_reason() -> None:
    found = {name: formats for name, formats in unread(ROOT).items() if name not in COMPOSED}
    assert found.keys() - KEPT.keys() == set(), {name: sorted(formats) for name, formats in found.items()}
    assert KEPT.keys() - found.keys() == set(), "read by now: take it from the list"


def test_an_unread_key_is_found(tmp_path: Path) -> None:
    (tmp_path / "core/schemas").mkdir(parents=True)
    schema = {"properties": {"title": {"type": "string"}, "shade": {"properties": {"hue": {}}}}}
    (tmp_path / "core/schemas/thing.json").write_text(json.dumps(schema), encoding="utf-8")
    (tmp_path / "reading.py").write_text(
        "def read(raw):\n    return raw['title'], raw['shade']\n", encoding="utf-8"
    )
    assert unread(tmp_path) == {"hue": {"thing"}}
