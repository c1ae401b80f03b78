"""Jobs through the API: for the person who started them, and as the document says."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import Job, User
from portal.services import jobs
from tests.web.api.program import Program
from tests.web.records.seeded_site import Site


@pytest.fixture(scope="module")
def number(site: Site) -> int:
    """A job of the clerk's."""
    with site.portal.reading(Access.system("test")) as session:
        clerk_id = session.scalars(select(User.id).where(User.username == "clerk")).one()
    with site.portal.writing(Access(clerk_id, "clerk")) as uow:
        made = jobs.enqueue(uow, "fill_fields", {"unit_id": 0})
        uow.commit()
    return made


def test_the_starter_reads_it_in_the_shape_that_the_document_says(site: Site, number: int) -> None:
    clerk = Program.of(site, "clerk")
    found = clerk.get(f"/api/v1/jobs/{number}").json["result"]
    assert (found["id"], found["kind"], found["status"]) == (number, "fill_fields", "ready")
    document = clerk.get("/api/v1/openapi.json").json
    assert set(document["paths"]["/api/v1/jobs/{id}"]) == {"get", "delete"}
    schema = {**document["components"]["schemas"]["Job"], "components": document["components"]}
    Draft202012Validator(schema).validate(found)


def test_others_find_nothing_and_cancel_nothing(site: Site, number: int) -> None:
    for name in ("clerk2", "jinning", "supervisor"):
        person = Program.of(site, name)
        path = f"/api/v1/jobs/{number}"
        foreign, missing = person.get(path), person.get("/api/v1/jobs/999999")
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json["error"]["code"] == missing.json["error"]["code"] == "job.none"
        assert person.client.delete(path, headers=person.headers).status_code == 404
    assert site.app.test_client().get(f"/api/v1/jobs/{number}").status_code == 401
    with site.portal.reading(Access.system("test")) as session:
        assert session.get_one(Job, number).status == "ready"


def test_the_starter_cancels_it_once(site: Site, number: int) -> None:
    clerk = Program.of(site, "clerk")
    path = f"/api/v1/jobs/{number}"
    answer = clerk.client.delete(path, headers=clerk.headers)
    assert (answer.status_code, answer.json["result"]["status"]) == (200, "cancelled")
    again = clerk.client.delete(path, headers=clerk.headers)
    assert (again.status_code, again.json["error"]["code"]) == (409, "job.ended")
