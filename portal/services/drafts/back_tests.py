"""Try a draft on past matters: asked for by a person, counted by a worker, kept with the position it was counted at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.access import LIST
from portal.core.errors import Conflict, DefinitionError, InvalidInput, Problem, msg
from portal.core.rules.past import Tally
from portal.core.zone import LOCAL
from portal.persistence.models import BackTest, Draft, Record
from portal.services import jobs
from portal.services.bundles import Bundle
from portal.services.drafts.finding import TRIED, draft_of, held, require
from portal.services.drafts.loading import read_anew
from portal.services.drafts.opening import note
from portal.services.drafts.past_matters import PastMatters, conditions

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

JOB = "back_test"
MOST = 100_000
_OPTIONS = {"unscoped": "asked how many matters a centre has, for the trial of a draft"}


def ask_back_test(
    uow: Work,
    draft_id: str,
    *,
    last: int | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> BackTest:
    """Have the rules of a draft tried on the last matters of its centre, or on those of some days, by a worker.

    Refused where the rules of the draft can't be compiled, and where there is no such matter.
    """
    row = held(uow.session, draft_id, *TRIED)
    require(uow.access, LIST, row.unit_path)
    asked = _asked(last, since, until)
    bundle = bundle_of(uow.session, row, row.position)
    _refuse_broken(bundle)
    payload = _numbers(uow.session, row, bundle, asked)
    made = BackTest(
        draft_uid=row.uid,
        unit_path=row.unit_path,
        position=row.position,
        asked=asked,
        at=uow.now,
        by_id=uow.access.user_id,
        by_name=uow.access.name,
        job_id=0,
    )
    uow.session.add(made)
    uow.session.flush()
    made.job_id = jobs.enqueue(uow, JOB, {"test": made.id, **payload}, key=f"{JOB}:{row.uid}:{made.id}")
    uow.session.flush()
    note(uow, "ask_back_test", row, after={"position": row.position, **asked})
    return made


def back_tests(session: Session, draft_id: str, limit: int = 20) -> list[BackTest]:
    """Return the trials of a draft that the person sees, the latest first."""
    query = select(BackTest).where(BackTest.draft_uid == draft_id).order_by(BackTest.id.desc())
    return list(session.scalars(query.limit(limit)))


def past_matters(portal: Portal, session: Session, test_id: int, asked: Mapping[str, Any]) -> PastMatters:
    """Return the matters of a trial, with the rules of its draft at the position of the trial."""
    test = session.get_one(BackTest, test_id)
    row = draft_of(session, test.draft_uid)
    return PastMatters(portal, bundle_of(session, row, test.position), row.unit_id, asked)


def keep_back_test(uow: Work, test_id: int, parts: Iterable[Mapping[str, Any]]) -> Tally:
    """Keep what a trial came to."""
    test = uow.session.get_one(BackTest, test_id)
    whole = Tally.sum_of(parts)
    test.result, test.done_at = whole.to_json(), uow.now
    uow.session.flush()
    counts = {"position": test.position, "matters": whole.matters, "elsewhere": whole.elsewhere}
    note(uow, "back_test_draft", draft_of(uow.session, test.draft_uid), after=counts)
    return whole


def bundle_of(session: Session, row: Draft, position: int) -> Bundle:
    """Return what a draft says at a position as a release that is nowhere stored."""
    return Bundle(0, row.pack, "", "", read_anew(session, row, position).bundle)


def _asked(last: int | None, since: dt.date | None, until: dt.date | None) -> dict[str, Any]:
    if last is not None:
        if not 1 <= last <= MOST:
            raise _wrong(msg("Say how many matters: from 1 to %(most)s"), "/last", {"most": MOST})
        return {"last": last}
    if since is None or until is None:
        raise _wrong(msg("Say the first and the last day"), "/since")
    if since > until:
        raise _wrong(msg("The last day is before the first"), "/until")
    return {"since": since.isoformat(), "until": until.isoformat()}


def _wrong(text: str, pointer: str, params: Mapping[str, Any] | None = None) -> InvalidInput:
    problem = Problem("back_test.asked", text, dict(params or {}), pointer=pointer)
    return InvalidInput(problem.code, text, problem.params, [problem])


def _refuse_broken(bundle: Bundle) -> None:
    """Raise where the rules that are asked about some record can't be used as they stand in the draft."""
    broken: list[Problem] = []
    for rules_id in dict.fromkeys(name for one in bundle.entities() for name in one.rules):
        try:
            bundle.rules(rules_id)
        except DefinitionError as error:
            broken += [one for one in error.problems if one.severity == "error"]
    if broken:
        text = msg("The rules of this draft can't be tried: something in them has to be mended first")
        raise Conflict("back_test.rules", text, {}, [Problem("back_test.rules", text)])


def _numbers(session: Session, row: Draft, bundle: Bundle, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return which records a trial reads, fixed at the moment at which it was asked for."""
    types = tuple(one.id for one in bundle.entities() if one.rules)
    if "last" in asked:
        found = select(Record.id).where(*conditions(row.unit_id, types, {}))
        newest = found.order_by(Record.id.desc()).limit(asked["last"]).subquery()
        query = select(func.min(newest.c.id), func.max(newest.c.id))
        low, high = session.execute(query, execution_options=_OPTIONS).one()
        payload: dict[str, Any] = {"low": low, "high": high}
    else:
        first = dt.datetime.combine(dt.date.fromisoformat(asked["since"]), dt.time(), LOCAL)
        after = dt.date.fromisoformat(asked["until"]) + dt.timedelta(days=1)
        payload = {
            "from": first.isoformat(),
            "before": dt.datetime.combine(after, dt.time(), LOCAL).isoformat(),
        }
        within = select(func.max(Record.id)).where(*conditions(row.unit_id, types, payload))
        payload["high"] = high = session.scalar(within, execution_options=_OPTIONS)
    if high is None:
        text = msg("There is no matter to try the draft on")
        raise Conflict("back_test.none", text, {}, [Problem("back_test.none", text)])
    return payload
