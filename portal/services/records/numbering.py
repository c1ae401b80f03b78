"""Give codes: consecutive per centre, series and period, without gaps or doubles."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.core.numbering import CodePattern
from portal.persistence.models import NumberSeries
from portal.services.units.centres import CentreRef


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
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    key = {"centre_id": centre_id, "series": series, "period": period}
    statement = (
        insert(NumberSeries)
        .values(**key, last=count)
        .on_conflict_do_update(index_elements=list(key), set_={"last": NumberSeries.last + count})
        .returning(NumberSeries.last)
    )
    return session.execute(statement).scalar_one()
