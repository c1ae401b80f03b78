"""``portal i18n``: compile and check the message catalogues."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.extract import extract_from_dir

from portal import i18n
from portal.cli.language import tell, texts
from portal.core.editors.words import message_ids
from portal.core.errors import msg


@click.group("i18n")
def command() -> None:
    """Compile and check the translations of the portal's own texts."""


@command.command("compile")
def compile_() -> None:
    """Merge the catalogues of each language into the file the portal reads."""
    for path in i18n.compile_catalogues():
        click.echo(path)


@command.command()
def check() -> None:
    """List each text without a complete translation; exit 1 if there is one."""
    problems = i18n.check_catalogues(further={**texts_of_command_line(), **dict(message_ids())})
    for problem in problems:
        click.echo(problem.render(), err=True)
    tell(msg("%(count)s problems"), count=len(problems))
    raise SystemExit(1 if problems else 0)


def texts_of_command_line() -> dict[str, str]:
    """Return each text of the help of all commands, and each that click may say, with one place of it."""
    from portal.cli import main

    found: dict[str, str] = {}
    for text, place in (*texts(main), *_texts_of_click()):
        found.setdefault(text, place)
    return found


def _texts_of_click() -> Iterator[tuple[str, str]]:
    """Yield each message that click itself may say, the first of its forms, with its place."""
    words: dict[str, tuple[int, ...] | None] = {"_": None, "ngettext": (1, 2)}
    folder = Path(click.__file__).parent
    for name, line, message, *_ in extract_from_dir(folder, [("**.py", "python")], keywords=words):
        yield message if isinstance(message, str) else message[0], f"click/{name}:{line}"
