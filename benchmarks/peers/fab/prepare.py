"""``python -m benchmarks.peers.fab.prepare CASES``: tables, rows and the clerk's account."""

from __future__ import annotations

import os
import sys

from flask_appbuilder import Model

from benchmarks.peers import loading
from benchmarks.peers.account import PASSWORD, USERNAME
from benchmarks.peers.fab.app import create_app, db

ALLOWED = {"CaseApi": ("can_get", "can_post", "can_info"), "CaseView": ("can_list", "can_show", "can_add")}


def main() -> None:
    """Make the database that ``PEER_DSN`` names ready."""
    app = create_app()
    with app.app_context():
        Model.metadata.create_all(db.engine)
        security = app.appbuilder.sm
        clerk = security.add_role("Clerk")
        for view, names in ALLOWED.items():
            for name in names:
                security.add_permission_role(clerk, security.add_permission_view_menu(name, view))
        security.add_user(USERNAME, "c", "k", "clerk@example.invalid", clerk, PASSWORD)
        db.session.commit()
    loading.load(os.environ["PEER_DSN"], ("peer_unit", "peer_case"), int(sys.argv[1]))


if __name__ == "__main__":
    main()
