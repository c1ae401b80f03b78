"""Message catalogues: several readable ``.po`` files per language, compiled into one ``messages.mo``.

Each area of the code keeps its own catalogue (``translations/zh_Hans/forms.po``, ``web.po`` ...). English is
the language of the message ids, so it needs no catalogue.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from portal.adapters.shipped import shipped_root
from portal.core.errors import Problem, Translator, msg
from portal.core.text import normal_language

PORTAL = Path(__file__).parent
LANGUAGES = {"zh_Hans": "中文", "en": "English"}
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "msg": None,
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "_l": None,
    "ngettext": (1, 2),
}
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
_PLACE = re.compile(r"%\((\w+)\)[sd]")


def catalogue_dir() -> Path:
    """Return the folder that holds a folder per language."""
    return shipped_root() / "translations"


def read_catalogues(lang: str, folder: Path | None = None) -> Iterator[tuple[Path, Catalog]]:
    """Yield each ``.po`` file of a language with its content, in name order."""
    for path in sorted(((folder or catalogue_dir()) / lang).glob("*.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale=lang)


def compile_catalogues(folder: Path | None = None) -> list[Path]:
    """Write ``<lang>/LC_MESSAGES/messages.mo`` for each language that has catalogues; return the files."""
    root = folder or catalogue_dir()
    written = []
    for lang in LANGUAGES:
        merged = Catalog(locale=lang, project="One Door", version="1", fuzzy=False)
        sources = list(read_catalogues(lang, root))
        if not sources:
            continue
        for _, catalog in sources:
            for message in catalog:
                if message.id and message.string and not message.fuzzy:
                    merged.add(message.id, message.string, context=message.context)
        target = root / lang / "LC_MESSAGES" / "messages.mo"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            write_mo(file, merged)
        written.append(target)
    return written


def extracted() -> dict[str, str]:
    """Return each message id the code and the templates use, with one place where it is used."""
    found: dict[str, str] = {}
    for name, line, message, _comments, _context in extract_from_dir(
        PORTAL, METHODS, keywords=KEYWORDS, strip_comment_tags=True
    ):
        for text in (message,) if isinstance(message, str) else message:
            if text:
                found.setdefault(text, f"portal/{name}:{line}")
    return found


def _first(text: str | Sequence[str] | None) -> str:
    """Return a message, or the first of its plural forms."""
    return (text if isinstance(text, str) else text[0]) if text else ""


def check_catalogues(lang: str = "zh_Hans", further: Mapping[str, str] | None = None) -> list[Problem]:
    """Return every message id without one translation, fuzzy, or whose places differ from its source's.

    ``further`` are ids with their places that stand in no call of code and templates: the help of commands.
    """
    known: dict[str, str] = {}
    problems = []
    for path, catalog in read_catalogues(lang):
        for message in catalog:
            source, target = _first(message.id), _first(message.string)
            if not source or not target or message.fuzzy:
                continue
            if known.setdefault(source, target) != target:
                problems.append(
                    Problem(
                        "i18n.twice",
                        msg("“%(text)s” is translated in another catalogue too, and differently"),
                        {"text": source},
                        file=path.name,
                        remedy=msg("give the text that means something else another wording"),
                    )
                )
            if set(_PLACE.findall(source)) != set(_PLACE.findall(target)):
                problems.append(
                    Problem(
                        "i18n.places",
                        msg("The places in the translation of “%(text)s” differ"),
                        {"text": source},
                        file=path.name,
                    )
                )
    problems += [
        Problem(
            "i18n.missing",
            msg("“%(text)s” has no translation"),
            {"text": text},
            file=place,
            remedy=msg("add it to a catalogue under translations/"),
        )
        for text, place in sorted({**(further or {}), **extracted()}.items())
        if text not in known
    ]
    return problems


@lru_cache(maxsize=8)
def translator(lang: str) -> Translator:
    """Return the function that puts message ids into ``lang``, for use outside a web request."""
    mo = catalogue_dir() / normal_language(lang) / "LC_MESSAGES" / "messages.mo"
    if not mo.exists():
        return str
    with mo.open("rb") as file:
        return gettext.GNUTranslations(file).gettext
