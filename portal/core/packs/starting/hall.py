"""The hall of a new centre: zones, windows, rooms, who is there, and the centres of townships and villages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from portal.core.errors import Words, msg
from portal.core.layout.kinds import room_kind
from portal.core.packs.check.rosters import DAYS
from portal.core.packs.starting.answers import ON_CALL, RESIDENT, ROTATING, County, Place, Stay, refusal
from portal.core.packs.starting.bodies import Bodies

EXAMPLE = "示例，待核。"
LABELS = {RESIDENT: "常驻", ROTATING: "轮驻", ON_CALL: "随驻"}
ZONES = {
    "intake": ("登记受理区", "reception"),
    "resolution": ("多元化解区", "mediation"),
    "command": ("指挥调度区", "command"),
}
_AT_INTAKE = frozenset({"petition"})


def layout_of(county: County, bodies: Bodies, above: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the whole layout of a county's centre; raise InvalidInput where two answers don't fit one another.

    ``above`` is the layout of the pack above: what has the same title keeps its identifier.
    """
    above = above or {}
    windows = _windows(county.windows, above.get("windows") or {})
    rooms = _rooms(county.rooms, above.get("rooms") or {})
    layout: dict[str, Any] = {
        "centre": _centre(county),
        "plates": {"main": {"title": county.centre, "order": 10}},
        "zones": {
            key: {"title": title, "kind": kind, "order": number * 10}
            for number, (key, (title, kind)) in enumerate(ZONES.items(), 1)
        },
        "rooms": rooms,
        "windows": windows,
        "stationing": _stationing(county, bodies, windows, rooms),
    }
    layout["patterns"] = _patterns(layout)
    layout["levels"] = above.get("levels") or _levels()
    return layout


def _centre(county: County) -> dict[str, Any]:
    said = {"address": county.address, "phone": county.phone, "hours": county.hours}
    return {
        "name": county.centre,
        "unit": county.code,
        "agency": county.agency,
        **{key: value for key, value in said.items() if value},
        "open_on": county.open_on,
    }


