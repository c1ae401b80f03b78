"""What the portal promises in numbers: each promise is one module here, with small and with large numbers.

`make test` runs every proof with its small numbers (``test_proofs.py``), so that none falls into disrepair; `make
prove` runs the large ones, prints a line for each number, and fails where one is not met. A module registers its
proof:

    from tests.proofs.frame import Number, Place, equal, proof

    @proof("kills", "Registrations outlive kills: none is lost, none is double", minutes=8,
           small={"cases": 50}, large={"cases": 1_000})
    def kills(place: Place, cases: int) -> Iterator[Number]:
        url = place.filled()          # or empty, migrated, seeded, town: a database of this proof's own
        ...
        yield equal("cases that were acknowledged and are missing", 0, lost)
        yield at_most("seconds until it is back", 10, seconds, clock=True)   # `make test` does not look at clocks

A number is what was counted or measured. Where large numbers only repeat a test that `make test` runs anyway, the
proof names that test and the variable that makes it larger: ``repeats.py``.
"""
