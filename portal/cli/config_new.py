"""``portal config new``: a county's own pack from a few questions."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from portal.adapters.pack_files import own_roots, refuse_existing, write_new_root
from portal.cli.asking import Interview
from portal.cli.config_parts import BROKEN, from_roots, in_language, print_problems
from portal.cli.county_questions import CountyQuestions
from portal.core.errors import PortalError, Translator, msg
from portal.core.packs import starting
from portal.core.packs.starting import County, Made
from portal.i18n import translator

PEOPLE, PLACES = "people.csv", "env.sh"

_OPTIONS: tuple[tuple[str, str], ...] = (
    ("--code", "Division code of the county: six digits."),
    ("--name", "Name of the county."),
    ("--city", "Name of the city that the county belongs to."),
    ("--pack", "Short Latin name of the pack; by default that of the folder."),
    ("--centre", "Name of the centre."),
    ("--agency", "Agency word: stands in front of the year in case numbers."),
    ("--address", "Address of the centre."),
    ("--phone", "Public telephone number."),
    ("--open", "Days on which the centre is open."),
    ("--hours", "Hours, in words."),
    ("--windows", "Windows in the order of their numbers, each with its department, if any."),
    ("--rooms", "Rooms, each with its department, if any."),
    ("--resident", "Departments that are there each day."),
    ("--rotating", "Departments that come on some weekdays, each with its days."),
    ("--on-call", "Departments that come when they are called, each within so many hours."),
    (
        "--city-agency",
        "Agency word of the city's centre, where that works here too: its pack is written as well.",
    ),
    ("--city-pack", "Short Latin name of the city's pack."),
)


def _asked_of(command: Callable[..., None]) -> Callable[..., None]:
    for name, text in reversed(_OPTIONS):
        command = click.option(name, help=text)(command)
    return command


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path))
@_asked_of
@click.option(
    "--units", type=click.Path(), help="Table (CSV) of the county's townships and villages: code and name."
)
@click.option(
    "--new-code", is_flag=True, help="The county is newly founded: its city's data don't have it yet."
)
@click.option("--yes", "-y", is_flag=True, help="Ask nothing: take the default where no option answers.")
@from_roots
@in_language
def new_pack(
    folder: Path, roots: Sequence[Path], lang: str, yes: bool, new_code: bool, **answers: Any
) -> None:
    """Write the pack of a new county into FOLDER, which does not exist yet, by a few questions.

    Each question can be answered by an option. The pack passes `portal config check`, or nothing is written.
    """
    say = translator(lang)
    folder = folder.expanduser()
    questions = CountyQuestions(folder, own_roots(), [root for root in roots if root.is_dir()], say, new_code)
    interview = questions.interview(answers, defaults=yes)
    try:
        refuse_existing(folder)
        made, county = _answered(questions, interview, say)
        files = {
            **made.files,
            PEOPLE: starting.people_table(county),
            PLACES: starting.places_file(_places(folder, questions)),
        }
        write_new_root(folder, files)
    except (click.Abort, KeyboardInterrupt, EOFError):
        click.echo("\n" + say(msg("Stopped: nothing was written")), err=True)
        sys.exit(BROKEN)
    except PortalError as refused:
        print_problems(refused.problems, say)
        raise click.ClickException(refused.text(say)) from refused
    _tell(say, folder, county, made)


def _answered(questions: CountyQuestions, interview: Interview, say: Translator) -> tuple[Made, County]:
    """Return the county with its checked pack, once its answers were seen together and left as they are."""
    again = ""
    while True:
        interview.run(again)
        county = questions.county()
        click.echo(say(msg("Checking …")))
        made = starting.make(questions.around, county)
        print_problems(made.problems, say)
        if made.errors and interview.defaults:
            sys.exit(BROKEN)
        if made.problems and not interview.defaults:
            click.echo(
                say(msg("The number of an answer below changes it, and with it what is told above.")),
                err=True,
            )
        if interview.defaults:
            return made, county
        again = interview.review()
        if not again and not made.errors:
            return made, county
        again = again or interview.questions[0].option


def _places(folder: Path, questions: CountyQuestions) -> dict[str, str]:
    """Return where things are, as a terminal has to know it: by the settings, else beside the new folder."""
    folder = folder.resolve()
    left = {root.resolve() for root in questions.left_out}
    kept = [root.resolve() for root in (*questions.own, *questions.more) if root.is_dir()]
    roots = dict.fromkeys(root for root in (*kept, folder) if root not in left)
    found = {
        "PORTAL_ENV": os.environ.get("PORTAL_ENV")
        or ("production" if os.environ.get("PORTAL_SECRET_KEY") else "demo"),
        "PORTAL_INSTANCE": str(
            Path(os.environ.get("PORTAL_INSTANCE") or folder.with_name(f"{folder.name}-data")).resolve()
        ),
        "PORTAL_PACK_PATH": os.pathsep.join(map(str, roots)),
    }
    programs = Path(sys.executable).parent
    return {"PATH": str(programs), **found} if (programs / "portal").exists() else found


def _tell(say: Translator, folder: Path, county: County, made: starting.Made) -> None:
    """Print what was written, and what comes next."""
    townships = sum(one.level == "township" for one in county.units)
    villages = sum(one.level == "village" for one in county.units)
    click.echo(say(msg("Written into %(folder)s:")) % {"folder": folder})
    for path in sorted(made.files):
        click.echo(f"  {path}")
    click.echo(f"  {PEOPLE}\n  {PLACES}")
    counts = {"packs": ", ".join(made.packs), "townships": townships, "villages": villages}
    click.echo(
        say(msg("Checked without errors: %(packs)s; townships: %(townships)s, villages: %(villages)s"))
        % counts
    )
    where = shlex.quote(str(folder.resolve()))
    click.echo(say(msg("Next:")))
    for line in (
        f". {where}/{PLACES}",
        "portal db upgrade",
        f"portal db seed --pack {county.pack}",
        f"portal user create-admin {county.pack.rpartition('/')[2]}.admin --unit {county.code}",
        f"portal user import {where}/{PEOPLE}",
        f"portal user receivers {county.code}",
        "portal serve",
    ):
        click.echo(f"  {line}")
    click.echo(say(msg("The first line is needed again in each new terminal.")))


COMMANDS = (new_pack,)