def _windows(places: Iterable[Place], above: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, place in enumerate(places, 1):
        found[_key(place, f"window_{place.number or number}", above, found)] = {
            "title": place.title,
            "zone": "intake",
            "number": place.number or number,
            **({"department": place.department} if place.department else {}),
            "order": number * 10,
        }
    return found


def _key(place: Place, base: str, above: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Return the identifier of the place of this title above; else one that no other place has, here or above."""
    known = {one.get("title"): key for key, one in above.items()}
    if place.title in known:
        return known[place.title]
    if base not in found and base not in above:
        return base
    return next(key for at in count(2) if (key := f"{base}_{at}") not in found and key not in above)


def _rooms(places: Sequence[Place], above: Mapping[str, Any]) -> dict[str, Any]:
    titles = {place.title for place in places}
    found: dict[str, Any] = {}
    for number, place in enumerate(places, 1):
        _, kind, base, zone = room_kind(place.title)
        # A room of the same kind that is not here takes its place, and what is proposed there.
        stay = {
            key: one for key, one in above.items() if one.get("title") in titles or one.get("kind") != kind
        }
        found[_key(place, base, stay, found)] = {
            "title": place.title,
            "zone": zone,
            "kind": kind,
            **({"department": place.department} if place.department else {}),
            **({"bookable": True} if kind in ("mediation", "meeting", "appraisal", "court") else {}),
            "order": number * 10,
        }
    return found


def _stationing(
    county: County, bodies: Bodies, windows: Mapping[str, Any], rooms: Mapping[str, Any]
) -> dict[str, Any]:
    """Return who is there: each department as it was said, at its windows, else in its room, else in a zone."""
    stays = _modes(county, bodies, windows)
    found: dict[str, Any] = {}
    for stay in stays.values():
        for number, place in enumerate(_places_of(stay, windows, rooms)):
            key = stay.department if number == 0 else f"{stay.department}_{number + 1}"
            entry: dict[str, Any] = {
                "department": stay.department,
                "mode": stay.mode,
                "mode_label": LABELS[stay.mode],
                **({"place": place} if place else {}),
                **({"roster": [{"weekdays": list(stay.weekdays)}]} if stay.weekdays else {}),
                **({"answer_hours": _number(stay.answer_hours)} if stay.answer_hours else {}),
                "order": (len(found) + 1) * 10,
            }
            found[key] = entry
    return found


def _number(hours: float) -> float | int:
    return int(hours) if hours == int(hours) else hours


def _modes(county: County, bodies: Bodies, windows: Mapping[str, Any]) -> dict[str, Stay]:
    """Return one way of presence for each department; those that were only given a window are resident there."""
    stays: dict[str, Stay] = {}
    for stay in county.stays:
        if stay.department in stays:
            raise refusal(
                "two_modes",
                msg("%(title)s is named twice: as %(first)s and as %(second)s"),
                msg("Leave it in one of the lists"),
                title=bodies.named(stay.department),
                first=LABELS[stays[stay.department].mode],
                second=LABELS[stay.mode],
            )
        closed = sorted(set(stay.weekdays) - county.open_weekdays)
        if closed:
            raise refusal(
                "closed_day",
                msg("%(title)s comes on %(day)s, when the centre is closed"),
                msg("Take the day out, or let the centre be open on it"),
                title=bodies.named(stay.department),
                day=Words(DAYS[closed[0]]),
            )
        stays[stay.department] = stay
    for window in windows.values():
        owner = window.get("department")
        if owner and owner not in stays:
            stays[owner] = Stay(owner, RESIDENT)
        elif owner and stays[owner].mode == ON_CALL:
            raise refusal(
                "window_on_call",
                msg("Window %(number)s belongs to %(title)s, which is on call: nobody would sit there"),
                msg("Name it among those who are resident or rotate, or leave the window to the centre"),
                number=window["number"],
                title=bodies.named(owner),
            )
    return stays


def _places_of(stay: Stay, windows: Mapping[str, Any], rooms: Mapping[str, Any]) -> list[dict[str, str]]:
    if stay.mode == ON_CALL:
        return [{}]
    for sort, things in (("window", windows), ("room", rooms)):
        own = [key for key, one in things.items() if one.get("department") == stay.department]
        if own:
            return [{sort: key} for key in own]
    return [{"zone": "intake" if stay.department in _AT_INTAKE else "resolution"}]


def _patterns(layout: Mapping[str, Any]) -> dict[str, Any]:
    """Return two formulas, counted from what is there: the places, and those who are present."""
    modes = {one["mode"] for one in layout["stationing"].values()}
    places = [("功能区", "区", "zones"), ("功能室", "室", "rooms"), ("窗口", "窗口", "windows")]
    found: dict[str, Any] = {
        "places": {
            "title": "中心布局",
            "style": "chinese",
            "order": 10,
            "terms": [
                {"title": title, "measure": measure, "members": {sort: True}}
                for title, measure, sort in places
                if layout[sort]
            ],
        }
    }
    if modes:
        terms = [{"title": "综治中心", "members": {"centre": True}}]
        terms += [
            {"title": f"{LABELS[mode]}部门", "members": {"departments": {"mode": mode}}}
            for mode in (RESIDENT, ROTATING, ON_CALL)
            if mode in modes
        ]
        found["force"] = {"title": "进驻力量", "style": "plus", "order": 20, "terms": terms}
    return found


def _levels() -> dict[str, Any]:
    """Return the centres of townships and villages: an example, to be checked by the county."""

    def on_call(department: str, hours: int, order: int) -> dict[str, Any]:
        return {
            "department": department,
            "mode": ON_CALL,
            "mode_label": LABELS[ON_CALL],
            "answer_hours": hours,
            "order": order,
            "note": EXAMPLE,
        }

    return {
        "township": {
            "name": "{unit}综治中心",
            "plates": {"main": {"title": "{unit}综治中心", "order": 10}},
            "zones": {
                "intake": {"title": "登记受理区", "kind": "reception", "order": 10, "note": EXAMPLE},
                "resolution": {"title": "多元化解区", "kind": "mediation", "order": 20, "note": EXAMPLE},
            },
            "rooms": {
                "mediation": {
                    "title": "调解室",
                    "zone": "resolution",
                    "kind": "mediation",
                    "bookable": True,
                    "order": 10,
                    "note": EXAMPLE,
                }
            },
            "windows": {
                "general": {
                    "title": "综合受理窗口",
                    "zone": "intake",
                    "number": 1,
                    "order": 10,
                    "note": EXAMPLE,
                }
            },
            "stationing": {
                "people_mediation": {
                    "department": "people_mediation",
                    "mode": RESIDENT,
                    "mode_label": LABELS[RESIDENT],
                    "place": {"room": "mediation"},
                    "order": 10,
                    "note": EXAMPLE,
                },
                "justice": on_call("justice", 4, 20),
                "police": on_call("police", 2, 30),
            },
        },
        "village": {
            "name": "{unit}综治工作站",
            "plates": {"main": {"title": "{unit}综治工作站", "order": 10, "note": EXAMPLE}},
            "zones": {"service": {"title": "接待调解区", "kind": "reception", "order": 10, "note": EXAMPLE}},
            "rooms": {
                "mediation": {
                    "title": "调解室",
                    "zone": "service",
                    "kind": "mediation",
                    "order": 10,
                    "note": EXAMPLE,
                }
            },
            "stationing": {"people_mediation": on_call("people_mediation", 8, 10)},
        },
    }
