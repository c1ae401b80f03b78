"""Refusals and failures as HTTP, in one place: a page or JSON, in the person's language."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.exceptions import NotFound as HttpNotFound

from portal.core.access import ACTIONS, THINGS
from portal.core.errors import (
    Conflict,
    DefinitionError,
    Forbidden,
    InvalidInput,
    NotFound,
    PortalError,
    Problem,
    TooMany,
    Unavailable,
    fill,
    folded,
    msg,
)
from portal.persistence.away import is_away
from portal.persistence.reserve import DiskFull, is_full
from portal.web import access
from portal.web.language import current, translate

RETRY_SECONDS = "10"
# What lets in where 401 is the answer (RFC 9110 asks that it be said).
CHALLENGE = 'Bearer realm="One Door"'
# Set while a page is made that asks nothing of the database, not even who is there.
IN_TROUBLE = "in_trouble"
# How PostgreSQL's driver calls the one character that a text can't hold there.
_NUL = "NUL (0x00)"
# Where citizens look things up: what goes wrong there is told without the pages of staff.
PUBLIC = ("/progress", "/hall")
# The refusal of what no role allows.
DENIED = "access.denied"
log = logging.getLogger("portal.web")

STATUS: tuple[tuple[type[PortalError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
    (InvalidInput, 400),
    (DefinitionError, 422),
    (TooMany, 429),
    (Unavailable, 503),
    (DiskFull, 507),
)
TITLES = {
    400: msg("The request could not be understood"),
    401: msg("Please sign in"),
    403: msg("You may not do this"),
    404: msg("There is nothing here"),
    405: msg("This address does not take such a request"),
    409: msg("Somebody else changed this meanwhile"),
    413: msg("That is too large"),
    415: msg("Send JSON, with Content-Type: application/json"),
    422: msg("This cannot be used"),
    429: msg("Too many attempts"),
    500: msg("Something went wrong"),
    503: msg("The portal cannot answer right now"),
    507: msg("There is no room to save this"),
}
# A refusal with 409 says that another person was faster only where its code ends so; any other is in the way as such.
FASTER = frozenset({"changed", "conflict", "edited", "meanwhile", "stale", "version"})
NOT_NOW = msg("This can't be done now")
NOT_NOW_ADVICE = msg("Go back; the sentence above says what comes first.")
ADVICE = {
    400: msg("Go back, check what you entered and try again."),
    401: msg("What you typed is kept in this browser: sign in, and go on where you were."),
    403: msg("If your work needs it, ask the person who manages accounts at your centre."),
    404: msg("It does not exist, has moved, or lies outside the units you work for."),
    405: msg("Go back and use the buttons of the page."),
    409: msg("Go back, load the page again and repeat your change."),
    413: msg("Choose a smaller file, or split it."),
    415: msg("Go back, check what you entered and try again."),
    422: msg("The people who maintain the configuration have to mend it."),
    429: msg("Wait a few minutes, then try again."),
    500: msg("It has been recorded. Tell support the number below, and what you were doing."),
    503: msg("Wait a minute, then try again. Nothing that was saved is lost."),
    507: msg("Nothing that was saved is lost. Tell the people who run the server."),
}


def status_of(error: PortalError) -> int:
    """Return the HTTP status of a refusal."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 400)


def wants_json() -> bool:
    """Return whether the answer should be JSON: the API, or a client that prefers it."""
    if f"{request.path}/".startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" and request.accept_mimetypes["text/html"] == 0


def answer(
    status: int, code: str, message: str, problems: tuple[Problem, ...] = (), **extra: Any
) -> Response:
    """Return the answer to a request that failed; ``message`` is already in the person's language."""
    if wants_json():
        details = [_for_programs(problem) for problem in folded(problems)]
        body = {"code": code, "message": message, "details": details, "request_id": g.get("request_id", "")}
        return _again_later(make_response(jsonify({"error": body | extra}), status))
    lines = [_for_people(problem) for problem in folded(problems)]
    g.refused = True
    if status >= 500:
        g.setdefault(IN_TROUBLE, True)
    heading, advice = map(translate, _words(status, code))
    page = render_template(
        _template(status),
        status=status,
        title=heading,
        message=message if message != heading else "",
        advice=advice,
        problems=lines,
        request_id=g.get("request_id", ""),
        **extra,
    )
    response = make_response(page, status)
    if request.headers.get("HX-Request"):
        # htmx shows the refusal above the page instead of putting a whole page into a part of it.
        response.set_data(
            render_template("errors/notice.html", title=heading, message=message, problems=lines, **extra)
        )
        response.headers["HX-Retarget"] = "#flash"
        response.headers["HX-Reswap"] = "innerHTML"
    return _again_later(response)


def _words(status: int, code: str) -> tuple[str, str]:
    """Return the heading of a failed request and what to do about it."""
    if status == 409 and code.rpartition(".")[2] not in FASTER:
        return NOT_NOW, NOT_NOW_ADVICE
    return TITLES.get(status, TITLES[400 if status < 500 else 500]), ADVICE.get(status, "")


