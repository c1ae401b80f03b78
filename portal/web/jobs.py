"""How far a piece of work is: a page of its own, and a fragment for any page.

A page includes ``jobs/progress.html`` with ``job = shown(job_id)``; the fragment asks again by itself, less and less
often, until the work has ended. Without scripts the page of the job is loaded again by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from werkzeug.wrappers import Response

from portal.core.errors import msg
from portal.core.job_states import JOB_STATES
from portal.services.jobs.progress import Progress
from portal.web.language import translate
from portal.web.redirects import local
from portal.web.words import jobs as words

# Seconds until the fragment asks again; then as the last one.
PAUSES = (1, 1, 2, 3, 5, 8, 13, 20, 30)


@dataclass(frozen=True, slots=True)
class Shown:
    """A job as the fragment shows it."""

    job: Progress
    title: str
    state: str
    tone: str
    words: str
    asked: int

    @property
    def pause(self) -> int:
        """Return the seconds until it is asked for again."""
        return PAUSES[min(self.asked, len(PAUSES) - 1)]

    @property
    def url(self) -> str:
        """Return the address of the job's own page."""
        return url_for("JobView.show", pk=self.job.id)

    @property
    def again(self) -> str:
        """Return where the fragment asks next."""
        return url_for("JobView.fragment", pk=self.job.id, asked=self.asked + 1)

    @property
    def cancel_url(self) -> str:
        """Return where it is cancelled."""
        return url_for("JobView.cancel", pk=self.job.id)


def shown(job_id: int, asked: int = 0) -> Shown:
    """Return a job for the fragment; raise NotFound where it is not the person's to see."""
    job = words.find(job_id)
    return Shown(
        job, translate(job.title), words.state(job), JOB_STATES[job.status].tone, words.said(job), asked
    )


class JobView(BaseView):
    """One piece of work and its progress."""

    route_base = "/jobs"
    class_permission_name = "JobView"
    default_view = "show"

    @expose("/<big:pk>", methods=["GET"])
    @has_access
    @permission_name("own")
    def show(self, pk: int) -> str:
        """Show the page of a job."""
        job = shown(pk)
        page: str = self.render_template("jobs/job.html", title=job.title, nav_active="", job=job)
        return page

    @expose("/<big:pk>/progress", methods=["GET"])
    @has_access
    @permission_name("own")
    def fragment(self, pk: int) -> Any:
        """Show the inner part of the fragment; on its own, the page of the job."""
        if not request.headers.get("HX-Request"):
            return redirect(url_for("JobView.show", pk=pk))
        given = request.args.get("asked", "")
        asked = int(given) if given.isdecimal() and len(given) < 4 else 0
        return self.render_template("jobs/progress_body.html", job=shown(pk, asked))

    @expose("/<big:pk>/cancel", methods=["POST"])
    @has_access
    @permission_name("own")
    def cancel(self, pk: int) -> Response:
        """Cancel a job, and go back to the page from which that was asked."""
        if words.cancel(pk):
            flash(translate(msg("It stops at its next step")), "success")
        else:
            flash(translate(msg("It had ended already")), "info")
        back = request.form.get("back", "")
        return redirect(local(back) if back else url_for("JobView.show", pk=pk))
