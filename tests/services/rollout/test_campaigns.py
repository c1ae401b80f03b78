"""A version brought to the counties in waves: what holds a centre back, what pauses, what goes by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from portal.adapters.clock import FixedClock
from portal.core.access import Access, Grant
from portal.core.errors import Conflict, Forbidden, InvalidInput
from portal.services import records, rollout
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.jobs.shipped import advance_campaigns
from portal.services.portal import Policy, Portal
from portal.services.rollout import campaigns
from portal.services.rollout.campaigns import Evidence
from portal.services.rollout.standing import CampaignStand, stand_of
from portal.services.rollout.wanted import Wanted, Wave
from tests.fixtures.database import KEYS, TODAY, access_for
from tests.fixtures.drafting import ALL, GUANDU, JINNING, KUNMING, SYSTEM, XISHAN, account, drafter, path_of
from tests.fixtures.rolling import CITY, FRONT, LENGTH, bring, decided, made, seeded_city

GATES: dict[str, Any] = {"check": {}, "conflicts": {}, "quiet": {"days": 3}}
LATER = TODAY + dt.timedelta(days=7)


@pytest.fixture
def portal(database_url: str) -> Iterator[Portal]:
    empty = Portal.from_url(database_url, FixedClock.on(TODAY), KEYS)
    seeded = seeded_city(replace(empty, policy=Policy(second_person=True)))
    yield seeded
    seeded.database.dispose()


@pytest.fixture
def digest(portal: Portal) -> str:
    return bring(portal)


@pytest.fixture
def zhou(portal: Portal) -> Access:
    """The city's keeper of templates: a role at the city, which reaches down for what is not a draft."""
    path = path_of(portal, KUNMING)
    release = Grant("template_owner", path, "release", frozenset({"add", "edit"}))
    return Access(account(portal, "周敏"), "周敏", (Grant("template_owner", path, "draft", ALL), release))


def begun(portal: Portal, who: Access, digest: str, **more: Any) -> str:
    """Begin a campaign: Guandu first, Jinning later, Xishan left out."""
    waves = [Wave(TODAY, [GUANDU], gates=GATES), Wave(LATER, (), "own", gates=GATES)]
    wanted = Wanted("指引 1.1 的推广", digest, waves, left_out={XISHAN: "搬家"}, **more)
    with portal.writing(who) as uow:
        uid = campaigns.start(uow, KUNMING, CITY, wanted).uid
        uow.commit()
    return uid


def on(portal: Portal, day: dt.date) -> Portal:
    """Return the portal on another day."""
    return replace(portal, clock=FixedClock.on(day))


def stand(portal: Portal, uid: str) -> CampaignStand:
    with portal.reading(SYSTEM) as session:
        return stand_of(session, uid, portal.clock.today())


def states(portal: Portal, uid: str) -> list[str]:
    return [one.state for one in stand(portal, uid).waves]


def act(portal: Portal, who: Access, what: Any, *arguments: Any) -> None:
    with portal.writing(who) as uow:
        what(uow, *arguments)
        uow.commit()


def refused(portal: Portal, who: Access, uid: str) -> list[str]:
    with pytest.raises(Conflict) as found, portal.writing(who) as uow:
        rollout.apply(uow, uid)
    return [one.code for one in found.value.problems]


def test_each_centre_waits_for_its_wave_and_a_gate_in_doubt_pauses_it(
    portal: Portal, digest: str, zhou: Access
) -> None:
    uid = begun(portal, zhou, digest)
    assert states(portal, uid) == ["running", "waiting"]
    assert [one.unit.code for one in stand(portal, uid).stands if one.target.excluded] == [XISHAN]
    yang, li = drafter(portal, JINNING), drafter(portal, JINNING, "李建国")
    decided(portal, yang, JINNING, (FRONT, "theirs"), (LENGTH, "ours"))
    later = made(portal, yang, JINNING)
    assert refused(portal, li, later) == ["campaign.waiting"]
    chen = drafter(portal, XISHAN, "陈")
    assert refused(portal, chen, made(portal, chen, XISHAN)) == ["campaign.out"]

    wang = drafter(portal, GUANDU, "王")
    act(portal, wang, rollout.apply, made(portal, wang, GUANDU))
    fourth = on(portal, TODAY + dt.timedelta(days=3))
    # Three days without a single matter: nobody can tell.
    assert states(fourth, uid) == ["paused", "waiting"]
    act(fourth, zhou, campaigns.record, uid, GUANDU, Evidence("quiet", verdict="pass", note="节假日"))
    assert states(fourth, uid) == ["passed", "waiting"]
    eighth = on(portal, LATER)
    assert states(eighth, uid) == ["passed", "running"]
    act(eighth, li, rollout.apply, later)
    found = stand(eighth, uid)
    assert (found.tally["in_force"], found.eligible, found.aim[0]) == (2, 2, 2)
    assert found.climb() == [(TODAY, 1), (LATER, 2)]


