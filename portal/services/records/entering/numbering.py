"""Give codes: consecutive per centre, series and period, without gaps or doubles."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.core.numbering import CodePattern
from portal.persistence.models import AccessStamp, NumberSeries
from portal.persistence.scope import prepared
from portal.services.units.centres import CentreRef

_SERIES: Any = NumberSeries.__table__


def _take(insert: Any) -> Any:
    names = ("centre_id", "series", "period")
    statement = insert(_SERIES).values({name: bindparam(name) for name in (*names, "last")})
    more = {"last": _SERIES.c.last + statement.excluded.last}
    # With it comes the stamp under which units are kept: who took one of these sees whether it still holds.
    stamp = select(func.max(AccessStamp.stamp)).scalar_subquery()
    return prepared(
        statement.on_conflict_do_update(index_elements=names, set_=more).returning(_SERIES.c.last, stamp)
    )


_TAKE = {"sqlite": _take(sqlite.insert), "postgresql": _take(postgresql.insert)}


def next_code(
    session: Session, centre: CentreRef, pattern: CodePattern, series: str, day: dt.date
) -> tuple[str, int]:
    """Return the next code of a series, with the access stamp; the number goes back if the transaction does.

    The counter's row stays locked until the end of the transaction, so codes of one centre are given one after
    another: ask for the code last.
    """
    seq, stamp = _taken(session, centre.unit_id, series, period_of(pattern, day), 1)
    code = pattern.render(
        agency=centre.agency, unit=centre.unit_code, year=day.year, month=day.month, seq=seq
    )
    return code, stamp


def period_of(pattern: CodePattern, day: dt.date) -> str:
    """Return the period after which the pattern starts again at 1."""
    if "month" in pattern.places:
        return f"{day:%Y-%m}"
    return f"{day:%Y}" if "year" in pattern.places else ""


def next_number(session: Session, centre_id: int, series: str, period: str, count: int = 1) -> int:
    """Take ``count`` numbers in one statement; return the last of them."""
    return _taken(session, centre_id, series, period, count)[0]


def _taken(session: Session, centre_id: int, series: str, period: str, count: int) -> tuple[int, int]:
    values = {"centre_id": centre_id, "series": series, "period": period, "last": count}
    number, stamp = session.execute(_TAKE[session.get_bind().dialect.name], values).one()
    return number, stamp or 0
