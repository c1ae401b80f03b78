"""Answers for the tree pickers: units, and the terms of the taxonomies of the release in force."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import Unauthorized

from portal.core.errors import NotFound, msg
from portal.services import units
from portal.web import access
from portal.web.words.here import Here, here

LIMIT = 30
MAX_QUERY = 60

blueprint = Blueprint("lookup", __name__, url_prefix="/lookup")


@blueprint.before_request
def signed_in() -> None:
    """Refuse strangers: what a centre deals with is not public."""
    if access.person() is None:
        raise Unauthorized


@blueprint.get("/units")
def find_units() -> Response:
    """Return units by name or code, or the units right below one; the own centre's come first."""
    now, query = here(), _query()
    if query:
        return _answer(_search_units(now, query))
    parent = request.args.get("parent", "")
    if not parent:
        root = units.centre_of(now.session, now.unit)
        return _answer(_children(now, root.unit_id if root else now.unit.id))
    return _answer(_children(now, units.by_code(now.session, parent).id))


@blueprint.get("/terms/<taxonomy_id>")
def find_terms(taxonomy_id: str) -> Response:
    """Return terms by their words, or the terms right below one."""
    now, query = here(), _query()
    asked = request.args.get("release", "")
    known = asked.isascii() and asked.isdecimal() and len(asked) < 10
    bundle = now.release(int(asked)) if known else now.bundle
    taxonomy, texts = bundle.taxonomy(taxonomy_id), bundle.texts(now.lang)
    if query:
        terms = taxonomy.search(query, texts, limit=LIMIT)
    else:
        parent = request.args.get("parent", "")
        if parent and parent not in taxonomy:
            raise NotFound("term.unknown", msg("There is no term “%(code)s”"), {"code": parent[:40]})
        terms = taxonomy.children(parent or None)
    return _answer(
        [
            {
                "code": term.code,
                "label": texts(term.title),
                "path": " / ".join(
                    taxonomy.label(one, texts) for one in reversed(taxonomy.ancestors(term.code))
                ),
                "leaf": not taxonomy.children(term.code),
            }
            for term in terms
        ]
    )


def _search_units(now: Here, query: str) -> list[dict[str, Any]]:
    centre = units.centre_of(now.session, now.unit)
    own = units.search(now.session, query, LIMIT, centre.unit_path) if centre else []
    known = {hit.code for hit in own}
    rest = units.search(now.session, query, LIMIT) if len(own) < LIMIT else []
    hits = [*own, *(hit for hit in rest if hit.code not in known)][:LIMIT]
    return [{"code": h.code, "label": h.name, "path": h.trail, "leaf": h.level == "village"} for h in hits]


def _children(now: Here, unit_id: int) -> list[dict[str, Any]]:
    nodes = units.children(now.session, unit_id)
    return [{"code": node.code, "label": node.name, "path": "", "leaf": node.leaf} for node in nodes]


def _query() -> str:
    return request.args.get("q", "").replace("\x00", "").strip()[:MAX_QUERY]


def _answer(rows: list[dict[str, Any]]) -> Response:
    response = jsonify(rows)
    response.headers["Cache-Control"] = "private, max-age=60"
    return response
