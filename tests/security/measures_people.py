"""Measures that keep one person from what takes two, or from taking everything: how each is taken away."""

from __future__ import annotations

from tests.security.measures import Measure

USERS, TWO = "portal/services/users/", "tests/web/security/test_second_person.py::test_"
ATTACHING = "portal/services/records/entering/attaching.py"
SHIPPED = "tests/services/jobs/test_shipped.py::test_"

MEASURES: tuple[Measure, ...] = (
    Measure(
        "Two persons: who gives a role sees personal data alone",
        f"{USERS}second_person.py",
        "    return _asked(uow) and is_sensitive(",
        "    return False and is_sensitive(",
        (f"{TWO}who_makes_an_account_and_gives_it_a_role_reads_no_cases",),
    ),
    Measure(
        "Two persons: who gives a role confirms it",
        f"{USERS}second_person.py",
        "assignment.given_by in (None, uow.access.user_id):",
        "False:",
        (f"{TWO}who_makes_an_account_and_gives_it_a_role_reads_no_cases",),
    ),
    Measure(
        "Two persons: a role that waits counts",
        f"{USERS}access.py",
        "if not one.waits]",
        "]",
        (f"{TWO}a_role_that_waits_does_nothing_anywhere",),
    ),
    Measure(
        "Two persons: another's password gives another's roles",
        f"{USERS}accounts.py",
        "waiting = rest(uow, user) if anothers else []",
        "waiting = []",
        (f"{TWO}setting_a_password_gives_nobody_the_roles_of_its_owner",),
    ),
    Measure(
        "Two persons: administrators see records",
        "portal/core/access.py",
        "(ANY,) if admin_records else",
        "(ANY,) if True else",
        (f"{TWO}an_administrator_sees_no_records_but_keeps_all_else",),
    ),
    Measure(
        "Two persons: an account without a role is anybody's",
        f"{USERS}authority.py",
        "if home is not None and not access.allows(",
        "if False and not access.allows(",
        (f"{TWO}who_moves_on_belongs_to_the_new_unit_alone",),
    ),
    Measure(
        "Two persons: an account without a role is nobody's",
        "portal/web/accounts/reach.py",
        "here = or_(User.id.in_(held), User.id.in_(belonging))",
        "here = User.id.in_(held)",
        (f"{TWO}the_last_role_leaves_the_account_where_it_was",),
    ),
    Measure(
        "Uploads without a rate",
        ATTACHING,
        "    if lately >= MOST_A_MINUTE:",
        "    if False:",
        (f"{SHIPPED}of_one_person_only_so_many_files_come_within_a_minute",),
    ),
    Measure(
        "Uploads without a rate: taking files out makes room",
        ATTACHING,
        "    if lately >= MOST_AN_HOUR or (total or 0) + size > BYTES_AN_HOUR:",
        "    if False:",
        (f"{SHIPPED}files_that_records_adopted_count_for_the_hour",),
    ),
    Measure(
        "No lockout: addresses",
        "portal/services/sign_in/attempts.py",
        "        _earlier(session, place, now, limits.per_address, limits)\n",
        "",
        (
            "tests/web/security/test_lockout.py::test_many_accounts_from_one_address_count_together_over_all_processes",
        ),
    ),
)
