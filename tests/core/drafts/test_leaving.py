"""What a newer configuration takes away is told by its place, and what only moved is not."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from portal.core.drafts.leaving import Leaving, leaving, without

BUNDLE: dict[str, Any] = {
    "forms": {
        "case": {
            "kind": "entity",
            "schema": {
                "properties": {
                    "name": {"type": "string"},
                    "type": {"type": "string"},
                    "channel": {"type": "string", "enum": ["walk_in", "grid"]},
                    "needs": {"type": "array", "items": {"oneOf": [{"const": "a"}, {"const": "b"}]}},
                    "parties": {"type": "array", "items": {"properties": {"phone": {"type": "string"}}}},
                },
                "required": ["name"],
            },
            "ui": {"fields": {"/type": {"taxonomy": "dispute"}}},
        },
        "closing": {"kind": "form", "schema": {"properties": {"outcome": {"type": "string"}}}},
    },
    "lifecycles": {"case": {"entity": "case", "stages": {"intake": {}, "mediate": {}}}},
    "taxonomies": {"dispute": {"terms": {"D01": {}, "D02": {}}}},
    "layout": {"windows": {"w1": {}}, "rooms": {"m1": {}}},
    "routes": {"R01": {}},
    "departments": {"court": {}},
}
FIELDS = "/forms/case/schema/properties"


def test_nothing_goes_where_nothing_changed() -> None:
    assert leaving(BUNDLE, copy.deepcopy(BUNDLE)) == []


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/forms/case", Leaving("whole", "/forms/case", "case")),
        (f"{FIELDS}/name", Leaving("value", f"{FIELDS}/name", "case", "/name")),
        (
            f"{FIELDS}/parties/items/properties/phone",
            Leaving("value", f"{FIELDS}/parties/items/properties/phone", "case", "/parties/*/phone"),
        ),
        (
            "/lifecycles/case/stages/mediate",
            Leaving("stage", "/lifecycles/case/stages/mediate", "case", code="mediate"),
        ),
        (
            "/taxonomies/dispute/terms/D02",
            Leaving("class", "/taxonomies/dispute/terms/D02", "case", "/type", "D02"),
        ),
        ("/layout/windows/w1", Leaving("seat", "/layout/windows/w1", field="window", code="w1")),
        ("/layout/rooms/m1", Leaving("seat", "/layout/rooms/m1", field="room", code="m1")),
        ("/routes/R01", Leaving("way", "/routes/R01", code="R01")),
        ("/departments/court", Leaving("office", "/departments/court", code="court")),
    ],
)
def test_what_is_taken_out_goes(path: str, wanted: Leaving) -> None:
    assert leaving(BUNDLE, without(BUNDLE, path)) == [wanted]


def test_what_is_put_out_of_use_goes_and_what_was_out_of_use_does_not() -> None:
    after = copy.deepcopy(BUNDLE)
    after["routes"]["R01"]["hidden"] = True
    assert [one.sort for one in leaving(BUNDLE, after)] == ["way"]
    assert leaving(after, without(after, "/routes/R01")) == []


def test_options_that_go_kinds_that_change_and_fields_newly_asked_for() -> None:
    after = copy.deepcopy(BUNDLE)
    fields = after["forms"]["case"]["schema"]["properties"]
    fields["channel"]["enum"] = ["grid", "phone"]
    fields["needs"]["items"]["oneOf"] = [{"const": "b"}]
    fields["type"] = {"type": "integer"}
    after["forms"]["case"]["schema"]["required"] = ["name", "channel"]
    assert [(one.sort, one.field, one.code) for one in leaving(BUNDLE, after)] == [
        ("kind", "/type", ""),
        ("choice", "/channel", "walk_in"),
        ("choice", "/needs", "a"),
        ("empty", "/channel", ""),
    ]


def test_what_moved_stays() -> None:
    after = without(BUNDLE, f"{FIELDS}/name")
    after["forms"]["case"]["schema"]["properties"]["applicant"] = {"type": "string"}
    after["moved"] = [{"from": f"{FIELDS}/name", "to": f"{FIELDS}/applicant", "in": "2"}]
    assert leaving(BUNDLE, after) == []
