"""A city's roll-out from a pilot to fourteen centres, told as data and played step by step through the services.

Xishan's pilot becomes Kunming's version 1.1. Of the fourteen centres six have something of their own, and three of
these have changed what the version changes too. It goes out in three waves; a gate can't be told, one centre goes back,
one is behind. ``tests/services/rollout/test_demonstration.py`` asks at each step what is in force and what differs;
``python -m tests.services.rollout.demonstration URL`` leaves a database in that state, to be served.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sqlalchemy import select

from portal.adapters.clock import FixedClock, SystemClock
from portal.adapters.pack_files import PackFiles, shipped_root
from portal.core.access import Access
from portal.core.packs import MemoryLibrary
from portal.persistence import migrate
from portal.persistence.models import Unit
from portal.services import drafts, rollout, units, users
from portal.services.drafts.checking import keep_findings, opened_for_check, problems_of
from portal.services.portal import Policy, Portal
from portal.services.rollout import campaigns
from portal.services.rollout.campaigns import Evidence
from portal.services.rollout.wanted import Wanted, Wave
from portal.services.seeding import seed
from portal.services.stories import walked
from portal.services.stories.state import StoryState
from portal.services.stories.steps import register
from portal.services.users.access import access_of

SYSTEM = Access.system("demonstration")
PASSWORD = "one-door-demo"
PARENT, CITY, PILOT = "city/kunming", "530100", "530112"
# Centres with a pack of their own; the other eight run by the city's.
OWN = ("xishan", "wuhua", "jinning", "guandu", "chenggong", "fumin")
WUHUA, PANLONG, GUANDU, XISHAN, DONGCHUAN = "530102", "530103", "530111", "530112", "530113"
CHENGGONG, JINNING, FUMIN, YILIANG, SHILIN = "530114", "530115", "530124", "530125", "530126"
SONGMING, LUQUAN, XUNDIAN, ANNING = "530127", "530128", "530129", "530181"
FIRST = (XISHAN, FUMIN, PANLONG, SONGMING)
SECOND = (CHENGGONG, JINNING, DONGCHUAN, YILIANG, ANNING)
THIRD = (WUHUA, GUANDU, SHILIN, LUQUAN, XUNDIAN)
CENTRES = (*FIRST, *SECOND, *THIRD)
# In which days after the beginning the waves begin, and how long a centre has to be without an incident.
WAVES, QUIET = (0, 7, 14), 3
LAST_DAY = 18

STAGE = "/lifecycles/case/stages/mediate/title"
CHOSEN = (
    STAGE,
    "/layout/stationing/court/mode",
    "/layout/stationing/court/mode_label",
    "/layout/stationing/court/roster",
    "/layout/rooms/mediation/seats",
    "/forms/case/schema/properties/households",
    "/forms/case/ui/sections/property",
    "/tasks/check_register",
)
DECIDED = {
    JINNING: (STAGE, "ours", "群众和乡镇都习惯现在的叫法"),
    WUHUA: ("/lifecycles/case/stages/mediate", "ours", "五华按自己的环节办理，没有这一环节"),
}
GATES: dict[str, dict[str, Any]] = {"check": {}, "conflicts": {}, "stories": {}, "quiet": {"days": QUIET}}
MATTER: dict[str, Any] = {
    "who": "clerk",
    "do": "register",
    "entity": "case",
    "data": {
        "channel": "walk_in",
        "applicant_kind": "person",
        "applicant_name": "某先生",
        "dispute_type": "D0301",
        "summary": "双方对货款有争议。",
        "claim": "支付货款。",
        "amount": 8000,
        "people_count": 2,
        "willing": "yes",
        "lower_tried": False,
    },
}
# What the centre's own form asks for beside that.
ASKED = {JINNING: {"patrol_kind": "daily"}, WUHUA: {"wished_centre": "unsure"}}
PEOPLE = {
    CITY: (("zhoumin", "周敏", "template_owner"), ("sunli", "孙立", "director")),
    XISHAN: (("chenyun", "陈云", "config_admin"), ("masong", "马松", "director")),
    WUHUA: (("heping", "何萍", "config_admin"), ("tangwei", "唐卫", "director")),
    CHENGGONG: (("luojie", "罗洁", "config_admin"), ("yuanbo", "袁波", "director")),
    JINNING: (("yangxiaomei", "杨晓梅", "config_admin"), ("lijianguo", "李建国", "director")),
    GUANDU: (("dujuan", "杜娟", "config_admin"), ("qianming", "钱明", "director")),
    FUMIN: (("zhanglei", "张磊", "config_admin"), ("wuxia", "吴霞", "director")),
}


def library() -> MemoryLibrary:
    """Return the packs of Kunming and of its six centres, the city's in its first version."""
    files = PackFiles([shipped_root()], samples=True)
    packs: dict[str, dict[str, bytes]] = {}
    for pack in ("base", PARENT, *(f"county/{name}" for name in OWN)):
        source = files.source(pack)
        assert source is not None
        packs[pack] = dict(source.files)
    manifest = json.loads(packs[PARENT][f"seed/{PARENT}/pack.json"])
    packs[PARENT][f"seed/{PARENT}/pack.json"] = json.dumps({**manifest, "version": "1.0.0"}).encode()
    return MemoryLibrary(packs)


