"""The analysis of rule sets: each planted defect is found and shown, nothing else is called one, in time."""

from __future__ import annotations

import time
from collections.abc import Iterator

from portal.core.rules.analysis import analyse
from tests.core.rules.planted import planted_set
from tests.core.rules.test_rule_analysis import DAY, check_witnesses, compiled, differing, missed
from tests.proofs.frame import Number, Place, at_least, at_most, equal, proof

# So many inputs are tried one by one beside the analysis, where there are no more.
WHOLE = 1_000_000
TOO_LARGE = ["too large"]


@proof(
    "analysis",
    "200 rule sets with planted defects: each is found and shown by an input, and there is no false alarm",
    minutes=2,
    small={"sets": 12, "rules": 60},
    large={"sets": 200, "rules": 500},
    databases=("sqlite",),
)
def analysis(place: Place, sets: int, rules: int) -> Iterator[Number]:
    lost, alarms, tried, whole = [], [], 0, 0
    for seed in range(sets):
        large = seed % 20 == 19
        planted = (
            planted_set(seed, 8, rules)
            if large
            else planted_set(seed, 3 + seed % 4, 6 + seed % 25, literals=6)
        )
        made = compiled(planted.definition)
        findings = analyse(made, day=DAY)
        lost += missed(planted, made, findings)
        check_witnesses(made, findings)
        tried += len(findings)
        other = [] if large else differing(made, findings, WHOLE)
        whole += not large and other != TOO_LARGE
        alarms += [one for one in other if other != TOO_LARGE]
    yield equal("planted defects that were not found", [], lost[:3])
    yield equal("findings that trying every input does not show, or the reverse", [], alarms[:3])
    yield at_least("sets of which every input was tried", sets // 4, whole)
    yield at_least("findings, those with inputs decided as they say", 3 * sets, tried)
    for inputs, seconds in ((8, 10), (12, 25)):
        slowest = 0.0
        for seed in range(2):
            made = compiled(planted_set(seed, inputs, rules).definition)
            begun = time.process_time()
            findings = analyse(made, day=DAY)
            slowest = max(slowest, time.process_time() - begun)
            check_witnesses(made, findings)
        yield at_most(f"seconds for {rules} rules of {inputs} inputs", seconds, slowest, clock=True)
