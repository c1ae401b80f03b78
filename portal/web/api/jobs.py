"""Jobs through the API: how far a piece of work is that the person started, and cancelling it."""

from __future__ import annotations

from typing import Any

from flask import jsonify
from flask_appbuilder.api import expose

from portal.core.errors import Conflict, msg
from portal.services.jobs.progress import Progress
from portal.web.api.shape import Api, in_shape, signed_in
from portal.web.language import translate
from portal.web.words import jobs as words

Json = dict[str, Any]


class JobsApi(Api):
    """Work outside of requests, for those who started it and for administrators."""

    resource_name = "jobs"

    @expose("/<big:pk>", methods=["GET"])
    @signed_in
    @in_shape
    def get(self, pk: int) -> Any:
        """Return how far a job is."""
        return jsonify(result=_job(words.find(pk)))

    @expose("/<big:pk>", methods=["DELETE"])
    @signed_in
    @in_shape
    def delete(self, pk: int) -> Any:
        """Cancel a job: one that waits at once, one that runs at its next step."""
        if not words.cancel(pk):
            raise Conflict("job.ended", msg("This work has ended already"))
        return jsonify(result=_job(words.find(pk)))


def _job(job: Progress) -> Json:
    return {
        "id": job.id,
        "kind": job.name,
        "title": translate(job.title),
        "status": job.status,
        "cancelling": job.cancelling,
        "done": job.done,
        "total": job.total,
        "text": words.said(job),
        "attempts": job.attempts,
        "error": job.error,
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "result": job.result,
    }
