"""How gunicorn runs the portal; ``portal serve`` adds the address and the numbers of processes and threads."""

from __future__ import annotations

import gc
import os
from typing import Any

from portal.cli.beside import BesideWorker
from portal.cli.language import words
from portal.cli.serve import QUIET
from portal.core.errors import msg
from portal.services.jobs.catalogue import all_jobs
from portal.web.observing.logs import log_what_python_says, logging_config

wsgi_app = "portal.app:create_app()"
worker_class = "portal.cli.buffering.BufferingWorker"
preload_app = True
timeout = 60
graceful_timeout = 20
control_socket_disable = True
logconfig_dict = logging_config()
if os.environ.get(QUIET):
    logconfig_dict["root"]["level"] = "ERROR"
    logconfig_dict["loggers"]["gunicorn.error"]["level"] = "CRITICAL"


def when_ready(server: Any) -> None:
    """Take what was loaded before the processes part out of the garbage collector's rounds.

    None of it is ever garbage. Looking through it again and again cost a tenth of a request that writes, and made
    each process copy the pages they share.
    """
    log_what_python_says()
    all_jobs()
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 50)
    if os.environ.get(QUIET):
        text = words()(msg("The portal is open: %(address)s; stop it with Ctrl-C"))
        print(text % {"address": f"http://{server.address[0][0]}:{server.address[0][1]}"}, flush=True)


def pre_fork(server: Any, worker: Any) -> None:
    """Give a new process a place of its own among the counters: one that no living process has."""
    taken = {one.place for one in server.WORKERS.values()}
    worker.place = next(place for place in range(len(taken) + 1) if place not in taken)
    if isinstance(worker, BesideWorker):
        worker.choose(server.WORKERS.values())


def on_reload(server: Any) -> None:
    """Let the process that works outside of requests be replaced with the others."""
    for worker in server.WORKERS.values():
        if isinstance(worker, BesideWorker) and worker.works:
            worker.resign()


def post_fork(server: Any, worker: Any) -> None:
    """Count at that place."""
    worker.app.wsgi().extensions["portal.metrics"].use(worker.place)
