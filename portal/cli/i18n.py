"""``portal i18n``: compile and check the message catalogues."""

from __future__ import annotations

import click

from portal import i18n


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
    problems = i18n.check_catalogues()
    for problem in problems:
        click.echo(problem.render(), err=True)
    click.echo(f"{len(problems)} problems")
    raise SystemExit(1 if problems else 0)
