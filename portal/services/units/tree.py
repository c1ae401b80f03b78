"""The management tree as conditions ask about it: which codes, and which paths, lie below a unit."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.persistence.models import Unit
from portal.persistence.scope import end_of, prepared, subtree

_PATH = prepared(select(Unit.path).where(Unit.code == bindparam("code")))


class UnitTree:
    """The units that a session reads; each is looked up once, and those whose path is ``known`` not at all."""

    def __init__(self, session: Session, known: Mapping[str, str] | None = None) -> None:
        self._session = session
        self._paths: dict[str, str | None] = dict(known or {})

    def __contains__(self, code: object) -> bool:
        """Tell whether there is a unit with a code."""
        return isinstance(code, str) and self._path(code) is not None

    def is_under(self, code: str, ancestor: str) -> bool:
        """Tell whether a unit is another one or lies below it."""
        here, above = self._path(code), self._path(ancestor)
        return here is not None and above is not None and here.startswith(above)

    def below(self, code: str) -> frozenset[str]:
        """Return the codes of a unit and of all below it; none for an unknown unit."""
        path = self._path(code)
        if path is None:
            return frozenset()
        return frozenset(self._session.scalars(select(Unit.code).where(subtree(Unit.path, (path,)))))

    def range_of(self, code: str) -> tuple[str, str] | None:
        """Return where the paths of a unit and of all below it begin and end; None for an unknown unit."""
        path = self._path(code)
        return None if path is None else (path, end_of(path))

    def _path(self, code: str) -> str | None:
        if code not in self._paths:
            self._paths[code] = self._session.scalar(_PATH, {"code": code})
        return self._paths[code]
