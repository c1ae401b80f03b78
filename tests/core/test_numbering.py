from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import DefinitionError
from portal.core.numbering import CodePattern

XISHAN = CodePattern.parse("{agency}〔{year}〕{seq:5}")


def test_a_code_is_written_and_read_back():
    code = XISHAN.render(agency="西综", unit="530112", year=2026, month=5, seq=42)
    assert code == "西综〔2026〕00042"
    assert XISHAN.match(code) == {"agency": "西综", "year": "2026", "seq": "00042"}
    assert XISHAN.match("西综〔2026〕42") is None
    assert XISHAN.places == {"agency", "year", "seq"}


def test_a_number_wider_than_the_pattern_is_not_cut():
    code = XISHAN.render(agency="西综", unit="", year=2026, month=5, seq=1234567)
    assert code == "西综〔2026〕1234567"
    assert XISHAN.match(code)["seq"] == "1234567"


@given(
    st.sampled_from(
        [
            "{agency}〔{year}〕{seq:5}",
            "{unit}-{year}{month}-{seq:3}",
            "登{year}.{seq}",
            "{seq:2}/{year}/{year}",
        ]
    ),
    st.integers(2000, 2099),
    st.integers(1, 12),
    st.integers(1, 10**6),
)
def test_every_code_is_read_back(text, year, month, seq):
    pattern = CodePattern.parse(text)
    found = pattern.match(pattern.render(agency="西综", unit="530112", year=year, month=month, seq=seq))
    assert int(found["seq"]) == seq
    assert found["year"] == str(year)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("{agency}{year}", ["code.sequence"]),
        ("{seq:5}{seq:5}", ["code.sequence"]),
        ("{agncy}{seq:5}", ["code.place"]),
        ("{month}{seq:5}", ["code.month"]),
        ("{seq:99}", ["code.width"]),
        ("{seq:5}}", ["code.brace"]),
        ("{seq:5", ["code.sequence", "code.brace"]),
        ("{seq:5}\n", ["code.control"]),
        ("{foo}{month}", ["code.place", "code.sequence", "code.month"]),
        ("{seq.__class__}", ["code.place", "code.sequence"]),
    ],
)
def test_patterns_that_give_unclear_codes_are_refused(text, codes):
    with pytest.raises(DefinitionError) as refused:
        CodePattern.parse(text)
    assert [problem.code for problem in refused.value.problems] == codes
    assert all(problem.remedy for problem in refused.value.problems)
