"""Questions on the command line: answered by an option, by a default, or by typing; what is refused is asked again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from portal.core.errors import InvalidInput, Translator, msg

Answer = TypeVar("Answer")
# What is typed to leave a list with a default empty.
NOTHING = frozenset({"无", "没有", "-", "—", "none"})


@dataclass
class Asking:
    """The answers to questions; ``options`` are those that the command was given."""

    options: Mapping[str, Any]
    say: Translator
    defaults: bool = False

    def ask(
        self,
        option: str,
        question: str,
        read: Callable[[str], Answer],
        default: str | None = None,
        /,
        **params: Any,
    ) -> Answer:
        """Return the answer to a question, as ``read`` makes it of the text; its refusals are told and asked again.

        With ``defaults`` nothing is asked: what has neither an option nor a default, or is refused, ends the command.
        """
        given = self.options.get(option)
        words = self.say(question) % params
        if given is None and self.defaults:
            given = default
            if given is None:
                raise click.UsageError(self.say(msg("%(option)s is needed")) % {"option": _called(option)})
        while True:
            if given is None:
                given = self._typed(words, default)
            try:
                return read("" if given.strip().casefold() in NOTHING else given)
            except InvalidInput as refused:
                self.tell(refused)
                if self.defaults:
                    option_named = {"option": _called(option)}
                    raise click.UsageError(
                        self.say(msg("%(option)s can't be used")) % option_named
                    ) from refused
                given = None

    def forget(self, *options: str) -> None:
        """Let the next questions be asked, whatever the command was given."""
        self.options = {key: value for key, value in self.options.items() if key not in options}

    def tell(self, refused: InvalidInput) -> None:
        """Print why an answer was refused."""
        for problem in refused.problems:
            remedy = problem.remedy_text(self.say)
            click.echo(f"  ✗ {problem.text(self.say)}" + (f"（{remedy}）" if remedy else ""), err=True)

    def _typed(self, words: str, default: str | None) -> str:
        answer: str = click.prompt(words, default=default, show_default=bool(default), prompt_suffix="：")
        return answer


def _called(option: str) -> str:
    return f"--{option.replace('_', '-')}"
