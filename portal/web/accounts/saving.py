"""What the forms of Flask-AppBuilder leave open, closed: nothing typed is lost, and no tab sends another astray."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, request
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.exceptions import DatabaseException
from sqlalchemy.exc import IntegrityError

from portal.core.errors import msg
from portal.web.language import translate

HOME = "/"


class SafeForms:
    """Mixin of a ModelView: what cannot be saved comes back in its form, and refusals are not swallowed."""

    datamodel: Any
    add_form: Any
    edit_form: Any

    def _add(self) -> Any:
        form = self.add_form.refresh()
        if request.method == "POST" and form.validate() and self._saved(form, self.datamodel.obj(), True):
            return None
        return self._get_add_widget(form=form, exclude_cols=[])  # type: ignore[attr-defined]

    def _edit(self, pk: Any) -> Any:
        item = self.datamodel.get(pk, self._base_filters)  # type: ignore[attr-defined]
        if not item:
            abort(404)
        posted = request.method == "POST"
        form = self.edit_form.refresh(request.form) if posted else self.edit_form.refresh(obj=item)
        form._id = self.datamodel.get_pk_value(item)
        if not posted:
            self.prefill_form(form, pk)  # type: ignore[attr-defined]
        if posted and form.validate() and self._saved(form, item, False):
            return None
        return self._get_edit_widget(form=form, exclude_cols=[])  # type: ignore[attr-defined]

    def _saved(self, form: Any, item: Any, new: bool) -> bool:
        view: Any = self
        view.process_form(form, new)
        form.populate_obj(item)
        (view.pre_add if new else view.pre_update)(item)
        try:
            (self.datamodel.add if new else self.datamodel.edit)(item)
        except (IntegrityError, DatabaseException) as error:
            if not isinstance(error, IntegrityError) and not isinstance(error.__cause__, IntegrityError):
                raise
            flash(
                translate(msg("Somebody else has just taken this name or email. Choose another.")), "danger"
            )
            return False
        (view.post_add if new else view.post_update)(item)
        flash(view.add_row_message if new else view.edit_row_message, "success")
        return True


def back() -> str:
    """Return where the form on the screen came from, as its view says."""
    views = current_app.appbuilder.baseviews  # type: ignore[attr-defined]
    view = next((one for one in views if one.endpoint == request.blueprint), None)
    known = getattr(view, "back", None)
    return str(known()) if known else HOME


def _keep_nothing(_view: BaseView) -> None:
    """Do nothing: the addresses of the last pages, kept in the cookie, mix the tabs of a browser."""


def init_back(app: Any) -> None:
    """Forget the framework's history of pages, and tell the templates where *Cancel* leads."""
    BaseView.update_redirect = _keep_nothing
    app.jinja_env.globals["back"] = back
