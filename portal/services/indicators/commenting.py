"""What units say about their figures: one comment after another, each beside the figure of its month."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.access import EDIT
from portal.core.errors import InvalidInput, NotFound, Problem, msg
from portal.core.indicators import Period
from portal.persistence.models import FigureComment, Unit
from portal.services.indicators.board import THING
from portal.services.releases.reading import for_unit

if TYPE_CHECKING:
    from portal.services.portal import Work

MOST_TEXT = 300


def comment(uow: Work, code: str, period: Period, indicator: str, text: str) -> FigureComment:
    """Let a unit say something about its figure; InvalidInput for an empty or overlong text, or no such figure."""
    unit = uow.session.scalars(select(Unit).where(Unit.code == code)).one_or_none()
    if unit is None:
        raise NotFound("unit.unknown", msg("There is no such unit"))
    uow.access.require(THING, EDIT, unit.path)
    said, problems = " ".join(text.split()), list[Problem]()
    if not 2 <= len(said) <= MOST_TEXT:
        message = msg("Write between 2 and %(most)s signs")
        problems.append(Problem("comment.text", message, {"most": MOST_TEXT}, pointer="/text"))
    if indicator not in for_unit(uow.portal, uow.session, unit).indicators:
        message = msg("Choose the figure that you write about")
        problems.append(Problem("comment.indicator", message, pointer="/indicator"))
    if problems:
        raise InvalidInput(
            "comment.invalid", msg("The comment is not stored yet: look at what is marked"), {}, problems
        )
    row = FigureComment(
        uid=secrets.token_hex(16),
        unit_id=unit.id,
        unit_path=unit.path,
        month=period.keys[-1],
        indicator=indicator,
        text=said,
        at=uow.now,
        by_id=uow.access.user_id,
        by_name=uow.access.name,
    )
    uow.add(row)
    after = {"indicator": indicator, "month": row.month, "text": said}
    uow.audit(
        "comment_figure", row, kind="figure_comment", object_id=row.uid, unit_path=unit.path, after=after
    )
    return row


def comments_of(session: Session, units: Iterable[int], period: Period) -> list[FigureComment]:
    """Return what units said about their figures of a period, the latest first."""
    row = FigureComment
    wanted = select(row).where(row.unit_id.in_(list(units)), row.month.in_(period.keys))
    return list(session.scalars(wanted.order_by(row.at.desc(), row.id.desc())))
