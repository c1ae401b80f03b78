"""Which configuration is in force where, what it is made of and what it changes."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select

from portal.core.access import ROOT
from portal.core.editors.differing import Difference, differences
from portal.core.errors import NotFound, msg
from portal.core.packs.places import PARTS, said
from portal.persistence.models import Layer, Release, Unit
from portal.services import records, releases, units
from portal.services.releases import browsing
from portal.services.releases.effect import running_at
from portal.services.releases.layers import opaque_links
from portal.services.releases.states import WORDS, state_of
from portal.services.units.centres import centre_at
from portal.web import access, language
from portal.web.sending import sent_paper

MAX_CHANGES = 200
TRANSLATIONS = "translations"


class ReleaseView(BaseView):
    """Releases in force."""

    route_base = "/releases"
    class_permission_name = "Entity.release"
    default_view = "overview"

    @expose("/")
    @has_access
    @permission_name("list")
    def overview(self) -> Any:
        """List the centres with the release in force at each."""
        session = access.session()
        lines = browsing.in_force(session, (ROOT,))
        coming = browsing.scheduled(session, [line.unit_id for line in lines])
        return self.render_template(
            "releases/releases.html",
            nav_active="releases",
            title=language.translate(msg("Releases")),
            lines=lines,
            coming=coming,
        )

    @expose("/show/<code>")
    @has_access
    @permission_name("list")
    def show(self, code: str) -> Any:
        """Show the release in force at one centre: its chain, its history and what it changes."""
        session, portal = access.session(), access.portal()
        unit = units.by_code(session, code)
        centre = centre_at(session, unit.id)
        if centre is None:
            raise NotFound("centre.none", msg("This unit runs no centre"))
        release = session.get_one(Release, centre.release_id)
        bundle = releases.pinned(portal, session, release.id)
        above = _centre_above(session, unit)
        changes: list[Difference] = []
        if above is not None and above.release_id != release.id:
            changes = differences(releases.pinned(portal, session, above.release_id).raw, bundle.raw)
        # Texts in another language are counted, and told one by one where they are translated.
        told = [one for one in changes if one.part != TRANSLATIONS]
        coming = browsing.scheduled(session, [unit.id]).get(unit.id, [])
        ahead = {one.id for one in coming}
        running = running_at(session, unit.id)
        return self.render_template(
            "releases/release.html",
            nav_active="releases",
            title=centre.name or unit.name,
            crumbs=[(language.translate(msg("Releases")), "/releases/")],
            unit=unit,
            release=release,
            above=above,
            titles=_titles(session, release),
            summary=_summary(changes),
            changes=told[:MAX_CHANGES],
            translate=language.translate,
            total=len(told),
            # What is to come stands by itself, in the order in which it comes.
            history=[one for one in releases.history(session, code, limit=20) if one.id not in ahead],
            running=running.id if running else None,
            coming=coming,
            state=language.translate(WORDS[state_of(session, release.id)]),
            opaque=opaque_links(session, release),
            forms=[
                (one.code, bundle.texts(language.current())(one.title)) for one in records.forms_of(bundle)
            ],
        )

    @expose("/form/<code>/<document>")
    @has_access
    @permission_name("list")
    def form(self, code: str, document: str) -> Any:
        """Send the form of a document with nothing filled in, as the release in force at a centre has it."""
        session, portal = access.session(), access.portal()
        unit = units.by_code(session, code)
        centre = centre_at(session, unit.id)
        if centre is None:
            raise NotFound("centre.none", msg("This unit runs no centre"))
        bundle = releases.pinned(portal, session, centre.release_id)
        title, content = records.blank_form(session, bundle, document, centre.name or unit.name)
        return sent_paper(content, title)


def _centre_above(session: Any, unit: Unit) -> Any:
    parent = session.get(Unit, unit.parent_id) if unit.parent_id else None
    return units.centre_of(session, parent) if parent is not None else None


def _titles(session: Any, release: Release) -> dict[str, str]:
    """Return what the configurations of a release's chain are called, by their digests."""
    digests = [link["digest"] for link in release.chain]
    found = session.scalars(select(Layer).where(Layer.digest.in_(digests)))
    return {row.digest: name for row in found if (name := said(row.manifest.get("title")))}


def _summary(changes: list[Difference]) -> list[tuple[str, int, int, int]]:
    """Return for each part of the configuration how much was added, changed and removed."""
    counted: dict[str, dict[str, int]] = {}
    for change in changes:
        kinds = counted.setdefault(change.part, {"added": 0, "changed": 0, "removed": 0})
        kinds[change.kind] += 1
    return [
        (language.translate(PARTS.get(part, part)), kinds["added"], kinds["changed"], kinds["removed"])
        for part, kinds in sorted(counted.items())
    ]
