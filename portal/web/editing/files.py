"""Files of a draft: templates of documents, plans, logos and sheets; brought along, looked at, taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import flash, make_response, redirect, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.adapters.pinyin import spelling
from portal.core import pointer as pointers
from portal.core.drafts import Change
from portal.core.editors import identifier
from portal.core.errors import InvalidInput, NotFound, Problem, msg
from portal.core.packs.formats import ASSET_LIMIT, ASSET_SUFFIXES
from portal.services import drafts
from portal.services.drafts.loading import asset_named, loaded
from portal.services.records.papers.templates import plain_template
from portal.web import access
from portal.web.editing.saving import save
from portal.web.editing.screen import Screen, address
from portal.web.language import translate
from portal.web.security import no_store
from portal.web.studio.bar import Bar, home_url, refusals, writing

ASSETS = "assets"
PLAIN = "plain.docx"
TEMPLATE = ".docx"


@dataclass(frozen=True, slots=True)
class File:
    """A file of the draft: its name, how large it is, and what names it."""

    name: str
    size: int
    used_by: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """What the page of a document says of its template: its name, and the places that can stand in it."""

    code: str
    name: str
    own: bool
    places: tuple[tuple[str, str], ...]


class FilesView(BaseView):
    """Files that belong to a draft."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/<key>/assets", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str) -> Any:
        """Show the draft's own files and bring further ones."""
        bar = Bar.of(key, ASSETS)
        title = translate(msg("Files of templates and pictures"))
        body = self.render_template(
            "editing/files.html",
            nav_active="studio",
            title=title,
            crumbs=[(translate(msg("Studio")), home_url(key))],
            bar=bar,
            files=_files(bar),
            suffixes=",".join(ASSET_SUFFIXES),
        )
        return no_store(make_response(body))

    @expose("/<key>/assets", methods=["POST"])
    @has_access
    @permission_name("edit")
    def bring(self, key: str) -> Response:
        """Take a file into the draft; the template of a document is named by it in the same step."""
        document = request.form.get("document", "")
        back = address(key, pointers.join(["documents", document])) if document else _page_url(key)
        with refusals(back), writing() as uow:
            draft = loaded(uow.session, drafts.draft_of(uow.session, key))
            name, content = _sent(document, draft.document.get(ASSETS) or {})
            also = _named_by(draft.document, document, name) if document else []
            drafts.put_asset(uow, key, name, content, also=also)
            uow.commit()
            flash(translate(msg("The file is in the draft.")), "success")
        return redirect(back)

    @expose("/<key>/assets/<name>", methods=["GET"])
    @has_access
    @permission_name("list")
    def fetch(self, key: str, name: str) -> Response:
        """Send a file as it holds in the draft, to be looked at or changed."""
        session = access.session()
        row = drafts.draft_of(session, key)
        content = plain_template() if name == PLAIN else asset_named(session, row, name)
        if content is None:
            raise NotFound("asset.unknown", msg("There is no such file"))
        answer = make_response(content)
        answer.headers["Content-Type"] = "application/octet-stream"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return no_store(answer)

    @expose("/<key>/assets/<name>/remove", methods=["POST"])
    @has_access
    @permission_name("edit")
    def take_away(self, key: str, name: str) -> Response:
        """Take a file out of the draft that nothing names any more."""
        with refusals(_page_url(key)):
            document = loaded(access.session(), drafts.draft_of(access.session(), key)).document
            known = (document.get(ASSETS) or {}).get(name)
            if known is None:
                raise NotFound("asset.unknown", msg("There is no such file"))
            if _users(document, key, name):
                text = msg("Something names this file; choose another one there first")
                raise InvalidInput("asset.used", text, problems=[Problem("asset.used", text)])
            save(key, [Change("remove", pointers.join([ASSETS, name]), known, None)])
        return redirect(_page_url(key))


def paper_of(screen: Screen) -> Paper | None:
    """Return what the page of a document says of its template; None on every other page."""
    parts = pointers.split(screen.pointer)
    if len(parts) != 2 or parts[0] != "documents" or not isinstance(screen.value, Mapping):
        return None
    fields = screen.value.get("fields") or {}
    places = tuple(
        (name, screen.texts(one.get("title"), name))
        for name, one in fields.items()
        if isinstance(one, Mapping) and not one.get("hidden")
    )
    name = str(screen.value.get("template") or "").rpartition("/")[2]
    return Paper(parts[1], name, name in (screen.draft.document.get(ASSETS) or {}), places)


def _page_url(key: str) -> str:
    return f"/studio/{key}/{ASSETS}"


def _sent(document: str, there: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the name under which a sent file is kept, and its bytes: that of its document, else as it is called."""
    sent = request.files.get("file")
    content = sent.read(ASSET_LIMIT + 1) if sent is not None else b""
    if sent is None or not content:
        text = msg("Choose the file that is to be brought in")
        raise InvalidInput("asset.none", text, problems=[Problem("asset.none", text)])
    stem, dot, kind = (sent.filename or "").rpartition(".")
    ending = f"{dot}{kind}".lower()
    if ending not in ASSET_SUFFIXES or (document and ending != TEMPLATE):
        text = (
            msg("A template is a .docx file")
            if document
            else msg("The name of the file has to end in .docx, .png, .svg or .xlsx")
        )
        raise InvalidInput("asset.kind", text, problems=[Problem("asset.kind", text)])
    called = identifier(document or stem, [], spelling, "file")
    return f"{called}{ending}", content


def _named_by(said: Mapping[str, Any], document: str, name: str) -> list[Change]:
    known = (said.get("documents") or {}).get(document)
    if not isinstance(known, Mapping):
        raise NotFound("editor.gone", msg("This is not there any more: somebody removed it"))
    where = pointers.join(["documents", document, "template"])
    before, after = known.get("template"), f"{ASSETS}/{name}"
    return [] if before == after else [Change("replace", where, before, after)]


def _files(bar: Bar) -> list[File]:
    document = loaded(access.session(), bar.row).document
    known = document.get(ASSETS) or {}
    return [
        File(name, int(one.get("size", 0)), tuple(_users(document, bar.uid, name)))
        for name, one in sorted(known.items())
    ]


def _users(document: Mapping[str, Any], key: str, name: str) -> list[tuple[str, str]]:
    """Return the documents whose template a file is: what they are called, and their pages."""
    found = []
    for code, one in (document.get("documents") or {}).items():
        if isinstance(one, Mapping) and one.get("template") == f"{ASSETS}/{name}":
            title = one.get("title")
            text = title if isinstance(title, str) else next(iter((title or {}).values()), code)
            found.append((str(text), f"/studio/{key}/documents/{quote(code)}"))
    return found
