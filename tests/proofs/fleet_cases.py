"""A fleet of centres: many that work by a city's configuration alone, some with a layer of their own, open matters."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from random import Random
from typing import Any

from sqlalchemy import insert, select

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.core import pointer as pointers
from portal.core.drafts import Share, files_of
from portal.core.packs import Layers, PackSource
from portal.core.packs.layer import load_layer
from portal.core.packs.resolve import put_together
from portal.persistence.models import Centre, Record, Release, ReleaseActivation, Unit
from portal.services import releases
from portal.services.portal import Portal
from portal.services.releases.layers import StoreLibrary
from portal.services.seeding import seed
from tests.fixtures.drafting import SYSTEM
from tests.fixtures.rolling import bring_kunming

CITY, PACK = "530100", "city/kunming"
AT_ONCE = 2_000
# So many places a layer has otherwise, beside its name and its word.
OWN_PLACES = 40
CONFLICTS = 3
# What the new version takes away: a class, a choice, a field; and what it says otherwise.
CLASS, CHOICE, FIELD = "D0302", "scale", "job"
CONTESTED, NEW_TITLE = "/events/{}/title", "新版的说法"


@dataclass
class FleetCases:
    """What was made: the units with a layer, the places of each, the version, and what open matters hold of it."""

    own: dict[str, list[str]] = field(default_factory=dict)
    version: str = ""
    held: dict[int, Counter[tuple[str, str]]] = field(default_factory=dict)
    contested: list[str] = field(default_factory=list)


def make_fleet(portal: Portal, centres: int, layers: int, cases: int, seed_of: int = 7) -> FleetCases:
    """Seed the city, open its centres, give some of them layers, enter matters, and bring the next version."""
    made, chance = FleetCases(), Random(seed_of)
    seed(portal, PackFiles([shipped_root()]), verify=False, only=[PACK])
    with portal.reading(SYSTEM) as session:
        city = session.scalars(select(Unit).where(Unit.code == CITY)).one()
        release = session.scalars(select(Release).where(Release.pack == PACK)).one()
        bundle, release_id, path, city_id = release.bundle, release.id, city.path, city.id
        first = (session.scalar(select(Unit.id).order_by(Unit.id.desc()).limit(1)) or 0) + 1
        below = select(Unit.id, Unit.code).where(Unit.parent_id == city_id, Unit.level == "county")
        real = {one: code for one, code in session.execute(below.order_by(Unit.code))}  # noqa: C416
        opened = set(session.scalars(select(Centre.unit_id)))
    added = {first + number: f"F{number:05d}" for number in range(centres - len(real))}
    _units(portal, added, city_id, path)
    codes = real | added
    own = list(real.values())[:layers]
    _open(portal, [one for one, code in codes.items() if code not in own and one not in opened], release_id)
    titles = [
        f"/{section}/{pointers.escape(name)}/title"
        for section in ("events", "documents", "tasks")
        for name, thing in bundle[section].items()
        if isinstance(thing.get("title"), str)
    ]
    made.contested = [CONTESTED.format(pointers.escape(name)) for name in list(bundle["events"])[:2]]
    free = [one for one in titles if one not in made.contested]
    for number, code in enumerate(own):
        places = chance.sample(free, OWN_PLACES) + (made.contested if number < CONFLICTS else [])
        made.own[code] = sorted(places)
        _layer(portal, code, places, next(one for one in real if real[one] == code) in opened)
    gone = bundle["forms"]["case"]["schema"]["properties"][CHOICE]["oneOf"]
    _enter(portal, codes, path, release_id, cases, chance, made, [one["const"] for one in gone])
    schema = "/forms/case/schema/properties"
    made.version = bring_kunming(
        portal,
        {
            **dict.fromkeys(made.contested, NEW_TITLE),
            f"/taxonomies/dispute/terms/{CLASS}": {"hidden": True},
            f"{schema}/{CHOICE}/oneOf": gone[:-1],
            f"{schema}/{FIELD}": None,
            f"/forms/case/ui/fields/{pointers.escape('/' + FIELD)}": None,
        },
    )
    return made


def _units(portal: Portal, codes: dict[int, str], city_id: int, path: str) -> None:
    rows = [
        {
            "id": one, "code": code, "name": f"第{code[1:]}县", "short_name": "", "level": "county", "kind": "division",
            "parent_id": city_id, "path": f"{path}{one}/", "flag": "", "active": True, "pack": "", "note": "",
        }
        for one, code in codes.items()
    ]  # fmt: skip
    with portal.database.engine.begin() as connection:
        connection.execute(insert(Unit.__table__), rows)


def _open(portal: Portal, unit_ids: list[int], release_id: int) -> None:
    now = portal.clock.now()
    centres = [
        {"unit_id": one, "name": f"第{one}综治中心", "agency": f"综{one}", "changed_at": now}
        for one in unit_ids
    ]
    running = [
        {
            "unit_id": one,
            "release_id": release_id,
            "at": now,
            "effective_at": now,
            "by_name": "",
            "reason": "",
        }
        for one in unit_ids
    ]
    with portal.database.engine.begin() as connection:
        connection.execute(insert(Centre.__table__), centres)
        connection.execute(insert(ReleaseActivation.__table__), running)


def _layer(portal: Portal, code: str, places: list[str], is_open: bool) -> None:
    """Publish a layer that says some titles otherwise, and put it in force at its centre."""
    pack = f"county/{code.lower()}"
    with portal.writing(SYSTEM) as uow:
        chain, _ = Layers(StoreLibrary(uow.session)).chain(PACK)
        manifest = {"id": pack, "version": "1.0.0", "format": 2, "extends": PACK, "unit": code, "title": code}
        centre = {"name": f"{code}综治中心", "unit": code, "agency": f"{code}综"}
        named = [(f"/layout/centre/{key}", value) for key, value in centre.items()]
        said = [*named, *((path, f"{code}的说法") for path in places)]
        content: dict[str, Any] = reduce(lambda done, one: pointers.put(done, one[0], one[1]), said, {})
        source = PackSource(pack, files_of(pack, Share(content, {"pack": manifest}), {}))
        layer = load_layer(source, chain[-1].reference)
        resolved = put_together(pack, [*chain, layer])
        terms = releases.Terms(in_force=False)
        release = releases.publish(uow, resolved, reason="县里自己的", verify=False, terms=terms)
        if is_open:
            releases.put_in_force(uow, code, release.id, "县里自己的")
        else:
            releases.open_centre(uow, code, release.id, centre["name"], centre["agency"], "新设")
        uow.commit()


def _enter(
    portal: Portal,
    codes: dict[int, str],
    path: str,
    release_id: int,
    cases: int,
    chance: Random,
    made: FleetCases,
    choices: list[str],
) -> None:
    now, centres = portal.clock.now(), list(codes)
    for start in range(0, cases, AT_ONCE):
        numbers = range(start + 1, min(start + AT_ONCE, cases) + 1)
        rows = [
            _case(number, chance, chance.choice(centres), path, release_id, now, choices)
            for number in numbers
        ]
        for row in rows:
            held = made.held.setdefault(row["centre_id"], Counter())
            held.update(_holds(row["data"], choices[-1]))
        with portal.database.engine.begin() as connection:
            connection.execute(insert(Record.__table__), rows)


def _holds(data: dict[str, Any], choice: str) -> Iterator[tuple[str, str]]:
    """Yield what a matter holds of that which goes, worked out from what was entered alone."""
    if data["dispute_type"] == CLASS:
        yield "class", ""
    if data[CHOICE] == choice:
        yield "choice", choice
    if FIELD in data:
        yield "value", ""


def _case(
    number: int, chance: Random, centre: int, path: str, release_id: int, now: dt.datetime, choices: list[str]
) -> dict[str, Any]:
    data = {
        "channel": "walk_in", "applicant_name": "张小明（虚构）", "place_detail": "某路", "summary": "房屋买卖纠纷" * 8,
        "amount": number, "willing": "yes", "dispute_type": chance.choice((CLASS, "D0101", "D0301", "D0601")),
        CHOICE: chance.choice(choices),
    }  # fmt: skip
    if chance.random() < 0.1:
        data[FIELD] = "备注"
    return {
        "id": number, "uid": f"{number:032d}", "etype": "case", "unit_id": centre, "unit_path": f"{path}{centre}/",
        "centre_id": centre, "release_id": release_id, "title": "某", "search_text": "", "lanes": {},
        "stage": "mediate", "canonical_stage": "mediate", "is_open": True, "created_at": now, "updated_at": now,
        "version": 1, "created_by_name": "", "updated_by_name": "", "dispute_type": data["dispute_type"], "data": data,
    }  # fmt: skip
