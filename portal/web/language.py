"""The language of a page: chosen by the person, kept in the session; Chinese unless told otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, has_app_context, has_request_context, redirect, request, session
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from portal.core import zone
from portal.core.access import SYSTEM
from portal.core.encrypted import DESTROYED_TEXT
from portal.core.errors import fill, msg
from portal.core.text import DEFAULT_LANGUAGE, Catalogues, Texts
from portal.i18n import LANGUAGES
from portal.web.redirects import local

# In which language the page was read from which a sandbox was entered; browsers cannot set it.
OUTER = "portal.language"
HTML_LANG = {"zh_Hans": "zh-Hans", "en": "en"}
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def language_config(translations: Path) -> dict[str, Any]:
    """Return the settings of Flask-Babel and FAB; our catalogues come after FAB's, so they win."""
    return {
        "BABEL_DEFAULT_LOCALE": DEFAULT_LANGUAGE,
        "BABEL_DEFAULT_TIMEZONE": zone.NAME,
        "BABEL_TRANSLATION_DIRECTORIES": str(translations),
        "LANGUAGES": {code: {"flag": code, "name": name} for code, name in LANGUAGES.items()},
    }


def current() -> str:
    """Return the language of this request: ``zh_Hans`` or ``en``."""
    lang: str | None = g.get("lang") if has_app_context() else None
    if lang is None:
        if not has_request_context():
            return DEFAULT_LANGUAGE
        asked = _of_program() if request.path.startswith("/api/") else _of_person()
        lang = g.lang = asked if asked in LANGUAGES else DEFAULT_LANGUAGE
    return lang


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Answer in another language for a while, such as papers in theirs whatever the page around them speaks."""
    before = current()
    g.lang = lang
    try:
        yield
    finally:
        g.lang = before


def _of_person() -> str | None:
    return request.args.get("_l_") or session.get("locale") or request.environ.get(OUTER)


def _of_program() -> str | None:
    return "en" if request.accept_languages.best_match(["zh", "en"], "zh") == "en" else None


def texts(catalogues: Catalogues | None = None) -> Texts:
    """Return the reader of a bundle's texts in the language of this request."""
    return Texts(current(), catalogues or {})


@lru_cache(maxsize=4)
def _catalogue(lang: str, folders: tuple[str, ...]) -> NullTranslations:
    """Return the merged catalogue of a language; read once per process."""
    merged: NullTranslations | None = None
    for folder in folders:
        found = Translations.load(folder, [lang])
        if isinstance(found, Translations):
            merged = merged.merge(found) if isinstance(merged, Translations) else found
    return merged or NullTranslations()


@lru_cache(maxsize=20_000)
def _said(lang: str, folders: tuple[str, ...], text: str) -> Markup:
    """Return a text of ours in a language; looked up once, for every page says the same hundred texts."""
    return Markup(_catalogue(lang, folders).ugettext(text) if text else "")


def readable(text: str) -> str:
    """Return a reason as it was written; the words for a destroyed one where it went with its record."""
    return translate(DESTROYED_TEXT) if text == DESTROYED_TEXT else text


def translate(text: str, **params: Any) -> str:
    """Translate a message id and fill in its places."""
    return fill(str(_said(current(), _folders, text)), params)


def as_written(text: str | None) -> str | Markup | None:
    """Return a name or what a person wrote, marked as Chinese where the page speaks another language."""
    if not isinstance(text, str) or isinstance(text, Markup) or current() == DEFAULT_LANGUAGE:
        return text  # a message that is translated when it is shown is no text of a person
    if not _HAN.search(text):
        return text
    return Markup('<span lang="{}">{}</span>').format(HTML_LANG[DEFAULT_LANGUAGE], text)


def acted_by(name: str | None) -> str | Markup | None:
    """Return by whom something was done: a person's name as it is written, and the system in words."""
    return translate(msg("The system")) if name == SYSTEM else as_written(name)


def comma() -> str:
    """Return what stands between several things in the language of the page."""
    return "、" if current() == DEFAULT_LANGUAGE else ", "


def colon() -> str:
    """Return what stands between a thing and what is said of it in the language of the page."""
    return "：" if current() == DEFAULT_LANGUAGE else ": "


def joined(told: Iterable[Any]) -> str:
    """Return several things as one text; those that are marked stay marked."""
    found = list(told)
    if any(hasattr(one, "__html__") for one in found):
        return Markup(comma()).join(found)
    return comma().join(map(str, found))


def spoken(words: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter whose answer goes by the language of the page, for constants too.

    Jinja works out a filter of a constant once, while it compiles a template, in the language of that moment;
    a filter that is given the page's context is left for the page.
    """

    @pass_context
    def asked(_context: Context, *given: Any, **named: Any) -> Any:
        return words(*given, **named)

    return asked


def _gettext(text: str, **params: Any) -> Markup:
    """Translate a text of a template; what is filled in is escaped."""
    said = _said(current(), _folders, text)
    return said % params if params or "%" in said else said


def _ngettext(one: str, many: str, n: int) -> str:
    return _catalogue(current(), _folders).ungettext(one, many, n)


_folders: tuple[str, ...] = ()


def init_language(app: Flask) -> None:
    """Let Flask-Babel ask us for the language, translate templates quickly and offer the switch."""
    global _folders
    _folders = tuple(app.config["BABEL_TRANSLATION_DIRECTORIES"].split(";"))
    app.extensions["babel"].locale_selector = current
    app.jinja_env.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(as_written=spoken(as_written), acted_by=spoken(acted_by))
    # Straight to our function: Jinja's own goes three calls around it for each text of a page.
    app.jinja_env.globals.update(_=_gettext, gettext=_gettext)
    app.jinja_env.globals["html_lang"] = lambda: HTML_LANG[current()]

    @app.get("/language/<code>")
    def choose_language(code: str) -> Response:
        """Keep the chosen language and return to the page the person came from."""
        if code in LANGUAGES:
            session["locale"] = code
        return redirect(local(request.args.get("next")))  # type: ignore[return-value]
