"""What protects every page: headers, content security policy, CSRF, hosts, cookies."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.settings import Settings

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
HSTS = "max-age=31536000; includeSubDomains"
ROBOTS = "noindex, nofollow"
# Flask-AppBuilder's acts on many rows at once: no list of ours has them.
BULK_ROUTES = frozenset({"download", "action", "action_post"})

csrf = CSRFProtect()


def security_config(settings: Settings) -> dict[str, Any]:
    """Return the Flask settings that keep sessions and hosts safe."""
    hosts = list(settings.trusted_hosts)
    return {
        "SECRET_KEY": settings.secret_key,
        "SESSION_COOKIE_NAME": "one_door",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.https,
        "WTF_CSRF_ENABLED": True,
        "WTF_CSRF_TIME_LIMIT": None,  # the token lives as long as its session
        "WTF_CSRF_SSL_STRICT": settings.https,
        "TRUSTED_HOSTS": hosts,
        "FAB_SAFE_REDIRECT_HOSTS": [pattern for host in hosts for pattern in (host, f"{host}:*")],
        "MAX_CONTENT_LENGTH": 32 * 1024 * 1024,
        "MAX_FORM_PARTS": 5_000,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
    }


def no_store(response: Response) -> Response:
    """Forbid any cache to keep an answer that holds personal data."""
    response.headers["Cache-Control"] = "no-store"
    return response


def init_security(app: Flask, settings: Settings) -> None:
    """Switch on CSRF protection and the headers of every answer."""
    csrf.init_app(app)
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]

    wanted = [*HEADERS.items(), *([("Strict-Transport-Security", HSTS)] if settings.https else [])]

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        given = {name.lower() for name in headers.keys()}  # noqa: SIM118 - of headers each is a pair
        for name, value in wanted:
            if name.lower() not in given:
                headers.add(name, value)
        if response.mimetype != "text/css" and "Cache-Control" not in response.headers:
            no_store(response)
            response.headers.setdefault("X-Robots-Tag", ROBOTS)
        return response
