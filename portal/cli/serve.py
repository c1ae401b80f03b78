"""``portal serve``: the web server."""

from __future__ import annotations

import errno
import os
import socket
import sys
import time

import click

from portal.cli.language import words
from portal.cli.opening import require_database
from portal.core.errors import Conflict, msg
from portal.settings import Settings

QUIET = "PORTAL_SERVE_QUIET"
LET_GO_SECONDS = 5.0


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
    require_database()
    settings = (
        Settings.from_env()
    )  # a wrong setting is told here, in one line, not by a worker that will not start
    require_free(bind)
    if settings.demo and sys.stderr.isatty():
        # Somebody who tries it out looks at this window: a line when it is open, and otherwise faults alone.
        os.environ[QUIET] = "1"
        click.echo(words()(msg("Opening, one moment …")))
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


def require_free(bind: str) -> None:
    """Raise Conflict where something else listens at an address; what is no host and port is left to gunicorn."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal() or "/" in bind:
        return
    # Web processes whose master was killed let an address go a moment after it: who starts anew at once is not refused.
    until = time.monotonic() + LET_GO_SECONDS
    while not _is_free(host, int(port)):
        if time.monotonic() > until:
            text = msg(
                "%(bind)s is taken by another program: portal serve --bind %(other)s takes another port"
            )
            raise Conflict("serve.taken", text, {"bind": bind, "other": f"{host}:{int(port) + 10}"})
        time.sleep(0.1)


def _is_free(host: str, port: int) -> bool:
    """Say whether an address can be listened at; what is none counts as free: gunicorn says what is wrong with it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host.strip("[]"), port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
        except OverflowError:
            return True
    return True
