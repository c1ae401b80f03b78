"""``portal serve``: the web server."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from flask import Flask


@click.command("serve")
@click.option("--bind", default="127.0.0.1:8080", show_default=True, help="Address and port.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Web processes.")
def command(bind: str, workers: int) -> None:
    """Serve the portal with gunicorn, using the settings of the environment."""
    # Replaced by gunicorn itself, so that signals reach it and it owns its workers.
    # Sync workers: Flask-AppBuilder's stock views keep filters on shared objects and are not thread-safe.
    os.execvp(
        sys.executable,
        [
            sys.executable,
            "-m",
            "gunicorn",
            "portal.cli.serve:application()",
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


def application() -> Flask:
    """Return the web application as it is served.

    What exists before the workers are forked lives as long as they do: left out of garbage collection, its pages
    stay shared between them, and no collection looks at it again.
    """
    from portal.app import create_app

    made = create_app()
    gc.collect()
    gc.freeze()
    return made
