"""``portal db``: bring the database to the current revision, fill it, check it."""

from __future__ import annotations

import sys

import click

from portal.cli.config_parts import in_language, print_problems
from portal.cli.language import tell
from portal.cli.opening import open_portal, require_database
from portal.core.errors import PortalError, msg
from portal.i18n import translator


@click.group("db")
def command() -> None:
    """Create, fill and check the database."""


@command.command()
@in_language
def upgrade(lang: str) -> None:
    """Run the migrations that are missing; safe to repeat."""
    from portal.persistence import migrate
    from portal.persistence.database import Database
    from portal.services.figures import upkeep
    from portal.settings import Settings

    settings = Settings.from_env()
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    database = Database.connect(settings.database_url)
    say = translator(lang)
    done = {"kind": database.dialect, "revision": migrate.upgrade(database.engine)}
    click.echo(say(msg("database: %(kind)s, revision %(revision)s")) % done)
    built = upkeep.ensure(database)
    if built is not None:
        click.echo(say(msg("%(count)s figures built")) % {"count": built})
    database.dispose()


@command.command()
@click.option(
    "--pack",
    "packs",
    multiple=True,
    help="Only this pack and those that it extends; may be given several times.",
)
@in_language
def seed(packs: tuple[str, ...], lang: str) -> None:
    """Load divisions, publish the packs, open their centres: all or nothing; safe to repeat."""
    from portal.adapters.pack_files import library_with
    from portal.services.seeding import seed as run
    from portal.settings import Settings

    say = translator(lang)
    require_database()
    settings = Settings.from_env()
    portal = open_portal(settings)
    try:
        report = run(portal, library_with(packs, settings.pack_roots), demo=settings.demo, only=packs)
    except PortalError as error:
        print_problems(error.problems, say)
        click.echo(f"[{error.code}] {error.text(say)}", err=True)
        sys.exit(1)
    counts = {"units": report.units, "new": report.new_units}
    click.echo(say(msg("units: %(units)s (%(new)s new)")) % counts)
    for release in report.releases:
        state = say(msg("newly published")) if release.created else say(msg("as it was"))
        click.echo(f"{release.pack} {release.version} {release.digest[:12]}: {state}")
    if report.opened:
        click.echo(say(msg("centres opened: %(units)s")) % {"units": "、".join(report.opened)})
    if report.retired:
        retired = say(msg("no longer in use, since their rows are gone: %(units)s"))
        click.echo(retired % {"units": ", ".join(report.retired)})
    for kept in report.kept:
        print_problems(kept.problems, say)
        click.echo(kept.text(say))


@command.command()
def check() -> None:
    """Say whether the database has the current revision and exactly the tables of the models."""
    from portal.persistence import migrate
    from portal.persistence.database import Database
    from portal.settings import Settings

    database = Database.connect(Settings.from_env().database_url)
    found, wanted = migrate.current(database.engine), migrate.head()
    differences = migrate.differences(database.engine) if found == wanted else []
    tell(msg("revision %(found)s, wanted %(wanted)s"), found=found or "-", wanted=wanted)
    for difference in differences:
        click.echo(difference)
    sys.exit(0 if found == wanted and not differences else 1)
