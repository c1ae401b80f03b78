"""Web processes that slow clients cannot occupy.

gunicorn keeps the processes: it starts, watches, replaces and stops them. Within one, waitress reads each request
whole before a thread gets it, and sends each answer when the thread is free again. A client that dribbles costs a
socket and a buffer, never a thread.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterable
from typing import Any

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer, UnixWSGIServer
from waitress.task import ErrorTask

from portal.cli.lanes import Lanes

log = logging.getLogger("portal.requests")
HEADER_SECONDS = 30
LIMITS: dict[str, Any] = {
    "ident": None,
    "channel_timeout": 60,
    "cleanup_interval": 5,
    "connection_limit": 800,  # for each process; below the usual limit of 1,024 open files
    "max_request_header_size": 64 * 1024,
    # The application refuses less, with a page; this is for those who send all the same.
    "max_request_body_size": 64 * 1024 * 1024,
    "outbuf_overflow": 8 * 1024 * 1024,
    # Which proxies are believed is a setting of the application, see `portal.web.security`.
    "clear_untrusted_proxy_headers": False,
    "asyncore_use_poll": True,
}


class Refusal(ErrorTask):
    """The answer to what is no request; it has a number and a line in the log like any other."""

    def execute(self) -> None:
        """Log the refusal and answer it."""
        number, error = uuid.uuid4().hex, self.request.error
        log.info("refused", extra={"status": error.code, "request_id": number, "reason": error.reason})
        self.response_headers.append(("X-Request-ID", number))
        super().execute()


class Channel(HTTPChannel):
    """One connection."""

    error_task_class = Refusal

    @property
    def is_unread(self) -> bool:
        """Whether the headers of a request have begun to come and not ended."""
        return self.request is not None and not self.request.headers_finished

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered, or its answer sent."""
        return bool(self.requests or self.total_outbufs_len)


class _Listening:
    """What listening addresses and socket files have in common."""

    channel_class = Channel
    active_channels: dict[int, Channel]
    task_dispatcher: Lanes

    def readable(self) -> bool:
        """Take on no connection while requests wait for a thread: another process may be free."""
        return super().readable() and not self.task_dispatcher.is_full()  # type: ignore[misc]

    def maintenance(self, now: float) -> None:
        """Close what has been silent for too long, and whose headers will not end."""
        super().maintenance(now)  # type: ignore[misc]
        known: dict[Channel, float] = getattr(self, "dawdling", {})
        self.dawdling = {c: known.get(c, now) for c in self.active_channels.values() if c.is_unread}
        for channel, since in self.dawdling.items():
            channel.will_close |= now - since > HEADER_SECONDS


class _Address(_Listening, TcpWSGIServer):
    pass


class _SocketFile(_Listening, UnixWSGIServer):
    pass


class BufferingWorker(Worker):
    """A process of gunicorn that reads and writes with waitress."""

    def run(self) -> None:
        """Serve until told to stop, until the parent is gone, or until a request hangs."""
        self.began: dict[int, float] = {}
        self.channels: dict[int, Any] = {}
        self.dispatcher = Lanes(self.cfg.threads)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        limits = Adjustments(**LIMITS)
        servers = [self._serve(listener.sock, limits) for listener in self.sockets]
        while self.alive and os.getppid() == self.ppid:
            self._turn(1.0)
        for server in servers:
            server.accepting = False
        until = time.monotonic() + self.cfg.graceful_timeout
        while self._is_busy(servers) and time.monotonic() < until:
            self._turn(0.1)

    def _serve(self, listener: socket.socket, limits: Adjustments) -> TcpWSGIServer:
        kind = _SocketFile if listener.family == socket.AF_UNIX else _Address
        name = (listener.family, socket.SOCK_STREAM, None, listener.getsockname())
        return kind(
            self._answer,
            map=self.channels,
            dispatcher=self.dispatcher,
            adj=limits,
            sockinfo=name,
            bind_socket=False,
            _sock=listener,
        )

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Call the application, and remember since when it has been at work."""
        thread = threading.get_ident()
        self.began[thread] = time.monotonic()
        try:
            answer: Iterable[bytes] = self.wsgi(environ, start_response)
            return answer
        finally:
            del self.began[thread]

    def _turn(self, seconds: float) -> None:
        # A process that gives no sign of life is replaced by gunicorn; one whose request hangs gives none.
        oldest = min([*self.began.values()], default=time.monotonic())
        if time.monotonic() - oldest < self.cfg.timeout:
            self.notify()
        self.dispatcher.look()
        wasyncore.loop(timeout=seconds, use_poll=True, map=self.channels, count=1)

    def _is_busy(self, servers: list[TcpWSGIServer]) -> bool:
        return any(channel.is_busy for server in servers for channel in server.active_channels.values())
