"""Files, sent by the form's script while the form is being filled in."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from werkzeug.datastructures import FileStorage

from portal.core.errors import InvalidInput, Problem, msg
from portal.services import records
from portal.web.records.here import Here
from portal.web.records.media import ENDINGS, clean_name, media_type

MAX_BYTES = 20 * 1024 * 1024


def receive(now: Here) -> Any:
    """Keep one file sent by the form's script; answer with the identifier the field is to hold."""
    file = request.files.get("file") or next(iter(request.files.values()), None)
    if file is None or not file.filename:
        raise InvalidInput("file.none", msg("No file was sent"))
    kept = _keep(now, file)
    return jsonify({"id": kept.uid, "name": kept.name, "size": kept.size}), 201


def _keep(now: Here, file: FileStorage) -> Any:
    name = clean_name(file.filename or "")
    content = file.stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _refused(
            "file.size",
            msg("“%(name)s” is larger than %(limit)s MB"),
            {"name": name, "limit": MAX_BYTES // 1024 // 1024},
        )
    if not content:
        raise _refused("file.empty", msg("“%(name)s” is empty"), {"name": name})
    kind = media_type(name, content)
    if kind is None:
        raise _refused(
            "file.kind",
            msg("“%(name)s” is not a file of a kind that can be kept (%(kinds)s)"),
            {"name": name, "kinds": " ".join(ENDINGS)},
        )
    with now.writing() as uow:
        kept = records.attach(uow, None, name, kind, content)
        uow.commit()
    return kept


def _refused(code: str, message: str, params: dict[str, Any]) -> InvalidInput:
    return InvalidInput(code, message, params, [Problem(code, message, params)])
