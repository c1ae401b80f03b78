"""Versions as files: one read, looked at and taken in, and those that can be carried to another server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.core.access import ADD
from portal.core.editors.differing import Difference, differences
from portal.core.errors import InvalidInput, Problem, folded, msg
from portal.core.packages import manifest, trust
from portal.core.packages.archive import MOST_BYTES
from portal.core.text import Texts
from portal.persistence.models import Layer
from portal.services.releases.layers import stored_layers
from portal.services.rollout import carrying
from portal.services.rollout.carrying import Arrived
from portal.web import access, language
from portal.web.language import joined, translate
from portal.web.rollout.words import telling
from portal.web.security import no_store
from portal.web.studio.bar import refusals, writing

SHOWN = 40
# Parts of a package that say nothing to those who configure.
_WRAPPING = (manifest.NAME, trust.NAME)


@dataclass(frozen=True)
class FileDesk:
    """A file that was looked at: what it says, what it would change, or everything that is wrong with it."""

    arrived: Arrived | None = None
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """Return what the pack is called."""
        assert self.arrived is not None
        return Texts(language.current())(self.arrived.package.manifest.title)

    def made_for(self, stored: Sequence[Layer], say: Callable[[Any], str]) -> str:
        """Return the packs that it stands on, by their titles where they are here."""
        assert self.arrived is not None
        titles = {one.pack: say(one.manifest.get("title") or one.pack) for one in stored}
        found = self.arrived.package.manifest.dependencies
        return joined(f"{titles.get(one.pack, one.pack)} {one.version}" for one in found)

    @property
    def changes(self) -> list[Difference]:
        """Return what it would change of the pack as it is in the store."""
        assert self.arrived is not None
        return differences(self.arrived.before, self.arrived.after)

    def parts(self, changes: list[Difference]) -> list[tuple[str, int]]:
        """Return of which parts the changes are, with their numbers."""
        assert self.arrived is not None
        told = telling(self.arrived.before, self.arrived.after)
        return Counter(told.part(one.pointer) for one in changes).most_common()


class PackagesView(BaseView):
    """Packages on screen."""

    route_base = "/rollout/files"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self) -> Any:
        """Show where a file is read, and the versions that can be carried away."""
        return self._page(None)

    @expose("/read", methods=["POST"])
    @has_access
    @permission_name("edit")
    def read(self) -> Any:
        """Say what a file holds and what it would change, or take it in."""
        content, keys = _sent(), carrying.trust_folder(access.portal().instance)
        try:
            if "take" in request.form:
                with writing() as uow:
                    stored, new = carrying.take_in(uow, content, keys)
                    uow.commit()
                    told = msg("%(name)s is here now; centres that stand on it are offered it.")
                    told = told if new else msg("%(name)s was here already; nothing changed.")
                    flash(translate(told, name=f"{stored.pack} {stored.version}"), "success")
                return redirect(url_for("PackagesView.show"))
            return self._page(FileDesk(carrying.look_at(access.session(), content, keys)))
        except InvalidInput as error:
            return self._page(
                FileDesk(problems=_told(error)), 200 if request.headers.get("HX-Request") else 400
            )

    @expose("/carry/<key>", methods=["POST"])
    @has_access
    @permission_name("list")
    def carry(self, key: str) -> Response:
        """Hand a version out as a file."""
        keys = carrying.trust_folder(access.portal().instance)
        with refusals(url_for("PackagesView.show")) as refused, writing() as uow:
            stored, content = carrying.make_package(uow, key, keys)
            name = f"{stored.pack.replace('/', '-')}-{stored.version}.package"
            uow.commit()
            response = make_response(content)
            response.headers["Content-Type"] = "application/octet-stream"
            response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
            return no_store(response)
        return refused[0]

    def _page(self, desk: FileDesk | None, status: int = 200) -> Any:
        mine, instance = access.current(), access.portal().instance
        folder = carrying.trust_folder(instance) if instance is not None else None
        page = self.render_template(
            "rollout/packages.html",
            nav_active="rollout",
            tab="files",
            desk=desk,
            shown=SHOWN,
            stored=carrying.at_hand(access.session(), mine),
            known=stored_layers(access.session()) if desk is not None and desk.arrived else (),
            say=Texts(language.current()),
            keys=list(folder.keys().values()) if folder else [],
            signing=carrying.signing_key(folder) if folder else None,
            may_take=bool(mine.paths(carrying.THING, ADD)),
            translate=translate,
        )
        return no_store(make_response(page, status))


def _sent() -> bytes:
    sent = request.files.get("file")
    content = sent.read(MOST_BYTES + 1) if sent is not None else b""
    if not content:
        problem = Problem("package.no_file", msg("Choose a file first"), pointer="/file")
        raise InvalidInput(problem.code, problem.message, problems=[problem])
    return content


def _told(error: InvalidInput) -> tuple[tuple[str, str], ...]:
    """Return everything that is wrong with a file, each with where in it."""
    found = folded(error.problems) or (Problem(error.code, error.message, error.params),)
    return tuple((one.text(translate), "" if one.file in _WRAPPING else one.file) for one in found)
