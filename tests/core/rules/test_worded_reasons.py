"""What a reason tells of a value: in the words of its language."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from portal.core.rules.reasons import worded
from portal.core.text import Texts


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (dt.date(2016, 8, 2), "2016年8月2日", "Aug 2, 2016"),
        ("2016-08-02", "2016年8月2日", "Aug 2, 2016"),
        # What only looks like a day stands as it is.
        ("2016-13-40", "2016-13-40", "2016-13-40"),
        ("2016-08-02起", "2016-08-02起", "2016-08-02起"),
        (["2016-08-02", 3], "2016年8月2日、3", "Aug 2, 2016, 3"),
        (None, "—", "—"),
        (True, "是", "yes"),
        (1.5, "1.5", "1.5"),
    ],
)
def test_a_value_is_told_in_words(value: Any, chinese: str, english: str) -> None:
    assert (worded(value, Texts()), worded(value, Texts("en"))) == (chinese, english)
