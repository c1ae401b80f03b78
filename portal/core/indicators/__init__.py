"""Indicators: pairs of counts with a cohort, compiled from packs, and the arithmetic of the figures made of them.

``sorts`` is the table of what is counted; ``model`` compiles a definition, ``checking`` names all that is wrong with
it, ``examples`` works out its examples, and ``arithmetic`` makes rates, changes, totals and medians from counts alone.
"""

from portal.core.indicators.arithmetic import (
    Counts,
    Median,
    Whole,
    claimed,
    in_per_cent,
    in_points,
    median,
    total,
    whole,
)
from portal.core.indicators.checking import check_indicator, known_fields
from portal.core.indicators.examples import Worked, worked
from portal.core.indicators.model import Indicator, Period, compile_indicator, indicators
from portal.core.indicators.sorts import BREAKDOWNS, COHORTS, SHOWN, SORTS

__all__ = [
    "BREAKDOWNS",
    "COHORTS",
    "SHOWN",
    "SORTS",
    "Counts",
    "Indicator",
    "Median",
    "Period",
    "Whole",
    "Worked",
    "check_indicator",
    "claimed",
    "compile_indicator",
    "in_per_cent",
    "in_points",
    "indicators",
    "known_fields",
    "median",
    "total",
    "whole",
    "worked",
]
