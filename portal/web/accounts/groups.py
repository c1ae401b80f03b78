"""Flask-AppBuilder's groups, without what its screen leaves open."""

from __future__ import annotations

from typing import ClassVar

from flask_appbuilder.security.views import UserGroupModelView

from portal.web.accounts.listing import SafeList


class GroupView(SafeList, UserGroupModelView):
    """Groups of users; there are no files to download."""

    class_permission_name = "UserGroupModelView"
    exclude_route_methods: ClassVar = {"download", "action", "action_post"}
    order_columns: ClassVar[list[str]] = ["name", "label", "description"]
