"""Archived matters with words of their own in every place into which a person writes; looked for afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from sqlalchemy import select

from portal.persistence.models import Unit
from portal.services import records, users
from portal.services.archive.contents import Contents
from portal.services.archive.subjects import Copy, copy_for
from portal.services.portal import Portal
from portal.services.records import PaperReader
from tests.services.test_destroying_volumes import Registers
from tests.services.test_tasks import SYSTEM, XISHAN

# A mark with the number of its matter, as written and as JSON may write it.
MARK = r"(?:秘|\\u79d8)(\d{4})"


class MarkedMatters(Registers):
    """Writes about many matters, each with its own marks."""

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        with portal.writing(SYSTEM) as uow:
            made = users.create(uow, "officer", "Kunming-2026-ok", "护", "某")
            users.assign(uow, made.id, "privacy_officer", XISHAN, audited=False)
            uow.commit()
        self.ids["officer"] = made.id

    def archived(self, n: int) -> str:
        """Register a matter, write everything that can be written about it, archive it; return its identifier."""
        self.uid = uid = self.register(
            applicant_name=_mark(n, "甲"),
            applicant_phone=_phone(n),
            summary=_mark(n, "围墙开裂"),
            claim=_mark(n, "修复围墙"),
            respondents=[{"kind": "person", "name": "乙" + _mark(n, "方"), "phone": _phone(5000 + n)}],
        )
        party = {"name": "丙" + _mark(n, "方"), "role": "respondent", "kind": "person"}
        self.do("clerk", records.register, "party", "", party, parent=uid)
        self._papers(n)
        content = _mark(n, "内容").encode()
        self.do("clerk", records.attach, uid, f"{_mark(n, '照片')}.txt", "text/plain", content)
        for words in (_mark(n, "约见"), _mark(n, "查档")):
            self.do("clerk", records.add_task, uid, words=words)
        self.do("clerk", records.do_task, uid, 1, words=_mark(n, "已约见"))
        for line in self.contents().gaps:
            if line.document is not None:
                self.fill(line.document.code, why=_mark(n, "另存"))
        self.put_away(hold=_mark(n, "法院调阅"), keep=_mark(n, "查考"))
        return uid

    def found(self, numbers: Iterable[int]) -> int:
        """Return how many lists some whole names, telephone numbers and words lead to something in."""
        texts = [
            text
            for n in numbers
            for text in (_mark(n, "甲"), "乙" + _mark(n, "方"), _phone(n), _mark(n, "围墙"))
        ]
        with self.portal.reading(SYSTEM) as session:
            pages = [records.search(self.portal, session, records.Query("case", text=text)) for text in texts]
        return sum(page.total > 0 for page in pages)

    def unreadable(self, numbers: Iterable[int], uids: list[str]) -> int:
        """Return how many of the marks of matters can't be read where they were written."""
        return sum(
            text not in self._readable(uid)
            for n, uid in zip(numbers, uids, strict=True)
            for text in (
                _mark(n, "甲"),
                _mark(n, "修复围墙"),
                _mark(n, "号"),
                _mark(n, "已约见"),
                _mark(n, "另存"),
            )
        )

    def copy(self, n: int) -> Copy:
        """Return what the person who came with a matter gets."""
        with self.portal.reading(SYSTEM) as session:
            at = session.scalars(select(Unit).where(Unit.code == XISHAN)).one()
        made: Copy = self.do("officer", copy_for, at, _phone(n), "access", "id_card")
        return made

    def lacking(self, n: int) -> list[str]:
        """Return which words of their own the copy of a person lacks, and which of another person it has."""
        copy = self.copy(n)
        said = repr(copy.told) + repr(copy.files)
        own = [_mark(n, words) for words in ("甲", "围墙开裂", "修复围墙", "号")]
        own += [_phone(n), repr(_mark(n, "签字").encode())[2:-1]]
        others = [
            "乙" + _mark(n, "方"),
            "丙" + _mark(n, "方"),
            _phone(5000 + n),
            _mark(n, "内容"),
            _mark(n, "另存"),
        ]
        return [one for one in own if one not in said] + [one for one in others if one in said]

    def _papers(self, n: int) -> None:
        made = self.do("clerk", records.issue_paper, self.uid, "W03", {"contact": _mark(n, "号")})
        content = b"%PDF-1.7 " + _mark(n, "签字").encode()
        scan = partial(records.scan_paper, name=f"{_mark(n, '扫描')}.pdf", content=content)
        self.do("clerk", scan, self.uid, made.n, version=1)
        void = self.do("clerk", records.issue_paper, self.uid, "W03", {"contact": _mark(n, "旧号")})
        self.do("clerk", records.void_paper, self.uid, void.n, version=1, reason=_mark(n, "打印有误"))

    def _readable(self, uid: str) -> str:
        with self.portal.reading(SYSTEM) as session:
            record = records.get_any(session, uid)
            papers = PaperReader(self.portal, session, record)
            tasks = records.tasks_of(self.portal, session, record)
            told: list[Any] = [
                records.view_of(self.portal, session, record).clear,
                [one.statement.fields for one in papers.all],
                [(one.words, one.said) for one in tasks],
                Contents(self.portal, session, record, papers).placed,
            ]
            return repr(told)


def _mark(n: int, words: str) -> str:
    return f"秘{n:04d}{words}"


def _phone(n: int) -> str:
    return f"1398765{n:04d}"
