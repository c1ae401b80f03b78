"""``portal config new``: a county's own pack from a few questions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import click

from portal.adapters.pack_files import default_library, refuse_existing, write_new_root
from portal.cli.asking import Asking
from portal.cli.config_parts import BROKEN, from_roots, in_language, print_problems
from portal.core.divisions import Division
from portal.core.errors import InvalidInput, PortalError, Problem, Translator, msg
from portal.core.layout.model import Mode
from portal.core.packs import starting
from portal.core.packs.starting import Bodies, City, County, Surroundings
from portal.i18n import translator

PEOPLE = "people.csv"
# What a centre starts with where nothing else is said; departments that the packs don't have are left out.
_WINDOWS = "综合受理、公共法律服务=司法局、信访接待=信访局、劳动争议=人社局"
_ROOMS = "联合调解室=人民调解委员会、分析研判室、法律评析室=律师团、心理疏导室"
_RESIDENT = "司法局、信访局、人社局、人民调解委员会"
_ROTATING = "法院=周一、周三；律师团=周二、周四"
_ON_CALL = "公安=2、检察院、住建局、自然资源局、农业农村局、市场监管局、民政局、教体局、卫健局、妇联、工会"
_HOURS = "9:00—12:00，13:30—17:00"

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
    around = Surroundings(default_library(_existing(roots)))
    asking = Asking(answers, say, yes)
    folder = folder.expanduser()
    try:
        refuse_existing(folder)
        county = _ask(asking, around, folder, new_code)
        click.echo(say(msg("Checking …")))
        made = starting.make(around, county)
        if made.errors:
            print_problems(made.errors, say)
            sys.exit(BROKEN)
        write_new_root(folder, {**made.files, PEOPLE: starting.people_table(county)})
    except (click.Abort, KeyboardInterrupt, EOFError):
        click.echo("\n" + say(msg("Stopped: nothing was written")), err=True)
        sys.exit(BROKEN)
    except PortalError as refused:
        print_problems(refused.problems, say)
        raise click.ClickException(refused.text(say)) from refused
    _tell(say, folder, county, made)


def _existing(roots: Sequence[Path]) -> list[Path]:
    return [root for root in roots if root.is_dir()]


def _ask(asking: Asking, around: Surroundings, folder: Path, new_code: bool) -> County:
    """Return the county that the answers describe."""

    def code_of(text: str) -> str:
        code = starting.county_code(text)
        around.require_new(code, unknown=new_code)
        return code

    def word_of(text: str) -> str:
        word = starting.word_of(text)
        around.require_free_word(word, code)
        return word

    def pack_of(text: str) -> str:
        pack = starting.pack_of("county", text.strip().removeprefix("county/"))
        around.require_free_pack(pack)
        return pack

    code = asking.ask("code", msg("Division code of the county (six digits)"), code_of)
    units = _units(asking, code, known=any(one.startswith(code) and one != code for one in around.divisions))
    named = {one.code: one.name for one in units}
    name = asking.ask(
        "name", msg("Name of the county"), starting.name_of, named.get(code) or around.name_of(code) or None
    )
    city = _city(asking, around, code, named)
    pack = asking.ask(
        "pack", msg("Short Latin name of the county's configuration"), pack_of, _latin(folder, code)
    )
    centre = asking.ask("centre", msg("Name of the centre"), starting.name_of, f"{name}综治中心")
    agency = asking.ask(
        "agency", msg("Agency word in front of the year in case numbers"), word_of, f"{name[0]}综"
    )
    county = County(
        code=code,
        name=name,
        pack=pack,
        centre=centre,
        agency=agency,
        city=city,
        address=asking.ask("address", msg("Address of the centre (may stay empty)"), str.strip, ""),
        phone=asking.ask("phone", msg("Public telephone number (may stay empty)"), str.strip, ""),
        units=tuple(units),
    )
    return _hall(asking, county, starting.bodies_for(around, city.code, name))


def _units(asking: Asking, code: str, *, known: bool) -> list[Division]:
    """Return the townships and villages of a table; none where the packs know them and no table is given."""

    def read(text: str) -> list[Division]:
        if not text.strip():
            return []
        path = Path(text.strip().strip("'\"")).expanduser()
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _unreadable(text, error) from error
        found, problems = starting.read_units(content, code, file=path.name)
        if problems:
            raise InvalidInput(problems[0].code, problems[0].message, problems[0].params, problems[:10])
        return found

    if known and asking.options.get("units") is None:
        return []
    question = msg("Table (CSV) of the townships and villages: path of the file (empty: later)")
    return asking.ask("units", question, read, "")


def _unreadable(text: str, error: OSError) -> InvalidInput:
    message = msg("%(file)s can't be read: %(why)s")
    params = {"file": text.strip(), "why": error.strerror or str(error)}
    return InvalidInput("start.file", message, params, [Problem("start.file", message, params)])


def _city(asking: Asking, around: Surroundings, county: str, named: dict[str, str]) -> City:
    """Return the city: known by a pack, or named; with a pack of its own where its centre works here too."""
    code, level = starting.city_code(county)
    if code in around.by_unit:
        return City(code, around.name_of(code), level)
    name = asking.ask(
        "city",
        msg("Name of the city (or province) above it, %(code)s"),
        starting.name_of,
        named.get(code) or around.name_of(code) or None,
        code=code,
    )

    def word_of(text: str) -> str:
        word = starting.word_of(text) if text.strip() else ""
        if word:
            around.require_free_word(word, code)
        return word

    def pack_of(text: str) -> str:
        pack = starting.pack_of("city", text.strip().removeprefix("city/"))
        around.require_free_pack(pack)
        return pack

    question = msg("Agency word of the city's centre, if it works in this portal too (empty: it does not)")
    agency = asking.ask("city_agency", question, word_of, "", name=name)
    if not agency:
        return City(code, name, level)
    pack = asking.ask("city_pack", msg("Short Latin name of the city's configuration"), pack_of, code)
    return City(code, name, level, pack, agency)


def _hall(asking: Asking, county: County, bodies: Bodies) -> County:
    """Return the county with its hall; answers that don't fit one another are told, and asked again together."""
    while True:
        open_on = asking.ask("open", msg("Days on which the centre is open"), starting.open_days_of, "工作日")
        hours = asking.ask("hours", msg("Hours, in words"), str.strip, _HOURS)

        def windows_of(text: str) -> tuple[starting.Place, ...]:
            return starting.places_of(text, bodies, suffix="窗口", numbered=True)

        def stays(option: str, mode: str, question: str, default: str) -> tuple[starting.Stay, ...]:
            return asking.ask(option, question, lambda text: starting.stays_of(text, mode, bodies), default)

        asked = replace(
            county,
            open_on=open_on,
            hours=hours,
            windows=asking.ask("windows", msg("Windows, in order; “name=department”"), windows_of, _WINDOWS),
            rooms=asking.ask(
                "rooms",
                msg("Rooms; “name=department”"),
                lambda text: starting.places_of(text, bodies),
                _ROOMS,
            ),
            stays=(
                *stays(
                    "resident", "resident", msg("Departments that are resident (there each day)"), _RESIDENT
                ),
                *stays(
                    "rotating", "rotating", msg("Departments that rotate; “department=weekdays”"), _ROTATING
                ),
                *stays(
                    "on_call", "on_call", msg("Departments on call; “department=hours to answer”"), _ON_CALL
                ),
            ),
        )
        try:
            starting.try_hall(asked, bodies)
        except InvalidInput as refused:
            asking.tell(refused)
            if asking.defaults:
                raise
            asking.forget("open", "windows", *get_args(Mode))
            continue
        return asked


