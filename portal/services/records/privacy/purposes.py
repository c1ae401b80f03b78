"""For what personal data are shown, and how many matters one person may have shown within an hour."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from portal.core.errors import InvalidInput, Problem, TooMany, msg
from portal.core.messages import MuchDisclosed
from portal.persistence.models import Disclosure
from portal.services.bundles import Bundle

if TYPE_CHECKING:
    from portal.services.portal import Work
    from portal.services.records.acts.performed import Performed

MAX_LENGTH = 500
# Own words say something from about four Chinese characters or two short words on; dots and repeated signs do not.
MIN_WEIGHT, MIN_DIFFERENT = 8, 4
HOUR = dt.timedelta(hours=1)
# So many matters an hour where the release says nothing.
PER_HOUR = 30


def purposes(bundle: Bundle) -> list[Any]:
    """Return the purposes that the release offers, in order."""
    known = [one for one in _offered(bundle) if not one.get("hidden")]
    return [one["title"] for one in sorted(known, key=lambda one: one.get("order", 100))]


def checked_purpose(bundle: Bundle, reason: str) -> str:
    """Return a purpose in one line; raise InvalidInput unless it is one of the release's, or says something."""
    said = " ".join(reason.split())
    if len(said) > MAX_LENGTH or not (_says_something(said) or any(map(said.startswith, _titles(bundle)))):
        message = msg("Say what you need the personal data for: choose a purpose, or write a few words")
        problem = Problem("reason.missing", message, pointer="/reason")
        raise InvalidInput(problem.code, message, problems=[problem])
    return said


def count_shown(act: Performed) -> None:
    """Count one more matter; raise TooMany beyond the limit, and let those who read the log know of many."""
    uow, record = act.uow, act.record
    limit = int(act.bundle.settings.get("disclosure", {}).get("per_hour", PER_HOUR))
    shown = _shown(uow)
    again = shown.pop(record.id, None) is not None
    earlier = sorted(shown.values())
    if len(earlier) >= limit:
        left = earlier[-limit] + HOUR - uow.now
        raise TooMany(
            "disclosure.many",
            msg(
                "You had the personal data of %(count)s matters shown within an hour. Go on in %(minutes)s min."
            ),
            {"count": len(earlier), "minutes": math.ceil(left.total_seconds() / 60)},
            retry_after=math.ceil(left.total_seconds()),
        )
    # Twice is enough: early enough to ask, and when the person can go on no more.
    if not again and len(earlier) + 1 in {math.ceil(limit / 2), limit}:
        count = len(earlier) + 1
        message = MuchDisclosed(
            record=record.uid,
            etype=record.etype,
            actor=uow.access.user_id or 0,
            by=uow.access.name,
            unit=record.unit_id,
            count=count,
        )
        uow.notify("disclosure.many", message.payload())


def _shown(uow: Work) -> dict[int, dt.datetime]:
    """Return the matters that were shown to the person within the hour before now, and when last."""
    person = uow.access.user_id or 0
    if uow.portal.database.dialect == "postgresql":
        # Of requests at the same time each counts the others; SQLite's writers wait for one another anyway.
        uow.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("disclosure"), person)))
    query = (
        select(Disclosure.record_id, func.max(Disclosure.at))
        .where(Disclosure.user_id == person, Disclosure.at > uow.now - HOUR)
        .group_by(Disclosure.record_id)
    )
    return dict(uow.session.execute(query).all())


def _offered(bundle: Bundle) -> list[dict[str, Any]]:
    return list(bundle.settings.get("disclosure", {}).get("purposes", {}).values())


def _titles(bundle: Bundle) -> Iterator[str]:
    """Yield each purpose in each language: the page sends it as it was shown."""
    for one in _offered(bundle):
        title = one["title"]
        texts = title.values() if isinstance(title, dict) else (title,)
        yield from (text for text in texts if text)
        yield from (bundle.texts(lang)(title) for lang in bundle.settings.get("languages", ()))


def _says_something(text: str) -> bool:
    letters = [one for one in text.casefold() if one.isalnum()]
    # A sign of a script that writes words by single signs says as much as two letters.
    weight = sum(2 if one >= "\u2e80" else 1 for one in letters)
    return weight >= MIN_WEIGHT and len(set(letters)) >= MIN_DIFFERENT
