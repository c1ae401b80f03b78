"""Import a package again and again, killed later each time, and print what the database holds after each.

``python -m tests.acceptance.killing_imports FILE STRIDE`` in the environment of a portal: one JSON list of
``[killed, layers, files, entries]``, the last one being the import that nobody killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from click.testing import CliRunner
from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine

from portal.cli import main
from portal.core.access import Access
from portal.persistence.models import AuditEntry, Layer, LayerFile
from portal.services.portal import Portal

MOST = 400


def killed_at(step: int, file: str) -> bool:
    """Import in a process of its own that is killed at a step; return whether it came to that."""
    child = os.fork()
    if child == 0:
        left = step

        def count(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, name, count)
        done = CliRunner().invoke(main, ["package", "import", file])
        if done.exit_code:
            print(done.output, file=sys.stderr)
        os._exit(done.exit_code)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status):
        raise SystemExit("the import was refused")
    return False


def held() -> list[int]:
    """Return how many layers, files of layers and audit entries there are."""
    portal = Portal.from_url(os.environ["PORTAL_DATABASE_URL"])
    with portal.reading(Access.system("test")) as session:
        counted = [
            int(session.scalar(select(func.count()).select_from(one)) or 0)
            for one in (Layer, LayerFile, AuditEntry)
        ]
    portal.database.dispose()
    return counted


def run(file: str, stride: int) -> list[list[int]]:
    """Kill one import after another, each some steps later, until one comes to its end."""
    found = [[1, *held()]]
    for step in range(1, MOST, stride):
        killed = killed_at(step, file)
        found.append([int(killed), *held()])
        if not killed:
            return found
    raise SystemExit("no import came to its end")


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]))))
