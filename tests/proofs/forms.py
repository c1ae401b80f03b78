"""Forms whose parts depend on one another lose nothing, on 20,000 instances."""

from __future__ import annotations

from collections.abc import Iterator

from tests.proofs.frame import Number, Place, at_least, equal, proof
from tests.web.forms import conditions


@proof(
    "forms",
    "Forms full of conditions: 20,000 instances are shown and sent back, none changes, none gets another verdict",
    minutes=6,
    small={"instances": 50},
    large={"instances": 20_000},
    databases=("sqlite",),
)
def forms(place: Place, instances: int) -> Iterator[Number]:
    tally = conditions.run(instances, "proof")
    yield at_least("instances sent back", instances, tally.instances)
    yield at_least("of them on pages whose parts depend on the data", instances // 2, tally.conditional)
    yield equal("instances that changed", 0, tally.changed)
    yield equal("verdicts that are not jsonschema's", 0, tally.verdicts)
    yield equal("first fault", "", tally.first)
