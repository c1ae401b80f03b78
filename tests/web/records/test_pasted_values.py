"""What people paste (``tests/fixtures/pasted.json``) is stored in its one form, or refused with its reason."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from portal.core import pointer as pointers
from portal.core.access import Access
from portal.services.records.acts.loading import load
from portal.services.records.privacy.disclosure import view_of
from tests.fixtures import database
from tests.web.api.program import CASES, DATA, Program
from tests.web.records.seeded_site import CASE, Browser, Site, errors_in, uid_of

ADD = "/records/case/add"
PASTED: list[dict[str, Any]] = json.loads(
    (Path(database.__file__).parent / "pasted.json").read_text(encoding="utf-8")
)
FIELDS = tuple(dict.fromkeys(one["field"] for one in PASTED))
PEOPLE = {"/applicant_id_type": "id_card"}


def of_field(field: str) -> list[dict[str, Any]]:
    return [one for one in PASTED if one["field"] == field]


def around(one: dict[str, Any]) -> dict[str, Any]:
    """Return the other fields of a case with this value."""
    return (PEOPLE if one["field"] == "/applicant_id_number" else {}) | one.get("with", {})


def stored(site: Site, uid: str) -> dict[str, Any]:
    with site.portal.reading(Access.system("test")) as session:
        return view_of(site.portal, session, load(session, uid)).clear


def test_there_are_eighty_values_of_each_sort() -> None:
    assert len(PASTED) >= 80
    told = Counter((one["field"], "reason" in one) for one in PASTED)
    assert all(told[field, refused] for field in FIELDS for refused in (False, True))


@pytest.mark.parametrize("field", FIELDS)
def test_a_pasted_value_is_stored_in_one_form_or_refused_with_its_reason_by_the_page(
    site: Site, clerk: Browser, field: str
) -> None:
    pairs = clerk.form(ADD)
    for number, one in enumerate(of_field(field)):
        data = CASE | around(one) | {field: one["pasted"], "once": f"page{field}{number}"}
        answer = clerk.send(ADD, pairs, **data)
        if "reason" in one:
            assert answer.status_code == 422, one
            assert one["reason"] in errors_in(answer.text), (one, errors_in(answer.text))
        else:
            assert answer.status_code == 303, (one, errors_in(answer.text))
            kept = pointers.get(stored(site, uid_of(answer.headers["Location"])), field)
            assert (kept, type(kept)) == (one["stored"], type(one["stored"])), one


@pytest.mark.parametrize("field", FIELDS)
def test_a_pasted_value_is_stored_in_one_form_or_refused_with_its_reason_by_the_api(
    site: Site, field: str
) -> None:
    program = Program.of(site, "clerk")
    program.headers["Accept-Language"] = "zh"
    for one in of_field(field):
        body = DATA | {name[1:]: value for name, value in around(one).items()} | {field[1:]: one["pasted"]}
        answer = program.post(CASES, {"data": body})
        if "reason" in one:
            assert answer.status_code == 422, one
            told = {problem["pointer"]: problem["message"] for problem in answer.json["error"]["details"]}
            assert told == {field: one["reason"]}, one
        else:
            assert answer.status_code == 201, (one, answer.text)
            kept = pointers.get(stored(site, answer.json["result"]["uid"]), field)
            assert (kept, type(kept)) == (one["stored"], type(one["stored"])), one
