"""The seven questions of a supervisor, each in at most three clicks from the first page, and right against the rows."""

from __future__ import annotations

import datetime as dt
import shutil
import statistics
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.serving import make_server

from portal.core.access import Access, Origin
from portal.core.zone import LOCAL
from portal.services import users
from portal.services.figures import upkeep as figures
from portal.services.indicators import proof
from tests.proofs.board_cases import spread_cases
from tests.web.records.seeded_site import PASSWORD, TODAY, Site

pytestmark = pytest.mark.browser
CASES = 400
MONTH = (2026, 5)


class Rows:
    """What the rows of a subtree say, read by plain statements and walked here."""

    def __init__(self, site: Site, code: str) -> None:
        with site.portal.database.engine.connect() as connection:
            ask = connection.execute
            self.units = {
                row.id: row for row in ask(text("SELECT id, code, name, path, parent_id FROM unit"))
            }
            self.root = next(row for row in self.units.values() if row.code == code)
            inside = [row.id for row in self.units.values() if row.path.startswith(self.root.path)]
            self.inside = set(inside)
            self.cases = [
                row
                for row in ask(
                    text(
                        "SELECT id, unit_id, handler_unit_id, is_open, due_on, dispute_class, created_at FROM record "
                        "WHERE etype = 'case'"
                    )
                )
                if row.unit_id in self.inside
            ]
            self.events = defaultdict(list)
            for row in ask(text("SELECT record_id, at, from_stage, to_stage FROM record_event ORDER BY id")):
                self.events[row.record_id].append(row)
            self.referrals = [
                row
                for row in ask(
                    text("SELECT to_unit_id, status, created_at FROM referral WHERE etype = 'case' AND lead")
                )
                if row.to_unit_id in self.inside
            ]

    def child(self, unit_id: int) -> str:
        """Return the name of the unit right below the root that a unit belongs to; empty for the root itself."""
        line = self.units[unit_id].path.strip("/").split("/")
        depth = len(self.root.path.strip("/").split("/"))
        return self.units[int(line[depth])].name if len(line) > depth else ""

    def slowest(self) -> str:
        """Return the unit whose median from acceptance to the end is longest this month."""
        days = defaultdict(list)
        for case in self.cases:
            accepted = ended = None
            for event in self.events[case.id]:
                at = moment(event.at)
                if event.to_stage == "mediate" and accepted is None:
                    accepted = at
                if event.to_stage == "closed":
                    ended = at
                elif event.from_stage == "closed":
                    ended = None
            if accepted and ended and (ended.year, ended.month) == MONTH:
                days[self.child(case.unit_id)].append((ended.date() - accepted.date()).days)
        medians = {name: statistics.median(some) for name, some in days.items() if name}
        return max(medians, key=lambda name: medians[name])

    def desk(self) -> tuple[int, int]:
        """Return how many are overdue, and open, at the desk with most overdue ones."""
        late, still = Counter(), Counter()
        for case in self.cases:
            if case.is_open:
                still[case.handler_unit_id] += 1
                late[case.handler_unit_id] += bool(case.due_on and str(case.due_on) < TODAY.isoformat())
        most = max(still, key=lambda unit: (late[unit], still[unit]))
        return late[most], still[most]

    def registered(self) -> int:
        """Return how many were registered this month."""
        made = (moment(case.created_at) for case in self.cases)
        return sum(1 for at in made if (at.year, at.month) == MONTH)

    def returned(self) -> tuple[int, int]:
        """Return how many of this month's handing-overs were handed back."""
        month = [
            r for r in self.referrals if (moment(r.created_at).year, moment(r.created_at).month) == MONTH
        ]
        return sum(r.status == "returned" for r in month), len(month)


def moment(value: Any) -> dt.datetime:
    at = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(LOCAL)


@pytest.fixture(scope="module")
def served(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    folder = tmp_path_factory.mktemp("questions")
    shutil.copy(filled_sqlite, folder / "portal.db")
    site = Site.open(f"sqlite:///{folder / 'portal.db'}", folder)
    with site.portal.writing(Access.system("test"), Origin()) as uow:
        user = users.create(uow, "county", PASSWORD, "某", "county")
        users.assign(uow, user.id, "supervisor", "530112", audited=False)
        uow.commit()
    spread_cases(site.portal, CASES)
    spread_cases(site.portal, CASES, 2, "530112", 90)
    figures.build(site.portal.database)
    proof.build(site.portal)
    server = make_server("localhost", 0, site.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield site, f"http://localhost:{server.server_port}"
    server.shutdown()
    site.close()


@pytest.mark.parametrize(("who", "code"), [("supervisor", "530100"), ("county", "530112")])
def test_seven_questions_are_answered_in_three_clicks(
    chromium: Any, served: tuple[Site, str], who: str, code: str
) -> None:
    site, base = served
    rows = Rows(site, code)
    context = chromium.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{base}/login/")
    page.fill("#username", who)
    page.fill("#password", PASSWORD)
    page.locator("form[name=login] .btn-primary").click()
    page.wait_for_load_state()
    clicks = 0

    def ask(question: str) -> None:
        """Go home and ask a question: two clicks."""
        nonlocal clicks
        page.goto(f"{base}/")
        clicks = 0
        for selector in ("a[href='/board/']", f".asks a:has-text('{question}')"):
            page.locator(selector).first.click()
            page.wait_for_load_state()
            clicks += 1
        assert clicks <= 3

    def first() -> str:
        return page.locator("#units tbody tr th").first.inner_text().strip()

    def column(sort: str) -> str:
        heads = [one.get_attribute("href") or "" for one in page.locator("#units thead a").all()]
        at = next(n for n, href in enumerate(heads) if f"sort={sort}" in href or f"sort=-{sort}" in href)
        return page.locator("#units tfoot td.board-number").nth(at).inner_text()

    ask("哪里最慢")
    assert first() == rows.slowest()
    ask("逾期积在哪里")
    late, still = rows.desk()
    told = page.locator("#desks tbody tr").first.locator(".bar-numbers, .bar-note").all_inner_texts()
    assert [int(part.strip("/ ").replace(",", "")) for part in told] == [late, still]
    ask("哪类纠纷在增多")
    together = page.locator("#classes tfoot .bar-numbers b").inner_text()
    assert int(together.replace(",", "")) == rows.registered()
    ask("谁退回得多")
    back, sent = rows.returned()
    assert f"{back} / {sent}" in column("return_rate").replace(",", "")
    ask("哪里协议没履行")
    assert "—" in column("performance_rate")
    ask("谁的账号没人用")
    with site.portal.database.engine.connect() as connection:
        desks = connection.execute(
            text("SELECT count(*) FROM unit WHERE kind = 'department' AND active AND path LIKE :path"),
            {"path": f"{rows.root.path}%"},
        ).scalar_one()
    assert f"/ {desks}" in column("account_coverage").replace(",", "")
    ask("哪些督办未回复")
    assert "—" in column("sheets_unanswered")
    context.close()
