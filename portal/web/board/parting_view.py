"""The page on which the figure of a unit stands by class, route, channel or grade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, make_response, redirect, request
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from portal.core.errors import Conflict, msg
from portal.core.indicators import BREAKDOWNS, Counts
from portal.core.text import Texts
from portal.services.indicators.classes_out import take_out_classes
from portal.services.indicators.exporting import FORMS
from portal.services.indicators.parting import Parted, class_tables_of, parted
from portal.web import access, language
from portal.web.board import words
from portal.web.board.asking import asked
from portal.web.board.classes_file import as_file
from portal.web.board.drawings import bar
from portal.web.board.drawn import classes, routes
from portal.web.board.exporting import TYPES
from portal.web.days import short_moment
from portal.web.language import translate
from portal.web.security import no_store


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a figure as it is read: its name, now, before, and the length of its bar."""

    key: str
    title: str
    now: words.Shown
    before: words.Shown
    length: str
    # Of a rate, how far the bar is filled by those that are counted in it.
    inside: str
    ours: bool = False


class PartingView(BaseView):
    """Figures of a unit by their parts."""

    route_base = "/board"
    class_permission_name = "Entity.board"

    @expose("/unit/<code>/by")
    @has_access
    @permission_name("list")
    def by(self, code: str) -> Any:
        """Show a figure of a unit by one axis; the parts are the whole."""
        now = asked()
        if not now.sort:
            abort(404)
        axis = request.args.get("axis", "")[:20]
        found = parted(access.portal(), access.current(), code, now.sort, axis, now.month)
        say = found.bundle.texts(language.current())
        at = short_moment(found.at, access.portal().clock.today())
        return self.render_template(
            "board/by.html",
            nav_active="board",
            title=say(found.indicator.title),
            subtitle=translate(msg("%(month)s. As of %(at)s."), month=words.month_words(found.period), at=at),
            crumbs=[(translate(msg("Board")), "/board/"), (found.unit.name, now.url(code))],
            one=found,
            asked=now,
            source=say(found.table.source) if found.table is not None else "",
            out=found.table is not None and len(found.unit.ancestor_ids) <= 2,
            tabs=[
                (text, now.url(code, "by", axis=name), name == found.axis) for name, text in _tabs(found, say)
            ],
            pieces=pieces(found, say),
            whole=[words.shown(found.indicator, one) for one in found.whole],
            definition=say(found.indicator.definition),
        )

    @expose("/unit/<code>/by/export", methods=["POST"])
    @has_access
    @permission_name("list")
    def export(self, code: str) -> Any:
        """Send a table by classes as a file, without classes that tell of few; the log notes it."""
        form, now = request.form.get("as", ""), asked()
        if form not in FORMS:
            abort(404)
        axis = request.form.get("axis", "")[:80]
        try:
            taken = take_out_classes(
                access.portal(), access.current(), access.origin(), code, now.sort, axis, now.month, form
            )
        except Conflict as refused:
            flash(refused.text(translate), "warning")
            return redirect(now.url(code, "by", axis=axis), 303)
        say = taken.parted.bundle.texts(language.current())
        answer = make_response(as_file(taken, form, access.current().name, say, pieces(taken.parted, say)))
        answer.headers["Content-Type"] = TYPES[form]
        name = f"classes-{code.replace(':', '-')}-{now.month_text}.{form}"
        answer.headers["Content-Disposition"] = f"attachment; filename={name}"
        return no_store(answer)


def _tabs(found: Parted, say: Texts) -> Iterator[tuple[str, str]]:
    """Yield the axes with their words: those of the portal, and the tables of the pack."""
    tables = class_tables_of(found.bundle, found.indicator)
    for name in found.axes:
        yield name, say(tables[name].title) if name in tables else translate(BREAKDOWNS[name].title)


def pieces(found: Parted, say: Texts) -> list[Piece]:
    """Return the parts, the largest first; what has no value stands last."""
    names, nothing = titles(found, say), Counts(0, 0)
    keys = sorted(
        (key for key in found.now.keys() | found.before.keys() if _base(found, key)),
        key=lambda key: (key == "", -found.now.get(key, nothing).base, key),
    )
    if found.table is not None:
        # A table that others ask for has all its classes, in its order.
        keys = [*names, *(key for key in keys if key not in names)]
    largest = max((found.now[key].base for key in found.now), default=0)
    return [
        Piece(
            key,
            names.get(key, key) if key else translate(msg("Undetermined")),
            words.shown(found.indicator, found.now.get(key, nothing)),
            words.shown(found.indicator, found.before.get(key, nothing)),
            bar(found.now.get(key, nothing).base, largest),
            bar(found.now.get(key, nothing).counted, largest),
            bool(key),
        )
        for key in keys
    ]


def _base(found: Parted, key: str) -> int:
    nothing = Counts(0, 0)
    return found.now.get(key, nothing).base + found.before.get(key, nothing).base


def titles(found: Parted, say: Texts) -> Mapping[str, str]:
    """Return how the values of the axis are called."""
    bundle = found.bundle
    if found.table is not None:
        return {key: say(title) for key, title in found.table.rows.items()}
    if found.axis == "class":
        return classes(bundle, say)
    if found.axis == "route":
        return routes(bundle, say)
    form = bundle.raw.get("forms", {}).get(found.indicator.entity, {})
    field = form.get("schema", {}).get("properties", {}).get(found.axis, {})
    return {str(one["const"]): say(one.get("title"), one["const"]) for one in field.get("oneOf", ())}
