"""How far a piece of work is: shown to the person who started it and to administrators, and to nobody else."""

from __future__ import annotations

import re
from typing import Any

from portal.core.access import Access
from portal.persistence.models import Job
from portal.services import jobs
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun
from tests.web.conftest import Site, token_in


def started_by(site: Site, username: str | None) -> int:
    who = Access.system("test") if username is None else Access(site.ids[username], username)
    with site.portal.writing(who) as uow:
        made = jobs.enqueue(uow, "fill_fields", {"unit_id": 0})
        uow.commit()
    return made


def at_work(site: Site, number: int) -> JobRun:
    """Let a worker take a job and say how far it is."""
    claim = queue.claim(site.portal, "w", ["fill_fields"])
    assert claim is not None
    assert claim.id == number
    run = JobRun(site.portal, claim)
    run.tell(40, 80, "%(done)s records filled")
    with run.writing() as uow:
        uow.commit()
    return run


def test_the_starter_and_those_who_keep_the_account_see_it_and_nobody_else_learns_of_it(site: Site) -> None:
    number = started_by(site, "xishan")
    for name in ("xishan", "root"):
        assert site.signed_in(name).get(f"/jobs/{number}").status_code == 200
    stranger = site.signed_in("jinning")
    for path in (f"/jobs/{number}", f"/jobs/{number}/progress", "/jobs/999999"):
        assert stranger.get(path, headers={"HX-Request": "1"}).status_code == 404
    assert site.app.test_client().get(f"/jobs/{number}").status_code in (302, 401)


def test_work_of_the_system_is_shown_to_administrators(site: Site) -> None:
    number = started_by(site, None)
    assert site.signed_in("root").get(f"/jobs/{number}").status_code == 200


def test_the_fragment_asks_less_and_less_often_until_the_work_has_ended(site: Site) -> None:
    number = started_by(site, "root")
    run, client = at_work(site, number), site.signed_in("root")
    page = client.get(f"/jobs/{number}").text
    assert 'aria-live="polite"' in page
    pauses, asked = [], f"/jobs/{number}/progress?asked=1"
    for _ in range(9):
        body = client.get(asked, headers={"HX-Request": "1"}).text
        assert '<progress class="job-bar" max="100" value="50"' in body
        assert 'name="back"' not in body, "cancelling leads back to the page of the job"
        found = re.search(r'hx-get="([^"]+)" hx-trigger="load delay:(\d+)s"', body)
        assert found
        asked, pause = found[1], int(found[2])
        pauses.append(pause)
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (1, 30)
    assert queue.finish(site.portal, run.claim, {"records": 80})
    ended = client.get(asked, headers={"HX-Request": "1"}).text
    assert "hx-get" not in ended
    assert "/cancel" not in ended


def test_it_speaks_both_languages(site: Site) -> None:
    number = started_by(site, "root")
    at_work(site, number)
    client = site.signed_in("root")
    client.get("/language/en")
    assert "40 records filled" in client.get(f"/jobs/{number}").text
    client.get("/language/zh_Hans")
    page = client.get(f"/jobs/{number}").text
    assert "新增字段回填" in page
    assert "已回填 40 条记录" in page
    assert "进行中" in page


def test_it_is_cancelled_and_the_person_is_back_where_that_was_asked(site: Site) -> None:
    number = started_by(site, "xishan")
    stranger, client = site.signed_in("jinning"), site.signed_in("xishan")
    data = {"csrf_token": token_in(stranger.get("/").text)}
    assert stranger.post(f"/jobs/{number}/cancel", data=data).status_code == 404
    data = {"csrf_token": token_in(client.get(f"/jobs/{number}").text), "back": "/units/"}
    answer = client.post(f"/jobs/{number}/cancel", data=data)
    assert (answer.status_code, answer.location) == (302, "/units/")
    assert status(site, number) == "cancelled"
    again = client.post(f"/jobs/{number}/cancel", data=data | {"back": "https://elsewhere.example/"})
    assert again.location == "/"


def status(site: Site, number: int) -> str:
    with site.portal.reading(Access.system("test")) as session:
        return session.get_one(Job, number).status


def test_without_scripts_the_address_of_the_fragment_leads_to_the_page(site: Site) -> None:
    number = started_by(site, "root")
    answer = site.signed_in("root").get(f"/jobs/{number}/progress")
    assert (answer.status_code, answer.location) == (302, f"/jobs/{number}")


def test_an_error_is_shown_as_text(site: Site) -> None:
    number = started_by(site, "root")
    run = at_work(site, number)
    values: dict[str, Any] = {"status": "failed", "error": "OSError <b>"}
    with site.portal.writing(Access.system("test")) as uow:
        assert queue.hold(uow.session, run.claim, values) is not None
        uow.commit()
    assert "OSError &lt;b&gt;" in site.signed_in("root").get(f"/jobs/{number}").text
