"""Changes that the designer of a hall asks for, each a group of commands of the draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.adapters.pinyin import spelling
from portal.core import pointer as pointers
from portal.core.drafts import Change
from portal.core.drafts.order import STEP, order_of
from portal.core.editors import changes, identifier
from portal.core.errors import InvalidInput, NotFound, Problem, msg
from portal.core.layout.kinds import room_kind
from portal.core.layout.model import PLACES
from portal.core.layout.pasting import Known, Pasted, pasted
from portal.core.layout.plan import GROUPS, POSITION, ROOMS, WINDOWS, ZONES, Box, Spot, moved
from portal.core.text import alike
from portal.web.editing.naming import checked_name
from portal.web.editing.saving import save
from portal.web.hall.desk import Desk
from portal.web.language import translate

NOTHING = msg("Nothing of it is different")
# What a button does to a thing: further to the right and down, wider and higher, each by one cell.
NUDGES: Mapping[str, tuple[int, int, int, int]] = {
    "left": (-1, 0, 0, 0),
    "right": (1, 0, 0, 0),
    "up": (0, -1, 0, 0),
    "down": (0, 1, 0, 0),
    "narrower": (0, 0, -1, 0),
    "wider": (0, 0, 1, 0),
    "lower": (0, 0, 0, -1),
    "higher": (0, 0, 0, 1),
}


def spot_of(desk: Desk, key: str) -> Spot:
    """Return a thing of the plan; NotFound where it is gone."""
    group, _, name = key.partition("/")
    found = desk.plan.find(group, name)
    if found is None:
        raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
    return found


def put(desk: Desk, key: str, box: Box) -> None:
    """Let a thing stand elsewhere on the plan, or be of another size; in another zone it belongs to that one."""
    spot = spot_of(desk, key)
    zone, said = moved(desk.plan, spot, box)
    where = desk.place(spot.group, spot.id)
    wanted = []
    if said != spot.thing.get(POSITION):
        wanted.append(Change("replace", f"{where}/{POSITION}", spot.thing.get(POSITION), said))
    if spot.group != ZONES and zone and zone != spot.thing.get("zone"):
        wanted.append(Change("replace", f"{where}/zone", spot.thing.get("zone"), zone))
    if wanted:
        save(desk.key, wanted)


def nudge(desk: Desk, key: str, by: str) -> None:
    """Move a thing by one cell, or make it larger or smaller by one."""
    if by not in NUDGES:
        raise NotFound("editor.unknown", msg("A configuration has no such page"))
    x, y, w, h = NUDGES[by]
    box = spot_of(desk, key).box
    put(desk, key, Box(box.x + x, box.y + y, max(box.w + w, 1), max(box.h + h, 1)))


def add(desk: Desk, group: str, title: str, zone: str) -> str:
    """Add a zone, room or window called by a name; return its key."""
    title = checked_name(title)
    if group not in GROUPS:
        raise NotFound("editor.unknown", msg("A configuration has no such page"))
    zones = desk.things(ZONES)
    if group != ZONES and zone not in zones:
        zone = next((spot.id for spot in desk.plan.spots if spot.group == ZONES), "")
        if not zone:
            raise InvalidInput("layout.no_zone", msg("Add a zone first: rooms and windows stand in one"))
    made: dict[str, Any] = {"title": title}
    if group != ZONES:
        made["zone"] = zone
    if group == ROOMS:
        made["kind"] = room_kind(title).kind
    if group == WINDOWS:
        made["number"] = _next_number(desk)
    name, order = _named(desk, group, title, {}), last_of(desk, group)
    save(desk.key, [Change("add", desk.place(group, name), None, made | {"order": order})])
    return f"{group}/{name}"


def copy(desk: Desk, key: str) -> str:
    """Add a thing like another one, its place on the plan and its number apart; return its key."""
    spot = spot_of(desk, key)
    title = translate(msg("%(name)s (copy)")) % {"name": desk.title(spot.group, spot.id)}
    made = {
        name: value
        for name, value in spot.thing.items()
        if name not in (POSITION, "number", "source", "note")
    }
    made |= {"title": title, "order": last_of(desk, spot.group)}
    if spot.group == WINDOWS:
        made["number"] = _next_number(desk)
    name = _named(desk, spot.group, title, {})
    save(desk.key, [Change("add", desk.place(spot.group, name), None, made)])
    return f"{spot.group}/{name}"


def arrange(desk: Desk) -> None:
    """Let all things be arranged by themselves again."""
    wanted = [
        Change("remove", desk.place(spot.group, spot.id, POSITION), spot.thing[POSITION], None)
        for spot in desk.plan.spots
        if POSITION in spot.thing
    ]
    if wanted:
        save(desk.key, wanted)


def count(desk: Desk, pattern: str) -> None:
    """Let a declared formula count what is drawn."""
    found = next((one for one in desk.declared if one.id == pattern and one.countable), None)
    if found is None:
        raise InvalidInput("layout.same", NOTHING)
    where = desk.place("patterns", pattern, "terms")
    before = desk.things("patterns")[pattern]["terms"]
    save(desk.key, changes(before, found.countable, where))


def station(desk: Desk, key: str, department: str, since: str) -> None:
    """Let a department always be at a place, from a day on where one is said."""
    spot = spot_of(desk, key)
    kind = next(kind for kind, group in PLACES.items() if group == spot.group)
    if department not in desk.departments:
        raise InvalidInput("layout.department", msg("Choose a department"))
    there = desk.stays(spot.group, spot.id)
    if any(desk.things("stationing")[one.id].get("department") == department for one in there):
        raise InvalidInput("layout.there", msg("This department is at this place already"))
    made: dict[str, Any] = {"department": department, "mode": "resident", "place": {kind: spot.id}}
    if since:
        made["from"] = since
    name = identifier(department, list(desk.things("stationing")), spelling, "stay")
    made["order"] = last_of(desk, "stationing")
    save(desk.key, [Change("add", desk.place("stationing", name), None, made)])


def met(desk: Desk, checklist: str, item: str, day: str, evidence: str) -> None:
    """Say since when an entry of a checklist is there, and what shows it; empty for not yet."""
    entry = pointers.get(desk.definition, pointers.join(["checklists", checklist, "items", item]), None)
    if not isinstance(entry, Mapping):
        raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
    where = desk.place("checklists", checklist, "items", item)
    said = {"met": day or None, "evidence": " ".join(evidence.split())[:2000] or None}
    wanted = [
        Change("replace", f"{where}/{name}", entry.get(name), value)
        for name, value in said.items()
        if value != (desk.texts(entry.get(name)) or None)
    ]
    if wanted:
        save(desk.key, wanted)


# -- rows of a spreadsheet -------------------------------------------------------------------------


def read(desk: Desk, text: str, zone: str) -> tuple[list[Pasted], list[Problem]]:
    """Return pasted rows as they are understood, and what is wrong with the table as a whole."""
    departments: dict[str, str] = {}
    for code, one in desk.departments.items():
        if isinstance(one, Mapping) and not one.get("hidden"):
            names = (code, desk.texts(one.get("name")), desk.texts(one.get("short")), one.get("name"))
            departments |= {alike(name): code for name in names if isinstance(name, str) and name}
    kinds: dict[str, str] = {}
    for choice in desk.screen.choices.of("room_kinds"):
        kinds |= {alike(choice.label): choice.code, alike(choice.code): choice.code}
    chosen = zone if zone in desk.things(ZONES) else ""
    named = [name for _, name in desk.department_choices]
    titles = [choice.label for choice in desk.screen.choices.of("room_kinds")]
    return pasted(text[:400_000], Known(desk.definition, departments, kinds, chosen, named, titles))


def paste(desk: Desk, text: str, zone: str) -> tuple[int, int]:
    """Take over pasted rows, all or none; return how many are new and how many changed."""
    rows, problems = read(desk, text, zone)
    told = [*problems, *(problem for row in rows for problem in row.problems)]
    if told:
        raise InvalidInput(told[0].code, told[0].message, told[0].params, told[:20])
    rows = [row for row in rows if row.changes]
    if not rows:
        raise InvalidInput("layout.same", NOTHING)
    save(desk.key, _changes(desk, rows))
    new = sum(not row.existing for row in rows)
    return new, len(rows) - new


def _changes(desk: Desk, rows: Sequence[Pasted]) -> list[Change]:
    """Return the changes that rows mean: zones first, for others stand in them."""
    names: dict[str, str] = {}
    taken: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    found: list[Change] = []
    for row in sorted(rows, key=lambda one: one.group != ZONES):
        values = dict(row.values)
        if row.zone:
            values["zone"] = names.get(alike(row.zone), "")
        if row.existing:
            found += _on_existing(desk, row, values)
            continue
        name = _named(desk, row.group, row.title, taken[row.group])
        values["order"] = last_of(desk, row.group) + STEP * len(taken[row.group])
        taken[row.group][name] = values
        if row.group == ZONES:
            names[alike(row.title)] = name
        found.append(Change("add", desk.place(row.group, name), None, values))
    return found


def _on_existing(desk: Desk, row: Pasted, values: Mapping[str, Any]) -> list[Change]:
    before = desk.things(row.group)[row.existing]
    where = desk.place(row.group, row.existing)
    return [
        Change("replace", pointers.join([name], where), before.get(name), value)
        for name, value in values.items()
    ]


def _named(desk: Desk, group: str, title: str, besides: Mapping[str, Any]) -> str:
    start = {ZONES: "zone", ROOMS: "room", WINDOWS: "window"}[group]
    return identifier(title, [*desk.things(group), *besides], spelling, start)


def last_of(desk: Desk, group: str) -> int:
    """Return the number by which a new thing stands last among its siblings."""
    return int(max((order_of(one) for one in desk.things(group).values()), default=0)) + STEP


def _next_number(desk: Desk) -> int:
    numbers = [one.get("number") for one in desk.things(WINDOWS).values()]
    return max((one for one in numbers if isinstance(one, int)), default=0) + 1
