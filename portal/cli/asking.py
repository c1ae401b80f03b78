"""Questions on the command line: answered by an option, by a default, or by typing; what is refused is asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from portal.core.blank import NOTHING
from portal.core.errors import InvalidInput, Translator, msg

# What is typed to leave a list with a default empty, and to go one question back.
BACK = frozenset({"返回", "back"})


class Back(Exception):
    """The person wants the question before this one."""


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Question:
    """One question: ``read`` makes the answer of a text or raises InvalidInput; ``default`` is asked for each time."""

    option: str
    words: str
    read: Callable[[str], Any]
    default: Callable[[], str | None]
    wanted: Callable[[], bool] = _always
    params: Callable[[], Mapping[str, Any]] = dict


@dataclass
class Interview:
    """Questions in their order, with the answers; ``options`` are those that the command was given.

    With ``defaults`` nothing is asked: what has neither an option nor a default, or is refused, ends the command.
    What was answered by a default follows the default when an earlier answer changes.
    """

    questions: Sequence[Question]
    options: Mapping[str, Any]
    say: Translator
    defaults: bool = False
    answers: dict[str, Any] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    typed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = {one.option for one in self.questions}
        self.said = {key: text for key, text in self.options.items() if key in known and text is not None}
        self.done = set(self.said)

    def run(self, again: str = "") -> None:
        """Bring every question to an answer; ``again`` is asked anew, the others where they have none that fits."""
        anew = {again} if again else set()
        place = 0
        while place < len(self.questions):
            one = self.questions[place]
            if not one.wanted():
                self.answers.pop(one.option, None)
                place += 1
                continue
            try:
                self.answers[one.option] = self._answer(one, anew=one.option in anew)
            except Back:
                anew.add(one.option)
                before = [index for index in range(place) if self.questions[index].option in self.typed]
                if before:
                    place = before[-1]
                    anew.add(self.questions[place].option)
                else:
                    click.echo("  ✗ " + self.say(msg("This is the first question")), err=True)
                continue
            anew.discard(one.option)
            place += 1

    def review(self) -> str:
        """Show all answers and return the option that is to be changed; empty where they are to be written."""
        rows = list(self._rows())
        click.echo(self.say(msg("What you answered:")))
        for number, (_, words, text) in enumerate(rows, 1):
            click.echo(f"  {number:2}  {words}：{text or self.say(msg('(empty)'))}")
        question = self.say(msg("Enter writes this; a number changes that answer"))
        while True:
            text = click.prompt(question, default="", show_default=False, prompt_suffix="：").strip()
            if not text:
                return ""
            if text.casefold() in BACK:
                return self.typed[-1] if self.typed else rows[-1][0]
            if text.isdecimal() and 0 < int(text) <= len(rows):
                return rows[int(text) - 1][0]
            told = self.say(msg("“%(text)s” is no number from 1 to %(most)s")) % {
                "text": text,
                "most": len(rows),
            }
            click.echo(f"  ✗ {told}", err=True)

    def tell(self, refused: InvalidInput) -> None:
        """Print why an answer was refused."""
        for problem in refused.problems:
            remedy = problem.remedy_text(self.say)
            click.echo(f"  ✗ {problem.text(self.say)}" + (f"（{remedy}）" if remedy else ""), err=True)

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        for one in self.questions:
            if one.option in self.answers:
                text = self.said.get(one.option, one.default() or "")
                yield one.option, self._words(one), text

    def _words(self, one: Question) -> str:
        return self.say(one.words) % one.params()

    def _answer(self, one: Question, *, anew: bool) -> Any:
        if self.defaults or (one.option in self.done and not anew):
            text = self.said.get(one.option, one.default())
            if text is None:
                raise click.UsageError(
                    self.say(msg("%(option)s is needed")) % {"option": _called(one.option)}
                )
            try:
                return self._read(one, text)
            except InvalidInput as refused:
                self.tell(refused)
                if self.defaults:
                    words = self.say(msg("%(option)s can't be used")) % {"option": _called(one.option)}
                    raise click.ClickException(words) from refused
                if one.option in self.typed:
                    click.echo("  " + self.say(msg("You had answered: %(text)s")) % {"text": text}, err=True)
                self.said.pop(one.option, None)
                self.done.discard(one.option)
        return self._asked(one)

    def _asked(self, one: Question) -> Any:
        default = one.default()
        shown = self.said.get(one.option, default)
        while True:
            text: str = click.prompt(
                self._words(one), default=shown, show_default=bool(shown), prompt_suffix="："
            )
            if text.strip().casefold() in BACK:
                raise Back
            try:
                answer = self._read(one, text)
            except InvalidInput as refused:
                self.tell(refused)
                continue
            if text == default:
                self.said.pop(one.option, None)
            else:
                self.said[one.option] = text
            self.done.add(one.option)
            if one.option in self.typed:
                self.typed.remove(one.option)
            self.typed.append(one.option)
            return answer

    @staticmethod
    def _read(one: Question, text: str) -> Any:
        return one.read("" if text.strip().casefold() in NOTHING else text)


def _called(option: str) -> str:
    return f"--{option.replace('_', '-')}"
