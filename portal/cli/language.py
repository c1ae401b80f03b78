"""The command line in the user's language: help, usage, and what click itself says of mistakes.

Help is written in English where a command is declared; each paragraph of it, each option's help and each name of an
argument is a message id of the catalogues. A copy of the commands with their texts in the language is made when the
command line starts, so a command needs nothing but its English. The messages of click are looked up by Python's
``gettext``, as click intends: its default domain is pointed at the portal's catalogue while a command runs.
"""

from __future__ import annotations

import copy
import errno
import gettext
import inspect
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

from portal.core.errors import PortalError, Translator, msg
from portal.core.text import DEFAULT_LANGUAGE, normal_language

VARIABLE = "PORTAL_LANG"
_DOMAIN = "messages"
_SPLIT = re.compile(r"\n\s*\n")
_CLAUSE = re.compile(r"[。；]|\.(?=\s|$)")
# Where a line of Chinese must not begin, and where it must not end.
_CLOSING, _OPENING = "，。；：、！？）》”’…", "（《“‘"
# What click says without looking for a translation.
UNSAID = (msg("[OPTIONS]"), msg("COMMAND [ARGS]..."), msg("integer"), msg("text"), msg("integer range"))

# The system's own words for these are English whatever the language.
_REASONS = {
    errno.ENOENT: msg("it does not exist"),
    errno.EACCES: msg("no permission"),
    errno.EPERM: msg("no permission"),
    errno.EROFS: msg("the disk is read-only"),
    errno.ENOSPC: msg("the disk is full"),
    errno.EISDIR: msg("it is a folder"),
    errno.EEXIST: msg("it is there already"),
    errno.ENAMETOOLONG: msg("its name is too long"),
    errno.ELOOP: msg("its links lead in a circle"),
    errno.ENOTDIR: msg("a part of its path is no folder"),
}


def chosen() -> str:
    """Return the language of the command line: that of ``PORTAL_LANG``, or Chinese."""
    return normal_language(os.environ.get(VARIABLE) or DEFAULT_LANGUAGE)


def words() -> Translator:
    """Return the translator into the language of the command line."""
    from portal.i18n import translator

    return translator(chosen())


def tell(text: str, **values: object) -> None:
    """Print a message in the language of the command line."""
    click.echo(words()(text) % values)


@contextmanager
def speaking(lang: str) -> Iterator[Translator]:
    """Let click's own messages be in ``lang`` meanwhile, and yield the translator of the rest."""
    # Loaded here, so that `portal form` starts fast in English too.
    from portal.i18n import catalogue_dir, translator

    before = os.environ.get("LANGUAGE"), gettext.bindtextdomain(_DOMAIN), gettext.textdomain()
    os.environ["LANGUAGE"] = lang
    gettext.bindtextdomain(_DOMAIN, str(catalogue_dir()))
    gettext.textdomain(_DOMAIN)
    try:
        yield translator(lang)
    finally:
        language, folder, domain = before
        gettext.textdomain(domain)
        gettext.bindtextdomain(_DOMAIN, folder)
        if language is None:
            del os.environ["LANGUAGE"]
        else:
            os.environ["LANGUAGE"] = language


def refusal(error: PortalError, say: Translator) -> str:
    """Return what a refusal says with all its problems, a line for each."""
    return "\n".join((f"[{error.code}] {error.text(say)}", *(one.render(say) for one in error.problems)))


def why(error: OSError, say: Translator) -> str:
    """Return why a file or folder can't be used; the system's own words where it is none of the usual reasons."""
    return say(_REASONS[error.errno]) if error.errno in _REASONS else str(error.strerror)


def in_language(command: click.Command, say: Translator) -> click.Command:
    """Return a copy of a command, with all below it, whose texts are in the translator's language."""
    one = copy.copy(command)
    one.context_class = _Context
    one._help_option = None  # click keeps it with the words of the language in which it was first asked for
    one.help = _paragraphs(command.help, say)
    one.short_help = _short(one.help)
    one.epilog = _paragraphs(command.epilog, say)
    one.options_metavar = say(command.options_metavar or "")
    one.params = [_parameter(param, say) for param in command.params]
    if isinstance(one, click.Group) and isinstance(command, click.Group):
        one.subcommand_metavar = say(command.subcommand_metavar)
        one.commands = {name: in_language(below, say) for name, below in command.commands.items()}
    return one


