"""The bar that stands on each page of a draft: its name, what is saved, who is here, steps back, what was found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from portal.core import pointer as pointers
from portal.core.access import EDIT
from portal.core.drafts import next_redo, next_undo
from portal.core.editors.plain import plain
from portal.core.errors import Conflict, DefinitionError, Forbidden, InvalidInput, TooMany, msg
from portal.core.kept import Kept
from portal.persistence.models import Draft as Row
from portal.persistence.models import Unit
from portal.services import drafts
from portal.services.drafts.changing import groups_of
from portal.services.drafts.comparing import Compared
from portal.services.drafts.finding import DISCARDED, OPEN, THING, TRIAL
from portal.services.drafts.findings import problem_from
from portal.services.drafts.overview import Overview, overview
from portal.services.drafts.presence import Present, present_at
from portal.services.portal import Work
from portal.web import access
from portal.web.language import translate
from portal.web.redirects import local
from portal.web.studio.areas import AREAS

# Seconds after the last change from which on a check is asked for by itself.
QUIET = dt.timedelta(seconds=6)
# What the check says of a question that has to be answered.
OPEN_QUESTION = "question.open"
_SEEN: Kept[tuple[str, str, int], Overview] = Kept(200)


@dataclass(frozen=True)
class Finding:
    """One finding of the check: what it is, where, how it is mended, and the page on which that is done."""

    text: str
    place: str
    remedy: str
    part: str
    url: str


@dataclass
class Bar:
    """What the bar of a draft shows; templates include ``studio/bar.html`` with it as ``bar``."""

    row: Row
    page: str = ""
    others: list[Present] = field(default_factory=list)

    @classmethod
    def of(cls, key: str, page: str = "") -> Bar:
        """Return the bar of the draft of an address; NotFound where the person sees none."""
        session = access.session()
        row = drafts.draft_of(session, key)
        mine = access.current().user_id
        others = present_at(session, row.uid, access.portal().clock.now())
        return cls(row, page, [one for one in others if one.user_id != mine])

    @property
    def uid(self) -> str:
        """Return the draft's identifier, as it stands in addresses."""
        return self.row.uid

    @property
    def back(self) -> str:
        """Return the page to come back to after a step: the one that shows the bar."""
        asked = request.headers.get("HX-Current-URL", "") if request.method == "POST" else request.full_path
        parts = urlsplit(asked)
        return local(f"{parts.path}?{parts.query}".rstrip("?"))

    @cached_property
    def tries_version(self) -> str:
        """Return the page of the new version that is tried here; empty for a draft."""
        if self.row.state != TRIAL:
            return ""
        unit = access.session().get_one(Unit, self.row.unit_id)
        return url_for("VersionView.show", unit=unit.code)

    @cached_property
    def whose(self) -> str:
        """Return at which unit the draft is; empty where the person works there."""
        here = access.unit()
        if here is not None and here.id == self.row.unit_id:
            return ""
        return access.session().get_one(Unit, self.row.unit_id).name

    @property
    def nav(self) -> str:
        """Return the line of the navigation to which its pages belong."""
        return "rollout" if self.tries_version else "studio"

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """Return the way to the draft, or to the new version that is tried."""
        if self.tries_version:
            return [(translate(msg("New versions")), self.tries_version)]
        unit = access.session().get_one(Unit, self.row.unit_id)
        studio = url_for("StudioView.overview", unit=unit.code)
        return [(translate(msg("Studio")), studio), (self.row.name, home_url(self.uid))]

    @property
    def others_text(self) -> str:
        """Return who else is here, in words."""
        one = self.others[0]
        page = AREAS.get(one.page)
        if len(self.others) > 1:
            return translate(msg("%(name)s and %(count)s others are here")) % {
                "name": one.name,
                "count": len(self.others) - 1,
            }
        if page is None:
            return translate(msg("%(name)s is here")) % {"name": one.name}
        return translate(msg("%(name)s is at: %(page)s")) % {"name": one.name, "page": translate(page.title)}

    @property
    def may_edit(self) -> bool:
        """Tell whether the person may change the draft now."""
        return self.row.state == OPEN and access.current().allows_there(THING, EDIT, self.row.unit_path)

    @property
    def goes_on(self) -> str:
        """Return the address of the draft that goes on from this one, or an empty text."""
        newer = drafts.newer_of(access.session(), self.row) if self.row.state == DISCARDED else None
        return home_url(newer) if newer else ""

    @cached_property
    def overview(self) -> Overview:
        """The draft in numbers, worked out once for each state of it."""
        session, portal = access.session(), access.portal()
        key = (self.row.uid, self.row.mark, drafts.in_force_at(session, self.row))
        return _SEEN.of(key, lambda: overview(portal, session, self.row))

    @property
    def changes(self) -> int:
        """Return how many differences there are to what is in force."""
        return len(self.overview.differences)

    def differences(self, part: str) -> list[Compared]:
        """Return the differences of one part to what is in force."""
        return [one for one in self.overview.differences if one.difference.part == part]

    @cached_property
    def can_undo(self) -> bool:
        """Whether the person has something to take back."""
        return self.may_edit and next_undo(self._mine) is not None

    @cached_property
    def can_redo(self) -> bool:
        """Whether the person has something to repeat."""
        return self.may_edit and next_redo(self._mine) is not None

    @cached_property
    def _mine(self) -> Any:
        return groups_of(access.session(), self.row.uid, access.current().user_id)

    @property
    def found(self) -> Mapping[str, Any]:
        """Return what the last check found; empty where none was made."""
        return self.row.found or {}

    @property
    def is_checked(self) -> bool:
        """Tell whether the last check was made after the last change."""
        return self.found.get("position") == self.row.position

    @property
    def checked_at(self) -> dt.datetime | None:
        """Return when the last check was made."""
        said = self.found.get("at")
        return dt.datetime.fromisoformat(said) if said else None

    @cached_property
    def errors(self) -> list[Finding]:
        """The findings that must be mended before the draft can be submitted."""
        return [_finding(self.uid, one) for one in self.found.get("errors", ())]

    @cached_property
    def advice(self) -> list[Finding]:
        """The findings that are worth a look."""
        return [_finding(self.uid, one) for one in self.found.get("advice", ())]

    def found_in(self, part: str) -> tuple[int, int]:
        """Return how many things must be mended in a part, and how many are worth a look."""
        return (
            sum(one.part == part for one in self.errors),
            sum(one.part == part for one in self.advice),
        )


