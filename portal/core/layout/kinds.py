"""Which kind a room is, by what its name says."""

from __future__ import annotations

from typing import NamedTuple


class RoomKind(NamedTuple):
    """A kind of room: the word in a name that tells it, an identifier to begin with, the zone it mostly is in."""

    word: str
    kind: str
    base: str
    zone: str


# The first that fits.
ROOM_KINDS = (
    RoomKind("研判", "meeting", "analysis", "command"),
    RoomKind("会议", "meeting", "meeting", "command"),
    RoomKind("会商", "meeting", "meeting", "command"),
    RoomKind("指挥", "command", "command", "command"),
    RoomKind("评析", "appraisal", "appraisal", "resolution"),
    RoomKind("法庭", "court", "court", "resolution"),
    RoomKind("审判", "court", "court", "resolution"),
    RoomKind("仲裁", "court", "arbitration", "resolution"),
    RoomKind("心理", "counselling", "counselling", "resolution"),
    RoomKind("调解", "mediation", "mediation", "resolution"),
    RoomKind("接待", "reception", "reception", "intake"),
    RoomKind("档案", "office", "archive", "command"),
)
OTHER = RoomKind("", "office", "room", "resolution")


def room_kind(title: str) -> RoomKind:
    """Return the kind of room that a name tells; an office where it tells none."""
    return next((one for one in ROOM_KINDS if one.word in title), OTHER)
