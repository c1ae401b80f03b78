"""Tables of knowledge: entries by name, each registered once; all that follows from a table is derived from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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


class Table(Mapping[str, E], Generic[E]):
    """The entries of one kind of knowledge, in the order of their registration."""

    def __init__(self, title: str, *entries: E) -> None:
        self.title = title
        self._entries: dict[str, E] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: E) -> E:
        """Register an entry; raise ValueError for a name that is taken."""
        if entry.name in self._entries:
            raise ValueError(f"{self.title}: {entry.name} is registered already")
        self._entries[entry.name] = entry
        _turn()
        return entry

    @contextmanager
    def with_entry(self, entry: E) -> Iterator[E]:
        """Register an entry for a while, as tests do."""
        self.add(entry)
        try:
            yield entry
        finally:
            del self._entries[entry.name]
            _turn()

    def __getitem__(self, name: str) -> E:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


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
