"""The form of an approval says which stages open matters move to."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from portal.web.studio.drafts import mapped_stages

ASKED = [
    ({"open": "stay", "stage:case:mediate": "talk"}, None),
    ({"stage:case:mediate": "talk"}, None),
    ({"open": "move"}, {}),
    (
        {
            "open": "move",
            "stage:case:mediate": "talk",
            "stage:visit:seen": "",
            "other": "x",
            "stage:case": "y",
        },
        {"case": {"mediate": "talk"}, "visit": {"seen": ""}},
    ),
]


@pytest.mark.parametrize(("form", "wanted"), ASKED)
def test_a_form_is_read_as_a_mapping_or_as_none(form: dict[str, str], wanted: Any) -> None:
    with Flask("portal").test_request_context(method="POST", data=form):
        assert mapped_stages() == wanted
