"""Pages on which a county answers what the configurations above ask: in a draft, or before a version is in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, make_response, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from portal.core import pointer as pointers
from portal.core.access import EDIT, LIST
from portal.core.errors import Conflict, InvalidInput, NotFound, msg
from portal.core.packs.merge import ABSENT
from portal.core.packs.questions import Asked
from portal.core.text import Texts
from portal.services import drafts, rollout
from portal.services.drafts.finding import THING
from portal.services.portal import Work
from portal.services.rollout.deciding import Review
from portal.services.rollout.finding import SUBMITTED
from portal.web import access, language
from portal.web.language import translate
from portal.web.rollout.asking import AnswersForm, seen
from portal.web.rollout.words import place_of, telling
from portal.web.security import no_store
from portal.web.studio.bar import Bar, refusals, writing

_TITLE = msg("Questions from above")
_WHY = msg("Answer to a question of the version")


class AnswersView(BaseView):
    """Questions of the configurations above, answered in a draft."""

    route_base = "/studio"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/<key>/answers", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, key: str) -> Any:
        """Show what is asked, what is answered, and where the answers stand."""
        bar = Bar.of(key, "questions")
        return self._page(bar, _of_draft(bar))

    @expose("/<key>/answers", methods=["POST"])
    @has_access
    @permission_name("edit")
    def save(self, key: str) -> Any:
        """Save the answers as one step, or show again what was entered with what is wrong with it."""
        bar = Bar.of(key, "questions")
        form = _of_draft(bar)
        given, why = form.read(), request.form.get("why", "").strip()
        return _saved(
            form,
            lambda uow: drafts.answer(uow, key, given, seen(), why).count,
            url_for("AnswersView.show", key=key),
            lambda status: self._page(bar, form, status),
        )

    def _page(self, bar: Bar, form: AnswersForm, status: int = 200) -> Any:
        html = self.render_template(
            "rollout/answers_draft.html",
            nav_active="studio",
            title=translate(_TITLE),
            crumbs=bar.crumbs,
            bar=bar,
            form=form,
            url=url_for("AnswersView.save", key=bar.uid),
        )
        return no_store(make_response(html, status))


class VersionAnswersView(BaseView):
    """Questions of a new version, answered before it is in force."""

    route_base = "/rollout"
    class_permission_name = "Entity.draft"
    default_view = "show"

    @expose("/<unit>/answers", methods=["GET"])
    @has_access
    @permission_name("list")
    def show(self, unit: str) -> Any:
        """Show what a new version asks a centre."""
        found = _review(unit)
        return self._page(found, _of_version(found))

    @expose("/<unit>/answers", methods=["POST"])
    @has_access
    @permission_name("edit")
    def save(self, unit: str) -> Any:
        """Decide the places that the answers fill, or show again what was entered with what is wrong with it."""
        found = _review(unit)
        form = _of_version(found)
        given, why = form.read(), request.form.get("why", "").strip() or translate(_WHY)
        return _saved(
            form,
            lambda uow: rollout.answer_version(uow, unit, given, seen(), why),
            url_for("VersionAnswersView.show", unit=unit),
            lambda status: self._page(found, form, status),
        )

    def _page(self, found: Review, form: AnswersForm, status: int = 200) -> Any:
        unit = found.ground.unit
        html = self.render_template(
            "rollout/answers_version.html",
            nav_active="rollout",
            tab="version",
            title=translate(_TITLE),
            unit=unit,
            offer=found.offer,
            form=form,
            url=url_for("VersionAnswersView.save", unit=unit.code),
        )
        return no_store(make_response(html, status))


def _review(unit: str) -> Review:
    """Return a centre of the person's beside the newest version; NotFound for any other."""
    centres = drafts.centres_with(access.session(), access.current(), LIST)
    if unit not in {one.code for one in centres}:
        raise NotFound("centre.none", msg("This unit runs no centre"))
    return rollout.review(access.session(), unit)


def _saved(form: AnswersForm, act: Callable[[Work], int], back: str, page: Callable[[int], Any]) -> Any:
    if form.errors:
        return page(422)
    with refusals(back) as refused:
        try:
            with writing() as uow:
                count = act(uow)
                uow.commit()
        except (InvalidInput, Conflict) as error:
            if form.refuse(error.problems):
                return page(422 if isinstance(error, InvalidInput) else 409)
            raise
        told = msg("Saved. Places changed: %(count)s") if count else msg("Nothing was changed.")
        flash(translate(told) % {"count": count} if count else translate(told), "success")
    return refused[0] if refused else redirect(back)


def _of_draft(bar: Bar) -> AnswersForm:
    draft = drafts.loaded(access.session(), bar.row)
    standing = drafts.questions(access.session(), bar.uid)
    return _form(standing, draft.above, draft.bundle, readonly=not bar.may_edit)


def _of_version(found: Review) -> AnswersForm:
    row = rollout.live_plan(access.session(), found.ground.unit.id)
    may = access.current().allows_there(THING, EDIT, found.ground.unit.path)
    readonly = not may or (row is not None and row.state == SUBMITTED)
    return _form(rollout.asked_by(found), found.plan.base.bundle, found.plan.merged.bundle, readonly=readonly)


def _form(
    standing: Sequence[Asked], before: Mapping[str, Any], bundle: Mapping[str, Any], *, readonly: bool
) -> AnswersForm:
    teller = telling(before, bundle)

    def told(path: str) -> tuple[str, str]:
        value = pointers.get(bundle, path, ABSENT)
        return place_of(teller, path).title, teller.value(value, path)

    texts = Texts(language.current(), bundle.get("translations", {}))
    return AnswersForm(standing, texts, told, readonly=readonly)
