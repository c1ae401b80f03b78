"""What Flask-AppBuilder's lists leave open, closed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from flask import abort, g, has_request_context, request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import select

from portal.persistence.models import Assignment, Unit
from portal.persistence.name_order import by_name
from portal.web import access
from portal.web.language import joined
from portal.web.people import person_name

MAX_PAGE, MAX_SIZE, MAX_TEXT = 10_000, 200, 200
MAX_DIGITS = 9
NAMES = frozenset({"last_name", "first_name"})
FULL_NAME, UNITS = "full_name", "units"
_FILTER = re.compile(r"_flt_(\d)_(\w+)", re.ASCII)


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
    """Mixin of a ModelView: filters of each request's own; an address that asks for nonsense is refused."""

    datamodel: Any
    order_columns: ClassVar[list[str]]
    _filters = OwnFilters()

    def _list(self) -> Any:
        for name, value in request.args.items(multi=True):
            if not self._is_known(name, value):
                abort(400)
        return super()._list()  # type: ignore[misc]

    def _is_known(self, name: str, value: str) -> bool:
        """Return whether an argument names a page, a column or a filter that there is; others mean nothing."""
        if name.startswith(("page_", "psize_")):
            return value.isdecimal() and len(value) < 6 and int(value) <= MAX_PAGE
        if name.startswith("_oc_"):
            return value in self.order_columns
        if name.startswith("_flt_"):
            return self._is_filter(name, value)
        return True

    def _is_filter(self, name: str, value: str) -> bool:
        found = _FILTER.fullmatch(name)
        if found is None:
            return False
        number, column = int(found[1]), found[2]
        if self.datamodel.is_boolean(column) and value != "y":
            return False  # the framework knows no other value, and PostgreSQL refuses what it makes of them
        known = self._filters.get_search_filters().get(column, ())
        return number < len(known) and len(value) <= MAX_TEXT and "\0" not in value

    def _deserialize_pk_if_composite(self, pk: Any) -> int:
        """Return the key an address names; what cannot be one is as unknown as any other."""
        if not str(pk).isdecimal() or len(str(pk)) > MAX_DIGITS:
            abort(404)
        return int(pk)

    def _get_list_widget(self, **kwargs: Any) -> Any:
        if kwargs.get("page_size"):
            kwargs["page_size"] = min(kwargs["page_size"], MAX_SIZE)
        return super()._get_list_widget(**kwargs)  # type: ignore[misc]


class ByName(SQLAInterface):
    """The accounts, with family and given names in the order of a Chinese list."""

    def apply_order_by(
        self, query: Any, order_column: str, order_direction: str, *args: Any, **kwargs: Any
    ) -> Any:
        """Order by names as people do, then by key; anything else as Flask-AppBuilder does."""
        names = ("last_name", "first_name") if order_column == FULL_NAME else (order_column,)
        if not NAMES.issuperset(names):
            return super().apply_order_by(query, order_column, order_direction, *args, **kwargs)
        columns = (*(by_name(getattr(self.obj, name)) for name in names), self.get_pk())
        return query.order_by(*(c.desc() if order_direction == "desc" else c.asc() for c in columns))

    def _apply_normal_col_select_option(self, query: Any, column: str) -> Any:
        """Read both parts of a name where the whole one is shown."""
        for name in sorted(NAMES) if column == FULL_NAME else (column,):
            query = super()._apply_normal_col_select_option(query, name)
        return query

    def get_values(self, lst: Any, list_columns: list[str]) -> Iterator[dict[str, Any]]:
        """Yield what the list shows of each account, with the whole name and the units of its roles."""
        items = list(lst)
        units = units_of({item.id for item in items}) if UNITS in list_columns else {}
        own = [column for column in list_columns if column not in (FULL_NAME, UNITS)]
        for item, found in zip(items, super().get_values(items, own), strict=True):
            yield found | {FULL_NAME: person_name(item), UNITS: joined(units.get(item.id, ()))}


def units_of(users: set[int]) -> dict[int, list[str]]:
    """Return the names of the units at which accounts hold roles."""
    query = (
        select(Assignment.user_id, Unit.name)
        .join(Unit, Unit.id == Assignment.unit_id)
        .where(Assignment.user_id.in_(users))
        .order_by(Unit.path)
    )
    found: dict[int, list[str]] = {}
    for user, name in access.session().execute(query):
        if name not in found.setdefault(user, []):
            found[user].append(name)
    return found
