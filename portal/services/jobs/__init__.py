"""Work outside of requests: a job is one class (``catalogue``), what waits its turn is a row (``queue``).

``sweep``, ``long``, ``due`` and ``outbox`` hold the kinds of jobs to derive from. The jobs of the portal lie in
``shipped``, a module each, and are found there by themselves.
"""

from portal.services.jobs.catalogue import JOBS, Job, all_jobs, job
from portal.services.jobs.queue import cancel, enqueue

__all__ = ["JOBS", "Job", "all_jobs", "cancel", "enqueue", "job"]
