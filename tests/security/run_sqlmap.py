"""Try sqlmap, level 2, on the parameters of lists, searches and reports of a portal of its own.

Use: ``python tests/security/run_sqlmap.py SQLMAP [SECONDS] [PART…]`` — SQLMAP is the program (``pip install sqlmap`` in
an environment of its own), SECONDS how long one address may take, PART a part of the addresses to try. Exit code 1
where something can be injected. Takes hours for all of them; CI runs the fast strings of
tests/acceptance/test_no_parameter_is_sql.py instead.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from portal.persistence import migrate
from portal.persistence.database import Database
from tests.acceptance.service import DATA, service
from tests.web.records.live import Person
from tests.web.records.seeded_site import fill

ADDRESSES = (
    "/records/case/list/?all=1&text=x*",
    "/records/case/list/?all=1&sort=amount*",
    "/records/case/list/?all=1&stage=intake*",
    "/records/case/list/?all=1&amount.from=1*",
    "/api/v1/records/case/?text=x*",
    "/api/v1/records/case/?sort=amount*",
    "/api/v1/records/case/?stage=intake*",
    "/api/v1/records/case/?page=1*&size=5",
    "/audit/?person=x*",
    "/audit/?thing=x*",
    "/audit/?field=x*",
    "/users/list/?_flt_2_username=x*",
    "/users/list/?_oc_UserView=username*&_od_UserView=asc",
    "/units/?q=x*",
    "/lookup/units?q=x*",
    "/lookup/terms/disputes?q=x*",
    "/layout/?unit=530112*",
)


def main(program: str, seconds: int, parts: list[str]) -> int:
    """Try the addresses; return how many can be injected."""
    import requests

    folder, found = Path(tempfile.mkdtemp(prefix="portal-sqlmap-")), 0
    url = f"sqlite:///{folder / 'portal.db'}"
    database = Database.connect(url)
    migrate.upgrade(database.engine)
    database.dispose()
    fill(url)
    with service(url, folder) as running:
        bearer = running.bearer("clerk")
        for _ in range(3):
            records = f"{running.address}/api/v1/records/case/"
            requests.post(records, json={"data": DATA}, headers=bearer, timeout=60)
        person = Person(running.address, "director")
        cookie = "; ".join(f"{one.name}={one.value}" for one in person.session.cookies)
        for address in ADDRESSES:
            if parts and not any(part in address for part in parts):
                continue
            header = (
                f"Authorization: {bearer['Authorization']}"
                if address.startswith("/api/")
                else f"Cookie: {cookie}"
            )
            options = ["--batch", "--level", "2", "--risk", "2", "--flush-session", "--threads", "4"]
            where = [
                "-u",
                running.address + address,
                "--header",
                header,
                "--output-dir",
                str(folder / "sqlmap"),
            ]
            try:
                done = subprocess.run(
                    [program, *where, *options], capture_output=True, text=True, timeout=seconds, check=False
                )
                text = done.stdout
            except subprocess.TimeoutExpired as late:
                text = (late.stdout or b"").decode() + "\n(not finished)"
            # What only "appears" so is tried again by sqlmap itself: on a busy machine an answer may just be late.
            injectable = "is vulnerable" in text or "identified the following injection point" in text
            found += injectable
            verdict = "INJECTABLE" if injectable else "not injectable"
            print(f"{address}: {verdict}{' (time was up)' if 'not finished' in text else ''}", flush=True)
    return found


if __name__ == "__main__":
    limit = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    sys.exit(1 if main(sys.argv[1], limit, sys.argv[3:]) else 0)
