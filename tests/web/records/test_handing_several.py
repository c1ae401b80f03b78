"""Several matters are handed over in one go: each by its own act, with a result for each, and nothing half done."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.core.access import Access
from portal.persistence.models import AuditEntry, Record, Referral
from tests.web.records.seeded_site import Browser, Site, uid_of
from tests.web.records.test_stage_bar import assigned

LIST = "/?list=to_dispose"


def rows(page: str) -> dict[str, str]:
    """Return what each row of the list would send, by its matter."""
    return {one.partition(".")[0]: one for one in re.findall(r'name="row" value="(\w+\.\d+)"', page)}


def sent(site: Site, uid: str) -> list[Any]:
    with site.portal.reading(Access.system("test")) as session:
        asked = select(Referral).join(Record, Record.id == Referral.record_id).where(Record.uid == uid)
        return list(session.scalars(asked))


def hand_over(person: Browser, chosen: list[str], **more: str) -> Any:
    pairs = [("csrf_token", person.token()), *(("row", one) for one in chosen), *more.items()]
    return person.post("/records/case/hand-over", pairs)


@pytest.fixture
def cases(site: Site, clerk: Browser) -> list[str]:
    return [uid_of(assigned(site, clerk)) for _ in range(2)]


def test_what_was_chosen_goes_to_one_department_each_by_its_own_act(site: Site, cases: list[str]) -> None:
    director = site.login("director")
    offered = rows(director.get(LIST).text)
    before = entries(site)
    answer = hand_over(
        director, [offered[one] for one in cases], to="people_mediation", reason="归口办理", back=LIST
    )
    assert answer.status_code == 200
    assert answer.text.count("已交办给") == 2
    assert f'href="{LIST}"' in answer.text
    assert entries(site) == before + 2
    for one in cases:
        assert [(r.status, r.lead) for r in sent(site, one)] == [("sent", True)]
        assert one not in rows(director.get(LIST).text)


def entries(site: Site) -> int:
    with site.portal.reading(Access.system("test")) as session:
        return session.scalar(select(func.count()).where(AuditEntry.action == "dispose")) or 0


def test_a_matter_that_changed_meanwhile_stays_and_the_others_go(site: Site, cases: list[str]) -> None:
    director = site.login("director")
    offered = rows(director.get(LIST).text)
    stale = re.sub(r"\.\d+$", ".1", offered[cases[0]])
    assert stale != offered[cases[0]]
    answer = hand_over(director, [stale, offered[cases[1]]], to="people_mediation", reason="归口办理")
    assert "共选 2 件，已交办 1 件" in answer.text
    assert sent(site, cases[0]) == []
    assert len(sent(site, cases[1])) == 1


def test_a_double_click_hands_over_once(site: Site, cases: list[str]) -> None:
    director = site.login("director")
    chosen = [rows(director.get(LIST).text)[cases[0]]] * 2
    first = hand_over(director, chosen, to="people_mediation", reason="归口办理")
    again = hand_over(director, chosen, to="people_mediation", reason="归口办理")
    assert "已交办 1 件" in first.text
    assert "已交办 0 件" in again.text
    assert len(sent(site, cases[0])) == 1


def test_an_override_without_a_reason_is_refused_for_each(site: Site, cases: list[str]) -> None:
    director = site.login("director")
    answer = hand_over(director, [rows(director.get(LIST).text)[cases[0]]], to="people_mediation")
    assert "已交办 0 件" in answer.text
    assert sent(site, cases[0]) == []


@pytest.mark.parametrize("row", ["nothing", "nothing.1", "x.-1", ""])
def test_what_is_no_matter_is_told_and_nothing_happens(site: Site, row: str) -> None:
    answer = hand_over(site.login("director"), [row], to="proposed")
    assert answer.status_code in (200, 400)
    assert "已交办给" not in answer.text


def test_nobody_hands_over_matters_of_others(site: Site, cases: list[str]) -> None:
    offered = rows(site.login("director").get(LIST).text)
    stranger = site.login("jinning")
    answer = hand_over(stranger, [offered[cases[0]]], to="people_mediation", reason="归口办理")
    assert answer.status_code in (200, 403)
    assert "已交办给" not in answer.text
    assert sent(site, cases[0]) == []


def test_nothing_chosen_and_too_many_are_refused(site: Site) -> None:
    director = site.login("director")
    assert hand_over(director, [], to="proposed").status_code == 400
    assert hand_over(director, [f"x{n}.1" for n in range(60)], to="proposed").status_code == 400
