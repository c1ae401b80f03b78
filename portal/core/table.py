"""Tables of knowledge: entries by name, each registered once; all that follows from a table is derived from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """An entry of a table."""

    @property
    def name(self) -> str:
        """Return the name under which packs and code know the entry."""
        ...


E = TypeVar("E", bound=Named)
T = TypeVar("T")
_revision = 0


class Table(dict[str, E], Generic[E]):
    """The entries of one kind of knowledge, in the order of their registration.

    It is a dictionary because conditions look operators up by the hundred; entries come in by ``add`` alone.
    """

    def __init__(self, title: str, *entries: E) -> None:
        super().__init__()
        self.title = title
        for entry in entries:
            self.add(entry)

    def add(self, entry: E) -> E:
        """Register an entry; raise ValueError for a name that is taken."""
        if entry.name in self:
            raise ValueError(f"{self.title}: {entry.name} is registered already")
        super().__setitem__(entry.name, entry)
        _turn()
        return entry

    @contextmanager
    def with_entry(self, entry: E) -> Iterator[E]:
        """Register an entry for a while, as tests do."""
        self.add(entry)
        try:
            yield entry
        finally:
            super().__delitem__(entry.name)
            _turn()

    def __setitem__(self, name: str, entry: E) -> None:
        raise TypeError(f"{self.title}: entries are registered by add")

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)


def revision() -> int:
    """Return a number that grows whenever some table gets or loses an entry."""
    return _revision


def derived(work_out: Callable[[], T]) -> Callable[[], T]:
    """Keep the answer of a function that derives something from tables until one of them changes."""
    kept: list[tuple[int, T]] = []

    @wraps(work_out)
    def answer() -> T:
        if not kept or kept[0][0] != _revision:
            kept[:] = [(_revision, work_out())]
        return kept[0][1]

    return answer


def _turn() -> None:
    global _revision
    _revision += 1
