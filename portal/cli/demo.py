"""``portal demo``: synthetic cases and accounts for trying the portal out."""

from __future__ import annotations

import json
import sys

import click

from portal.cli.language import refusal, tell, words
from portal.cli.opening import open_portal
from portal.core.errors import PortalError, msg


@click.group("demo")
def command() -> None:
    """Load made-up data; never in production."""


@command.command()
@click.option(
    "--cases", default=5000, show_default=True, type=click.IntRange(0, 200_000), help="How many cases."
)
def load(cases: int) -> None:
    """Load about 5,000 cases over Kunming's units and print one login per role; safe to repeat."""
    from portal.adapters.pack_files import shipped_root
    from portal.core.errors import Conflict
    from portal.services.demo import PASSWORD, load_demo, make_accounts
    from portal.settings import Settings

    settings = Settings.from_env()
    if not settings.demo:
        refused = msg("Demo data is refused in production; set PORTAL_ENV=demo where this is no production.")
        click.echo(words()(refused), err=True)
        sys.exit(2)
    portal = open_portal(settings)
    names = shipped_root() / "seed" / "base" / "demo" / "names.json"
    try:
        report = load_demo(portal, cases, json.loads(names.read_text("utf-8")) if names.exists() else None)
        tell(
            msg("made: %(made)s"),
            made=", ".join(f"{number} {etype}" for etype, number in report.made.items()),
        )
    except Conflict as error:
        click.echo(error.text(words()))
    except PortalError as error:
        click.echo(refusal(error, words()), err=True)
        sys.exit(1)
    logins = make_accounts(portal)
    click.echo()
    tell(msg("Logins (password of all: %(password)s)"), password=PASSWORD)
    for login in logins:
        click.echo(f"  {login.username:28} {login.unit:22} {login.title}")
    tell(
        msg(
            "Each other unit that receives matters has one named by its code, such as 530112.justice or 530112001."
        )
    )