def _template(status: int) -> str:
    """Return the page on which a request that failed is told."""
    if status >= 500:
        return "errors/bare.html"
    public = any(f"{request.path}/".startswith(f"{one}/") for one in PUBLIC)
    return "public/error.html" if public else "errors/error.html"


def _for_programs(problem: Problem) -> dict[str, Any]:
    """Return a problem for a program; one of a configuration with file, place, remedy and what follows from it."""
    found = {"pointer": problem.pointer, "code": problem.code, "message": problem.text(translate)}
    further = {
        "file": problem.file,
        "place": problem.place_text(translate),
        "remedy": problem.remedy_text(translate) if problem.file else "",
        "consequences": [_for_programs(one) for one in problem.consequences],
    }
    return found | {name: value for name, value in further.items() if value}


def _for_people(problem: Problem) -> dict[str, Any]:
    """Return a problem for a page: its place in words, where it stands in a file, and what follows from it."""
    place, text = problem.place_text(translate), problem.text(translate)
    said = translate(msg("%(place)s: %(said)s")) % {"place": place, "said": text} if place else text
    return {
        "said": f"{said} {problem.remedy_text(translate)}".strip(),
        "file": problem.file,
        "pointer": problem.pointer if problem.file else "",
        "following": [_for_people(one) for one in problem.consequences],
    }


def _again_later(response: Response) -> Response:
    """Say to programs when to ask again, and how they can be let in."""
    if response.status_code == 503:
        response.headers["Retry-After"] = RETRY_SECONDS
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = CHALLENGE
    return response


def refused(error: PortalError, status: int | None = None) -> Response:
    """Return the answer to what was refused on purpose; ``status`` is another than usual."""
    response = answer(status or status_of(error), error.code, _text_of(error), error.problems)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _text_of(error: PortalError) -> str:
    """Return what a refusal says; on a page, actions and types that it names have the names that people know."""
    if error.code != DENIED or wants_json():
        return error.text(translate)
    said = {name: str(value) for name, value in error.params.items()}
    action, thing = ACTIONS.get(said.get("action", "")), THINGS.get(said.get("entity", ""))
    if action is not None:
        said["action"] = translate(action.title)
    if thing is not None:
        said["entity"] = translate(thing.title)
    elif (bundle := access.bundle()) is not None and said.get("entity") in bundle.raw["forms"]:
        said["entity"] = bundle.texts(current())(bundle.raw["forms"][said["entity"]].get("title"))
    return fill(translate(error.message), said)


def _on_portal_error(error: PortalError) -> Response:
    if isinstance(error, Unavailable):
        log.warning("not available, request %s", g.get("request_id", ""), exc_info=error)
    return refused(error)


def _on_http_error(error: HTTPException) -> Response:
    if isinstance(error, InternalServerError) and isinstance(error.original_exception, Exception):
        # What failed on the way out, or while another failure was told: its cause decides.
        return _on_failure(error.original_exception)
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    response = answer(error.code, f"http.{error.code}", translate(TITLES.get(error.code, TITLES[400])))
    # What the framework adds for the client, such as Retry-After or Allow.
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def forged() -> Response:
    """Return the answer to a form without the token of its session."""
    text = msg("The form is too old or came from another page. Load the page again and repeat.")
    return answer(400, "csrf", translate(text))


def _without_nul() -> None:
    """Let nothing be asked for by a name that no database could hold."""
    if any("\0" in value for value in (request.view_args or {}).values() if isinstance(value, str)):
        raise HttpNotFound


def _on_database_error(error: Exception) -> Response:
    if isinstance(error, DBAPIError) and _NUL in str(error.orig):
        # Of what was sent, wherever it was read: PostgreSQL takes no such text, and its driver says so.
        return answer(
            400, "text.nul", translate(msg("What was sent holds a character that no text may hold"))
        )
    log.error("database error, request %s", g.get("request_id", ""), exc_info=error)
    if is_full(error):
        return _on_portal_error(DiskFull())
    status = 503 if is_away(error) else 500
    return answer(status, f"http.{status}", translate(TITLES[status]))


def _on_failure(error: Exception) -> Response:
    if is_full(error) or is_away(error):
        return _on_database_error(error)
    log.error("unhandled error, request %s", g.get("request_id", ""), exc_info=error)
    return answer(500, "http.500", translate(TITLES[500]))


def init_errors(app: Flask) -> None:
    """Register the handlers."""
    # Flask's own line would hold the address; ours says the same and more.
    app.log_exception = lambda exc_info: None  # type: ignore[method-assign]
    app.before_request(_without_nul)
    app.register_error_handler(PortalError, _on_portal_error)
    app.register_error_handler(DBAPIError, _on_database_error)
    app.register_error_handler(PoolTimeout, _on_database_error)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(Exception, _on_failure)
