"""What people wrote into the forms of steps, drawn for the page of a record: all names are looked up at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from portal.core.conditions import Env
from portal.core.errors import msg
from portal.services.records import Answers
from portal.web.days import day_in_words
from portal.web.forms import FormContext, render_values
from portal.web.language import as_written, translate
from portal.web.records.forms.posted import UNIT_LOOKUPS
from portal.web.words.case import Case
from portal.web.words.cells import term_path
from portal.web.words.named_by_data import record_uids, unit_codes
from portal.web.words.picking import record_titles, unit_paths
from portal.web.words.screen import screen_of

Shown = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Written:
    """The answers of one step as they are read: how many are kept from the person, and whether they are gone."""

    html: Markup
    hidden: int
    destroyed: bool


class Writing:
    """Draws the answers that one page shows."""

    def __init__(self, case: Case, answers: Iterable[Answers]) -> None:
        self.case = case
        shown = list(answers)
        self.places = unit_paths(case.now, {code for one in shown for code in self._codes(one)})
        self.named = record_titles(case.now, {uid for one in shown for uid in self._uids(one)})

    def of(
        self, answers: Answers, *, shown: Shown | None = None, name: str = "", titles: bool = True
    ) -> Written:
        """Return the answers of one step; ``shown`` chooses among the fields of the form by their pointers."""
        form = answers.bundle.form(answers.form_id, self.case.now.lang, answers.plan.profile)
        more: dict[str, Any] = {} if shown is None else {"shown": shown}
        html = render_values(
            form,
            answers.data,
            context=self._context(answers),
            name=name or f"w{answers.event.id}",
            titles=titles,
            **more,
        )
        return Written(Markup(html.strip()), answers.hidden, answers.destroyed)

    def _context(self, answers: Answers) -> FormContext:
        now, bundle = self.case.now, answers.bundle
        screen = screen_of(bundle, self.case.record.etype, now.lang)

        def label(kind: str, code: str) -> str | None:
            if kind in UNIT_LOOKUPS:
                return self.places.get(code)
            if kind == "attachment":
                return self._file(code)
            if kind.startswith("record:"):
                # One that the person may not see stays unnamed: its identifier says nothing to anybody.
                return self.named.get(code, translate(msg("not shown to you")))
            return term_path(screen, kind.partition(":")[2], code)

        env = Env(today=now.portal.clock.today(), taxonomies=bundle.taxonomies)
        return FormContext(translate=translate, day=day_in_words, written=as_written, label=label, env=env)

    def _file(self, uid: str) -> str | None:
        """Return the link to a file of the record; nothing for one that it has no more."""
        found = self.case.files_by_uid.get(uid)
        if found is None:
            return None
        return Markup('<a href="{}">{}</a>').format(self.case.url("attachment", uid), as_written(found.name))

    def _fields(self, answers: Answers) -> Iterable[Any]:
        return answers.bundle.fields(answers.form_id, self.case.now.lang).values()

    def _codes(self, answers: Answers) -> Iterable[str]:
        return unit_codes(answers.data, self._fields(answers))

    def _uids(self, answers: Answers) -> Iterable[str]:
        return record_uids(answers.data, self._fields(answers))
