"""How many statements a page takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from tests.web.records.seeded_site import Site


def counted(site: Site, does: Callable[[], Any]) -> list[str]:
    """Return the statements that something asks of the database, without those that begin and end transactions."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            found.append(statement)

    engines = {id(one): one for one in (site.portal.database.engine, site.portal.database.noting_engine)}
    for engine in engines.values():
        event.listen(engine, "before_cursor_execute", note)
    try:
        does()
    finally:
        for engine in engines.values():
            event.remove(engine, "before_cursor_execute", note)
    return found
