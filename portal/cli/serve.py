"""``portal serve``: the web server."""

from __future__ import annotations

import os
import sys

import click

from portal.settings import Settings


@click.command("serve")
@click.option("--bind", default="127.0.0.1:8080", show_default=True, help="Address and port.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Web processes.")
@click.option(
    "--threads", default=4, show_default=True, type=click.IntRange(1, 32), help="Requests at once in each."
)
@click.option(
    "--worker/--no-worker",
    "beside",
    default=True,
    help="Keep a process for work outside of requests; without it, `portal worker` has to run somewhere.",
)
def command(bind: str, workers: int, threads: int, beside: bool) -> None:
    """Serve the portal with gunicorn, using the settings of the environment."""
    Settings.from_env()  # a wrong setting is told here, in one line, not by a worker that will not start
    # Replaced by gunicorn itself, so that signals reach it and it owns its workers.
    kind = "portal.cli.beside.BesideWorker" if beside else "portal.cli.buffering.BufferingWorker"
    options = {
        "--bind": bind,
        "--workers": workers + beside,
        "--threads": threads,
        "--worker-class": kind,
    }
    given = [text for name, value in options.items() for text in (name, str(value))]
    config = ["--config", "python:portal.cli.gunicorn_config"]
    os.execvp(sys.executable, [sys.executable, "-m", "gunicorn", *config, *given])
