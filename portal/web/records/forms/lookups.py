"""Answers for the tree pickers: units, and the terms of the taxonomies of a release."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import Unauthorized

from portal.core.errors import NotFound, msg
from portal.core.picking import Choice, Index
from portal.core.widgets import UNITS
from portal.services import records, units
from portal.services.picking import KINDS_OF, coded_as, term_index
from portal.web import access
from portal.web.words.here import Here, here
from portal.web.words.picking import record_rows, term_rows, tree, unit_index, unit_rows

LIMIT = 30
MAX_QUERY = 120

blueprint = Blueprint("lookup", __name__, url_prefix="/lookup")


@blueprint.before_request
def signed_in() -> None:
    """Refuse strangers: what a centre deals with is not public."""
    if access.person() is None:
        raise Unauthorized


@blueprint.get("/units")
def find_units() -> Response:
    """Return units of a sort by name, sound or code, those a text names, or those right below one."""
    now, asked = here(), request.args.get("of", "")
    wanted = asked if asked in KINDS_OF else UNITS
    found = _asked_for(unit_index(now, wanted), _own(now))
    if found is None:
        parent = _text("parent")
        if parent:
            above = units.by_code(now.session, parent).id
        else:
            centre = units.centre_of(now.session, now.unit)
            above = centre.unit_id if centre else now.unit.id
        found = list(tree(now).below(above, wanted))
    return _answer(unit_rows(now, wanted, found))


@blueprint.get("/terms/<taxonomy_id>")
def find_terms(taxonomy_id: str) -> Response:
    """Return terms by their words or sound, those a text names, or those right below one."""
    now, asked = here(), request.args.get("release", "")
    known = asked.isascii() and asked.isdecimal() and len(asked) < 10
    bundle = now.release(int(asked)) if known else now.bundle
    taxonomy, index = bundle.taxonomy(taxonomy_id), term_index(bundle, taxonomy_id, now.lang)
    found = _asked_for(index)
    if found is None:
        parent = _text("parent")
        if parent and parent not in taxonomy:
            raise NotFound("term.unknown", msg("There is no term “%(code)s”"), {"code": parent[:40]})
        below = (index.get(term.code) for term in taxonomy.children(parent or None))
        found = [choice for choice in below if choice is not None]
    return _answer(term_rows(found))


@blueprint.get("/records/<form_id>")
def find_records(form_id: str) -> Response:
    """Return the records that a field of a form may name, by their words or sound, or all of a short list."""
    now, asked = here(), request.args.get("release", "")
    known = asked.isascii() and asked.isdecimal() and len(asked) < 10
    bundle = now.release(int(asked)) if known else now.bundle
    info = bundle.fields(form_id, now.lang).get(_text("field"))
    if info is None or coded_as(info) != "record":
        raise NotFound("field.unknown", msg("There is no field “%(field)s”"), {"field": _text("field")[:80]})
    index = records.record_index(now.portal, now.session, bundle, info)
    found = _asked_for(index)
    if found is None:
        found = index.all()[:LIMIT] if not _text("parent") else []
    return _answer(record_rows(found))


def _asked_for(index: Index, first: Any = None) -> list[Choice] | None:
    """Return what the request searches for or names; None where it does neither."""
    named, query = _text("named"), _text("q")
    if named:
        return index.named(named)
    return [one.choice for one in index.search(query, LIMIT, first=first)] if query else None


def _own(now: Here) -> Any:
    """Return what tells the units of the person's own centre: they come first among those found alike."""
    centre = units.centre_of(now.session, now.unit)
    if centre is None:
        return None
    known = tree(now).by_code
    return lambda choice: choice.code in known and known[choice.code].path.startswith(centre.unit_path)


def _text(name: str) -> str:
    return request.args.get(name, "").replace("\x00", "").strip()[:MAX_QUERY]


def _answer(rows: list[dict[str, Any]]) -> Response:
    response = jsonify(rows)
    response.headers["Cache-Control"] = "private, max-age=60"
    return response
