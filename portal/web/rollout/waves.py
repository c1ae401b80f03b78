"""Campaigns: a city's board of waves with gates and evidence, and a county's own evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.core.access import EDIT, LIST
from portal.core.errors import InvalidInput, NotFound, Problem, msg
from portal.core.rollout import CHECKLIST, GATES
from portal.core.rollout.gates import VERDICTS
from portal.persistence.models import CampaignEvidence, Unit
from portal.services import drafts, rollout
from portal.services.drafts.finding import THING
from portal.services.portal import Work
from portal.services.releases.reading import for_unit
from portal.services.rollout import campaigns, measured
from portal.services.rollout.campaigns import STATES, Evidence
from portal.services.rollout.drift import CentreDrift
from portal.services.rollout.ground import Offer, offers
from portal.services.rollout.standing import Stand, stand_of
from portal.services.rollout.wanted import CONDITIONS, LIVE, Wanted, Wave
from portal.web import access, language
from portal.web.language import translate
from portal.web.redirects import local
from portal.web.rollout.climb import Climb
from portal.web.rollout.paging import AT_ONCE, Paged
from portal.web.security import no_store
from portal.web.studio.bar import refusals, writing

WAVES_SHOWN = 3


class WavesView(BaseView):
    """Versions handed down in waves."""

    route_base = "/rollout/waves"
    class_permission_name = "Entity.draft"
    default_view = "overview"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("list")
    def overview(self) -> Any:
        """List the campaigns that concern the person's units, and offer a new one to who may begin it."""
        session = access.session()
        found = [one for one in campaigns.campaigns_at(session) if _concerns(one.unit_path)]
        return self._page("waves", found=found, states=STATES, starters=_starters())

    @expose("/new/<unit>", methods=["GET"])
    @has_access
    @permission_name("edit")
    def new(self, unit: str) -> Any:
        """Show the form of a new campaign."""
        row, pack, versions = _start(unit)
        centres = campaigns.candidates(access.session(), row, pack, versions[-1].version) if versions else []
        bundle = for_unit(access.portal(), access.session(), row)
        today = access.portal().clock.today()
        days = [today + dt.timedelta(days=14 * number) for number in range(WAVES_SHOWN)]
        return self._page(
            "waves_new",
            unit=row,
            versions=versions,
            centres=centres,
            listed=_listed(centres),
            days=days,
            gates=GATES,
            rates=measured.choices(bundle),
            say=bundle.texts(language.current()),
            conditions=CONDITIONS,
        )

    @expose("/start/<unit>", methods=["POST"])
    @has_access
    @permission_name("edit")
    def start(self, unit: str) -> Response:
        """Begin a campaign."""
        back = url_for("WavesView.new", unit=unit)
        made: list[str] = []
        with refusals(back) as refused:
            _, pack, _ = _start(unit)
            wanted = _wanted()
            with writing() as uow:
                made.append(campaigns.start(uow, unit, pack, wanted).uid)
                uow.commit()
        return refused[0] if refused else redirect(url_for("WavesView.show", key=made[0]))

    @expose("/<key>/", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str) -> Any:
        """Show a campaign: progress, what is to be done, every centre with its gates."""
        stand = stand_of(access.session(), key, access.portal().clock.today())
        if not _concerns(stand.campaign.unit_path):
            raise NotFound("campaign.unknown", msg("There is no such roll-out"))
        mine = access.current()
        runs = mine.allows(THING, EDIT, stand.campaign.unit_path) and mine.allows(
            "release", EDIT, stand.campaign.unit_path
        )
        chosen = next((one for one in stand.stands if one.unit.code == request.args.get("unit")), None)
        state = request.args.get("state", "")
        left = [one for one in stand.stands if state in ("", one.state)]
        rows = Paged(left, request.args, lambda one: f"{one.unit.name} {one.unit.code}")
        return self._page(
            "waves_board",
            stand=stand,
            lang=language.current(),
            rows=rows,
            state=state,
            here={one.unit.code for one in rows.shown},
            climb=Climb.of(stand),
            gates=GATES,
            verdicts=VERDICTS,
            states=STATES,
            checklist=CHECKLIST,
            may_run=runs and stand.campaign.state in LIVE,
            may_note={one.unit.code for one in rows.shown if mine.allows(THING, EDIT, one.unit.path)},
            chosen=chosen,
            written=_written(key, chosen) if chosen is not None else (),
            may_note_chosen=chosen is not None and mine.allows(THING, EDIT, chosen.unit.path),
        )

    @expose("/<key>/turn", methods=["POST"])
    @has_access
    @permission_name("edit")
    def turn(self, key: str) -> Response:
        """Pause, resume or stop a campaign, leave a centre out, take it in again, or move the day of a wave."""
        form = request.form
        why, unit = form.get("reason", "").strip(), form.get("unit", "")
        acts: dict[str, Callable[[Work], Any]] = {
            "pause": lambda uow: campaigns.pause(uow, key, why),
            "resume": lambda uow: campaigns.resume(uow, key, why),
            "stop": lambda uow: campaigns.stop(uow, key, why),
            "exclude": lambda uow: campaigns.exclude(uow, key, unit, why),
            "include": lambda uow: campaigns.include(uow, key, unit, _number("wave"), why),
            "day": lambda uow: campaigns.change_day(uow, key, _number("wave"), _day("starts_on"), why),
        }
        return _act(key, acts.get(form.get("do", "")))

    @expose("/<key>/evidence", methods=["POST"])
    @has_access
    @permission_name("edit")
    def evidence(self, key: str) -> Response:
        """Write down how far a centre is with one thing, an incident, or a judgement."""
        form = request.form
        gate, _, item = form.get("gate", "").partition(":")
        counts = bool(form.get("total", "").strip())

        def act(uow: Work) -> None:
            said = Evidence(
                gate,
                item,
                _number("done") if counts else None,
                _number("total") if counts else None,
                form.get("verdict", ""),
                _day("on_day") if form.get("on_day") else None,
                form.get("note", "").strip(),
            )
            campaigns.record(uow, key, form.get("unit", ""), said)

        return _act(key, act)

    def _page(self, name: str, **values: Any) -> Any:
        return no_store(
            make_response(
                self.render_template(
                    f"rollout/{name}.html", nav_active="rollout", tab="waves", translate=translate, **values
                )
            )
        )


