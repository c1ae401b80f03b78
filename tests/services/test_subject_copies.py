"""What is kept about a person is handed to that person whole, and nothing of anybody else; both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from portal.adapters.clock import FixedClock
from portal.core.access import Origin
from portal.core.errors import Forbidden, InvalidInput, PortalError, TooMany
from portal.persistence.models import AuditEntry, SubjectRequest, Unit
from portal.services import audit, records, users
from portal.services.archive import subjects
from portal.services.portal import Portal
from tests.services.test_clocks import CASE
from tests.services.test_papers import PNG
from tests.services.test_tasks import SYSTEM, XISHAN, Centre, shipped

__all__ = ["shipped"]
DAY = dt.date(2026, 5, 6)
PHONE, OTHER = "13987650001", "13987650002"
ID = "530112199001011234"


class Window(Centre):
    """Matters in which two people stand on different sides, and the person who hands out copies."""

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        with portal.writing(SYSTEM) as uow:
            for name, role, unit in (
                ("privacy", "privacy_officer", XISHAN),
                ("far", "privacy_officer", "530115"),
            ):
                self.ids[name] = users.create(uow, name, "Kunming-2026-ok", "护", name).id
                users.assign(uow, self.ids[name], role, unit, audited=False)
            uow.commit()
        self.own = self.register(
            applicant_name="欧阳甲",
            applicant_phone=PHONE,
            applicant_id_type="id_card",
            applicant_id_number=ID,
            applicant_address="云南省昆明市西山区秘密路1号",
            summary="甲自己说的话",
            respondents=[{"name": "司马乙", "phone": OTHER, "address": "云南省昆明市西山区乙家路2号"}],
        )

    def copy(
        self,
        number: str,
        name: str = "privacy",
        unit: str = XISHAN,
        ground: str = "access",
        proof: str = "id_card",
    ) -> subjects.Copy:
        with self.portal.reading(SYSTEM) as session:
            at = session.scalars(select(Unit).where(Unit.code == unit)).one()
        made: subjects.Copy = self.do(name, subjects.copy_for, at, number, ground, proof)
        return made


@pytest.fixture
def window(shipped: Portal) -> Iterator[Window]:
    return Window(shipped)


def said(copy: subjects.Copy) -> str:
    return repr([(one.facts, one.course, one.papers, one.shown) for one in copy.told])


@pytest.mark.parametrize("number", [PHONE, "+86 139 8765 0001", ID])
def test_the_person_who_came_gets_everything_of_theirs(window: Window, number: str) -> None:
    window.do(
        "clerk", lambda uow: records.unmask(uow, records.get_any(uow.session, window.own), "联系当事人核实")
    )
    window.do("clerk", records.issue_paper, window.own, "W03", {"contact": "0871-68180000"})
    copy = window.copy(number)
    text = said(copy)
    assert [one.uid for one in copy.told] == [window.own]
    for own in ("欧阳甲", PHONE, ID, "秘密路1号", "甲自己说的话", "联系当事人核实", "受理（不予受理）告知书"):
        assert own in text
    assert "司马乙" not in text
    assert "司*" in text
    assert OTHER not in text
    assert "乙家路" not in text
    assert copy.told[0].number == "西综〔2026〕00002"
    assert copy.told[0].course[0] == ("2026年5月6日", "登记")


def test_the_other_side_gets_its_own_data_and_not_what_was_told_of_it(window: Window) -> None:
    text = said(window.copy(OTHER))
    assert "司马乙" in text
    assert OTHER in text
    for foreign in ("欧阳甲", PHONE, ID, "秘密路", "甲自己说的话"):
        assert foreign not in text


def test_files_that_are_theirs_come_with_it_and_those_of_others_are_only_counted(window: Window) -> None:
    handed = window.do("clerk", records.attach, None, "收据.png", "image/png", PNG)
    data = CASE | {
        "applicant_name": "欧阳甲",
        "applicant_phone": "13987650009",
        "respondents": [{"name": "司马乙", "phone": "13987650008"}],
        "attachments": [handed.uid],
    }
    made = window.do("clerk", records.register, "case", XISHAN, data, files=[handed.uid])
    window.own = made.record.uid
    window.do("clerk", records.attach, window.own, "走访记录.txt", "text/plain", "邻居说的话".encode())
    for document, content in (("W03", b"%PDF-1.7 told to one"), ("W02", b"%PDF-1.7 told to both")):
        made = window.do("clerk", records.issue_paper, window.own, document, {})
        scan = partial(records.scan_paper, name="扫描.pdf", content=content)
        window.do("clerk", scan, window.own, made.n, version=1)
    copy = window.copy("13987650009")
    assert sorted(copy.files.values()) == [b"%PDF-1.7 told to both", b"%PDF-1.7 told to one", PNG]
    (told,) = copy.told
    assert {one.name for one in told.files} == set(copy.files)
    assert told.others == 1
    other = window.copy("13987650008")
    assert list(other.files.values()) == [b"%PDF-1.7 told to both"]
    assert other.told[0].others == 0


def test_a_protected_matter_is_not_told_to_the_other_side(window: Window) -> None:
    hidden = window.register(
        applicant_name="欧阳甲",
        applicant_phone=PHONE,
        dispute_type="D0106",
        respondents=[{"name": "司马乙", "phone": OTHER}],
    )
    assert hidden not in {one.uid for one in window.copy(OTHER).told}
    assert hidden in {one.uid for one in window.copy(PHONE).told}


def test_a_number_that_nobody_has_gives_an_empty_copy(window: Window) -> None:
    assert window.copy("13900000000").told == []


def test_part_of_a_number_a_name_or_no_ground_is_refused(window: Window) -> None:
    tried: list[tuple[type[PortalError], dict[str, Any]]] = [
        (InvalidInput, {"number": "0001"}),
        (InvalidInput, {"number": "欧阳甲"}),
        (InvalidInput, {"number": ""}),
        (InvalidInput, {"number": PHONE * 9}),
        (InvalidInput, {"number": PHONE, "ground": "curious"}),
        (InvalidInput, {"number": PHONE, "proof": ""}),
        (Forbidden, {"number": PHONE, "name": "clerk"}),
        (Forbidden, {"number": PHONE, "name": "director"}),
        (Forbidden, {"number": PHONE, "name": "far"}),
    ]
    for error, more in tried:
        with pytest.raises(error):
            window.copy(**more)
    with window.portal.reading(SYSTEM) as session:
        assert session.scalars(select(SubjectRequest)).all() == []
    # Another county's officer finds nothing of this one.
    assert window.copy(PHONE, "far", "530115").told == []


def test_each_copy_is_noted_by_ground_and_found_by_the_person(window: Window) -> None:
    copy = window.copy(PHONE)
    access = window.who("privacy")
    assert subjects.note_copies(window.portal, access, Origin(), copy)
    with window.portal.reading(SYSTEM) as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "export_subject"))
        (row,) = session.scalars(select(SubjectRequest))
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "subject.copy")).all()
        by_person = audit.search(window.portal, session, audit.AuditQuery(thing=PHONE, size=100)).rows
    assert entry.after == {"ground": "access", "proof": "id_card"}
    assert (row.ground, row.proof, row.by_name) == ("access", "id_card", "privacy护")
    assert [one.object_id for one in noted] == [window.own]
    assert "export_subject" in {one.action for one in by_person}
    assert PHONE not in repr([entry.object_id, entry.after, row.subject])
    assert audit.verify(window.portal).clean


def test_one_person_hands_out_so_many_within_an_hour(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "PER_HOUR", 2)
    window.copy(PHONE)
    window.copy(PHONE)
    with pytest.raises(TooMany):
        window.copy(PHONE)
    later = window.portal.at(FixedClock.on(DAY, hour=14))
    with later.reading(SYSTEM) as session:
        at = session.scalars(select(Unit).where(Unit.code == XISHAN)).one()
    with later.writing(window.who("privacy")) as uow:
        assert subjects.copy_for(uow, at, PHONE, "access", "id_card").told
        uow.commit()