@dataclass
class Demonstration:
    """The city on its way: the portal, the day on which it began, what was made, and how plans are checked."""

    portal: Portal
    begin: dt.date
    # Checks plans as the worker does; quick ones take it that everything fits.
    whole: bool = True
    draft: str = ""
    campaign: str = ""
    plans: dict[str, str] = field(default_factory=dict)
    _checked: dict[str, Any] = field(default_factory=dict)

    def on(self, day: int, hour: int = 10) -> Portal:
        """Return the portal on a day of the roll-out."""
        clock = FixedClock.on(self.begin + dt.timedelta(days=day), hour)
        return replace(self.portal, clock=clock, policy=Policy(second_person=True))

    @cached_property
    def accounts(self) -> dict[str, int]:
        """The people by the name they sign in with, made on the first day."""
        made: dict[str, int] = {}
        for unit in (CITY, *CENTRES):
            for username, name, role in people_of(unit):
                with self.on(-1).writing(SYSTEM) as uow:
                    user = users.create(uow, username, PASSWORD, name[1:], name[0])
                    users.assign(uow, user.id, role, unit, audited=False)
                    made[username] = user.id
                    uow.commit()
        return made

    def who(self, unit: str, second: bool = False) -> Access:
        """Return who works on the configuration of a unit, or the second person there."""
        return access_of(self.portal, self.accounts[people_of(unit)[second][0]])

    def act(self, day: int, who: Access, what: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Let a person do one thing on a day."""
        with self.on(day).writing(who) as uow:
            found = what(uow, *arguments, **named)
            uow.commit()
        return found


def people_of(unit: str) -> tuple[tuple[str, str, str], ...]:
    """Return the people of a unit: who works on its configuration, and who is the second person."""
    named = (f"config{unit}", "某管理员", "config_admin"), (f"director{unit}", "某主任", "director")
    return PEOPLE.get(unit, named)


def seeded(show: Demonstration) -> None:
    """Fifteen centres run by the packs; the day before the roll-out begins."""
    seed(show.on(-2), library(), verify=False, demo=False, only=[f"county/{name}" for name in OWN])


def version_made(show: Demonstration) -> None:
    """The city takes over what Xishan tried: a draft of the chosen places, checked, submitted, approved."""
    zhou, sun = show.who(CITY), show.who(CITY, second=True)
    show.draft = show.act(-1, zhou, rollout.pilot_draft, PILOT, CHOSEN, "西山区的做法")
    show.act(-1, zhou, rollout.lift_pilot, show.draft, PILOT, CHOSEN, "西山区试点做法")
    with show.on(-1).reading(SYSTEM) as session:
        checking = opened_for_check(session, show.draft)
    problems = problems_of(checking) if show.whole else []
    assert [one for one in problems if one.severity == "error"] == []
    stories = walked(checking.resolved, _silent) if show.whole else {"count": 2, "failed": []}
    show.act(-1, SYSTEM, keep_findings, checking, problems, stories)
    show.act(-1, zhou, drafts.submit, show.draft, "西山区试点半年，拟在全市推行")
    show.act(-1, sun, drafts.approve, show.draft, "同意")


def begun(show: Demonstration) -> None:
    """The city hands the version down: three waves, each a week after the one before."""
    with show.on(0).reading(SYSTEM) as session:
        digest = rollout.review(session, SONGMING).offer.digest
    waves = [
        Wave(show.begin + dt.timedelta(days=day), units, gates=GATES)
        for day, units in zip(WAVES, (FIRST, SECOND, THIRD), strict=True)
    ]
    wanted = Wanted(
        "指引 1.1 的推广",
        digest,
        waves,
        note="推行西山区试点做法：法院常驻，登记房屋与物业情况，查询不动产登记",
    )
    show.campaign = show.act(0, show.who(CITY), campaigns.start, CITY, PARENT, wanted).uid


def taken_over(show: Demonstration, day: int, unit: str) -> None:
    """A centre plans the version, has it checked, submits it, and its second person puts it in force."""
    if unit in DECIDED:
        path, action, why = DECIDED[unit]
        show.act(day, show.who(unit), rollout.decide, unit, path, action, why)
    planned(show, day, unit)
    show.act(day, show.who(unit), rollout.submit, show.plans[unit], "请审批")
    show.act(day, show.who(unit, second=True), rollout.apply, show.plans[unit], "同意")


def planned(show: Demonstration, day: int, unit: str) -> None:
    """A centre makes its plan, and the worker checks it."""
    show.plans[unit] = show.act(day, show.who(unit), rollout.make_plan, unit).uid
    with show.on(day).reading(SYSTEM) as session:
        check = rollout.opened_plan(session, show.plans[unit])
    key = check.resolved.release().digest
    if key not in show._checked:
        told = sum(len(layer.stories) for layer in check.resolved.chain)
        fits = [], {"count": told, "failed": [], "stays": []}
        show._checked[key] = rollout.findings(check, _silent) if show.whole else fits
    show.act(day, SYSTEM, rollout.keep_check, check, *show._checked[key])


def worked(show: Demonstration, day: int, unit: str) -> None:
    """A matter is entered at a centre."""
    portal = show.on(day, 11)
    with portal.reading(SYSTEM) as session:
        here = units.by_code(session, unit)
        below = select(Unit.code).where(Unit.parent_id == here.id, Unit.division_code.is_not(None))
        place = session.scalars(below.order_by(Unit.code).limit(1)).one()
    state = StoryState(portal, unit, FixedClock(portal.clock.now()))
    register(state, {**MATTER, "data": {**MATTER["data"], "place": place, **ASKED.get(unit, {})}})


def first_wave(show: Demonstration) -> None:
    """Four centres take the version over; at three of them matters are entered, Songming has none."""
    for unit in FIRST:
        taken_over(show, 0, unit)
    for unit in (XISHAN, FUMIN, PANLONG):
        worked(show, 1, unit)


def settled(show: Demonstration) -> None:
    """The city says why Songming counts although nobody came."""
    said = Evidence("quiet", verdict="pass", note="节假日，无人来访；抽查了叫号和登记")
    show.act(4, show.who(CITY), campaigns.record, show.campaign, SONGMING, said)


def second_wave(show: Demonstration) -> None:
    """Five centres take it over, Jinning after it decided to keep its own word."""
    for unit in SECOND:
        taken_over(show, 7, unit)
    for unit in SECOND:
        worked(show, 8, unit)


def third_wave(show: Demonstration) -> None:
    """Four of five take it over; Guandu made its plan and has not decided yet."""
    for unit in (WUHUA, SHILIN, LUQUAN, XUNDIAN):
        taken_over(show, 14, unit)
    for unit in (WUHUA, SHILIN, XUNDIAN):
        worked(show, 15, unit)
    planned(show, 15, GUANDU)


def gone_back(show: Demonstration) -> None:
    """Wuhua goes back: the calling of numbers broke off twice."""
    said = Evidence("incident", note="叫号中断两次")
    show.act(16, show.who(WUHUA), campaigns.record, show.campaign, WUHUA, said)
    show.act(16, show.who(WUHUA, second=True), rollout.roll_back, show.plans[WUHUA], "叫号中断两次")


def steps() -> Iterator[tuple[int, Callable[[Demonstration], None]]]:
    """Yield the steps with the day at whose end each is over."""
    yield -2, seeded
    yield -1, version_made
    yield 0, begun
    yield 3, first_wave
    yield 4, settled
    yield 11, second_wave
    yield 15, third_wave
    yield LAST_DAY, gone_back


def _silent(at: int, count: int) -> None:
    """Say nothing of how far a check is."""


def main(url: str, *, whole: bool = True) -> None:
    """Fill an empty database so that its last day is today; without ``whole`` no check is run, and every one passes."""
    portal = Portal.from_url(url)
    migrate.upgrade(portal.database.engine)
    show = Demonstration(portal, SystemClock().today() - dt.timedelta(days=LAST_DAY), whole=whole)
    for day, step in steps():
        step(show)
        print(f"{day:4} {step.__name__}")
    print(show.campaign)


if __name__ == "__main__":
    main(sys.argv[1])