def _act(key: str, act: Callable[[Work], Any] | None) -> Response:
    if act is None:
        raise NotFound("campaign.act", msg("There is no such act"))
    back = local(request.form.get("next")) if request.form.get("next") else url_for("WavesView.show", key=key)
    with refusals(back), writing() as uow:
        act(uow)
        uow.commit()
        flash(translate(msg("Noted.")), "success")
    return redirect(back)


def _written(key: str, chosen: Stand) -> list[tuple[str, CampaignEvidence]]:
    """Return what was written down of a centre, each with the title of what it is about."""
    found = campaigns.evidence_of(access.session(), key, chosen.unit.id)
    return [(_title(one), one) for one in found]


def _title(one: CampaignEvidence) -> str:
    if one.item in CHECKLIST:
        return CHECKLIST[one.item].title
    return GATES[one.gate].title if one.gate in GATES else msg("An incident")


def _listed(centres: list[CentreDrift]) -> list[CentreDrift]:
    """Return the centres that the form lists one by one: all of few, of many those with something of their own."""
    if len(centres) <= AT_ONCE:
        return centres
    return [one for one in centres if one.overrides][:AT_ONCE]


def _concerns(unit_path: str) -> bool:
    """Tell whether a campaign is of a unit that the person works for, of one above it, or of one below it."""
    roots = access.current().paths(THING, LIST)
    return any(root.startswith(unit_path) or unit_path.startswith(root) for root in roots)


def _starters() -> list[Unit]:
    """Return the units whose configuration others stand on, and of which the person may begin a campaign."""
    mine = access.current()
    centres = drafts.centres_with(access.session(), mine, LIST)
    above = rollout.with_centres_below(access.session(), centres)
    return [one for one in above if mine.allows("release", EDIT, one.path) and _versions(one)[1]]


def _versions(unit: Unit) -> tuple[str, list[Offer]]:
    from portal.services.rollout.drift import fleet

    below = fleet(access.session(), (unit.path,))
    pack = next(
        (one.parent for one in below.centres if one.newest and one.unit != unit.code),
        "",
    )
    return (pack, offers(access.session(), pack)[1:]) if pack else ("", [])


def _start(unit: str) -> tuple[Unit, str, list[Offer]]:
    row = next(
        (one for one in drafts.centres_with(access.session(), access.current(), LIST) if one.code == unit),
        None,
    )
    if row is None:
        raise NotFound("centre.none", msg("This unit runs no centre"))
    pack, versions = _versions(row)
    return row, pack, versions


def _wanted() -> Wanted:
    form = request.form
    named: dict[int, list[str]] = {}
    left_out: dict[str, str] = {}
    for name, value in form.items():
        kind, _, code = name.partition(":")
        if kind == "wave" and value.isdecimal() and len(value) < 3:
            if value == "0":
                left_out[code] = form.get(f"why:{code}", "").strip()
            else:
                named.setdefault(int(value), []).append(code)
    for number in range(1, WAVES_SHOWN + 1):
        # Codes that were pasted, one in a line or apart by blanks; a word behind them does no harm.
        named.setdefault(number, []).extend(form.get(f"codes:{number}", "").replace(",", " ").split())
    gates = {name: _asked(name, gate.parameter) for name, gate in GATES.items() if form.get(f"gate:{name}")}
    waves = [
        Wave(_day(f"day:{number}"), named.get(number, ()), form.get(f"condition:{number}", ""), "", gates)
        for number in range(1, WAVES_SHOWN + 1)
        if form.get(f"day:{number}")
    ]
    return Wanted(
        form.get("title", ""),
        form.get("digest", ""),
        waves,
        form.get("note", ""),
        _number("aim_percent"),
        _number("aim_days"),
        form.get("by_itself") == "on",
        left_out,
    )


def _asked(gate: str, parameter: str) -> dict[str, Any]:
    """Return what the form asks of a gate: its number, and of an indicator which one."""
    said: dict[str, Any] = {parameter: _number(f"gate:{gate}:value")} if parameter else {}
    return (
        {**said, measured.GATE: request.form.get(f"gate:{gate}:what", "")} if gate == measured.GATE else said
    )


def _number(name: str) -> int:
    text = request.form.get(name, "").strip()
    if not text.isdecimal() or len(text) > 6:
        problem = Problem("rollout.number", msg("Write a number"), pointer=f"/{name}")
        raise InvalidInput(problem.code, problem.message, problems=[problem])
    return int(text)


def _day(name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(request.form.get(name, ""))
    except ValueError as error:
        problem = Problem("rollout.day", msg("Choose a day"), pointer=f"/{name}")
        raise InvalidInput(problem.code, problem.message, problems=[problem]) from error
