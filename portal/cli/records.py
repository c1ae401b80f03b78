"""``portal records``: work on what was entered."""

from __future__ import annotations

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
