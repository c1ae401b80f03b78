"""The layout page: the hall as a plan, and who is on duty there on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import g, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import format_date
from sqlalchemy import select

from portal.core.calendars import WorkCalendar
from portal.core.errors import msg
from portal.core.layout import Formula, Layout, Stationing, duty_of, formula, is_open, next_open
from portal.core.text import Texts, UnitTexts
from portal.core.values import day_of
from portal.persistence.models import Unit
from portal.persistence.scope import subtree
from portal.services import releases, units
from portal.services.records.proposing.seats import SeatFinder
from portal.web import access, language
from portal.web.days import short_day
from portal.web.shell import today
from portal.web.words.lengths import WEEKDAYS
from portal.web.words.stationing import MODES


@dataclass(frozen=True, slots=True)
class Duty:
    """A department at a place on the day."""

    department: str
    mode: str
    label: str
    present: bool
    next_on: date | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A window or room on the plan."""

    kind: str
    title: str
    number: str
    takes: tuple[str, ...]
    duties: tuple[Duty, ...]


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of the hall with its places."""

    title: str
    floor: str
    places: tuple[Place, ...]
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True, slots=True)
class Stay:
    """One line of the stationing table."""

    department: str
    mode: str
    label: str
    place: str
    days: str
    present: bool
    answer: str
    next_on: date | None = None


@dataclass
class Plan:
    """A layout in words, for one day."""

    layout: Layout
    say: Texts
    day: date
    finder: SeatFinder
    titles: Mapping[str, Any] = field(default_factory=dict)

    @property
    def calendar(self) -> WorkCalendar:
        """Return the calendar that says which days are worked."""
        return self.finder.calendar

    @property
    def is_open(self) -> bool:
        """Tell whether the centre is open on the day."""
        return is_open(self.layout, self.day, self.calendar)

    @property
    def next_open(self) -> date | None:
        """Return the next day on which the centre is open, where it is closed on the day."""
        return None if self.is_open else next_open(self.layout, self.day, self.calendar)

    @property
    def is_provisional(self) -> bool:
        """Tell whether the days off of the year are not published yet."""
        return not self.calendar.covers(self.day.year)

    def duty(self, stay: Stationing) -> Duty:
        """Return one department's duty on the day."""
        label = self.say(stay.mode_label) or language.translate(MODES[stay.mode])
        found = duty_of(self.layout, stay, self.day, self.calendar)
        return Duty(self.department(stay.department), stay.mode, label, found.present, found.next_on)

    def department(self, key: str) -> str:
        """Return the name of a department."""
        known = self.layout.departments.get(key, {})
        return self.say(known.get("short") or known.get("name"), key)

    def duties(self, kind: str, place: str) -> tuple[Duty, ...]:
        """Return who belongs to a place, those present first."""
        found = [
            self.duty(stay)
            for stay in self.layout.stationing
            if (stay.place_kind, stay.place) == (kind, place) and stay.in_force(self.day)
        ]
        return tuple(sorted(found, key=lambda duty: not duty.present))

    def place(self, kind: str, thing: Any) -> Place:
        """Return a window or room with who is there; where nobody sits, who answers for it."""
        takes = tuple(self.titles.get(code, code) for code in thing.extra.get("takes", ()))
        number = str(thing.extra.get("number", "") or "")
        duties = self.duties(kind, thing.id)
        if self.is_open and not any(duty.present for duty in duties):
            duties += self.substitute(kind, thing)
        return Place(kind, self.say(thing.title), number, takes, duties)

    def substitute(self, kind: str, thing: Any) -> tuple[Duty, ...]:
        """Return who answers for a place where nobody sits on the day: the answer that a referral to it would get."""
        found, away = self.finder.find({kind: thing.id}), self.not_stationed(thing)
        if found.duty == "on_call":
            label = language.translate(MODES["on_call"])
            return (Duty(self.department(found.department or ""), "on_call", label, False),)
        if found.duty == "up":
            return (*away, Duty(language.translate(msg("The next level up answers")), "none", "", False))
        if found.department is None:
            if away:
                return away
            staff = language.translate(msg("Staff of the centre"))
            return (Duty(staff, "resident", language.translate(MODES["resident"]), True),)
        return (Duty(self.department(found.department), "elsewhere", self.say(found.title), True),)

    def not_stationed(self, thing: Any) -> tuple[Duty, ...]:
        """Return the department of a place that is not stationed at the centre at all; empty where it is."""
        stays = (stay.department for stay in self.layout.stationing if stay.in_force(self.day))
        if thing.department is None or thing.department in stays:
            return ()
        return (
            Duty(
                self.department(thing.department),
                "off",
                language.translate(msg("not stationed here")),
                False,
            ),
        )

    def zones(self) -> list[Zone]:
        """Return the zones with their windows first, then their rooms; last what lies in no zone."""
        found = []
        for zone in self.layout.zones:
            rooms, windows = self.layout.within(zone.id)
            places = [self.place("window", w) for w in windows] + [self.place("room", r) for r in rooms]
            found.append(
                Zone(
                    self.say(zone.title),
                    self.say(str(zone.extra.get("floor", "") or "")),
                    tuple(places),
                    self.duties("zone", zone.id),
                )
            )
        known = {zone.id for zone in self.layout.zones}
        loose = [self.place("window", w) for w in self.layout.windows if w.zone not in known]
        loose += [self.place("room", r) for r in self.layout.rooms if r.zone not in known]
        if loose:
            found.append(Zone(language.translate(msg("Elsewhere in the centre")), "", tuple(loose)))
        return found

    def stays(self) -> list[Stay]:
        """Return the stationing table: resident, rotating, on call."""
        rank = {"resident": 0, "rotating": 1, "on_call": 2}
        ordered = sorted(self.layout.stationing, key=lambda stay: (rank[stay.mode], stay.order, stay.id))
        return [self._stay(stay) for stay in ordered if stay.in_force(self.day)]

    def _stay(self, stay: Stationing) -> Stay:
        thing = self.layout.find(stay.place_kind, stay.place)
        duty = self.duty(stay)
        answer = ""
        if stay.answer_hours:
            answer = language.translate(msg("answers within %(n)s h"), n=f"{stay.answer_hours:g}")
        place = self.say(thing.title) if thing else ""
        days = _days(stay)
        return Stay(duty.department, stay.mode, duty.label, place, days, duty.present, answer, duty.next_on)

    def notes(self) -> list[tuple[str, str]]:
        """Return the remarks of the configuration: to which places and departments, and the remark."""
        found: dict[str, list[str]] = {}
        things = (*self.layout.plates, *self.layout.zones, *self.layout.windows, *self.layout.rooms)
        for thing in (*things, *self.layout.subcentres):
            if thing.extra.get("note"):
                found.setdefault(self.say(thing.extra["note"]), []).append(self.say(thing.title))
        for stay in self.layout.stationing:
            if stay.note:
                found.setdefault(self.say(stay.note), []).append(self.department(stay.department))
        return [(language.joined(dict.fromkeys(names)), note) for note, names in found.items()]

    def subcentres(self) -> list[tuple[str, str]]:
        """Return the sub-centres with the department that runs each."""
        return [
            (self.say(thing.title), self.department(thing.department) if thing.department else "")
            for thing in self.layout.subcentres
        ]


