"""Whatever closing still needs leads to the page where it is supplied, or names who supplies it.

`tests/packs/test_what_closing_needs_can_be_supplied.py` asks the same of the packs whose centres are not set up here.
"""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.core.access import Access, Origin
from portal.core.lifecycle import Lifecycle
from portal.core.lifecycle.model import ANY_STAGE
from portal.persistence.models import Centre, Record, Unit
from portal.services import records, releases, users
from portal.services.bundles import Bundle
from tests.web.api.program import DATA
from tests.web.records.seeded_site import PASSWORD, Browser, Site

SYSTEM = Access.system("test")
LINE = re.compile(r"<li>(.*?)</li>", re.S)
# What a matter may lack when it is closed: data and open lanes, by what is missing.
LACKS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "a result": ({}, {}),
    "an agreement": ({"outcome": "agreed"}, {}),
    "part of an agreement": ({"outcome": "partly"}, {}),
    "the end of a supervision": ({"outcome": "failed"}, {"supervise": "open"}),
    "the answer to an objection": ({"outcome": "failed"}, {"objection": "open"}),
    "everything": ({}, {"supervise": "open", "objection": "open"}),
}
ROLES = ("director", "triage")
# What the form of a district asks besides.
ASKED_MORE = {"530102": {"wished_centre": "unsure"}, "530115": {"patrol_kind": "daily"}}


def centres(site: Site) -> dict[str, tuple[str, Bundle]]:
    """Return a centre for each release in force: by its pack, the code of its unit and the release."""
    found: dict[str, tuple[str, Bundle]] = {}
    with site.portal.reading(SYSTEM) as session:
        units = session.scalars(
            select(Unit).join(Centre, Centre.unit_id == Unit.id).order_by(Unit.path.desc())
        )
        for unit in units:
            bundle = releases.for_unit(site.portal, session, unit)
            found.setdefault(bundle.pack, (unit.code, bundle))
    return found


def closing(cycle: Lifecycle) -> list[tuple[str, str]]:
    """Return the steps that close a matter, each with a stage that it leads from."""
    found = []
    for step in cycle.transitions:
        ends = step.to is not None and cycle.stage(step.to).final and not step.hidden
        open_ones = [one for one in step.sources if one != ANY_STAGE and not cycle.stage(one).final]
        if ends and step.when is not None:
            found += [(step.id, one) for one in sorted(open_ones)]
    return found


@pytest.fixture(scope="module")
def places(site: Site) -> dict[str, tuple[str, Bundle]]:
    return centres(site)


@pytest.fixture(scope="module")
def people(site: Site, places: dict[str, tuple[str, Bundle]]) -> dict[tuple[str, str], Browser]:
    with site.portal.writing(SYSTEM, Origin()) as uow:
        for pack, (code, _) in places.items():
            for role in ROLES:
                name = f"closing.{pack.replace('/', '.')}.{role}"
                user = users.create(uow, name, PASSWORD, "某", name)
                users.assign(uow, user.id, role, code, audited=False)
        uow.commit()
    return {
        (pack, role): site.login(f"closing.{pack.replace('/', '.')}.{role}")
        for pack in places
        for role in ROLES
    }


def standing_in(site: Site, code: str, stage: str, canonical: str, lacks: str) -> str:
    """Return a matter of a centre that stands in a stage and lacks something."""
    more, lanes = LACKS[lacks]
    with site.portal.writing(SYSTEM, Origin()) as uow:
        uid = records.register(
            uow, "case", code, DATA | {"place": code} | ASKED_MORE.get(code, {})
        ).record.uid
        uow.commit()
    with site.portal.reading(SYSTEM) as session:
        data = dict(records.get_any(session, uid).data)
    with site.portal.database.engine.begin() as connection:
        changed = {"stage": stage, "canonical_stage": canonical, "lanes": lanes, "data": data | more}
        connection.execute(update(Record).where(Record.uid == uid).values(**changed))
    return uid


def test_there_is_a_matter_to_close_at_every_centre(places: dict[str, tuple[str, Bundle]]) -> None:
    assert set(places) == {"city/kunming", "county/xishan", "county/jinning", "county/wuhua"}
    for pack, (_, bundle) in places.items():
        cycle = bundle.lifecycle_of("case")
        assert cycle is not None
        assert {step for step, _ in closing(cycle)} >= {"close", "close_early"}, pack


@pytest.mark.parametrize("lacks", sorted(LACKS))
def test_each_thing_that_closing_needs_leads_to_where_it_is_supplied(
    site: Site,
    places: dict[str, tuple[str, Bundle]],
    people: dict[tuple[str, str], Browser],
    lacks: str,
) -> None:
    lines = 0
    for pack, (code, bundle) in places.items():
        cycle = bundle.lifecycle_of("case")
        assert cycle is not None
        for step, stage in closing(cycle):
            uid = standing_in(site, code, stage, cycle.stage(stage).canonical, lacks)
            for role in ROLES:
                browser = people[pack, role]
                page = browser.get(f"/records/case/transition/{uid}/{step}").text
                said = page.split('class="now-missing"')
                for line in LINE.findall(said[1].split("</ul>")[0]) if len(said) > 1 else ():
                    lines += 1
                    where = f"{pack} {step} {role}: {line}"
                    led = re.search(r'href="([^"]+)"', line)
                    if led is None:
                        assert re.search(r'class="missing-by">[^<]*由[^<]+<', line), where
                        continue
                    target, _, anchor = html.unescape(led[1]).partition("#")
                    answer = browser.get(target) if target else None
                    assert answer is None or answer.status_code == 200, where
                    shown = answer.text if answer is not None else page
                    assert 'method="post"' in shown.split('<main id="main"')[1], where
                    assert not anchor or f'id="{anchor}"' in shown, where
    assert lines, "nothing was missing anywhere"


def test_where_another_role_supplies_it_that_role_is_named(
    site: Site, places: dict[str, tuple[str, Bundle]], people: dict[tuple[str, str], Browser]
) -> None:
    code, bundle = places["county/xishan"]
    cycle = bundle.lifecycle_of("case")
    assert cycle is not None
    uid = standing_in(site, code, "mediate", cycle.stage("mediate").canonical, "the end of a supervision")
    page = people["county/xishan", "triage"].get(f"/records/case/transition/{uid}/close").text
    said = page.split('class="now-missing"')[1].split("</ul>")[0]
    assert "“督查督办”还没有结束" in said
    assert re.search(r"由[^<]*中心主任[^<]*督办员[^<]*办理|由[^<]*督办员[^<]*中心主任[^<]*办理", said), said
    assert "<a " not in said
    led = people["county/xishan", "director"].get(f"/records/case/transition/{uid}/close").text
    assert f'href="/records/case/transition/{uid}/end_supervision"' in led
