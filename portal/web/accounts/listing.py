"""What Flask-AppBuilder's lists leave open, closed."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import abort, g, has_request_context, request
from flask_appbuilder.exceptions import InvalidColumnFilterFABException, InvalidOrderByColumnFABException

# How Flask-AppBuilder calls the number of a page, and how many lines it has.
PLACES = ("page_", "psize_")
MAX_DIGITS = 7


class OwnFilters:
    """The filters of a list, for each request its own.

    Flask-AppBuilder keeps one object for a view and all its requests: of two requests at once, each could be
    answered with the filter of the other.
    """

    def __get__(self, view: Any, owner: type) -> Any:
        if view is None or not has_request_context():
            return None if view is None else view.__dict__.get("_filters")
        kept: dict[int, Any] = g.setdefault("view_filters", {})
        if id(view) not in kept:
            kept[id(view)] = view.datamodel.get_filters(view.search_columns)
        return kept[id(view)]

    def __set__(self, view: Any, filters: Any) -> None:
        view.__dict__["_filters"] = filters


class SafeList:
    """Mixin of a ModelView: filters of each request's own; what makes no sense is refused instead of failing."""

    order_columns: ClassVar[list[str]]
    _filters = OwnFilters()

    def _list(self, **kwargs: Any) -> Any:
        places = [value for name, value in request.args.items() if name.startswith(PLACES)]
        if not all(value.isascii() and value.isdecimal() and len(value) < MAX_DIGITS for value in places):
            abort(400)
        try:
            return super()._list(**kwargs)  # type: ignore[misc]
        except (InvalidOrderByColumnFABException, InvalidColumnFilterFABException):
            abort(400)

    def _get_list_widget(self, **kwargs: Any) -> Any:
        column = kwargs.get("order_column")
        if column and column not in self.order_columns:
            abort(400)
        return super()._get_list_widget(**kwargs)  # type: ignore[misc]
