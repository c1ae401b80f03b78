"""Who sees and may do what in the studio: each cell of the table in docs/studio-access.md, asked for over HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.core.access import Access
from portal.core.drafts import Change
from portal.persistence.models import Centre, Draft, DraftCommand, ReleaseActivation, Unit, User
from portal.services import drafts, users
from portal.services.portal import Policy
from tests.web.records.conftest import site
from tests.web.records.seeded_site import PASSWORD, Browser, Site

__all__ = ["site"]
SYSTEM = Access.system("test")
XISHAN, JINNING = "530112", "530115"
TABLE = Path(__file__).parents[2] / "docs" / "studio-access.md"
PEOPLE = {
    "author": ("config_admin", XISHAN),
    "second": ("config_admin", XISHAN),
    "approver": ("director", XISHAN),
    "other county": ("config_admin", JINNING),
    "city": ("template_owner", "530100"),
    "clerk": ("clerk", XISHAN),
}
RULE, STAGE = "crime_lead", "intake"
VIEWS = {
    *("StudioView", "DraftView", "EditorView", "RulesView", "FormsView", "StagesView", "HallView"),
    *("NewCentreView", "SandboxView", "MatrixView", "TextsView"),
    *("BackTestView", "FilesView", "SentencesView", "AnswersView"),
}
# Asked for with what is there alone, where their pages are tested; who may is asked as for the others of their pages.
APART = {"BackTestView.one"}
APART |= {f"{view}.{act}" for view in ("FormsView", "StagesView") for act in ("save", "do")}
# As much as the pages send for the act to be asked at all; what is missing is refused in words.
SENT = {"release": "1", "reason": "试试", "_seen": "{}", "at": "/layout/rooms", "rule": RULE, "seen": "{}"}
SENT |= {"field": "/dispute_type", "what": "stage", "chosen": STAGE}
_LINE = re.compile(r"^\| `(GET|POST) (/\S+)` \| [^|]+ \| [^|]+ \| (.+) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """One line of the table: an address, and what each person gets."""

    method: str
    path: str
    cells: dict[str, str]

    def url(self, draft: str) -> str:
        """Return the address for a draft."""
        return self.path.replace("<draft>", draft).replace("<unit>", XISHAN).replace("<below>", JINNING)


def lines() -> list[Line]:
    found = _LINE.findall(TABLE.read_text(encoding="utf-8"))
    return [
        Line(method, path, dict(zip(PEOPLE, cells.split(" | "), strict=True)))
        for method, path, cells in found
    ]


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Browser]:
    """The six persons, signed in; the portal asks for a second person."""
    site.app.extensions["portal"] = replace(site.portal, policy=Policy(second_person=True))
    names = {who: who.replace(" ", "") for who in PEOPLE}
    with site.portal.writing(SYSTEM) as uow:
        for who, (role, unit) in PEOPLE.items():
            user = users.create(uow, f"of{names[who]}", PASSWORD, "某", names[who])
            users.assign(uow, user.id, role, unit, audited=False)
        uow.commit()
    return {who: site.login(f"of{name}") for who, name in names.items()}


@pytest.fixture(scope="module")
def draft(site: Site, people: dict[str, Browser]) -> str:
    """A draft that the author changed."""
    author = people["author"]
    answer = author.post(f"/studio/start/{XISHAN}", {"csrf_token": author.token(), "name": "谁能做什么"})
    uid = str(answer.headers["Location"]).rstrip("/").rpartition("/")[2]
    with site.portal.reading(SYSTEM) as session:
        by = users.access_of(site.portal, users.by_username(session, "ofauthor").id)
    with site.portal.writing(by) as uow:
        before = drafts.effective(uow.session, uid)["forms"]["case"]["title"]
        drafts.change(uow, uid, [Change("replace", "/forms/case/title", before, "群众的事")])
        uow.commit()
    return uid


def state(site: Site) -> tuple[Any, ...]:
    """Return what an act of the studio could have changed."""
    with site.portal.reading(SYSTEM) as session:
        counts = [
            session.scalar(select(func.count()).select_from(one))
            for one in (Draft, DraftCommand, ReleaseActivation, Centre, Unit, User)
        ]
        return (*counts, *session.execute(select(Draft.uid, Draft.state, Draft.position, Draft.found)).all())


def test_the_table_names_every_address_of_the_studio(site: Site) -> None:
    bound = site.app.url_map.bind("")
    named = {bound.match(one.url("0" * 32), one.method)[0] for one in lines()}
    rules = {rule.endpoint for rule in site.app.url_map.iter_rules()}
    assert named | APART == {one for one in rules if one.partition(".")[0] in VIEWS}
    assert len(lines()) == len({(one.method, one.path) for one in lines()})


@pytest.mark.parametrize("who", PEOPLE)
def test_each_person_sees_and_may_do_what_the_table_says(
    site: Site, people: dict[str, Browser], draft: str, who: str
) -> None:
    browser, wrong = people[who], []
    token = browser.token()
    # What is allowed and would end the draft is tried at last, by the author alone.
    for line in lines():
        cell, url = line.cells[who], line.url(draft)
        if line.path.endswith("/discard") and cell == "yes":
            continue
        before = state(site)
        sent = {"csrf_token": token, **SENT}
        answer = browser.get(f"{url}?page=/layout") if line.method == "GET" else browser.post(url, sent)
        status = answer.status_code
        fits = {
            "yes": status in (200, 302, 303, 400, 422),
            "others' alone": status == 302,
            "refused": status == 422,
            "no": status == 403,
            "nothing there": status == 404,
        }[cell]
        kept = cell == "yes" or state(site) == before
        if not (fits and kept):
            wrong.append((line.method, line.path, cell, status, kept))
    assert wrong == [], wrong


def test_who_changed_a_draft_does_not_approve_it_and_gives_it_up(
    site: Site, people: dict[str, Browser], draft: str
) -> None:
    with site.portal.writing(SYSTEM) as uow:
        row = drafts.draft_of(uow.session, draft)
        row.state, row.submitted_by_name = "submitted", "某"
        uow.session.flush()
        uow.audit("submit_draft", row, kind="draft", object_id=row.uid, unit_path=row.unit_path)
        uow.commit()
    author = people["author"]
    before = state(site)
    author.post(f"/studio/{draft}/approve", {"csrf_token": author.token(), "when": "now", "reason": "同意"})
    assert state(site) == before
    assert "不能" in author.get(f"/studio/{draft}/publish").text
    assert author.post(f"/studio/{draft}/discard", {"csrf_token": author.token()}).status_code == 302
    with site.portal.reading(SYSTEM) as session:
        assert drafts.draft_of(session, draft).state == "discarded"
