"""``portal records``: work on what was entered."""

from __future__ import annotations

import sys

import click

from portal.cli.language import tell
from portal.cli.opening import open_portal
from portal.core.errors import msg


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

    done = run(
        open_portal(),
        chunk,
        lambda where, count: tell(msg("%(where)s: %(count)s records"), where=where, count=count),
    )
    tell(
        msg("%(fields)s fields looked after, %(records)s records filled"),
        fields=done.fields,
        records=done.records,
    )


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
        tell(msg("%(count)s figures built"), count=upkeep.build(database))
    elif asked == "fold":
        tell(msg("%(count)s changes folded"), count=upkeep.fold(database))
    else:
        found = upkeep.check(database, unit)
        for one in found[:20]:
            tell(
                msg("%(cell)s: kept %(kept)s, counted %(counted)s"),
                cell=one.cell,
                kept=one.kept,
                counted=one.counted,
            )
        tell(msg("%(count)s figures differ from the records"), count=len(found))
        sys.exit(1 if found else 0)


@command.command()
@click.option("--check", "asked", flag_value="check", default="check", help="Compare with the records.")
@click.option("--fold", "asked", flag_value="fold", help="Fold what acts marked, and count what is new.")
@click.option("--rebuild", "asked", flag_value="rebuild", help="Build them anew from the records.")
def indicators(asked: str) -> None:
    """Compare the figures of the board with the records, fold them or build them anew; safe beside the portal."""
    from portal.services.indicators import proof

    portal = open_portal()
    if asked != "check":
        done = proof.rebuild(portal) if asked == "rebuild" else proof.build(portal)
        tell(msg("%(count)s records counted"), count=done)
        return
    found = proof.recount(portal)
    for one in (*found.others[:20], *found.cells[:20]):
        tell(msg("%(cell)s is kept otherwise"), cell=one)
    tell(msg("%(count)s figures differ from the records"), count=len(found.others) + len(found.cells))
    sys.exit(1 if found.others or found.cells else 0)


@command.command()
@click.option("--check", "asked", flag_value="check", default="check", help="Compare with the records.")
@click.option("--rebuild", "asked", flag_value="rebuild", help="Mend the rows that are wrong.")
def reach(asked: str) -> None:
    """Compare which units see records with the records, or mend it; safe beside the portal, and to run again."""
    from portal.services.reach import upkeep

    database = open_portal().database
    if asked == "rebuild":
        tell(msg("%(count)s rows mended"), count=upkeep.rebuild(database))
        return
    found = upkeep.check(database)
    for one in found[:20]:
        click.echo(str(one))
    tell(msg("%(count)s rows differ from the records"), count=len(found))
    sys.exit(1 if found else 0)
