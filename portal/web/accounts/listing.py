"""What Flask-AppBuilder's lists leave open, closed: only declared columns may order a list."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import abort


class SafeList:
    """Mixin of a ModelView: an unknown order column is refused instead of being used, or failing."""

    order_columns: ClassVar[list[str]]

    def _get_list_widget(self, **kwargs: Any) -> Any:
        column = kwargs.get("order_column")
        if column and column not in self.order_columns:
            abort(400)
        return super()._get_list_widget(**kwargs)  # type: ignore[misc]