def texts(command: click.Command, path: str = "portal") -> Iterator[tuple[str, str]]:
    """Yield each text of a command and of all below it that has to have a translation, with the command's name."""
    yield from ((text, path) for text in _split(command.help) + _split(command.epilog))
    for param in command.params:
        yield from ((text, path) for text in _texts_of(param) if text)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from texts(below, f"{path} {name}")


def _texts_of(param: click.Parameter) -> Iterator[str]:
    if isinstance(param, click.Option):
        yield from _split(param.help)
        yield param.prompt or ""
    yield _name_of(param) or ""


def _parameter(param: click.Parameter, say: Translator) -> click.Parameter:
    one = copy.copy(param)
    if isinstance(one, click.Option):
        one.help = _paragraphs(one.help, say)
        one.prompt = say(one.prompt) if one.prompt else one.prompt
    name = _name_of(one)
    if name:
        one.metavar = _shaped(one, say(name))
    if not isinstance(one.type, click.Choice):
        one.type = copy.copy(one.type)
        one.type.name = say(one.type.name)
    return one


def _name_of(param: click.Parameter) -> str | None:
    """Return what stands for a value in the usage line; None where its type says it."""
    if isinstance(param, click.Argument):
        return param.metavar or (param.name or "").upper()
    return param.metavar


def _shaped(param: click.Parameter, name: str) -> str:
    """Return a name as the usage line shows an argument: in brackets where it may be left out, dots for several."""
    if not isinstance(param, click.Argument):
        return name
    return (name if param.required else f"[{name}]") + ("..." if param.nargs != 1 else "")


def _split(text: str | None) -> list[str]:
    """Return the paragraphs of a help text, each on one line."""
    parts = _SPLIT.split(inspect.cleandoc(text)) if text else []
    return [" ".join(part.split()) for part in parts if part.strip()]


def _paragraphs(text: str | None, say: Translator) -> str | None:
    return "\n\n".join(say(part) for part in _split(text)) or None


def _short(text: str | None) -> str | None:
    """Return the first clause of a help text, for the list of commands."""
    return _CLAUSE.split(text.partition("\n")[0], maxsplit=1)[0] if text else None


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def wrapped(text: str, columns: int) -> list[str]:
    """Return a paragraph in lines of at most so many columns; Chinese breaks at any sign, other words whole."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and width(lines[-1] + piece.rstrip()) > columns:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]


def _pieces(text: str) -> Iterator[str]:
    """Yield the parts of a text between which a line may end."""
    piece = ""
    for sign in text:
        if piece and _may_end(piece[-1], sign):
            yield piece
            piece = ""
        piece += sign
    yield piece


def _may_end(last: str, following: str) -> bool:
    """Return whether a line may end between two signs."""
    if last in _OPENING or following in _CLOSING or following == " ":
        return False
    return last == " " or any(width(sign) > 1 or sign in _OPENING + _CLOSING for sign in (last, following))


class _Formatter(click.HelpFormatter):
    """Help in lines that are measured in columns, since a Chinese sign takes two of them."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage line; the colon of Chinese brings its space along."""
        super().write_usage(prog, args, gettext.gettext("Usage:") if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """Write a heading with the colon of the language."""
        self.write(f"{'':>{self.current_indent}}{heading}：\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs, indented."""
        indent = " " * self.current_indent
        parts = (wrapped(part, self.width - self.current_indent) for part in text.split("\n\n"))
        self.write("\n\n".join("\n".join(indent + line for line in lines) for lines in parts) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write terms and what they mean in two columns."""
        known = list(rows)
        first = min(max(width(term) for term, _ in known), col_max) + col_spacing
        indent = " " * self.current_indent
        for term, meaning in known:
            lines = wrapped(meaning, max(self.width - first - self.current_indent, 10)) if meaning else []
            apart = width(term) > first - col_spacing
            if apart or not lines:
                self.write(f"{indent}{term}\n")
            elif lines:
                self.write(f"{indent}{term}{' ' * (first - width(term))}{lines.pop(0)}\n")
            for line in lines:
                self.write(f"{indent}{' ' * first}{line}\n")


class _Context(click.Context):
    """The context of a command whose help is written by the portal."""

    formatter_class = _Formatter
