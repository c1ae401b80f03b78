"""Rows that other systems send with a token of their own: taken over by one job, faults told row by row."""

from __future__ import annotations

from typing import Any

from flask import g, jsonify, request, url_for
from flask_appbuilder.api import expose
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from portal.core import strict_json
from portal.core.access import Access, Origin
from portal.core.errors import InvalidInput, Problem, TooMany, msg
from portal.core.importing import Tables
from portal.services import importing, users
from portal.services.importing import Bearer
from portal.services.importing.faults import Fault
from portal.services.importing.files import TAKEN, digest_of, read_file
from portal.services.importing.finding import work_on
from portal.services.jobs.queue import DONE, FAILED
from portal.services.sign_in.attempts import LockedOut, count_attempt
from portal.web import access
from portal.web.accounts import sessions
from portal.web.api.shape import Api, in_shape
from portal.web.language import translate

MOST_BYTES = 10 * 1024 * 1024
JSON = "application/json"
KINDS = (
    JSON,
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
)
SCHEME = "Bearer "
# Wrong tokens are counted by this name and by the address that they come from.
COUNTED = "feed\0token"


class FeedsApi(Api):
    """Rows of one source, sent by who holds its token; no account signs in here."""

    resource_name = "feeds"

    @expose("/", methods=["POST"])
    @in_shape
    def post(self) -> Any:
        """Take rows in: what is wrong with them is told at once, what becomes of them by the run."""
        bearer = _bearer()
        if bearer is None:
            return self.response_401()
        content = _content()
        tables = _tables(bearer, content)
        with access.portal().writing(_access(bearer), _origin()) as uow:
            fed = importing.feed(uow, bearer, tables, digest_of(content))
            uow.commit()
            run, rows = fed.file.uid, fed.file.rows
        faults = fed.faults
        body = {
            "run": run,
            "rows": rows,
            "faults": None if faults is None else [_told(one) for one in faults],
        }
        made = jsonify(result=body)
        made.status_code = 202
        made.headers["Location"] = url_for("FeedsApi.get", run=run)
        return made

    @expose("/<run>", methods=["GET"])
    @in_shape
    def get(self, run: str) -> Any:
        """Return how far a run is, what came of it, and what is wrong in which row."""
        bearer = _bearer()
        if bearer is None:
            return self.response_401()
        portal, who = access.portal(), _access(bearer)
        with portal.reading(who) as session:
            file, source = importing.run_of(session, bearer, run)
            importing.require_reading(who, source)
            job = work_on(portal, file)
            live = job is not None and job.live
            faults, count = ([], 0) if live else importing.faults_in(portal, session, file)
            found = {name: number for name, number in file.found.items() if isinstance(number, int)}
            body = {
                "run": file.uid,
                "rows": file.rows,
                "status": job.status if job is not None else DONE if file.state == TAKEN else FAILED,
                "found": {} if live else found,
                "faults": [_told(one) for one in faults],
                "faults_in_all": count,
            }
        return jsonify(result=body)


def _bearer() -> Bearer | None:
    """Return what the token of the request stands for; a wrong one is counted, and too many raise TooMany."""
    sent = request.headers.get("Authorization", "")
    found = (
        importing.bearer_of(access.portal(), sent.removeprefix(SCHEME)) if sent.startswith(SCHEME) else None
    )
    if found is None and sent:
        try:
            count_attempt(access.portal(), COUNTED, request.remote_addr or "", sessions.limits())
        except LockedOut as many:
            raise TooMany("feed.locked", many.message, many.params, retry_after=many.retry_after) from many
    # An account that was closed sends nothing any more.
    return found if found is not None and _access(found).user_id is not None else None


def _access(bearer: Bearer) -> Access:
    """Return what the person may do who gave the token: nothing more, and nothing once their roles are gone."""
    return users.access_of(access.portal(), bearer.user_id)


def _origin() -> Origin:
    return Origin(ip=request.remote_addr or "", request_id=g.get("request_id", ""), channel="feed")


def _content() -> bytes:
    """Return the body; what is too long is not read to its end."""
    request.max_content_length = MOST_BYTES
    if request.content_length is not None and request.content_length > MOST_BYTES:
        raise RequestEntityTooLarge
    if request.mimetype not in KINDS:
        raise UnsupportedMediaType
    return request.get_data(cache=False)


def _tables(bearer: Bearer, content: bytes) -> Tables:
    if request.mimetype != JSON:
        with access.portal().reading(_access(bearer)) as session:
            sheet = str(importing.source_of(session, bearer.source).mapping.get("sheet") or "")
        return read_file(content, sheet)
    value, problems = strict_json.loads(content)
    if problems:
        raise InvalidInput("body.json", msg("The body is not usable JSON"), problems=problems)
    rows = value.get("rows") if isinstance(value, dict) and value.keys() <= {"rows"} else None
    if not isinstance(rows, list):
        text = msg("Send {“rows”: […]}, each row an object with the headings as names")
        raise InvalidInput("body.rows", text, problems=[Problem("body.rows", text, pointer="/rows")])
    return importing.rows_as_tables(rows)


def _told(fault: Fault) -> dict[str, Any]:
    what, remedy = importing.words_of(fault, translate)
    place = importing.place_of(fault, translate)
    return {"row": fault["line"], "column": place, "code": fault["code"], "message": what, "remedy": remedy}
