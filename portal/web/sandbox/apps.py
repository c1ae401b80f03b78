"""The applications of sandboxes in this process: made when they are first asked, a few kept, and how one is asked.

What a sandbox is lies on disk. A process that finds another generation there than the one it knows drops its
application and makes one of the new files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

from portal.persistence.models import Draft
from portal.services.portal import Portal
from portal.services.sandboxes import Sandbox, Sandboxes
from portal.settings import Settings
from portal.web import language
from portal.web.sandbox.made_up import MadeUp
from portal.web.sandbox.rewriting import HEADERS, below, json_below, page_below

MOST_KEPT = 4
EXTENSION = "portal.sandboxes"
COOKIE = "one_door_try_"
# What a page of the portal knows of its request, and a sandbox must not.
_DROPPED = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "REMOTE_USER", "werkzeug.request", "flask._preserve_context")
Factory = Callable[..., Flask]


@dataclass
class _Kept:
    generation: str
    app: Flask
    portal: Portal
    made_up: MadeUp


@dataclass
class SandboxApps:
    """The sandboxes of an installation, and those of them that this process has open."""

    folders: Sandboxes
    settings: Settings
    factory: Factory
    _open: dict[str, _Kept] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, sandbox: Sandbox, unit: str) -> _Kept:
        """Return the application of a sandbox as it lies on disk."""
        with self._lock:
            known = self._open.pop(sandbox.draft, None)
            if known is not None and known.generation != sandbox.generation:
                known.portal.database.dispose()
                known = None
            known = known or self._made(sandbox, unit)
            self._open[sandbox.draft] = known
            while len(self._open) > MOST_KEPT:
                oldest = next(iter(self._open))
                self._open.pop(oldest).portal.database.dispose()
            return known

    def _made(self, sandbox: Sandbox, unit: str) -> _Kept:
        folder, root = self.folders.folder(sandbox), f"/try/{sandbox.draft}"
        settings = _settings(self.settings, folder)
        portal = Portal.from_settings(settings)
        made_up = MadeUp(portal, root, unit)
        app = self.factory(settings, portal, made_up)
        app.config.update(SESSION_COOKIE_NAME=f"{COOKIE}{sandbox.draft[:8]}", SESSION_COOKIE_PATH=f"{root}/")
        return _Kept(sandbox.generation, app, portal, made_up)


def init_sandboxes(app: Flask, settings: Settings, factory: Factory) -> None:
    """Let an application answer for its sandboxes."""
    app.extensions[EXTENSION] = SandboxApps(Sandboxes.at(settings.instance_path), settings, factory)


def sandboxes() -> SandboxApps:
    """Return the sandboxes of this application."""
    found: SandboxApps = current_app.extensions[EXTENSION]
    return found


def ask(sandbox: Sandbox, row: Draft, unit: str) -> Response:
    """Return the answer of a sandbox to this request, its addresses below the sandbox's own."""
    kept = sandboxes().of(sandbox, unit)
    kept.made_up.draft, kept.made_up.outdated = row.name, row.position != sandbox.position
    root = f"/try/{sandbox.draft}"
    environ = _environ(root, kept.app.config["SESSION_COOKIE_NAME"])
    environ[language.OUTER] = language.current()
    answer = Response.from_app(kept.app.wsgi_app, environ, buffered=True)
    for name in HEADERS:
        if name in answer.headers:
            answer.headers[name] = below(answer.headers[name], root)
    if answer.mimetype == "text/html":
        answer.set_data(page_below(answer.get_data(as_text=True), root))
    elif answer.mimetype == "application/json":
        answer.set_data(json_below(answer.get_data(as_text=True), root))
    return answer


def _environ(root: str, cookie: str) -> dict[str, Any]:
    """Return what the sandbox is asked: this request below its address, with the sandbox's own cookie alone."""
    environ = {name: value for name, value in request.environ.items() if name not in _DROPPED}
    path = request.environ.get("PATH_INFO", "")
    environ["SCRIPT_NAME"] = f"{request.environ.get('SCRIPT_NAME', '')}{root}"
    environ["PATH_INFO"] = path[len(root) :] or "/"
    own = _cookie(request.environ.get("HTTP_COOKIE", ""), cookie)
    if own:
        environ["HTTP_COOKIE"] = f"{cookie}={own}"
    return environ


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found is not None else ""


def _settings(outer: Settings, folder: Path) -> Settings:
    """Return the settings of a sandbox: its own database and keys, no second factor, no channel to the outside."""
    return Settings(
        database_url=f"sqlite:///{folder / 'portal.db'}",
        secret_key=(folder / "secret.key").read_text(),
        instance_path=folder,
        env="demo",
        data_key=(folder / "data.key").read_text(),
        trusted_hosts=outer.trusted_hosts,
        https=outer.https,
        testing=outer.testing,
        second_factor=False,
        second_person=False,
    )
