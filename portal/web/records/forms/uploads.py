"""Files, sent by the form's script while the form is being filled in."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from werkzeug.datastructures import FileStorage

from portal.core import files
from portal.core.errors import InvalidInput, msg
from portal.services import records
from portal.web.words.here import Here


def receive(now: Here) -> Any:
    """Keep one file sent by the form's script; answer with the identifier the field is to hold."""
    file = request.files.get("file") or next(iter(request.files.values()), None)
    if file is None or not file.filename:
        raise InvalidInput("file.none", msg("No file was sent"))
    kept = _keep(now, file)
    return jsonify({"id": kept.uid, "name": kept.name, "size": kept.size}), 201


def _keep(now: Here, file: FileStorage) -> Any:
    name = files.safe_name(file.filename or "")
    content = file.stream.read(files.MAX_SIZE + 1)
    kind = files.checked_type(name, content)
    with now.writing() as uow:
        kept = records.attach(uow, None, name, kind, content)
        uow.commit()
    return kept
