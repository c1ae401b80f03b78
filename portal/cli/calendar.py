"""``portal calendar``: years of the working calendar, imported for all centres."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from portal.cli.config_parts import acting, in_language, print_problems
from portal.cli.opening import open_portal
from portal.core.calendars import YearDays
from portal.core.errors import Translator, msg
from portal.core.packs.years import read_year
from portal.i18n import translator

_STATES = {"gazetted": msg("gazetted"), "provisional": msg("provisional")}


@click.group("calendar")
def command() -> None:
    """Import and list the years of the working calendar."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--reason", default="", help="Why, such as the title of the notice; kept in the audit log.")
@click.option("--replace", is_flag=True, help="Take the place of a published year that was changed.")
@click.option(
    "--check", "only_check", is_flag=True, help="Report what is wrong with the file, and store nothing."
)
@in_language
def import_file(file: Path, reason: str, replace: bool, only_check: bool, lang: str) -> None:
    """Import a year from FILE; running periods are worked out by it, and no party's day moves earlier."""
    say = translator(lang)
    year, problems = read_year(file.read_bytes(), file=file.name)
    print_problems(problems, say)
    if year is None:
        sys.exit(1)
    counts = {
        "year": year.year,
        "off": len(year.days["holidays"]),
        "worked": len(year.days["workdays"]),
        "state": say(_STATES[year.state]),
    }
    click.echo(say(msg("%(year)s: %(off)s days off, %(worked)s weekend days worked, %(state)s")) % counts)
    if only_check:
        return
    from portal.services.releases.years import import_year

    with acting("calendar", say) as uow:
        changed = import_year(uow, year, reason, replace=replace)
    done = (
        msg("Stored; running periods are worked out by the worker")
        if changed
        else msg("Known already: nothing changed")
    )
    click.echo(say(done))


@command.command("list")
@in_language
def list_years(lang: str) -> None:
    """List the years that count at each centre, and where each comes from."""
    from portal.core.access import Access
    from portal.services.calendars import calendar_of, imported_years
    from portal.services.releases.reading import pinned
    from portal.services.units.centres import all_centres

    say, portal = translator(lang), open_portal()
    with portal.reading(Access.system("portal calendar list")) as session:
        imported = imported_years(portal, session).years
        seen: set[str] = set()
        for centre in all_centres(session):
            bundle = pinned(portal, session, centre.release_id)
            calendar = calendar_of(portal, session, bundle)
            lines = [
                _line(year, days, imported.get(str(year)), say)
                for year, days in sorted(calendar.years.items())
            ]
            if (text := "\n".join(lines)) not in seen:
                seen.add(text)
                click.echo(f"{centre.name}\n{text}")


def _line(year: int, days: YearDays, imported: Mapping[str, Any] | None, say: Translator) -> str:
    """Return one year as it is listed: its state, its notice, and whether the imported year is the one that counts."""
    counts = imported is not None and YearDays.from_definition(imported) == days
    origin = msg("imported") if counts else msg("from the packs")
    return f"  {year} {say(_STATES[days.state])} {days.notice or days.source} [{say(origin)}]"
