"""Figures from counts: rates, changes, totals, parts and medians, against sums done by other means."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest

from portal.core.errors import InvalidInput
from portal.core.indicators import Counts, claimed, in_per_cent, in_points, median, total, whole
from portal.core.indicators.arithmetic import rounded


@pytest.mark.parametrize(
    ("counted", "base", "places", "expected"),
    [
        (1670, 1805, 1, "92.5"),
        (3762, 4582, 2, "82.10"),
        (1, 8, 1, "12.5"),
        (1, 16, 1, "6.3"),  # 6.25: halves go up
        (5, 1000, 1, "0.5"),
        (1, 2000, 1, "0.1"),  # 0.05: a float would say 0.1 or 0.0
        (0, 7, 1, "0.0"),
        (7, 7, 0, "100"),
    ],
)
def test_a_rate_follows_from_its_counts(counted, base, places, expected):
    assert str(Counts(counted, base).per_cent(places)) == expected


def test_there_is_no_rate_of_nothing():
    assert Counts(0, 0).per_cent() is None
    assert in_points(Counts(1, 2), Counts(0, 0)) is None
    assert in_per_cent(5, 0) is None


@pytest.mark.parametrize("counts", [(5, 4), (-1, 4), (1, 0)])
def test_counts_that_can_not_be_are_refused(counts):
    with pytest.raises(InvalidInput) as error:
        Counts(*counts)
    assert error.value.code == "indicator.counts"


def test_rounding_is_exact_where_floats_are_not():
    chance = random.Random(1)
    for _ in range(2_000):
        counted = chance.randrange(0, 10_000)
        base = chance.randrange(max(counted, 1), 10_000)
        places = chance.randrange(0, 3)
        with localcontext() as context:
            context.prec = 60
            exact = Decimal(counted) * 100 / Decimal(base)
            # Fractions that end are exact in 60 digits; others are never a half.
            expected = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        assert Counts(counted, base).per_cent(places) == expected


def test_rounding_of_less_than_nothing_is_away_from_nothing_too():
    assert rounded(Fraction(-5, 2)) == -3
    assert str(rounded(Fraction(-1, 8), 2)) == "-0.13"
    assert rounded(Fraction(-1, 3), 1) == Decimal("-0.3")


def test_a_total_comes_from_counts_and_not_from_rates():
    small, large = Counts(1, 2), Counts(90, 100)
    assert total([small, large]) == Counts(91, 102)
    assert total([small, large]).per_cent() == Decimal("89.2")  # the average of the rates would be 70
    assert total([]) == Counts(0, 0)


def test_changes_are_points_of_rates_and_per_cent_of_counts():
    assert in_points(Counts(776, 915), Counts(853, 1000)) == Decimal("-0.5")
    # Of the rounded rates it would be 0.1; the exact shares differ by 0.02.
    assert in_points(Counts(12346, 100_000), Counts(12344, 100_000)) == Decimal("0.0")
    assert in_per_cent(118, 104) == Decimal("13.5")
    assert in_per_cent(74, 100) == Decimal("-26.0")


def test_parts_and_rest_are_the_whole():
    found = whole(
        47, {"mediation": 26, "review": 3, "arbitration": 2, "court": 1, "supervision": 1, "petition": 9}
    )
    assert found.undetermined == 5
    assert sum(found.parts.values()) + found.undetermined == found.number
    with pytest.raises(InvalidInput):
        whole(41, found.parts)
    with pytest.raises(InvalidInput):
        whole(5, {"a": 6, "b": -1})


def test_a_median_is_the_one_of_the_rows():
    chance = random.Random(2)
    for _ in range(300):
        rows = [chance.randrange(0, 40) for _ in range(chance.randrange(1, 60))]
        found = median(Counter(rows))
        assert found.value == Fraction(statistics.median(rows))
        assert found.number == len(rows)
    assert median({}).shown() is None
    assert str(median({3: 1, 4: 1}).shown()) == "3.5"
    assert str(median({14: 3}).shown()) == "14"


def test_a_claim_that_does_not_follow_is_refused_with_the_reason():
    refused = claimed(Counts(3762, 4582), Decimal("85.34"))
    assert refused is not None
    assert refused.params["real"] == "82.10"
    assert refused.params["other"] == 4408
    assert "3762 of 4582 is 82.10%, not 85.34%" in refused.text()
    assert claimed(Counts(1670, 1805), Decimal("92.5")) is None
    assert claimed(Counts(1670, 1805), Decimal("92.52")) is None
    assert claimed(Counts(1670, 1805), Decimal("92.53")) is not None
    assert claimed(Counts(0, 0), Decimal("100")) is not None


def test_no_base_is_invented_where_none_makes_the_claim_right():
    refused = claimed(Counts(1, 3), Decimal("48.00"))
    assert refused is not None
    assert "other" not in refused.params