def _finding(uid: str, kept: Mapping[str, Any]) -> Finding:
    problem = plain(problem_from(kept))
    parts = pointers.split(problem.pointer) or [""]
    return Finding(
        problem.text(translate),
        problem.place_text(translate),
        problem.remedy_text(translate),
        parts[0],
        answers_url(uid) if problem.code == OPEN_QUESTION else area_url(uid, parts[0]),
    )


def answers_url(uid: str) -> str:
    """Return the address at which a draft answers what the configurations above ask."""
    return url_for("AnswersView.show", key=uid)


def area_url(uid: str, part: str) -> str:
    """Return the address at which a part of a draft is edited; empty where no page edits it."""
    url = f"/studio/{uid}/{part}"
    try:
        current_app.url_map.bind("").match(url, method="GET")
    except HTTPException:
        return ""
    return url


def writing() -> Work:
    """Return a unit of work of the person who asks."""
    return access.portal().writing(access.current(), access.origin())


@contextmanager
def refusals(back: str) -> Iterator[list[Response]]:
    """Say on the page before why something is refused; the list then holds the way back to it."""
    found: list[Response] = []
    try:
        yield found
    except (InvalidInput, Conflict, TooMany, DefinitionError, Forbidden) as error:
        if isinstance(error, Forbidden) and not error.code.startswith("draft."):
            raise
        said = [_said(one) for one in error.problems] or [error.text(translate)]
        for text in dict.fromkeys(said[:20]):
            flash(text, "danger")
        found.append(redirect(back))


def _said(problem: Any) -> str:
    place = problem.place_text(translate)
    text = str(problem.text(translate))
    return translate(msg("%(place)s: %(said)s")) % {"place": place, "said": text} if place else text


def home_url(uid: str) -> str:
    """Return the address of a draft's first page."""
    return url_for("DraftView.show", key=uid)
