"""A pilot's ways become the city's: what it has otherwise, what of it is chosen, what comes of that, and the draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from portal.core import pointer as pointers
from portal.core.access import ADD, LIST
from portal.core.editors.telling import Telling
from portal.core.errors import NotFound, msg
from portal.core.packs.asking import Confirmed, Proposal
from portal.core.packs.places import said
from portal.core.packs.questions import asked_text
from portal.core.packs.three_way import ABSENT
from portal.core.text import Text, Texts
from portal.services import rollout, units
from portal.services.drafts.finding import THING
from portal.services.rollout.pilots import PilotPlace
from portal.web import access
from portal.web.language import current, translate
from portal.web.rollout.words import Place, place_of, telling
from portal.web.security import no_store
from portal.web.studio.bar import home_url, refusals, writing

MOST_TITLE = 100


@dataclass(frozen=True, slots=True)
class Offered:
    """A question that is proposed, as the page shows it: whether it is kept, its words, where its answer stands."""

    name: str
    kept: bool
    title: str
    kind: str
    required: bool
    proposal: Proposal
    places: Sequence[tuple[str, str]]


@dataclass
class PilotDesk:
    """A pilot as its page shows it: its overrides by part, those that are chosen, and what comes of them."""

    pilot: rollout.Pilot
    chosen: Sequence[str] = ()
    raised: rollout.Raised | None = None
    asking: rollout.Asking = field(default_factory=rollout.Asking)

    @cached_property
    def _telling(self) -> Telling:
        return telling(self.pilot.parent.bundle, self.pilot.bundle)

    @cached_property
    def parts(self) -> list[tuple[str, list[tuple[Place, PilotPlace]]]]:
        """The overrides that can become the parent's, by part of the configuration, in the order of the parts."""
        found: dict[str, list[tuple[Place, PilotPlace]]] = {}
        for place, one in self._lines:
            if not one.own_words:
                found.setdefault(place.part, []).append((place, one))
        return list(found.items())

    @cached_property
    def staying(self) -> list[tuple[Place, PilotPlace]]:
        """The overrides that stay the pilot's, for what they say names it."""
        return [(place, one) for place, one in self._lines if one.own_words]

    @property
    def askable(self) -> int:
        """Return how many of these can be handed on with questions."""
        return sum(one.is_askable for _, one in self.staying)

    @cached_property
    def lines(self) -> list[tuple[Place, PilotPlace]]:
        """The overrides of which something was chosen, in the order of the parts."""
        going = self.raised.chosen if self.raised else ()
        return [(place, one) for place, one in self._lines if one.path in going]

    @cached_property
    def proposals(self) -> list[Offered]:
        """The questions that are proposed, those that were dropped as well."""
        if self.raised is None:
            return []
        found = []
        offers = self.raised.proposed.proposals
        gaps = {name: f"〔{say(one.question.title)}〕" for name, one in offers.items()}
        for name, one in offers.items():
            kept = self.raised.asked.get(name)
            question = (kept or one).question
            places = [
                (self.words(place.path), asked_text(place.text or f"{{{name}}}", offers).filled(gaps))
                for place in one.question.places
            ]
            found.append(
                Offered(
                    name,
                    kept is not None,
                    say(question.title),
                    translate(question.kind.title),
                    question.required,
                    one,
                    places,
                )
            )
        return found

    def becomes(self, one: PilotPlace) -> str:
        """Return what a place says in the draft, in words."""
        assert self.raised is not None
        value = pointers.get(self.raised.parent_bundle, one.path, ABSENT)
        return self.value(value, one.path)

    @cached_property
    def _lines(self) -> list[tuple[Place, PilotPlace]]:
        return [(place_of(self._telling, one.path), one) for one in self.pilot.places]

    @property
    def liftable(self) -> int:
        """Return how many overrides can become the parent's."""
        return len(self.pilot.places) - len(self.staying)

    @property
    def above(self) -> str:
        """Return what the configuration above is called."""
        return said(self.pilot.parent.manifest.title)

    def value(self, value: Any, path: str) -> str:
        """Return the value of a place in words."""
        return self._telling.value(value, path)

    def words(self, path: str) -> str:
        """Return a place in words."""
        return place_of(self._telling, path).title

    @property
    def may_make(self) -> bool:
        """Tell whether the person may begin a draft of the configuration above."""
        return access.current().allows_there(THING, ADD, self.pilot.parent_unit.path)


class PilotView(BaseView):
    """From a pilot's configuration to a draft of the one above."""

    route_base = "/rollout/pilot"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/<unit>", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, unit: str) -> Any:
        """Show what a pilot has otherwise than the configuration above, to choose from."""
        return self._page(PilotDesk(_pilot(unit)))

    @expose("/<unit>/look", methods=["POST"])
    @has_access
    @permission_name("list")
    def look(self, unit: str) -> Any:
        """Show what would come of a choice, for the city and for the pilot, or the choice again; nothing is made."""
        chosen, asking = request.form.getlist("path"), _asking()
        pilot, found = _pilot(unit), None
        if "again" not in request.form:
            with refusals(url_for("PilotView.show", unit=unit)):
                found = rollout.raised(pilot, chosen, asking)
        return self._page(PilotDesk(pilot, chosen, found, asking))

    @expose("/<unit>/make", methods=["POST"])
    @has_access
    @permission_name("add")
    def make(self, unit: str) -> Any:
        """Begin a draft of the configuration above with what was chosen."""
        chosen, asking = request.form.getlist("path"), _asking()
        pilot, key = _pilot(unit), ""
        name = translate(msg("The ways of %(unit)s")) % {"unit": pilot.unit.name}
        why = request.form.get("why", "").strip() or name
        with refusals(url_for("PilotView.show", unit=unit)) as refused:
            with writing() as uow:
                key = rollout.pilot_draft(uow, unit, chosen, name, asking)
                uow.commit()
            with writing() as uow:
                rollout.lift_pilot(uow, key, unit, chosen, why, asking)
                uow.commit()
            flash(translate(msg("It stands in this draft now.")), "success")
        return self._page(PilotDesk(pilot, chosen, None, asking)) if refused else redirect(home_url(key))

    def _page(self, desk: PilotDesk) -> Any:
        return no_store(
            make_response(
                self.render_template(
                    "rollout/pilot.html",
                    nav_active="rollout",
                    tab="drift",
                    desk=desk,
                    absent=ABSENT,
                    translate=translate,
                )
            )
        )


def _pilot(unit: str) -> rollout.Pilot:
    """Return a pilot below the person's units; NotFound for any other."""
    row = units.by_code(access.session(), unit)
    if not any(row.path.startswith(path) for path in access.current().paths(THING, LIST)):
        raise NotFound("centre.none", msg("This unit runs no centre"))
    return rollout.pilot_of(access.session(), unit)


def _asking() -> rollout.Asking:
    """Return what is handed on with questions, and what the person made of those that were shown."""
    form = request.form
    said = {
        name: Confirmed(
            name in form.getlist("kept"),
            _title(form.get(f"title-{name}", ""), form.get(f"was-{name}", "")),
            f"must-{name}" in form,
        )
        for name in form.getlist("question")
    }
    return rollout.Asking(tuple(form.getlist("ask")), said if "settled" in form else None)


def _title(text: str, was: str) -> str:
    """Return the words that a person gave a question; empty where they are those that were proposed."""
    text = text.strip()[:MOST_TITLE]
    return "" if text == was else text


def say(text: Text) -> str:
    """Return a text of a proposal in the language of the page."""
    return Texts(current())(text)
