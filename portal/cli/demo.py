"""``portal demo``: synthetic cases and accounts for trying the portal out."""

from __future__ import annotations

import json
import sys

import click

from portal.cli.language import refusal, tell, words
from portal.cli.opening import open_portal
from portal.core.errors import PortalError, msg

# Chenggong runs by the city's guideline; its cases before the portal lie in another system.
OLD_CASES_AT, OLD_CASES = "530114", 3000


@click.group("demo")
def command() -> None:
    """Load made-up data; never in production."""


@command.command()
@click.option(
    "--cases", default=5000, show_default=True, type=click.IntRange(0, 200_000), help="How many cases."
)
def load(cases: int) -> None:
    """Load about 5,000 cases over Kunming's units and print one login per role; safe to repeat."""
    from portal.adapters.pack_files import PackFiles, shipped_root
    from portal.core.errors import Conflict
    from portal.services.demo import PASSWORD, import_old_cases, load_demo, make_accounts, play_scenes
    from portal.settings import Settings

    settings = Settings.from_env()
    if not settings.demo:
        refused = msg("Demo data is refused in production; set PORTAL_ENV=demo where this is no production.")
        click.echo(words()(refused), err=True)
        sys.exit(2)
    portal = open_portal(settings)
    file = shipped_root() / "seed" / "base" / "demo" / "names.json"
    names = json.loads(file.read_text("utf-8")) if file.exists() else None
    logins = make_accounts(portal)
    try:
        report = load_demo(portal, cases, names)
        tell(
            msg("made: %(made)s"),
            made=", ".join(f"{number} {etype}" for etype, number in report.made.items()),
        )
        scenes = play_scenes(portal, PackFiles([shipped_root()]), names)
        tell(msg("scenes of stories: %(played)s"), played=scenes.played)
        for one in scenes.stopped:
            tell(
                msg("stopped: %(story)s"),
                story=f"{one.pack} {one.id} {one.failures[0].pointer} {one.failures[0].actual}",
            )
        tell(
            msg("old cases taken over: %(rows)s"),
            rows=import_old_cases(portal, OLD_CASES_AT, OLD_CASES, names),
        )
    except Conflict as error:
        click.echo(error.text(words()))
    except PortalError as error:
        click.echo(refusal(error, words()), err=True)
        sys.exit(1)
    click.echo()
    tell(msg("Logins (password of all: %(password)s)"), password=PASSWORD)
    for login in logins:
        click.echo(f"  {login.username:28} {login.unit:22} {login.title}")
    tell(
        msg(
            "Each other unit that receives matters has one named by its code, such as 530112.justice or 530112001."
        )
    )
