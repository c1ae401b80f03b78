"""Figures that a second person agrees to before they are taken out: asked for, decided, taken, each noted once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.core.access import Access
from portal.core.indicators.leaving import MANY, NAMED, Leaving
from portal.persistence.models import AuditEntry, BoardExport
from tests.web.records.conftest import site  # noqa: F401 (a fixture)
from tests.web.records.seeded_site import Browser, Site

BOARD = "/board/unit/530112"
WANTED = {"as": "csv", "month": "2026-05"}


def sent(browser: Browser, path: str, **values: str) -> Any:
    return browser.post(path, {"csrf_token": browser.token(), **values})


def actions(site: Site) -> list[str]:  # noqa: F811
    with site.portal.reading(Access.system("test")) as session:
        rows = select(AuditEntry.action).where(AuditEntry.action.like("%export%")).order_by(AuditEntry.id)
        return list(session.scalars(rows))


def asked(site: Site) -> list[BoardExport]:  # noqa: F811
    with site.portal.reading(Access.system("test")) as session:
        rows = list(session.scalars(select(BoardExport).order_by(BoardExport.id)))
        session.expunge_all()
        return rows


@pytest.fixture
def protected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every table need a second person."""
    monkeypatch.setattr(Leaving, "of", classmethod(lambda cls, _settings: cls(0, frozenset({"registered"}))))


def test_what_the_pack_says_decides_whether_a_second_person_is_needed() -> None:
    assert Leaving.of({}).reasons(10_000, ["registered"]) == []
    said = Leaving.of({"board": {"second_person": {"lines": 20, "indicators": ["open"]}}})
    assert said.reasons(20, ["registered"]) == []
    assert said.reasons(21, ["registered"]) == [MANY]
    assert said.reasons(21, ["open", "registered"]) == [MANY, NAMED]


@pytest.mark.usefixtures("protected")
def test_a_second_person_agrees_before_figures_are_taken_out(site: Site) -> None:  # noqa: F811
    supervisor, director = site.login("supervisor"), site.login("director")
    refused = sent(supervisor, f"{BOARD}/export", **WANTED)
    assert refused.status_code == 303
    assert refused.headers["Location"] == f"{BOARD}/ask?month=2026-05&as=csv"
    page = supervisor.get(refused.headers["Location"]).text
    assert "超过 0 行" in page
    assert sent(supervisor, f"{BOARD}/ask", **WANTED, purpose=" ").status_code == 422
    assert actions(site) == []
    assert sent(supervisor, f"{BOARD}/ask", **WANTED, purpose="送市委政法委月度例会").status_code == 303
    row = asked(site)[-1]
    assert (row.state, row.asked_by_name) == ("asked", "supervisor某")
    assert "送市委政法委月度例会" in supervisor.get("/board/exports/").text
    # Who asked does not decide, and nothing is taken out before it is decided.
    answer = {"version": "1", "answer": "agree"}
    assert sent(supervisor, f"/board/exports/{row.uid}/decide", **answer).status_code in (302, 303, 403)
    assert sent(supervisor, f"{BOARD}/export", **WANTED, agreed=row.uid).status_code == 303
    assert asked(site)[-1].state == "asked"
    assert "等您同意的导出" in director.get("/").text, "the first page tells who may agree"
    assert "等您同意的导出" not in supervisor.get("/").text
    assert f"/board/exports/{row.uid}/decide" in director.get("/board/exports/").text
    assert sent(director, f"/board/exports/{row.uid}/decide", **answer).status_code == 303
    assert asked(site)[-1].state == "agreed"
    assert "等您同意的导出" not in director.get("/").text
    assert actions(site) == ["ask_export", "decide_export"]
    # Of this table alone, by the person who asked alone.
    assert sent(supervisor, f"{BOARD}/export", **{**WANTED, "as": "xlsx"}, agreed=row.uid).status_code == 303
    assert (
        sent(supervisor, f"{BOARD}/export", **{**WANTED, "month": "2026-04"}, agreed=row.uid).status_code
        == 303
    )
    assert sent(supervisor, "/board/unit/530100/export", **WANTED, agreed=row.uid).status_code == 303
    assert sent(director, f"{BOARD}/export", **WANTED, agreed=row.uid).status_code == 303
    assert sent(supervisor, f"{BOARD}/export", **WANTED, agreed=row.uid).status_code == 200
    assert actions(site) == ["ask_export", "decide_export", "export_board"]
    # Decided once.
    sent(director, f"/board/exports/{row.uid}/decide", version="2", answer="refuse", note="不同意")
    assert asked(site)[-1].state == "agreed"


@pytest.mark.usefixtures("protected")
def test_nobody_agrees_to_what_they_asked_for_and_a_refusal_says_why(site: Site) -> None:  # noqa: F811
    director = site.login("director")
    assert sent(director, f"{BOARD}/ask", **WANTED, purpose="自用").status_code == 303
    row = asked(site)[-1]
    path = f"/board/exports/{row.uid}/decide"
    assert path not in director.get("/board/exports/").text
    sent(director, path, version="1", answer="agree")
    assert asked(site)[-1].state == "asked"
    assert sent(director, "/board/exports/nothing/decide", version="1", answer="agree").status_code == 404


def test_requests_are_narrowed_by_their_state(site: Site) -> None:  # noqa: F811
    supervisor = site.login("supervisor")
    for purpose in ("第一份例会用", "第二份例会用"):
        assert sent(supervisor, f"{BOARD}/ask", **WANTED, purpose=purpose).status_code == 303
    director = site.login("director")
    row = next(one for one in asked(site) if one.purpose == "第一份例会用")
    values = {"version": "1", "answer": "refuse", "note": "用途不清"}
    assert sent(director, f"/board/exports/{row.uid}/decide", **values).status_code == 303
    refused, waits = (director.get(f"/board/exports/?state={one}").text for one in ("refused", "asked"))
    assert "第一份例会用" in refused
    assert "第二份例会用" not in refused
    assert "第一份例会用" not in waits
    agreed = director.get("/board/exports/?state=agreed").text
    assert "第一份例会用" not in agreed
    assert "第二份例会用" not in agreed
    assert "第二份例会用" in director.get("/board/exports/?state=nonsense").text


def test_what_needs_nobody_is_taken_out_at_once(site: Site) -> None:  # noqa: F811
    supervisor = site.login("supervisor")
    assert sent(supervisor, f"{BOARD}/export", **WANTED).status_code == 200
    assert "无须他人同意" in supervisor.get(f"{BOARD}/ask?as=csv").text


def test_requests_of_other_units_are_none(site: Site) -> None:  # noqa: F811
    supervisor, director, clerk = (site.login(name) for name in ("supervisor", "director", "clerk"))
    sent(supervisor, "/board/unit/530111/ask", **WANTED, purpose="别的县区的数据")
    row = asked(site)[-1]
    assert "别的县区的数据" not in director.get("/board/exports/").text
    assert sent(director, f"/board/exports/{row.uid}/decide", version="1", answer="agree").status_code == 404
    assert clerk.get("/board/exports/").status_code in (302, 403, 404)
    assert "别的县区的数据" in supervisor.get("/board/exports/").text
