"""The page on which a figure of a draft is tried on real counts."""

from __future__ import annotations

from typing import Any

from flask import make_response
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from portal.core.errors import DefinitionError, msg
from portal.services.drafts.figures import figure_of
from portal.web import access, language
from portal.web.board import words
from portal.web.language import translate
from portal.web.security import no_store
from portal.web.studio.bar import Bar


class FigureView(BaseView):
    """Figures of a draft, counted before they are in force."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/<key>/figure/<name>", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str, name: str) -> Any:
        """Show what a figure of the draft comes to in the last months at the unit of the draft."""
        bar, problems, tried = Bar.of(key, "indicators"), list[str](), None
        try:
            tried = figure_of(access.portal(), access.current(), access.session(), key, name)
        except DefinitionError as broken:
            problems = [one.text(translate) for one in broken.problems] or [broken.text(translate)]
        say = tried.bundle.texts(language.current()) if tried is not None else None
        page = self.render_template(
            "studio/figure.html",
            nav_active="studio",
            title=translate(msg("On real counts")),
            crumbs=bar.crumbs,
            bar=bar,
            problems=problems,
            tried=tried,
            back=f"/studio/{key}/indicators/{name}",
            figure=say(tried.indicator.title) if tried is not None and say is not None else "",
            definition=say(tried.indicator.definition) if tried is not None and say is not None else "",
            lines=[
                (words.month_words(period), words.shown(tried.indicator, one)) for period, one in tried.told
            ]
            if tried is not None
            else [],
        )
        return no_store(make_response(page))