def _latin(folder: Path, code: str) -> str:
    """Return the name of the folder where it can name a pack, else the code."""
    name = folder.name.lower().replace(" ", "-")
    return (
        name
        if name.isascii() and name.replace("-", "").replace("_", "").isalnum() and name[0].isalnum()
        else code
    )


def _tell(say: Translator, folder: Path, county: County, made: starting.Made) -> None:
    """Print what was written, and what comes next."""
    townships = sum(one.level == "township" for one in county.units)
    villages = sum(one.level == "village" for one in county.units)
    click.echo(say(msg("Written into %(folder)s:")) % {"folder": folder})
    for path in sorted(made.files):
        click.echo(f"  {path}")
    click.echo(f"  {PEOPLE}")
    counts = {"packs": ", ".join(made.packs), "townships": townships, "villages": villages}
    click.echo(
        say(msg("Checked without errors: %(packs)s; townships: %(townships)s, villages: %(villages)s"))
        % counts
    )
    shown = folder.resolve()
    click.echo(say(msg("Next:")))
    quoted = f"'{shown}'" if " " in str(shown) else str(shown)
    for line in (
        f"export PORTAL_PACK_PATH={quoted}",
        "portal db upgrade",
        f"portal db seed --pack {county.pack}",
        f"portal user create-admin NAME --unit {county.code}",
        f"portal user import {quoted}/{PEOPLE}",
        f"portal user receivers {county.code}",
        "portal serve",
    ):
        click.echo(f"  {line}")


COMMANDS = (new_pack,)
