"""Flask-AppBuilder's groups: not used, and without an address."""

from __future__ import annotations

from typing import ClassVar

from flask_appbuilder.security.views import UserGroupModelView


class GroupView(UserGroupModelView):
    """Nothing: a group would be a second way to a role, past the units at which roles are held."""

    class_permission_name = "UserGroupModelView"
    include_route_methods: ClassVar[set[str]] = set()
