"""``portal serve``: the web server."""

from __future__ import annotations

import os
import sys

import click

from portal.settings import Settings


@click.command("serve")
@click.option("--bind", default="127.0.0.1:8080", show_default=True, help="Address and port.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Web processes.")
def command(bind: str, workers: int) -> None:
    """Serve the portal with gunicorn, using the settings of the environment."""
    Settings.from_env()  # a wrong setting is told here, in one line, not by a worker that will not start
    # Replaced by gunicorn itself, so that signals reach it and it owns its workers.
    # Sync workers: Flask-AppBuilder's stock views keep filters on shared objects and are not thread-safe.
    os.execvp(
        sys.executable,
        [
            sys.executable,
            "-m",
            "gunicorn",
            "portal.app:create_app()",
            "--bind",
            bind,
            "--workers",
            str(workers),
            "--worker-class",
            "sync",
            "--timeout",
            "60",
            "--graceful-timeout",
            "20",
            "--preload",
            "--no-control-socket",
        ],
    )
