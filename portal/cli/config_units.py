"""``portal config units``: townships and villages into a pack that is there, by a table of code and name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from portal.adapters.pack_files import default_library, shipped_root
from portal.cli.config_parts import fail, from_roots, in_language, print_problems, resolved_or_exit
from portal.cli.county_questions import read_table
from portal.core.divisions import read_divisions
from portal.core.errors import InvalidInput, msg
from portal.core.packs import divisions, starting
from portal.i18n import translator


@click.command("units")
@click.argument("pack")
@click.argument("table")
@from_roots
@in_language
def add_units(pack: str, table: str, roots: Sequence[Path], lang: str) -> None:
    """Add the townships and villages of TABLE (CSV: code, name) to PACK, and take over changed names.

    Rows that the table does not name stay. Either the whole table is right, or nothing is written.
    """
    say = translator(lang)
    library = default_library(roots)
    source = library.source(pack)
    if source is None:
        raise fail(lang, msg("There is no pack %(pack)s"), pack=pack)
    if Path(source.root) == shipped_root().resolve():
        raise fail(lang, msg("%(pack)s comes with the portal: its units are changed there"), pack=pack)
    unit = resolved_or_exit(pack, library, say).manifest.unit
    if unit is None:
        raise fail(lang, msg("The pack %(pack)s names no unit"), pack=pack)
    known = {one.code: one for one in divisions(library, pack)}
    path = f"seed/{pack}/divisions.csv"
    own, problems = read_divisions(source.files[path], file=path) if path in source.files else ([], [])
    try:
        wanted = [] if problems else read_table(table, unit, say, known)
    except InvalidInput as refused:
        problems = list(refused.problems)
    if problems:
        print_problems(problems, say)
        raise fail(lang, msg("Nothing was written"))
    rows, added, renamed = starting.joined(own, known, wanted)
    if added or renamed:
        _replace(Path(source.root) / path, starting.divisions_table(rows))
    counts = {
        "townships": sum(one.level == "township" for one in added),
        "villages": sum(one.level == "village" for one in added),
        "renamed": len(renamed),
    }
    text = msg("new townships: %(townships)s, new villages: %(villages)s, new names: %(renamed)s")
    click.echo(say(text) % counts)
    if added or renamed:
        click.echo(say(msg("Next:")))
        click.echo(f"  portal db seed --pack {pack}\n  portal user receivers {unit}")


def _replace(file: Path, content: bytes) -> None:
    """Write a file whole, or leave the one that is there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as fresh:
        fresh.write(content)
    os.chmod(fresh.name, file.stat().st_mode if file.exists() else 0o644)
    os.replace(fresh.name, file)


COMMANDS = (add_units,)
