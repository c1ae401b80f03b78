"""``portal records``: work on what was entered."""

from __future__ import annotations

import sys

import click

from portal.cli.opening import open_portal


@click.group("records")
def command() -> None:
    """Work on the records that were entered."""


@command.command()
@click.option("--chunk", type=click.IntRange(1, 10_000), default=500, help="Records to a transaction.")
def fill(chunk: int) -> None:
    """Give older records their values of newly declared fields; safe to stop, to repeat and to run beside the portal.

    Run it after a release with new filter fields was put in force.
    """
    from portal.services.records.entering.filling import fill as run

    done = run(open_portal(), chunk, lambda where, count: click.echo(f"{where}: {count} records"))
    click.echo(f"{done.fields} fields looked after, {done.records} records filled")


@command.command()
@click.option(
    "--check", "asked", flag_value="check", default="check", help="Compare with the records (default)."
)
@click.option("--fold", "asked", flag_value="fold", help="Fold what acts added.")
@click.option("--rebuild", "asked", flag_value="rebuild", help="Build them anew from the records.")
@click.option("--unit", type=int, help="Compare only a unit, by its identifier, and what lies below it.")
def figures(asked: str, unit: int | None) -> None:
    """Compare the figures with the records, fold them or build them anew; safe beside the portal."""
    from portal.services.figures import upkeep

    database = open_portal().database
    if asked == "rebuild":
        click.echo(f"{upkeep.build(database)} figures built")
    elif asked == "fold":
        click.echo(f"{upkeep.fold(database)} changes folded")
    else:
        found = upkeep.check(database, unit)
        for one in found[:20]:
            click.echo(f"{one.cell}: kept {one.kept}, counted {one.counted}")
        click.echo(f"{len(found)} figures differ from the records")
        sys.exit(1 if found else 0)


@command.command()
@click.option("--check", "asked", flag_value="check", default="check", help="Compare with the records.")
@click.option("--rebuild", "asked", flag_value="rebuild", help="Mend the rows that are wrong.")
def reach(asked: str) -> None:
    """Compare which units see records with the records, or mend it; safe beside the portal, and to run again."""
    from portal.services.reach import upkeep

    database = open_portal().database
    if asked == "rebuild":
        click.echo(f"{upkeep.rebuild(database)} rows mended")
        return
    found = upkeep.check(database)
    for one in found[:20]:
        click.echo(str(one))
    click.echo(f"{len(found)} rows differ from the records")
    sys.exit(1 if found else 0)
