"""The one permission predicate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.access import ADMIN, Access, Grant, grants_of, outermost, within
from portal.core.errors import Forbidden

PATHS = st.lists(st.integers(1, 3), min_size=1, max_size=4).map(
    lambda ids: "/" + "/".join(map(str, ids)) + "/"
)


def grant(path: str, *actions: str, entity: str = "case", role: str = "clerk") -> Grant:
    return Grant(role, path, entity, frozenset(actions))


def test_nobody_may_do_anything_and_the_system_everything() -> None:
    assert not Access.nobody().can("case", "show")
    assert Access.nobody().paths("case", "show") == ()
    assert Access.system("job").allows("case", "show", "/1/")
    assert Access.system("job").paths("case", "show") == ("/",)
    with pytest.raises(ValueError, match="reason"):
        Access.system("")


def test_a_grant_holds_for_its_unit_and_below() -> None:
    access = Access(1, "x", (grant("/1/2/", "show"),))
    assert access.allows("case", "show", "/1/2/")
    assert access.allows("case", "show", "/1/2/3/")
    assert not access.allows("case", "show", "/1/")
    assert not access.allows("case", "show", "/1/22/")
    assert not access.allows("case", "edit", "/1/2/")
    assert not access.allows("visit", "show", "/1/2/")
    assert not access.allows("case", "show", None)
    assert access.allows("case", "show", None, "/1/2/")


def test_require_raises() -> None:
    with pytest.raises(Forbidden):
        Access.nobody().require("case", "show", "/1/")


def test_scopes_to_enter_see_and_search_are_separate() -> None:
    access = Access(1, "x", (grant("/1/", "list"), grant("/1/2/", "show"), grant("/1/2/3/", "add")))
    assert [access.paths("case", action) for action in ("list", "show", "add")] == [
        ("/1/",),
        ("/1/2/",),
        ("/1/2/3/",),
    ]


def test_roles_count_where_they_are_held() -> None:
    access = Access(
        1, "x", (grant("/1/2/", "show", role="clerk"),), memberships=(("clerk", "/1/2/"), ("idle", "/1/"))
    )
    assert access.roles_at("/1/2/3/") == {"clerk", "idle"}
    assert access.roles_at("/1/3/", None) == {"idle"}


def test_reading_is_not_writing() -> None:
    access = Access(1, "x", (grant("/1/", "list", "show", "export", "unmask"),))
    assert not access.may_write("case", "/1/")
    assert not access.may_write_anywhere("case")
    assert Access(1, "x", (grant("/1/", "refer"),)).may_write("case", "/1/2/")


def test_packs_define_grants_and_administrators_have_all() -> None:
    (made,) = grants_of("handler", "/1/", {"grants": {"case": ["show", "referral"], "visit": []}})
    assert (made.entity, made.actions) == ("case", {"show", "refer"})
    assert grants_of("unknown", "/1/", None) == ()
    assert grants_of(ADMIN, "/1/", None)[0].allows("anything", "at all")


@given(st.lists(PATHS, max_size=6), PATHS)
def test_outermost_roots_cover_exactly_the_same_units(roots: list[str], path: str) -> None:
    kept = outermost(roots)
    assert any(within(path, root) for root in roots) == any(within(path, root) for root in kept)
    assert all(not within(a, b) for a in kept for b in kept if a != b)


@given(
    st.lists(
        st.tuples(PATHS, st.sampled_from(["case", "visit", "*"]), st.sampled_from(["show", "edit", "*"])),
        max_size=5,
    ),
    PATHS,
)
def test_paths_and_allows_are_one_predicate(grants: list[tuple[str, str, str]], path: str) -> None:
    access = Access(1, "x", tuple(grant(p, action, entity=entity) for p, entity, action in grants))
    for entity in ("case", "visit", "other"):
        for action in ("show", "edit"):
            allowed = any(within(path, root) for root in access.paths(entity, action))
            assert access.allows(entity, action, path) == allowed
