"""Who may read and write the tables of Flask-AppBuilder, and what of them the audit covers: declared in one table."""

from __future__ import annotations

from collections.abc import Mapping

from portal.persistence.declared import Audited, Declared, Internal, Managed, Own, Unaudited

_ROLES, _ACCOUNTS = Managed("role"), Own("id", kept_by="user")
_FOLLOWS = Unaudited("entries of the user, role or group name what was tied and untied")
_NAMES = Unaudited("names of views and permissions, made when the portal is set up; nobody enters them")

FRAMEWORK: Mapping[str, Declared] = {
    "ab_user": Declared(_ACCOUNTS, Audited("user", by_ledger=True)),
    "ab_role": Declared(_ROLES, Audited("role", by_ledger=True)),
    "ab_group": Declared(_ROLES, Audited("group", by_ledger=True)),
    "ab_api_key": Declared(Own(kept_by="user"), Audited("api_key", by_ledger=True)),
    "ab_register_user": Declared(
        Internal("registering by oneself is switched off"), Audited("register_user", by_ledger=True)
    ),
    "ab_permission": Declared(_ROLES, _NAMES),
    "ab_view_menu": Declared(_ROLES, _NAMES),
    "ab_permission_view": Declared(_ROLES, _NAMES),
    # Tables without a class: in statements they stand beside the classes that they tie.
    "ab_permission_view_role": Declared(_ROLES, _FOLLOWS),
    "ab_user_role": Declared(_ROLES, _FOLLOWS),
    "ab_user_group": Declared(_ROLES, _FOLLOWS),
    "ab_group_role": Declared(_ROLES, _FOLLOWS),
}
