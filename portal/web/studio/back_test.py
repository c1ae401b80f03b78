"""The page on which a draft is tried on past matters: what would have gone elsewhere by its rules."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.core.errors import NotFound, msg
from portal.persistence.models import BackTest
from portal.services import drafts
from portal.services.drafts.back_tests import bundle_of
from portal.services.drafts.finding import TRIED
from portal.services.releases.reading import pinned
from portal.web import access
from portal.web.jobs import shown
from portal.web.language import translate
from portal.web.security import no_store
from portal.web.studio.bar import Bar, refusals, writing
from portal.web.studio.names import Names
from portal.web.studio.past_words import Told, told

LAST = (1_000, 10_000, 100_000)


class BackTestView(BaseView):
    """Trials of a draft on past matters of its centre."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/<key>/back-test", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str) -> Any:
        """Show what the last trial came to, the trials before, and how another one is asked for."""
        return self._page(key, None)

    @expose("/<key>/back-test/<big:pk>", methods=["GET"])
    @has_access
    @permission_name("list")
    def one(self, key: str, pk: int) -> Any:
        """Show what one trial came to; to a page that asks again, that part alone."""
        return self._page(key, pk)

    @expose("/<key>/back-test/ask", methods=["POST"])
    @has_access
    @permission_name("list")
    def ask(self, key: str) -> Response:
        """Have the draft tried on the last matters, or on those of some days."""
        form, back = request.form, url_for("BackTestView.show", key=key)
        with refusals(back) as refused, writing() as uow:
            if form.get("which") == "days":
                made = drafts.ask_back_test(
                    uow, key, since=_day(form.get("since")), until=_day(form.get("until"))
                )
            else:
                last = form.get("last", "")
                number = int(last) if last.isdecimal() and len(last) < 9 else 0
                made = drafts.ask_back_test(uow, key, last=number)
            uow.commit()
            return redirect(url_for("BackTestView.one", key=key, pk=made.id))
        return refused[0]

    def _page(self, key: str, number: int | None) -> Any:
        bar = Bar.of(key, "publish")
        tests = drafts.back_tests(access.session(), key)
        test = next((one for one in tests if number in (None, one.id)), None)
        if test is None and number is not None:
            raise NotFound("back_test.none", msg("There is no such trial"))
        values = {
            "bar": bar,
            "test": test,
            "job": _job(test),
            "told": _told(bar, test),
            "translate": translate,
        }
        part = number is not None and request.headers.get("HX-Request")
        name = "studio/back_test_result.html" if part else "studio/back_test.html"
        page = self.render_template(
            name,
            nav_active=bar.nav,
            title=translate(msg("On past matters")),
            crumbs=bar.crumbs,
            tests=tests,
            last=LAST,
            day_of=dt.date.fromisoformat,
            may_ask=bar.row.state in TRIED,
            **values,
        )
        return no_store(make_response(page))


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return None


def _told(bar: Bar, test: BackTest | None) -> Told | None:
    if test is None or test.result is None:
        return None
    session = access.session()
    bundles = [bundle_of(session, bar.row, test.position)]
    running = drafts.in_force_at(session, bar.row)
    if running:
        bundles.append(pinned(access.portal(), session, running))
    return told(test, session, Names(bundles))


def _job(test: BackTest | None) -> Any:
    """Return how far a trial is that has not ended; None where that is not the person's to see."""
    if test is None or test.result is not None:
        return None
    try:
        return shown(test.job_id)
    except NotFound:
        return None
