"""An address that a party keeps from the other side: who may see it, and where it never stands; both databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from portal.core.masks import DOTS
from portal.services import records, users
from portal.services.portal import Portal
from portal.services.records import PaperReader
from portal.services.records.privacy.withheld import SAID
from tests.services.test_subject_copies import OTHER, PHONE, Window, said
from tests.services.test_tasks import MEDIATION, SYSTEM, XISHAN, Centre, shipped

__all__ = ["shipped"]
HIDDEN, OPEN = "昆明市西山区躲藏路九号", "昆明市西山区公开路一号"
SECRET: dict[str, Any] = {"applicant_address": HIDDEN, "applicant_address_secret": True}


class Kept(Centre):
    """A matter in which the applicant keeps the address from the other side."""

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        with portal.writing(SYSTEM) as uow:
            for name, role, unit in (("lead", "handler", MEDIATION), ("archive", "archivist", XISHAN)):
                self.ids[name] = users.create(uow, name, "Kunming-2026-ok", "某", name).id
                users.assign(uow, self.ids[name], role, unit, audited=False)
            uow.commit()

    def register(self, **more: Any) -> str:
        return super().register(**SECRET | more)

    def address(self, name: str, uid: str = "", where: str = "applicant_address") -> Any:
        with self.portal.reading(self.who(name)) as session:
            record = records.get_any(session, uid or self.uid)
            return records.view_of(self.portal, session, record).data.get(where)

    def unmask(self, name: str, uid: str = "") -> None:
        self.do(
            name,
            lambda uow: records.unmask(uow, records.get_any(uow.session, uid or self.uid), "送达文书"),
        )


@pytest.fixture
def kept(shipped: Portal) -> Iterator[Kept]:
    return Kept(shipped)


def test_the_mask_of_a_withheld_address_tells_not_even_the_district(kept: Kept) -> None:
    assert kept.address("clerk") == DOTS
    usual = kept.register(applicant_address=OPEN, applicant_address_secret=False)
    assert kept.address("clerk", usual) == "昆明市西山区***"


def test_a_purpose_opens_it_to_those_alone_who_need_it(kept: Kept) -> None:
    for name in ("clerk", "archive"):
        kept.unmask(name)
    assert kept.address("clerk") == HIDDEN
    assert kept.address("archive") == DOTS
    usual = kept.register(applicant_address=OPEN, applicant_address_secret=False)
    kept.unmask("archive", usual)
    assert kept.address("archive", usual) == OPEN


def test_who_handles_a_matter_may_see_it_and_who_assists_may_not(kept: Kept) -> None:
    kept.refer(assist=["labour"])
    for name in ("lead", "helper"):
        kept.unmask(name)
    assert kept.address("lead") == HIDDEN
    assert kept.address("helper") == DOTS


def test_no_paper_tells_it_whoever_issues_it(kept: Kept) -> None:
    kept.unmask("clerk")
    assert kept.address("clerk") == HIDDEN
    with kept.portal.reading(kept.who("clerk")) as session:
        reader = PaperReader(kept.portal, session, records.get_any(session, kept.uid))
        code = next(one.code for one in reader.offered if "address" in {each.id for each in one.fields})
    kept.do("clerk", records.issue_paper, kept.uid, code, {})
    with kept.portal.reading(SYSTEM) as session:
        (view,) = PaperReader(kept.portal, session, records.get_any(session, kept.uid)).all
    stated = {one.id: one.text for one in view.statement.fields}
    assert stated["address"] == SAID
    assert HIDDEN not in repr(stated)


def test_violence_at_home_withholds_every_address_without_being_asked(kept: Kept) -> None:
    uid = kept.register(
        dispute_type="D0106",
        applicant_address_secret=False,
        respondents=[{"name": "司马乙", "address": OPEN}],
    )
    assert kept.address("clerk", uid) == DOTS
    assert kept.address("clerk", uid, "respondents")[0]["address"] == DOTS


def test_one_row_that_withholds_keeps_all_of_the_list(kept: Kept) -> None:
    rows = [
        {"name": "司马乙", "address": OPEN},
        {"name": "上官丙", "address": HIDDEN, "address_secret": True},
    ]
    uid = kept.register(respondents=rows)
    assert [one["address"] for one in kept.address("clerk", uid, "respondents")] == [DOTS, DOTS]


def test_a_party_of_its_own_withholds_it_too(kept: Kept) -> None:
    data = {
        "role": "applicant",
        "kind": "person",
        "name": "欧阳甲",
        "address": HIDDEN,
        "address_secret": True,
    }
    uid = kept.do("clerk", records.register, "party", "", data, parent=kept.uid).record.uid
    assert kept.address("archive", uid, "address") == DOTS
    kept.unmask("archive", uid)
    assert kept.address("archive", uid, "address") == DOTS
    kept.unmask("clerk", uid)
    assert kept.address("clerk", uid, "address") == HIDDEN


def test_the_copy_for_the_other_side_has_dots_and_the_own_one_has_it(shipped: Portal) -> None:
    window = Window(shipped)
    window.register(
        applicant_name="欧阳甲",
        applicant_phone=PHONE,
        applicant_address=HIDDEN,
        applicant_address_secret=True,
        respondents=[{"name": "司马乙", "phone": OTHER}],
    )
    other, own = said(window.copy(OTHER)), said(window.copy(PHONE))
    assert HIDDEN in own
    assert HIDDEN not in other
    assert DOTS in other
    assert other.count("西山区***") < 2
