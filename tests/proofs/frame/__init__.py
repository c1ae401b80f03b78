"""The frame of the proofs: their table, their numbers, the place where one runs, and how all are run."""

from tests.proofs.frame.numbers import Number, at_least, at_most, equal
from tests.proofs.frame.place import Place
from tests.proofs.frame.table import BOTH, PROOFS, Proof, Repeated, proof, repeated

__all__ = [
    "BOTH",
    "PROOFS",
    "Number",
    "Place",
    "Proof",
    "Repeated",
    "at_least",
    "at_most",
    "equal",
    "proof",
    "repeated",
]