def test_matters_and_incidents_tell_how_the_days_were(portal: Portal, digest: str, zhou: Access) -> None:
    uid = begun(portal, zhou, digest)
    wang = drafter(portal, GUANDU, "王")
    plan = made(portal, wang, GUANDU)
    act(portal, wang, rollout.apply, plan)
    act(portal, access_for(portal, "clerk", GUANDU), records.register, "case", GUANDU, {"name": "张三"})
    fourth = on(portal, TODAY + dt.timedelta(days=3))
    assert states(fourth, uid) == ["passed", "waiting"]
    act(fourth, wang, campaigns.record, uid, GUANDU, Evidence("incident", note="叫号中断"))
    assert states(fourth, uid) == ["running", "waiting"]
    act(fourth, wang, rollout.roll_back, plan, "叫号中断")
    found = stand(fourth, uid)
    assert [one.state for one in found.stands if one.unit.code == GUANDU] == ["rolled_back"]
    assert found.climb()[-1][1] == 0


def test_a_paused_roll_out_holds_everybody_back(portal: Portal, digest: str, zhou: Access) -> None:
    uid = begun(portal, zhou, digest)
    wang = drafter(portal, GUANDU, "王")
    plan = made(portal, wang, GUANDU)
    act(portal, zhou, campaigns.pause, uid, "等法院")
    assert refused(portal, wang, plan) == ["campaign.paused"]
    with pytest.raises(Forbidden), portal.writing(wang) as uow:
        campaigns.resume(uow, uid, "不等了")
    act(portal, zhou, campaigns.resume, uid, "法院来了")
    act(portal, wang, rollout.apply, plan)
    act(portal, zhou, campaigns.stop, uid, "改用 2.0")
    with pytest.raises(Conflict), portal.writing(zhou) as uow:
        campaigns.pause(uow, uid, "再等等")


def test_a_county_settles_no_gate_and_writes_of_no_other(portal: Portal, digest: str, zhou: Access) -> None:
    uid = begun(portal, zhou, digest)
    wang = drafter(portal, GUANDU, "王")
    for unit, said in (
        (GUANDU, Evidence("quiet", verdict="pass", note="没事")),
        (JINNING, Evidence("training", done=1, total=1)),
    ):
        with pytest.raises(Forbidden), portal.writing(wang) as uow:
            campaigns.record(uow, uid, unit, said)
    act(portal, wang, campaigns.record, uid, GUANDU, Evidence("training", done=14, total=20))
    with portal.reading(drafter(portal, JINNING)) as session:
        assert {one.unit.code for one in stand_of(session, uid, TODAY).stands} == {JINNING}


def test_a_wave_that_takes_nobody_in_is_left_away(portal: Portal, digest: str, zhou: Access) -> None:
    middle = Wave(TODAY + dt.timedelta(days=3))
    waves = [Wave(TODAY, [GUANDU]), middle, Wave(LATER, (), "all")]
    with portal.writing(zhou) as uow:
        uid = campaigns.start(uow, KUNMING, CITY, Wanted("推广", digest, waves)).uid
        uow.commit()
    found = stand(portal, uid)
    assert [one.wave.starts_on for one in found.waves] == [TODAY, LATER]
    assert {one.unit.code for one in found.waves[1].stands} == {XISHAN, JINNING}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"title": " "}, "campaign.title"),
        ({"aim_percent": 0}, "campaign.aim"),
        ({"left_out": {XISHAN: ""}}, "campaign.reason"),
        ({"waves": [Wave(LATER, [GUANDU]), Wave(TODAY, [JINNING])]}, "campaign.order"),
        ({"waves": [Wave(TODAY, ["530199"])]}, "campaign.empty"),
        ({"waves": [Wave(TODAY, [GUANDU, "530199"])]}, "campaign.codes"),
        ({"waves": [Wave(TODAY, [GUANDU]), Wave(LATER, ["530199"])]}, "campaign.codes"),
        ({"waves": [Wave(TODAY, [GUANDU], gates={"luck": {}})]}, "campaign.gate"),
        ({"waves": [Wave(TODAY, [GUANDU], gates={"training": {"percent": 101}})]}, "campaign.number"),
        ({"waves": [Wave(TODAY, [GUANDU], gates={"indicator": {"percent": 90}})]}, "campaign.indicator"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_stored(
    portal: Portal, digest: str, zhou: Access, more: dict[str, Any], code: str
) -> None:
    wanted = replace(Wanted("推广", digest, [Wave(TODAY, [GUANDU])]), **more)
    with pytest.raises(InvalidInput) as found, portal.writing(zhou) as uow:
        campaigns.start(uow, KUNMING, CITY, wanted)
    assert code in [one.code for one in found.value.problems]


def test_what_needs_nobody_goes_by_itself(
    portal: Portal, digest: str, zhou: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = {"count": 0, "failed": [], "stays": []}
    monkeypatch.setattr(advance_campaigns.rollout, "findings", lambda check, tell: ([], nothing))
    waves = [Wave(TODAY, (), "all", gates=GATES)]
    with portal.writing(zhou) as uow:
        wanted = Wanted("推广", digest, waves, by_itself=True)
        uid = campaigns.start(uow, KUNMING, CITY, wanted).uid
        queue.enqueue(uow, "advance_campaigns")
        uow.commit()
    claim = queue.claim(portal, "w", ["advance_campaigns"])
    assert claim is not None
    assert run_claim(portal, JobRun(portal, claim))
    found = {one.unit.code: one.state for one in stand(portal, uid).stands}
    assert found == {GUANDU: "in_force", XISHAN: "in_force", JINNING: "waiting"}
