"""The pages of tasks: add one, take over what is suggested, and one task to be passed on, done or dropped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request

from portal.core.acts import ADD_TASK
from portal.core.errors import Conflict, InvalidInput, NotFound, Problem, msg
from portal.core.values import day_of
from portal.core.ways import WAYS
from portal.services import records
from portal.services.portal import Work
from portal.services.records import Owner
from portal.services.records.handling.tasks.acting import LONGEST
from portal.web.language import as_written, translate
from portal.web.numbers import MAX_INT
from portal.web.records.forms.posted import (
    REASON,
    VERSION,
    draft_key,
    errors_of,
    hidden,
    posted_version,
    refused_in_words,
)
from portal.web.records.pages.page import RecordPage
from portal.web.records.pages.referrals import BACK
from portal.web.redirects import local
from portal.web.words.case import Case
from portal.web.words.here import Here
from portal.web.words.tasks import TaskWords, owner_choices, owner_value, tasks_in_words

# The choice in which the words of a person stand.
OWN_WORDS = ""


class AddTaskPage(RecordPage):
    """One request to add a task to a record."""

    needs = ADD_TASK.needs

    def show(self) -> Any:
        """Ask what is to be done, by whom, until when."""
        return self._page()

    def submit(self) -> Any:
        """Add the task and lead back to the record, or ask again with nothing lost."""
        task = request.form.get("task", "")
        try:
            owner, due_on = _owner(request.form.get("owner", "")), _day(request.form.get("due_on", ""))
            with self.now.writing() as uow:
                records.add_task(
                    uow,
                    self.record.uid,
                    task=task,
                    words=request.form.get("words", "") if not task else "",
                    owner=owner,
                    due_on=due_on,
                )
                uow.commit()
        except InvalidInput as refused:
            return self._page([one.text(translate) for one in errors_of(refused)]), 422
        except Conflict as refused:
            return self._page([refused.text(translate)]), 409
        flash(translate(msg("The task is on the list.")), "success")
        return redirect(f"{self.back}#tasks", 303)

    def _page(self, errors: list[str] | None = None) -> str:
        now, record = self.now, self.record
        case = Case(now, record)
        types = records.types_of(self.screen.bundle).values()
        return render_template(
            "records/task_add.html",
            title=translate(msg("Add a task")),
            subtitle=as_written(record.title),
            record=record,
            types=[(one.id, self.screen.texts(one.title)) for one in types if not one.hidden],
            owners=owner_choices(case),
            typed=request.form,
            today=now.portal.clock.today(),
            longest=LONGEST,
            errors=errors or [],
            hidden=hidden(),
            url=case.url("tasks"),
            draft=draft_key(now),
            back=self.back,
            crumbs=self.crumbs,
        )


class TakeOverPage(RecordPage):
    """One request to make tasks of what is suggested."""

    needs = ADD_TASK.needs

    def submit(self) -> Any:
        """Make tasks of those that the page named, and lead back to the record."""
        names = request.form.getlist("task")
        return _done(
            self,
            lambda uow: records.take_over(uow, self.record.uid, names),
            msg("The tasks are on the list."),
        )


class TaskPage(RecordPage):
    """One request about one task of a record."""

    def __init__(self, now: Here, etype: str, uid: str, n: int) -> None:
        super().__init__(now, etype, uid)
        self.case = Case(now, self.record)
        found = next((one for one in tasks_in_words(self.case) if one.n == n), None)
        if found is None:
            raise NotFound("task.unknown", msg("There is no such task"))
        self.task: TaskWords = found

    def show(self) -> Any:
        """Show the task, with what may be done with it."""
        return self._page()

    def submit(self) -> Any:
        """Give the task another owner or day, and lead back to the record."""
        day = request.form.get("due_on", "")
        try:
            owner, due_on = _owner(request.form.get("owner", "")), _day(day)
            with self.now.writing() as uow:
                records.assign_task(
                    uow,
                    self.record.uid,
                    self.task.n,
                    version=posted_version(),
                    owner=owner if request.form.get("owner") != self._owner_value() else None,
                    due_on=due_on if due_on != self.task.due_on else None,
                    by_itself=due_on is None,
                )
                uow.commit()
        except InvalidInput as refused:
            return self._page([one.text(translate) for one in errors_of(refused)]), 422
        except Conflict as refused:
            return self._page([refused.text(translate)]), 409
        flash(translate(msg("The task is changed.")), "success")
        return redirect(f"{self.back}#tasks", 303)

    def done(self) -> Any:
        """Say that the task is done, and lead back to the record."""
        words, version = request.form.get(REASON, ""), posted_version()
        uid, n = self.record.uid, self.task.n
        return _done(
            self,
            lambda uow: records.do_task(uow, uid, n, version=version, words=words),
            msg("The task is done."),
        )

    def drop(self) -> Any:
        """Say that the task need not be done, and lead back to the record."""
        reason, version = request.form.get(REASON, ""), posted_version()
        uid, n = self.record.uid, self.task.n
        return _done(
            self,
            lambda uow: records.drop_task(uow, uid, n, version=version, reason=reason),
            msg("The task is dropped."),
        )

    def _owner_value(self) -> str:
        row = self.task.view.row
        unit = self.now.units([row.unit_id]).get(row.unit_id)
        return owner_value(self.task.view, unit.code if unit is not None else "")

    def _page(self, errors: list[str] | None = None) -> str:
        task, typed = self.task, request.form
        return render_template(
            "records/task.html",
            title=as_written(task.title),
            subtitle=as_written(self.record.title),
            record=self.record,
            task=task,
            owners=owner_choices(self.case) if task.open and task.may else [],
            owner=typed.get("owner", self._owner_value()),
            due_on=typed.get("due_on", task.due_on.isoformat() if task.due_on else ""),
            today=self.now.portal.clock.today(),
            errors=errors or [],
            hidden=hidden(**{VERSION: task.version}),
            draft=draft_key(self.now),
            back=self.back,
            crumbs=self.crumbs,
        )


def _done(page: RecordPage, act: Callable[[Work], Any], told: str) -> Any:
    """Do something with tasks and lead back to the record, saying what was done or why it was not."""
    try:
        with page.now.writing() as uow:
            act(uow)
            uow.commit()
    except (InvalidInput, Conflict) as refused:
        flash(refused_in_words(refused), "danger")
    else:
        flash(translate(told), "success")
    back = request.form.get(BACK, "")
    return redirect(local(back) if back else f"{page.back}#tasks", 303)


def _owner(value: str) -> Owner | None:
    """Return the owner that a control names: ``u/<unit>``, ``r/<unit>/<role>`` or ``p/<unit>/<account>``."""
    kind, _, rest = value.partition("/")
    unit, _, name = rest.partition("/")
    if not value:
        return None
    if kind == "u" and unit and not name:
        return Owner(unit)
    if kind == "r" and name:
        return Owner(unit, role=name)
    if kind == "p" and name.isascii() and name.isdecimal() and int(name) <= MAX_INT:
        return Owner(unit, person=int(name))
    message = msg("Choose who does it")
    raise InvalidInput("task.owner", message, problems=[Problem("task.owner", message, pointer="/owner")])


def _day(written: str) -> dt.date | None:
    """Return the day as people write it; None where none was given, InvalidInput where it is no day."""
    if not written.strip():
        return None
    read = WAYS["date"].read(written)
    try:
        return day_of(read if isinstance(read, str) else "")
    except ValueError:
        message = msg("Enter the day until which it is to be done")
        raise InvalidInput(
            "task.day", message, problems=[Problem("task.day", message, pointer="/due_on")]
        ) from None
