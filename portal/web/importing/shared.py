"""What the pages of imports share: the source and the file of an address, ways back, refusals in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from portal.core.access import LIST
from portal.core.errors import Conflict, InvalidInput, TooMany, msg
from portal.persistence.models import ImportFile, ImportSource
from portal.services import importing
from portal.services.importing.finding import require, source_with
from portal.services.portal import Work
from portal.web import access, language
from portal.web.language import translate

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def writing() -> Work:
    """Return a unit of work of the person who asks."""
    return access.portal().writing(access.current(), access.origin())


@contextmanager
def refusals(back: str) -> Iterator[list[Response]]:
    """Say on the page before why something is refused; the list then holds the way back to it."""
    found: list[Response] = []
    try:
        yield found
    except (InvalidInput, Conflict, TooMany) as error:
        said = [one.text(translate) for one in error.problems] or [error.text(translate)]
        for text in dict.fromkeys(said[:20]):
            flash(text, "danger")
        found.append(redirect(back))


def source_at(key: str) -> ImportSource:
    """Return the source of an address; raise NotFound or Forbidden where the person sees none."""
    source = importing.source_of(access.session(), key)
    require(access.current(), LIST, source.etype, source.unit_path)
    return source


def file_at(key: str) -> tuple[ImportFile, ImportSource]:
    """Return the file of an address with its source; raise NotFound or Forbidden where the person sees none."""
    session = access.session()
    file = importing.file_of(session, key)
    source = source_with(session, file)
    require(access.current(), LIST, source.etype, source.unit_path)
    return file, source


def crumbs(source: ImportSource) -> list[tuple[str, str]]:
    """Return the way to the pages of a source."""
    return [
        (translate(msg("Imports")), url_for("ImportView.overview")),
        (source.name, url_for("ImportView.source", key=source.uid)),
    ]


def titles() -> dict[str, str]:
    """Return how the types of records are called where the person works."""
    bundle = access.bundle()
    if bundle is None:
        return {}
    texts = bundle.texts(language.current())
    return {entity.id: texts(entity.name_plural) for entity in bundle.entities()}
