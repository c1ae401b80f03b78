"""Every path of every format is reached by a labelled control that is neither a source view nor a text of JSON."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.core.editors import words
from portal.core.editors.choices import Choices, known_refs
from portal.core.editors.converting import implied, whole
from portal.core.editors.places import area_shape, areas, page_at
from portal.core.editors.reading import again, shape_of
from portal.core.editors.shapes import Shape, walk
from portal.core.packs import schemas
from portal.core.packs.formats import FORMATS
from portal.core.worklists import WHO
from portal.i18n import read_catalogues
from tests.core.editors.schema_paths import paths_of

# Paths that no control reaches, each with its reason; there are to be five at most.
NOT_REACHED: dict[str, str] = {}
INNER = ("conditions.json#/$defs/condition", "any.json#/$defs/value", "json_schema.json#/$defs/schema")


def shapes() -> Iterator[Shape]:
    for fmt in FORMATS:
        yield from walk(shape_of(fmt.schema))
    for name in INNER:
        yield from walk(again(name))


def reached(shape: Shape) -> set[str]:
    """Return the places of a format that shapes stand for, conditions and free values entered once."""
    found = set()
    for one in walk(shape):
        found.add(one.path.partition(":")[2])
        if one.discriminator:
            found.add(one.path.partition(":")[2] + "/" + one.discriminator)
    return found


@pytest.mark.parametrize("name", [fmt.schema for fmt in FORMATS])
def test_every_path_has_a_shape(name: str) -> None:
    places = reached(shape_of(name))
    wanted = set(paths_of(name))
    missing = {one for one in wanted if one not in places and f"{name}:{one}" not in NOT_REACHED}
    # Parameters of effects that are fields have a place of their own, by which they are named.
    missing = {one for one in missing if not one.endswith(("/form", "/data"))}
    assert not missing, sorted(missing)
    assert len(NOT_REACHED) <= 5


def test_the_walk_of_schemas_finds_what_formats_say() -> None:
    """The walk that the test goes by is none that finds nothing."""
    assert {"/*/title", "/*/arises/*/act", "/*/arises/*/step"} <= set(paths_of("events"))
    assert {"/rooms/*/seats", "/levels/township/units/*/zones/*/title"} <= set(paths_of("layout"))
    assert len(paths_of("form-definition")) > 150


def test_every_shape_is_called_something_in_both_languages() -> None:
    chinese = {
        message.id: message.string for _, one in read_catalogues("zh_Hans") for message in one if message.id
    }
    for shape in shapes():
        where = shape.path.partition(":")[2]
        if not where or (where.count("/") < 2 and where.endswith(("~name", "*"))):
            continue
        if not where.endswith("~name"):
            assert words.has_label(shape.path), shape.path
            assert chinese.get(words.label(shape.path)), shape.path
        for value in shape.options:
            text = words.option_label(shape.path, value)
            assert chinese.get(text), (shape.path, value, text)
        for one in shape.alternatives:
            text = words.tag_label(shape.path, one.tag)
            assert chinese.get(text), (shape.path, one.tag, text)


def test_references_choose_among_what_is_known() -> None:
    assert {one.ref for one in shapes() if one.ref} <= known_refs()


def test_each_part_of_a_bundle_has_a_page() -> None:
    for name in areas():
        assert page_at(f"/{name}") is not None, name
        assert area_shape(name) is not None, name


def test_a_format_of_later_has_an_editor_from_its_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    later = {
        "type": "object",
        "properties": {"called": {"type": "string"}, "from_which_day": {"type": "string", "format": "date"}},
    }
    monkeypatch.setattr(schemas, "_shipped", lambda name: later)
    shape = shape_of("of_later_times")
    assert [one.name for one in shape.members] == ["called", "from_which_day"]
    assert words.label(shape.members[1].shape.path) == "From which day"


def test_nothing_that_is_implied_hides_a_choice() -> None:
    for shape in shapes():
        for member in shape.members:
            if implied(member):
                assert len(whole(member.shape).options) == 1


def test_what_a_worklist_compares_with_is_the_person_who_looks() -> None:
    found = {one.code: one.label for one in Choices({}, "/worklists/to_accept/where").of("parameters")}
    assert found.keys() == WHO.keys()
    assert all(found.values())
    assert Choices({}, "/rules/intake/rules").of("parameters") == []
