"""Give codes: consecutive per centre, series and period, without gaps or doubles."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.core.numbering import CodePattern
from portal.persistence.models import NumberSeries
from portal.persistence.scope import prepared
from portal.services.units.centres import CentreRef

_SERIES: Any = NumberSeries.__table__


def _take(insert: Any) -> Any:
    names = ("centre_id", "series", "period")
    statement = insert(_SERIES).values({name: bindparam(name) for name in (*names, "last")})
    more = {"last": _SERIES.c.last + statement.excluded.last}
    return prepared(
        statement.on_conflict_do_update(index_elements=names, set_=more).returning(_SERIES.c.last)
    )


_TAKE = {"sqlite": _take(sqlite.insert), "postgresql": _take(postgresql.insert)}


def next_code(session: Session, centre: CentreRef, pattern: CodePattern, series: str, day: dt.date) -> str:
    """Return the next code of a series; the number goes back if the transaction does.

    The counter's row stays locked until the end of the transaction, so codes of one centre are given one after
    another: ask for the code last.
    """
    seq = next_number(session, centre.unit_id, series, period_of(pattern, day))
    return pattern.render(
        agency=centre.agency, unit=centre.unit_code, year=day.year, month=day.month, seq=seq
    )


def period_of(pattern: CodePattern, day: dt.date) -> str:
    """Return the period after which the pattern starts again at 1."""
    if "month" in pattern.places:
        return f"{day:%Y-%m}"
    return f"{day:%Y}" if "year" in pattern.places else ""


def next_number(session: Session, centre_id: int, series: str, period: str, count: int = 1) -> int:
    """Take ``count`` numbers in one statement; return the last of them."""
    values = {"centre_id": centre_id, "series": series, "period": period, "last": count}
    number: int = session.execute(_TAKE[session.get_bind().dialect.name], values).scalar_one()
    return number
