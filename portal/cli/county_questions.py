"""What ``portal config new`` asks of a county, in its order; what does not fit an earlier answer is refused at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from errno import EISDIR
from pathlib import Path
from typing import Any, get_args

import click

from portal.adapters.pack_files import PackFiles, shipped_root
from portal.cli.asking import Interview, Question
from portal.cli.language import why
from portal.core.csv_tables import MOST_BYTES
from portal.core.divisions import Division
from portal.core.errors import InvalidInput, Problem, Translator, msg
from portal.core.layout.model import Mode
from portal.core.packs import starting
from portal.core.packs.starting import Bodies, City, County, Place, Stay, Surroundings

# What a centre starts with where nothing else is said; departments that the packs don't have are left out.
_DEFAULTS = {
    "open": "工作日",
    "hours": "9:00—12:00，13:30—17:00",
    "windows": "综合受理、公共法律服务=司法局、信访接待=信访局、劳动争议=人社局",
    "rooms": "联合调解室=人民调解委员会、分析研判室、法律评析室=律师团、心理疏导室",
    "resident": "司法局、信访局、人社局、人民调解委员会",
    "rotating": "法院=周一、周三；律师团=周二、周四",
    "on_call": "公安=2、检察院、住建局、自然资源局、农业农村局、市场监管局、民政局、教体局、卫健局、妇联、工会",
}
Read = Callable[[str], Any]


class CountyQuestions:
    """The questions of a new county, on what is there already, and the county that the answers describe.

    ``own`` are the roots that the settings name, ``more`` those that the command was given. A root of the settings
    that holds an earlier attempt at the same county is left out, and said so.
    """

    def __init__(
        self, folder: Path, own: Sequence[Path], more: Sequence[Path], say: Translator, new_code: bool
    ) -> None:
        self.folder, self.own, self.more, self.say, self.new_code = (
            folder,
            tuple(own),
            tuple(more),
            say,
            new_code,
        )
        self.around = self._among(self.own)
        self.left_out: tuple[Path, ...] = ()
        self.answers: dict[str, Any] = {}

    def interview(self, options: Mapping[str, Any], *, defaults: bool) -> Interview:
        """Return the questions, ready to be asked."""
        found = Interview([*self._county(), *self._centre(), *self._hall()], options, self.say, defaults)
        self.answers = found.answers
        self._wants_table = options.get("units") is not None
        return found

    def county(self) -> County:
        """Return the county that the answers describe."""
        given = self.answers
        return self._with(
            County(
                **{
                    key: given[key]
                    for key in ("code", "name", "pack", "centre", "agency", "address", "phone")
                },
                city=self._city(),
                hours=given["hours"],
                units=tuple(given.get("units", ())),
            )
        )

    def _with(self, county: County) -> County:
        """Return a county with what is known of its hall so far."""
        stays: tuple[Stay, ...] = ()
        for mode in get_args(Mode):
            stays += self.answers.get(mode, ())
        return replace(
            county,
            open_on=self.answers.get("open", "working_days"),
            windows=self.answers.get("windows", ()),
            rooms=self.answers.get("rooms", ()),
            stays=stays,
        )

    def _among(self, own: Sequence[Path]) -> Surroundings:
        return Surroundings(PackFiles([shipped_root(), *own, *self.more]))

    def _county(self) -> list[Question]:
        return [
            Question("code", msg("Division code of the county (six digits)"), self._code_of, lambda: None),
            Question(
                "units",
                msg("Table (CSV) of the townships and villages: path of the file (empty: later)"),
                self._units_of,
                lambda: "",
                wanted=self._needs_units,
            ),
            Question("name", msg("Name of the county"), starting.name_of, self._named),
            Question(
                "city",
                msg("Name of the city (or province) above it, %(code)s"),
                starting.name_of,
                lambda: self._known(self._above()[0]),
                wanted=lambda: not self._has_city_pack(),
                params=lambda: {"code": self._above()[0]},
            ),
            Question(
                "city_agency",
                msg("Agency word of the city's centre, if it works in this portal too (empty: it does not)"),
                self._city_word_of,
                lambda: "",
                wanted=lambda: not self._has_city_pack(),
            ),
            Question(
                "city_pack",
                msg("Short Latin name of the city's configuration"),
                lambda text: self._pack_of("city", text),
                lambda: self._above()[0],
                wanted=lambda: not self._has_city_pack() and bool(self.answers["city_agency"]),
            ),
        ]

    def _centre(self) -> list[Question]:
        return [
            Question(
                "pack",
                msg("Short Latin name of the county's configuration"),
                lambda text: self._pack_of("county", text),
                lambda: _latin(self.folder, self.answers["code"]),
            ),
            Question(
                "centre",
                msg("Name of the centre"),
                starting.name_of,
                lambda: f"{self.answers['name']}综治中心",
            ),
            Question(
                "agency",
                msg("Agency word in front of the year in case numbers"),
                self._word_of,
                lambda: f"{self.answers['name'][0]}综",
            ),
            Question("address", msg("Address of the centre (may stay empty)"), str.strip, lambda: ""),
            Question("phone", msg("Public telephone number (may stay empty)"), str.strip, lambda: ""),
        ]

    def _hall(self) -> list[Question]:
        def one(option: str, words: str, read: Read) -> Question:
            return Question(option, words, self._fitting(option, read), lambda: _DEFAULTS[option])

        return [
            one("open", msg("Days on which the centre is open"), starting.open_days_of),
            one("hours", msg("Hours, in words"), starting.hours_of),
            one("windows", msg("Windows, in order; “name=department”"), self._windows_of),
            one("rooms", msg("Rooms; “name=department”"), self._rooms_of),
            one(
                "resident", msg("Departments that are resident (there each day)"), self._stays_of("resident")
            ),
            one(
                "rotating", msg("Departments that rotate; “department=weekdays”"), self._stays_of("rotating")
            ),
            one(
                "on_call", msg("Departments on call; “department=hours to answer”"), self._stays_of("on_call")
            ),
        ]

    def _fitting(self, option: str, read: Read) -> Read:
        """Return a reader that also refuses what doesn't fit the answers before it."""
        before = list(_DEFAULTS)[: list(_DEFAULTS).index(option)]

        def fitting(text: str) -> Any:
            answer = read(text)
            kept = dict(self.answers)
            try:
                for later in _DEFAULTS.keys() - {*before}:
                    self.answers.pop(later, None)
                self.answers[option] = answer
                bare = County(kept["code"], kept["name"], kept["pack"], "", "", self._city())
                starting.try_hall(self._with(bare), self._bodies())
            finally:
                self.answers.clear()
                self.answers.update(kept)
            return answer

        return fitting

    def _bodies(self) -> Bodies:
        return starting.bodies_for(self.around, self._above()[0], self.answers["name"])

    def _windows_of(self, text: str) -> tuple[Place, ...]:
        return starting.places_of(text, self._bodies(), suffix="窗口", numbered=True)

    def _rooms_of(self, text: str) -> tuple[Place, ...]:
        return starting.places_of(text, self._bodies())

    def _stays_of(self, mode: str) -> Read:
        return lambda text: starting.stays_of(text, mode, self._bodies())

    def _code_of(self, text: str) -> str:
        code = starting.county_code(text)
        self.around, self.left_out = self._among(self.own), ()
        pack = self.around.by_unit.get(code)
        source = self.around.library.source(pack) if pack else None
        earlier = [root for root in self.own if source is not None and str(root.resolve()) == source.root]
        if earlier:
            self.left_out = tuple(earlier)
            self.around = self._among([root for root in self.own if root not in earlier])
            told = msg(
                "%(folder)s holds %(pack)s of the same county: it stays as it is, the new folder stands alone"
            )
            click.echo("  " + self.say(told) % {"folder": earlier[0], "pack": pack})
        self.around.require_new(code, unknown=self.new_code)
        return code

    def _word_of(self, text: str) -> str:
        word = starting.word_of(text)
        self.around.require_free_word(word, self.answers["code"])
        return word

    def _city_word_of(self, text: str) -> str:
        word = starting.word_of(text) if text.strip() else ""
        if word:
            self.around.require_free_word(word, self._above()[0])
        return word

    def _pack_of(self, level: str, text: str) -> str:
        pack = starting.pack_of(level, text.strip().removeprefix(f"{level}/"))
        self.around.require_free_pack(pack)
        return pack

    def _above(self) -> tuple[str, str]:
        return starting.city_code(self.answers["code"])

    def _has_city_pack(self) -> bool:
        return self._above()[0] in self.around.by_unit

    def _known(self, code: str) -> str | None:
        named = {one.code: one.name for one in self.answers.get("units", ())}
        return named.get(code) or self.around.name_of(code) or None

    def _named(self) -> str | None:
        return self._known(self.answers["code"])

    def _city(self) -> City:
        """Return the city: known by a pack, or named; with a pack of its own where its centre works here too."""
        code, level = self._above()
        if self._has_city_pack():
            return City(code, self.around.name_of(code), level)
        given = self.answers
        return City(code, given["city"], level, given.get("city_pack", ""), given.get("city_agency", ""))

    def _needs_units(self) -> bool:
        code = self.answers["code"]
        known = any(one.startswith(code) and one != code for one in self.around.divisions)
        return self._wants_table or not known

    def _units_of(self, text: str) -> list[Division]:
        """Return the townships and villages of a table; none where no file is named."""
        if not text.strip():
            return []
        return read_table(text, self.answers["code"], self.say)


def read_table(text: str, code: str, say: Translator, known: Collection[str] = ()) -> list[Division]:
    """Return the townships and villages of the table in a file; raise InvalidInput with each line that is wrong."""
    path = Path(text.strip().strip("'\"")).expanduser()
    try:
        # A device or a pipe has no end.
        if path.exists() and not path.is_file():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
        with path.open("rb") as table:
            content = table.read(MOST_BYTES + 1)
    except OSError as error:
        message = msg("%(file)s can't be read: %(why)s")
        params = {"file": text.strip(), "why": why(error, say)}
        problem = Problem("start.file", message, params)
        raise InvalidInput("start.file", message, params, [problem]) from error
    found, problems = starting.read_units(content, code, file=path.name, known=known)
    if problems:
        raise InvalidInput(problems[0].code, problems[0].message, problems[0].params, problems[:10])
    return found


def _latin(folder: Path, code: str) -> str:
    """Return the name of the folder where it can name a pack, else the code."""
    name = folder.name.lower().replace(" ", "-")
    plain = name.replace("-", "").replace("_", "")
    return name if name.isascii() and plain.isalnum() and name[0].isalnum() else code
