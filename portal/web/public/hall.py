"""Which window takes a matter, and who is in the hall today: for those who stand in front of it, or come tomorrow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for

from portal.core.errors import msg
from portal.core.layout.model import Thing
from portal.core.picking import MAX_TEXT
from portal.core.taxonomy import Taxonomy
from portal.services import releases, units
from portal.services.picking import term_index
from portal.services.records.proposing.seats import SeatFinder
from portal.web import access, layout
from portal.web.days import day_of_week
from portal.web.language import current, translate
from portal.web.public.surroundings import LANGUAGE, SYSTEM, Centre, centre_at, centres, languages, page

HALL = Blueprint("hall", __name__, url_prefix="/hall")
WORDS, TOMORROW = "q", "tomorrow"
MOST_TERMS = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """Kinds of matters that words name, and the windows that take them; a general one where none takes them alone."""

    titles: tuple[str, ...]
    windows: tuple[layout.Place, ...]
    general: bool


@HALL.get("/")
def halls() -> Response:
    """Show the centres to choose from; lead on where there is one alone."""
    found = centres()
    kept = {name: value for name, value in request.args.items() if name in (LANGUAGE, WORDS)}
    if len(found) == 1:
        to: dict[str, Any] = {"code": found[0].unit_code, **kept}
        return redirect(url_for("hall.show", **to))  # type: ignore[return-value]
    body = page(
        "halls.html",
        title=translate(msg("Which window do I need?")),
        halls=found,
        languages=languages("hall.halls"),
    )
    return make_response(body)


@HALL.get("/<code>")
def show(code: str) -> Response:
    """Show the hall of a centre, and the windows for what was typed."""
    centre, words = centre_at(code), request.args.get(WORDS, "")[:MAX_TEXT].strip()
    today = access.portal().clock.today()
    later = TOMORROW in request.args
    day = today + timedelta(days=1) if later else today
    with access.portal().reading(SYSTEM) as session:
        plan = _plan(session, centre, day)
        zones, answers = plan.zones(), _answers(plan, centre, words)

    def standing_of(duty: layout.Duty) -> str:
        """Return whether a department is there on the day, and when it is where it is not."""
        if duty.present:
            return translate(msg("here on this day") if later else msg("here today"))
        if duty.mode == "on_call":
            return translate(msg("comes when called"))
        if duty.mode == "off" or duty.next_on is None:
            return translate(msg("not in the hall"))
        return translate(msg("not here; next on %(day)s"), day=day_of_week(duty.next_on, today))

    body = page(
        "hall.html",
        standing_of=standing_of,
        title=translate(msg("Which window do I need?")),
        centre=centre,
        words=words,
        answers=answers,
        zones=zones,
        is_open=plan.is_open,
        next_open=day_of_week(plan.next_open, today) if plan.next_open else "",
        day=day_of_week(day, today),
        later=later,
        languages=languages("hall.show", code=code, **({WORDS: words} if words else {})),
    )
    return make_response(body)


def _plan(session: Any, centre: Centre, day: Any) -> layout.Plan:
    portal, say = access.portal(), centre.texts
    home = units.by_id(session, centre.ref.unit_id)
    ref, bundle = releases.for_centre(portal, session, home)
    finder = SeatFinder.of(portal, session, ref, bundle, day)
    return layout.Plan(bundle.layout, say, day, finder, layout.dispute_titles(bundle, say))


def _answers(plan: layout.Plan, centre: Centre, words: str) -> list[Answer]:
    """Return the kinds of matters that words name, the closest first, each with its windows."""
    types = centre.bundle.taxonomies.get("dispute")
    if not words or types is None:
        return []
    found: list[Answer] = []
    for hit in term_index(centre.bundle, "dispute", current()).search(words, MOST_TERMS):
        code = hit.choice.code
        own = _taking(plan, types, code) or _of_departments(plan, centre, code)
        places = tuple(plan.place("window", one) for one in own or _general(plan))
        same = next((n for n, one in enumerate(found) if one.windows == places), None)
        if same is None:
            found.append(Answer((hit.choice.label,), places, not own))
        else:
            found[same] = replace(found[same], titles=(*found[same].titles, hit.choice.label))
    return found or [Answer((), tuple(plan.place("window", one) for one in _general(plan)), True)]


def _taking(plan: layout.Plan, types: Taxonomy, code: str) -> list[Thing]:
    """Return the windows that take a kind of matter by name."""
    windows = plan.layout.windows
    return [one for one in windows if any(types.is_under(code, term) for term in one.extra.get("takes", ()))]


def _of_departments(plan: layout.Plan, centre: Centre, code: str) -> list[Thing]:
    """Return the windows of the departments that deal with a kind of matter."""
    terms = centre.bundle.raw.get("taxonomies", {}).get("dispute", {}).get("terms", {})
    known = terms.get(code, {}).get("departments", ())
    found = [one for one in plan.layout.windows if one.department in known and not one.extra.get("takes")]
    return sorted(found, key=lambda one: known.index(one.department))


def _general(plan: layout.Plan) -> list[Thing]:
    """Return the windows that take every matter: those that belong to nobody in particular, the first of them."""
    windows = plan.layout.windows
    return [one for one in windows if not one.extra.get("takes") and one.department is None][:1] or list(
        windows[:1]
    )
