"""A campaign as it is asked for: its waves, whom each takes in, and what speaks against it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import InvalidInput, Problem, msg
from portal.core.rollout import GATES
from portal.core.rollout.gates import MOST
from portal.persistence.models import Campaign
from portal.services.bundles import Bundle
from portal.services.rollout import measured
from portal.services.rollout.drift import CentreDrift

RUNNING, PAUSED = "running", "paused"
LIVE = (RUNNING, PAUSED)
MOST_WAVES, MAX_TITLE = 6, 100
# So many strange codes are named.
_SOME = 10
# By what a wave takes in the centres that are not named.
CONDITIONS: Mapping[str, str] = {
    "all": msg("every other centre"),
    "plain": msg("those without anything of their own"),
    "own": msg("those with something of their own"),
}


@dataclass(frozen=True)
class Wave:
    """A wave as it is asked for: its first day, the units by code, and by which condition others join it."""

    starts_on: dt.date
    units: Sequence[str] = ()
    condition: str = ""
    title: str = ""
    gates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """A campaign as it is asked for."""

    title: str
    digest: str
    waves: Sequence[Wave]
    note: str = ""
    aim_percent: int = 95
    aim_days: int = 21
    by_itself: bool = False
    left_out: Mapping[str, str] = field(default_factory=dict)


def assigned(centres: Sequence[CentreDrift], wanted: Wanted) -> dict[str, int]:
    """Return the wave of each centre by code: those that are named first, then those that meet a condition."""
    known = {one.unit: one for one in centres}
    waves: dict[str, int] = {}
    for number, wave in enumerate(wanted.waves, 1):
        waves |= {code: number for code in wave.units if code in known and code not in waves}
    for number, wave in enumerate(wanted.waves, 1):
        for code, centre in known.items():
            if code not in waves and _meets(centre, wave.condition):
                waves[code] = number
    last = len(wanted.waves)
    return waves | {code: last for code in wanted.left_out if code in known and code not in waves}


def without_empty(wanted: Wanted, waves: Mapping[str, int]) -> tuple[Wanted, dict[str, int]]:
    """Return a campaign without the waves in which no centre is, the others numbered anew; all where none has one."""
    used = sorted(set(waves.values()))
    if not used:
        return wanted, dict(waves)
    numbers = {number: at for at, number in enumerate(used, 1)}
    kept = [wanted.waves[number - 1] for number in used]
    return replace(wanted, waves=kept), {code: numbers[number] for code, number in waves.items()}


def _meets(centre: CentreDrift, condition: str) -> bool:
    if condition == "plain":
        return not centre.overrides
    return bool(centre.overrides) if condition == "own" else condition == "all"


def refuse(
    session: Session,
    wanted: Wanted,
    waves: Mapping[str, int],
    centres: Sequence[CentreDrift],
    digest: str,
    bundle: Bundle,
) -> None:
    """Raise InvalidInput with everything that speaks against a campaign as it is asked for."""
    problems = []
    if not 1 <= len(wanted.title.strip()) <= MAX_TITLE:
        text = msg("Give the roll-out a name of at most %(most)s characters")
        problems.append(Problem("campaign.title", text, {"most": MAX_TITLE}, pointer="/title"))
    if not 1 <= len(wanted.waves) <= MOST_WAVES:
        text = msg("A roll-out has between one and %(most)s waves")
        problems.append(Problem("campaign.waves", text, {"most": MOST_WAVES}, pointer="/waves"))
    days = [wave.starts_on for wave in without_empty(wanted, waves)[0].waves]
    if days != sorted(days):
        problems.append(
            Problem("campaign.order", msg("A later wave begins before an earlier one"), pointer="/waves")
        )
    if not waves:
        problems.append(Problem("campaign.empty", msg("No centre takes part"), pointer="/waves"))
    if not (1 <= wanted.aim_percent <= 100 and 1 <= wanted.aim_days <= 730):
        problems.append(
            Problem("campaign.aim", msg("The aim is 1 to 100 percent, within 1 to 730 days"), pointer="/aim")
        )
    query = select(Campaign.id).where(Campaign.digest == digest, Campaign.state.in_(LIVE))
    if session.scalar(query.limit(1)) is not None:
        problems.append(Problem("campaign.running", msg("This version is being handed down already")))
    problems += _unknown(wanted, {one.unit for one in centres})
    # The waves of one form ask for the same: each is told once.
    gates = {
        json.dumps([name, said]): (name, said) for one in wanted.waves for name, said in one.gates.items()
    }
    problems += [problem for name, said in gates.values() for problem in _wrong_gate(name, said, bundle)]
    names = {one.unit: one.name for one in centres}
    problems += [
        Problem(
            "campaign.reason", msg("Say why %(unit)s does not take part"), {"unit": names.get(code, code)}
        )
        for code, why in wanted.left_out.items()
        if not why.strip()
    ]
    if problems:
        raise InvalidInput("campaign.wrong", msg("The roll-out can't begin like this"), {}, problems)


def _unknown(wanted: Wanted, known: set[str]) -> list[Problem]:
    codes = [code for wave in wanted.waves for code in wave.units] + list(wanted.left_out)
    strange = list(dict.fromkeys(code for code in codes if code not in known))
    if not strange:
        return []
    text = msg("No centre that can take part has the code %(codes)s")
    some = "、".join(strange[:_SOME]) + ("…" if len(strange) > _SOME else "")
    return [Problem("campaign.codes", text, {"codes": some}, pointer="/waves")]


def _wrong_gate(name: str, said: Mapping[str, Any], bundle: Bundle) -> list[Problem]:
    if name not in GATES:
        return [Problem("campaign.gate", msg("There is no gate “%(name)s”"), {"name": name})]
    parameter, found = GATES[name].parameter, []
    most = MOST.get(parameter, 0)
    if parameter in said and not 0 <= int(said[parameter]) <= most:
        text = msg("The number of a gate is between 0 and %(most)s")
        found.append(Problem("campaign.number", text, {"most": most}, pointer=f"/gate:{name}:value"))
    return found + (measured.problems_of(bundle, said) if name == measured.GATE else [])
