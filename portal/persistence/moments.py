"""The time of a session: that of the portal for which it reads or writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy.orm import Session

Now = Callable[[], dt.datetime]
KEY = "now"


def set_now(session: Session, now: Now) -> None:
    """Let ``session`` read the time from ``now``."""
    session.info[KEY] = now


def now_of(session: Session) -> dt.datetime:
    """Return the time of a session; the computer's where nobody gave it a clock."""
    now: Now | None = session.info.get(KEY)
    return dt.datetime.now(dt.UTC) if now is None else now()
