"""What a pilot made its own becomes its parent's: what is in force at the pilot is the same before and after."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from portal.adapters.pack_files import library_with
from portal.core.canonical import canonical
from portal.core.errors import InvalidInput
from portal.core.packs import resolve
from portal.core.packs.merge import merge
from portal.core.packs.three_way import Parent, lift, overrides, shared_overrides, smallest_patch
from tests.core.packs.three_way import laws, triples
from tests.core.packs.three_way.triples import Triple


@pytest.mark.parametrize("make", [triples.maps, triples.lists])
def test_two_hundred_pilots_stay_what_they_are(make: Callable[[random.Random], Triple]) -> None:
    found = laws.lift_pilots(200, make)
    assert (found.count, found.changed, found.still_own) == (200, [], [])
    assert found.lifted > 200


def test_nothing_lifted_changes_no_parent_and_all_lifted_leaves_no_layer() -> None:
    base: dict[str, Any] = {"settings": {"a": 1, "b": 1}}
    parent = Parent("city@1", {"settings": {"a": 2, "b": 1}})
    layer = {"settings": {"b": 3, "c": 4}}
    assert lift(base, parent, layer, []).parent_layer == {"settings": {"a": 2}}
    done = lift(base, parent, layer, ["/settings/b", "/settings/c"])
    assert done.parent_layer == {"settings": {"a": 2, "b": 3, "c": 4}}
    assert done.layer == {}
    with pytest.raises(InvalidInput) as refused:
        lift(base, parent, layer, ["/settings/a", "/settings/z"])
    assert [one.pointer for one in refused.value.problems] == ["/settings/a", "/settings/z"]


def test_xishan_stays_what_it_is_when_its_departments_become_the_city_s() -> None:
    library = library_with(["county/xishan"])
    pilot, city, base = (resolve(pack, library) for pack in ("county/xishan", "city/kunming", "base"))
    parent, layer = Parent.of(city), pilot.chain[-1].content
    own = [one.path for one in overrides(parent, layer) if one.path.startswith("/departments/")]
    assert own
    done = lift(Parent.of(base).bundle, parent, layer, own)
    raised = merge(dict(Parent.of(base).bundle), dict(done.parent_layer))
    assert "departments" not in done.layer
    assert canonical(merge(raised, dict(done.layer))) == canonical(Parent.of(pilot).bundle)
    assert smallest_patch(parent.bundle, raised)["departments"]


def test_overrides_that_counties_share_are_found() -> None:
    parent = Parent("city@1", {"settings": {"a": 1, "b": 1}})
    layers: dict[str, dict[str, Any]] = {
        "county/a": {"settings": {"a": 2, "b": 5}},
        "county/b": {"settings": {"a": 2}},
        "county/c": {"settings": {"a": 2, "b": 6}},
        "county/d": {"settings": {"b": 5}},
    }
    found = shared_overrides({county: overrides(parent, layer) for county, layer in layers.items()})
    assert [(one.path, one.value, one.counties) for one in found] == [
        ("/settings/a", 2, ("county/a", "county/b", "county/c")),
        ("/settings/b", 5, ("county/a", "county/d")),
    ]
