"""``python -m benchmarks.peers.django.prepare CASES``: tables, rows and the clerk's account."""

from __future__ import annotations

import os
import sys

import django


def main() -> None:
    """Make the database that ``PEER_DSN`` names ready."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.peers.django.settings")
    django.setup()
    from django.contrib.auth.models import Permission, User
    from django.core.management import call_command

    from benchmarks.peers import loading
    from benchmarks.peers.account import PASSWORD, USERNAME

    call_command("migrate", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)  # the peer's own tables, which point at those
    clerk = User.objects.create_user(USERNAME, password=PASSWORD)
    wanted = ["add_case", "view_case", "change_case", "view_unit"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    loading.load(os.environ["PEER_DSN"], ("cases_unit", "cases_case"), int(sys.argv[1]))


if __name__ == "__main__":
    main()
