"""``portal worker``: work outside of requests."""

from __future__ import annotations

import json
import logging.config
import os
import signal
import sys
from dataclasses import asdict
from typing import Any

import click

from portal.cli.opening import open_portal


@click.command("worker")
@click.option("--status", is_flag=True, help="Say which workers live and what waits; exit 1 if none lives.")
@click.option("--with-parent", is_flag=True, help="Stop when the process that started this one is gone.")
def command(status: bool, with_parent: bool) -> None:
    """Run jobs until stopped: sealing, sweeping, sending, long work. Any number may run, on any number of servers."""
    if status:
        _status()
        return
    from portal.web.observing.logs import logging_config
    from portal.worker.loop import Worker

    logging.config.dictConfig(logging_config())
    parent = os.getppid()
    worker = Worker(open_portal(), must_stop=lambda: with_parent and os.getppid() != parent)

    def stop(_number: int, _frame: Any) -> None:
        worker.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    sys.exit(0 if worker.run() else 1)


def _status() -> None:
    from portal.services.jobs import workers

    found = workers.state(open_portal())
    click.echo(json.dumps(asdict(found)))
    sys.exit(0 if found.alive else 1)
