"""Roles of format 1: grants that allowed nothing are left out on reading."""

from __future__ import annotations

import pytest

from portal.core.access import grants_of
from portal.core.packs.format_steps import upgrade


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["list", "export", "show"], ["list", "show"]),
        ({"$add": ["export", "edit"], "$remove": ["export"]}, {"$add": ["edit"], "$remove": []}),
        (None, None),
    ],
)
def test_export_goes_from_grants_and_from_their_edits(old, new):
    content = {
        "roles": {"auditor": {"grants": {"audit": old, "job": ["list"], "layout": ["edit"]}}, "gone": None}
    }
    upgraded = upgrade(content, 1)
    assert upgraded["roles"] == {"auditor": {"grants": {"audit": new}}, "gone": None}
    assert content["roles"]["auditor"]["grants"]["job"] == ["list"]


def test_an_old_role_that_may_export_writes_nothing_by_it():
    (grant,) = grants_of("auditor", "/1/", {"grants": {"audit": ["list", "export"]}})
    assert not grant.writes
