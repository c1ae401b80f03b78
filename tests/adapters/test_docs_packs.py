"""The worked example of docs/formats/packs.md is run as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from portal.adapters.pack_files import default_library
from portal.core.divisions import management_tree
from portal.core.layout import Layout, formula
from portal.core.packs import check, divisions, resolve
from portal.core.packs.schemas import check_complete

FORMATS = Path(__file__).parents[2] / "docs" / "formats"
EXAMPLE = re.compile(r"^```json file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def chenggong(tmp_path):
    for path, content in EXAMPLE.findall((FORMATS / "packs.md").read_text(encoding="utf-8")):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return default_library([tmp_path])


def test_the_fourth_county_of_the_guide_is_sound(chenggong):
    assert [problem.render() for problem in check(chenggong, ["county/chenggong"])] == []


def test_it_has_its_own_form_rules_and_layout(chenggong):
    bundle = resolve("county/chenggong", chenggong).bundle
    assert "market_stall" in bundle["forms"]["case"]["schema"]["properties"]
    assert bundle["rules"]["referral"]["parameters"]["large_amount"]["value"] == 300000
    layout = Layout.from_definition(bundle["layout"], bundle["departments"])
    assert formula(layout, "network").text == "1+6?+58?+N"
    rows = divisions(chenggong, "county/chenggong")
    nodes = management_tree(rows, bundle["units"].get("corrections"), bundle["units"]["points"])
    assert next(node for node in nodes if node.code == "dounan_market").managed_by == "530114"


@pytest.mark.parametrize(
    ("document", "schema", "wrap"),
    [
        ("lifecycle.md", "lifecycle", lambda value: value),
        ("taxonomy.md", "taxonomy", lambda value: value),
        ("deadlines.md", "deadlines", lambda value: value),
        ("deadlines.md", "calendar", lambda value: value),
        ("units.md", "units", lambda value: value),
        ("stories.md", "story", lambda value: value),
        ("small-things.md", "roles", lambda value: value),
        ("layout.md", "layout", lambda value: {"centre": {"name": "x", "agency": "y"}, "stationing": value}),
        ("layout.md", "layout", lambda value: {"centre": {"name": "x", "agency": "y"}, "patterns": value}),
    ],
)
def test_an_example_of_each_format_fits_its_schema(document, schema, wrap):
    text = (FORMATS / document).read_text(encoding="utf-8")
    examples = [
        json.loads(example) for example in re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    ]
    assert any(check_complete(schema, wrap(example)) == [] for example in examples)
