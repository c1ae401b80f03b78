"""People: accounts, the roles they hold at units, and what follows from them."""

from portal.services.users.access import access_of
from portal.services.users.accounts import (
    by_username,
    create,
    has_name,
    home_path,
    set_active,
    set_password,
)
from portal.services.users.assignments import AssignmentView, assign, assignments, revoke
from portal.services.users.authority import require_may_give, require_may_keep
from portal.services.users.homes import home_of
from portal.services.users.people_rows import Person, read_people
from portal.services.users.roles import ensure_roles
from portal.services.users.second_person import confirm
from portal.services.users.staffing import (
    Made,
    add_people,
    first_passwords,
    look_through,
    require_usable,
    wanted_receivers,
)

__all__ = [
    "AssignmentView",
    "Made",
    "Person",
    "access_of",
    "add_people",
    "assign",
    "assignments",
    "by_username",
    "confirm",
    "create",
    "ensure_roles",
    "first_passwords",
    "has_name",
    "home_of",
    "home_path",
    "look_through",
    "read_people",
    "require_may_give",
    "require_may_keep",
    "require_usable",
    "revoke",
    "set_active",
    "set_password",
    "wanted_receivers",
]
