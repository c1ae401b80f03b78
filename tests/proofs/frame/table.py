"""The one table of proofs; each module of ``tests/proofs`` registers its own."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import tests.proofs
from portal.core.table import Table
from tests.proofs.frame.numbers import Number

BOTH = ("sqlite", "postgresql")
# All proofs together; each says how much of it it may take at most, on all its databases.
MINUTES = 180

Run = Callable[..., Iterator[Number]]


@dataclass(frozen=True, slots=True)
class Proof:
    """A promise, and the function that shows it on each of its databases, in small and in large."""

    name: str
    sentence: str
    minutes: int
    run: Run
    databases: tuple[str, ...] = BOTH
    small: Mapping[str, Any] = field(default_factory=dict)
    large: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Repeated:
    """A promise that tests of `make test` show; ``large`` are the variables that make them larger."""

    name: str
    sentence: str
    minutes: int
    tests: tuple[str, ...]
    large: Mapping[str, str] = field(default_factory=dict)
    databases: tuple[str, ...] = BOTH


PROOFS: Table[Proof | Repeated] = Table("proofs")


def proof(
    name: str,
    sentence: str,
    *,
    minutes: int,
    small: Mapping[str, Any],
    large: Mapping[str, Any],
    databases: tuple[str, ...] = BOTH,
) -> Callable[[Run], Run]:
    """Register a function as a proof; ``small`` and ``large`` are its arguments beside the place."""

    def register(run: Run) -> Run:
        PROOFS.add(Proof(name, sentence, minutes, run, databases, small, large))
        return run

    return register


def repeated(name: str, sentence: str, *tests: str, minutes: int, **large: str) -> None:
    """Register tests of `make test` as a proof when they run with larger numbers."""
    PROOFS.add(Repeated(name, sentence, minutes, tests, large))


def every_proof() -> Table[Proof | Repeated]:
    """Return the table with the proofs of all modules in it."""
    for module in pkgutil.iter_modules(tests.proofs.__path__, "tests.proofs."):
        plain = module.name.rsplit(".", 1)[1]
        if not module.ispkg and plain != "__main__" and not plain.startswith(("test_", "conftest")):
            importlib.import_module(module.name)
    return PROOFS
