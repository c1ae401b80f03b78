"""What the jobs of hints do: one message for each channel that is due, written anew when it is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from portal.adapters import outer_channels
from portal.core.access import Access
from portal.core.errors import NotFound, msg
from portal.core.hints import DAILY, URGENT, Channel, may_come
from portal.core.zone import LOCAL
from portal.i18n import translator
from portal.services.hints.counting import counted, seat_of, text_of
from portal.services.jobs import queue

if TYPE_CHECKING:
    from portal.services.portal import Portal, Work

SEND = "send_hint"
LANGUAGE = "zh_Hans"
_ACCESS = Access.system("a hint counts what waits for a role at a unit")


def enqueue(uow: Work, channel: Channel, kind: str, key: str) -> None:
    """Let a worker send a hint; of the same ``key`` there is one that waits or runs."""
    day = uow.now.astimezone(LOCAL).date().isoformat()
    payload = {"channel": channel.name, "kind": kind, "day": day}
    queue.enqueue(uow, SEND, payload, key=f"hint:{kind}:{key}:{channel.name}")


def enqueue_daily(uow: Work) -> int:
    """Enqueue the hints of the day for the channels whose centre works now; return how many."""
    portal, now, made = uow.portal, uow.now.astimezone(LOCAL), 0
    for channel in portal.hints.of_kind(DAILY):
        seat = seat_of(portal, uow.session, channel)
        if seat is not None and may_come(DAILY, seat.calendar, now):
            enqueue(uow, channel, DAILY, now.date().isoformat())
            made += 1
    return made


def enqueue_urgent(uow: Work, before: Mapping[str, int]) -> dict[str, int]:
    """Enqueue an urgent hint where more waits than ``before``; return how much waits now, by channel.

    A channel that was not known before only begins to be watched: what waits there is no news.
    """
    portal, now = uow.portal, {}
    for channel in portal.hints.of_kind(URGENT):
        seat = seat_of(portal, uow.session, channel)
        if seat is None:
            continue
        number = sum(one.number for one in counted(portal, seat, URGENT))
        now[channel.name] = number
        if number > before.get(channel.name, number):
            enqueue(uow, channel, URGENT, uow.now.isoformat(timespec="minutes"))
    return now


def send(portal: Portal, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Send one hint and return what became of it; PortalError where the channel did not take it, to be tried again."""
    kind, channel = str(payload["kind"]), portal.hints.named(str(payload["channel"]))
    if channel is None:
        return {"sent": False, "why": "no such channel any more"}
    with portal.reading(_ACCESS) as session:
        seat = seat_of(portal, session, channel)
    if seat is None:
        message = msg("A channel for hints names a unit or a role that there is not: %(channel)s")
        raise NotFound("hints.seat", message, {"channel": channel.name})
    here = portal.clock.now().astimezone(LOCAL)
    if not may_come(kind, seat.calendar, here) or (kind == DAILY and payload["day"] != _day(here)):
        return {"sent": False, "why": "too late"}
    found = counted(portal, seat, kind)
    if not found:
        return {"sent": False, "why": "nothing waits"}
    title, body = text_of(found, portal.hints.address, kind, translator(LANGUAGE))
    outer_channels.send(channel.address, title, body, private=portal.hints.private)
    return {"sent": True, "lists": len(found)}


def _day(here: dt.datetime) -> str:
    return here.date().isoformat()
