"""How the things and actions behind Flask-AppBuilder's permissions are called, and which belong together.

A view of FAB stands for a *thing* of the portal (``UserDBModelView`` is ``user``); who may do what with a
thing is asked of the person's grants. Only what is listed here is shown in the matrix.
"""

from __future__ import annotations

from portal.core.access import SYSTEM

ENTITY = "Entity."

# View of FAB -> thing asked of the grants.
THINGS = {
    "UserDBModelView": "user",
    "ResetPasswordView": "user",
    "RoleModelView": "role",
    "SessionPages": "user",
    "SecondFactorPages": "user",
}
# Everybody signed in may use these: they concern nobody but the person, or nobody at all.
OWN = frozenset(
    {
        ("can_this_form_get", "ResetMyPasswordView"),
        ("can_this_form_post", "ResetMyPasswordView"),
        ("can_this_form_get", "UserInfoEditView"),
        ("can_this_form_post", "UserInfoEditView"),
        ("can_userinfo", "UserDBModelView"),
        ("can_own", "SessionPages"),
        ("can_own", "SecondFactorPages"),
        # Whose work it is, the page asks.
        ("can_own", "JobView"),
        ("resetmypassword", "UserDBModelView"),
        ("userinfoedit", "UserDBModelView"),
        # How a centre is laid out, the tree of units and the release in force are no secrets among staff.
        ("can_list", "Entity.layout"),
        ("can_list", "Entity.unit"),
        ("can_list", "Entity.release"),
    }
)
# Permission of FAB -> action of a grant, where the names differ.
ACTIONS_OF_FAB = {
    "get": "show",
    "info": "list",
    "post": "add",
    "put": "edit",
    "muldelete": "delete",
    "menu_access": "list",
    "resetpasswords": "edit",
    "assign": "edit",
    "revoke": "edit",
    "confirm": "edit",
    "others": "edit",
    "copyrole": "add",
    "matrix": "show",
    "this_form_get": "edit",
    "this_form_post": "edit",
    "download": "show",
}


def thing_of(view: str) -> str:
    """Return the thing a view stands for; machinery belongs to the system."""
    if view.startswith(ENTITY):
        return view[len(ENTITY) :]
    return THINGS.get(view, SYSTEM)


def action_of(permission: str) -> str:
    """Return the action a permission of FAB stands for."""
    name = permission.removeprefix("can_")
    return ACTIONS_OF_FAB.get(name, name)
