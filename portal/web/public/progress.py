"""The page on which a party looks its matter up by the code on the slip and the last digits of a telephone number."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, make_response, request, url_for

from portal.core.errors import NotFound, TooMany, msg
from portal.core.lookup_codes import grouped, read_code, read_digits
from portal.services import lookup
from portal.services.lookup import AnswerRefused, LookupLimits, Standing
from portal.web import access
from portal.web.language import translate
from portal.web.public import surroundings
from portal.web.public.even import even, filled
from portal.web.public.surroundings import Centre, centre_at, described, languages, page
from portal.web.public.told import Told

PROGRESS = Blueprint("progress", __name__, url_prefix="/progress")
LIMITS = "portal.lookup"
CODE, DIGITS, TICKET, AT = "c", "d", "ticket", "at"


def limits() -> LookupLimits:
    """Return the limits of this installation."""
    found: LookupLimits = current_app.extensions.setdefault(LIMITS, LookupLimits())
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """Code and digits as they were typed, and as they are read."""

    code: str
    digits: str

    @classmethod
    def here(cls) -> Asked:
        """Return what this request asks for."""
        return cls(request.values.get(CODE, "")[:60], request.form.get(DIGITS, "")[:20])

    @property
    def shown(self) -> str:
        """Return the code as the slip shows it."""
        code = read_code(self.code)
        return " ".join(grouped(code)) if code else self.code

    def errors(self) -> dict[str, str]:
        """Return what cannot be right, whatever matters there are."""
        found = {}
        if read_code(self.code) is None:
            found[CODE] = translate(
                msg("Compare it with the slip: 13 letters and digits; there is no 0, O, 1 or I among them.")
            )
        if read_digits(self.digits) is None:
            found[DIGITS] = translate(msg("Enter the last four digits of the telephone number."))
        return found


@PROGRESS.get("/")
def ask() -> Response:
    """Ask for code and digits; the code of a scanned slip stands there already."""
    return make_response(filled(_form(Asked.here(), {})))


@PROGRESS.post("/")
def show() -> Response:
    """Show how the matter stands, or the form again; both cost the same and are as long."""
    began = time.monotonic()
    asked, step = Asked.here(), limits().step
    wrong = asked.errors()
    if wrong:
        return even(_form(asked, wrong), 422, began, step)
    try:
        looked = lookup.look_up(
            access.portal(),
            read_code(asked.code) or "",
            read_digits(asked.digits) or "",
            access.origin(),
            limits(),
        )
    except TooMany as many:
        response = even(_form(asked, {}, many.text(translate)), 429, began, step)
        response.headers["Retry-After"] = str(many.retry_after)
        return response
    # Both pages are made each time, and one is thrown away.
    found = _told(looked.standing, looked.ticket)
    missed = _form(asked, {}, translate(NOT_FOUND))
    return even(found if looked.found else missed, 200, began, step)


@PROGRESS.post("/answers")
def answer() -> Response:
    """Count the answers of a party after closing, once."""
    given = {name.removeprefix("q-"): value for name, value in request.form.items() if name.startswith("q-")}
    refused = ""
    try:
        lookup.give(access.portal(), request.form.get(TICKET, "")[:2000], given)
    except AnswerRefused as error:
        refused = error.text(translate)
    body = page("answered.html", refused=refused, languages=[], title=translate(msg("Your answers")))
    return make_response(body, 409 if refused else 200)


NOT_FOUND = msg(
    "Nothing was found. Compare the code with the slip, and the last four digits with the telephone number that was "
    "given when the matter was registered. After five wrong numbers a code is closed for an hour."
)


def _form(asked: Asked, errors: dict[str, str], refused: str = "") -> str:
    return page(
        "progress.html",
        title=translate(msg("How my matter stands")),
        asked=asked,
        errors=errors,
        refused=refused,
        centre=_centre(),
        at=request.values.get(AT, "")[:20],
        languages=languages("progress.ask", **_kept(asked)),
    )


def _kept(asked: Asked) -> dict[str, str]:
    at = request.values.get(AT, "")[:20]
    return {name: value for name, value in ((CODE, asked.code), (AT, at)) if value}


def _centre() -> Centre | None:
    """Return the centre that gave the slip, as its address says; None where it says none."""
    code = request.values.get(AT, "")[:20]
    try:
        return centre_at(code) if code else None
    except NotFound:
        return None


def _told(standing: Standing | None, ticket: str) -> str:
    if standing is None:
        return ""
    centre = described(standing.bundle, standing.centre) if standing.centre is not None else None
    told = Told(standing, centre, access.portal().clock.now())
    return page(
        "standing.html",
        title=told.title,
        told=told,
        centre=centre,
        ticket=ticket,
        languages=[],
    )


def slip_url(code: str, at: str) -> str:
    """Return the address that the slip's square leads to."""
    return url_for("progress.ask", _external=True, **{CODE: code, AT: at})


__all__ = ["PROGRESS", "slip_url", "surroundings"]
