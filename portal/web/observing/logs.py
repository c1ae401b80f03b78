"""The log of the processes: one JSON object per line, and nothing in it that people entered.

Messages of exceptions often quote the value they stumbled over. So of a failure the log holds its type and the lines
of code it went through, and its message only where that can speak of nothing but code, files and the database.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
import threading
import traceback
from typing import Any

from flask import g, has_request_context
from sqlalchemy.exc import DBAPIError

from portal.core.errors import PortalError

log = logging.getLogger("portal.python")
FIELDS = ("method", "route", "status", "ms", "request_id", "user_id", "reason")
HARMLESS = (AttributeError, ImportError, NameError, TypeError)
MAX_FRAMES = 40
MAX_CHAIN = 5


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update((name, getattr(record, name)) for name in FIELDS if hasattr(record, name))
        if "request_id" not in line and has_request_context() and "request_id" in g:
            line["request_id"] = g.request_id
        if record.exc_info and record.exc_info[1] is not None:
            line["failures"] = failures(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def failures(error: BaseException | None) -> list[dict[str, Any]]:
    """Return an error and what led to it, last first."""
    found: list[dict[str, Any]] = []
    while error is not None and len(found) < MAX_CHAIN:
        frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
        found.append(
            {
                "type": f"{type(error).__module__}.{type(error).__qualname__}",
                "message": safe_message(error),
                "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
            }
        )
        error = error.__cause__ or error.__context__
    return found


def safe_message(error: BaseException) -> str:
    """Return the message of an error as far as it cannot hold entered values."""
    if isinstance(error, PortalError):
        return error.code
    if isinstance(error, HARMLESS):
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or ""
    # A database that does not work says why; one that refuses a row quotes the row.
    is_database = isinstance(error, DBAPIError) or type(error).__module__.startswith(("sqlite3", "psycopg"))
    if is_database and type(error).__name__ == "OperationalError":
        cause = error.orig if isinstance(error, DBAPIError) else error
        return next(iter(str(cause).splitlines()), "")
    return ""


def logging_config() -> dict[str, Any]:
    """Return the configuration of ``logging`` for served processes: everything as JSON to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "portal.web.observing.logs.JsonFormatter"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"level": "INFO", "handlers": ["stderr"]},
        "loggers": {
            # gunicorn's default has handlers of their own; ours is enough.
            "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
            "gunicorn.access": {"level": "INFO", "handlers": [], "propagate": False},
            "alembic": {"level": "WARNING"},
        },
    }


def log_what_python_says() -> None:
    """Let warnings, and failures that nobody can catch, which Python writes as plain text, go to the log as JSON."""
    logging.captureWarnings(True)
    sys.unraisablehook = _unraisable
    threading.excepthook = _of_a_thread


def _unraisable(said: Any) -> None:
    error = said.exc_value or said.exc_type()
    log.error("a failure that nobody could catch", exc_info=(type(error), error, said.exc_traceback))


def _of_a_thread(said: Any) -> None:
    error = said.exc_value or said.exc_type()
    log.error("a thread ended by a failure", exc_info=(type(error), error, said.exc_traceback))