def _days(stay: Stationing) -> str:
    """Return the days of a roster in words."""
    names = [language.translate(WEEKDAYS[n - 1]) for r in stay.roster for n in sorted(r.weekdays)]
    dates = [short_day(day) for r in stay.roster for day in sorted(r.dates)]
    return language.joined(names + dates)


def _day() -> date:
    try:
        return day_of(request.args.get("day", ""))
    except ValueError:
        return today()


class LayoutView(BaseView):
    """How a centre is laid out and who is there."""

    route_base = "/layout"
    class_permission_name = "Entity.layout"
    default_view = "show"

    @expose("/")
    @has_access
    @permission_name("list")
    def show(self) -> Any:
        """Show the layout of the person's centre, or of another unit's, on a day."""
        session, portal = access.session(), access.portal()
        code = request.args.get("unit")
        unit = units.by_code(session, code) if code else access.unit()
        if unit is None or (not code and access.bundle() is None):
            return self.render_template("home/unassigned.html", title=language.translate(msg("Layout")))
        centre, bundle = releases.for_centre(portal, session, unit)
        derived = None if unit.code == centre.unit_code else bundle.layout_at(unit.level, unit.code)
        texts, day = bundle.texts(language.current()), _day()
        say = texts if derived is None else UnitTexts(texts.lang, texts.catalogues, texts(unit.name))
        layout = derived or bundle.layout
        finder = SeatFinder.of(portal, session, centre, bundle, day, stamp=g.get("stamp"), below=derived)
        plan = Plan(layout, say, day, finder, dispute_titles(bundle, say))
        return self.render_template(
            "layout/layout.html",
            nav_active="layout",
            title=say(layout.centre.get("name"), centre.name),
            plan=plan,
            zones=plan.zones(),
            stays=plan.stays(),
            formulas=_formulas(session, layout, centre.unit_path if derived is None else unit.path, say),
            centre=layout.centre,
            above=None if derived is None else centre,
            say=say,
            day=day,
            day_words=format_date(day, "full"),
            is_today=day == today(),
            before=(day - timedelta(days=1)).isoformat() if day > date.min else "",
            after=(day + timedelta(days=1)).isoformat() if day < date.max else "",
            unit_code=code,
        )


def dispute_titles(bundle: Any, say: Texts) -> dict[str, str]:
    """Return the names of all dispute types of a release."""
    terms = bundle.raw.get("taxonomies", {}).get("dispute", {}).get("terms", {})
    return {code: say(term.get("title"), code) for code, term in terms.items()}


def _formulas(session: Any, layout: Layout, path: str, say: Texts) -> list[Formula]:
    def members(selector: Mapping[str, Any]) -> Sequence[str]:
        query = select(Unit.name).where(
            subtree(Unit.path, (path,)),
            Unit.active,
            Unit.level == selector.get("level"),
        )
        if selector.get("statutory"):  # without the pseudo units of the statistics
            query = query.where(Unit.flag == "")
        return list(session.scalars(query.order_by(Unit.code)))

    return [formula(layout, key, units=members, texts=say) for key in layout.patterns]
