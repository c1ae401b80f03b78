"""Periods in their surroundings: routes, events, conditions and those who approve an extension."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import parse
from portal.core.errors import Problem, msg
from portal.core.packs.check.events import event_facts
from portal.core.packs.check.naming import refer_actor, refer_all
from portal.core.packs.check.registry import Context, check, items

BY_EVENTS = ("starts", "ends", "pauses", "resumes")


@check
def periods(context: Context) -> Iterator[Problem]:
    """Periods belong to known routes, and known events start, stop and end them."""
    for code, period in items(context.section("deadlines")):
        where = pointers.join(["deadlines", code])
        yield from context.refer(period.get("route"), "/routes", f"{where}/route")
        yield from _events(context, period, where)
        yield from _needed(context, period, where)
        yield from _lengths(context, period, where)
        yield from _extension(context, period, where)
        yield from _expiry(context, period, where)


def _events(context: Context, period: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for name in BY_EVENTS:
        yield from refer_all(context, "event", period.get(name), f"{where}/{name}")
    for one, other in (("pauses", "resumes"), ("resumes", "pauses")):
        if period.get(one) and not period.get(other):
            yield context.problem(
                "deadline.pause",
                msg("The clock has %(one)s but no %(other)s"),
                f"{where}/{one}",
                msg("Name the events for %(other)s too"),
                one=one,
                other=other,
            )
    yield from _both(context, period, "pauses", "resumes", where)
    if "lengths" not in period:  # where lengths differ, each may have its own
        yield from _both(context, period, "starts", "ends", where)


def _both(context: Context, thing: Mapping[str, Any], one: str, other: str, where: str) -> Iterator[Problem]:
    first, second = thing.get(one), thing.get(other)
    if not isinstance(first, list) or not isinstance(second, list):
        return
    for index, event in enumerate(second):
        if event in first:
            yield context.problem(
                "deadline.event_twice",
                msg("%(event)s stands under %(one)s and under %(other)s"),
                f"{where}/{other}/{index}",
                msg("Keep it in one of them"),
                event=event,
                one=one,
                other=other,
            )


def _needed(context: Context, period: Mapping[str, Any], where: str) -> Iterator[Problem]:
    if not period.get("starts") and not period.get("starts_text"):
        yield context.problem(
            "deadline.starts",
            msg("Nothing starts the clock of this period"),
            where,
            msg("Name events under starts; a recorded one where nothing emits it"),
        )
    if not period.get("whose") and not period.get("who_text"):
        yield context.problem(
            "deadline.whose",
            msg("The period does not say whose it is"),
            where,
            msg("Add whose: centre, handler, party or outside"),
        )


def _lengths(context: Context, period: Mapping[str, Any], where: str) -> Iterator[Problem]:
    for key, length in items(period.get("lengths")):
        place = pointers.join(["lengths", key], where)
        for name in ("starts", "ends"):
            yield from refer_all(context, "event", length.get(name), f"{place}/{name}")
        yield from _both(context, {**period, **length}, "starts", "ends", place)
        if "when" in length:
            problems = parse(length["when"], fields=event_facts(context), pointer="", counts=False)[1]
            yield from context.relocate(problems, f"{place}/when")
    defaults = [key for key, length in items(period.get("lengths")) if "when" not in length]
    conditional = [key for key, length in items(period.get("lengths")) if "when" in length]
    if conditional and len(defaults) > 1:
        yield context.problem(
            "deadline.default",
            msg("Several lengths have no condition: %(keys)s"),
            f"{where}/lengths",
            msg("Leave the condition out of at most one, or out of all, so that a person picks"),
            keys=", ".join(defaults),
        )


def _extension(context: Context, period: Mapping[str, Any], where: str) -> Iterator[Problem]:
    extension = period.get("extension")
    if not isinstance(extension, dict):
        return
    yield from refer_actor(context, extension.get("approver"), f"{where}/extension/approver")
    lengths = [period.get("length"), *(length for _, length in items(period.get("lengths")))]
    hours = {isinstance(one, dict) and one.get("unit") == "hour" for one in lengths if one is not None}
    if hours and (extension.get("unit") == "hour") not in hours:
        yield context.problem(
            "deadline.extension",
            msg("A period in hours is extended by hours, one in days by days"),
            f"{where}/extension/unit",
            msg("Use the unit of the period"),
        )


def _expiry(context: Context, period: Mapping[str, Any], where: str) -> Iterator[Problem]:
    expiry = period.get("expiry")
    if not isinstance(expiry, dict):
        return
    yield from refer_all(context, "route", expiry.get("opens"), f"{where}/expiry/opens")
    if (expiry.get("means") == "right_opens") is not bool(expiry.get("opens")):
        yield context.problem(
            "deadline.expiry",
            msg("Routes are open after the period if, and only if, its expiry means right_opens"),
            f"{where}/expiry",
            msg('Give "means": "right_opens" and "opens" together'),
        )
