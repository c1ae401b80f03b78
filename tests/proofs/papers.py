"""Each document of the base pack is filled in as an office would, whole and with nothing, and becomes a PDF.

The PDFs are kept where ``PORTAL_PAPERS_KEPT`` names a folder, to be looked at.
"""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from portal.adapters.papers import fill_template, to_pdf
from tests.proofs.frame import Number, Place, at_most, equal, proof

SEED = Path(__file__).parents[2] / "seed" / "base"
MOST_PAGES = 2
KEPT = "PORTAL_PAPERS_KEPT"
LONG = (
    "2026年3月12日，申请人与被申请人因位于西山区某街道某小区3幢2单元的房屋买卖合同履行发生纠纷，"
    "申请人称被申请人收取定金5万元后逾期未办理过户，多次协商未果。"
)
PARTIES = ["张小明", "王某丁", "某某房地产经纪有限公司"]
# What a clerk would write; every other text is a paragraph, every other list has two entries.
SHORT: Mapping[str, Any] = {
    **dict.fromkeys(("visitors", "people_count", "count", "overdue", "copies", "satisfaction"), "3"),
    **dict.fromkeys(("handled", "file_score", "days"), "126"),
    **dict.fromkeys(("amount", "claimed"), "50,000.00 元"),
    **dict.fromkeys(("code", "number", "look_up"), "西综2026-000123"),
    **dict.fromkeys(("agreement_number", "sheet_number", "case_code"), "西综调〔2026〕00012"),
    **dict.fromkeys(("name", "applicant", "questioned", "visited", "visitor", "registrar"), "张小明"),
    **dict.fromkeys(("person", "received_by", "approver", "mediator", "filed_by", "checked_by"), "李某甲"),
    **dict.fromkeys(("unit", "lead", "addressee", "organ", "body"), "西山区某街道综治中心"),
    **dict.fromkeys(("willing", "respondent_willing", "voluntary"), "愿意"),
    **dict.fromkeys(("channel", "way", "mode", "kind", "stage", "grade", "outcome", "route"), "群众来访"),
    **dict.fromkeys(("type", "method"), "合同纠纷 / 房屋买卖合同纠纷"),
    **dict.fromkeys(("place", "post", "retention"), "综合受理窗口3号"),
    "id_number": "居民身份证 5301**********1234",
    "phone": "13800000000",
    "contact": "李某甲 0871-68180000",
    "address": "云南省昆明市西山区某路123号某小区3幢2单元501室",
    "service_address": "云南省昆明市西山区某路123号某小区3幢2单元501室",
    "remark": "无",
    "case_number": "（2026）云0112民特31号",
    "appraiser": "赵某乙（云南某律师事务所，执业证号1530120**********）",
    "held_at": "2026年5月6日 14:30，三楼会商室",
    "period": "2026年3月12日至2026年5月6日",
    "title": "张小明与王某丁房屋买卖合同纠纷",
}
GIVEN: Mapping[str, Any] = {
    "paper_day": "2026年5月6日",
    "paper_by": "李某甲",
    "paper_unit": "西山区某街道综治中心",
    "paper_centre": "昆明市西山区综治中心",
    "paper_to": PARTIES[:2],
    "paper_signs": ["申请人", "调解员", "昆明市西山区综治中心（盖章）"],
    "paper_code": "西综2026-000123",
    "paper_rows": [f"事由：{LONG}"],
    "paper_blank": "",
}


@proof(
    "papers_printed",
    "Each of the 32 documents of the base pack, full or empty, leaves no place open; each becomes a PDF of few pages",
    minutes=4,
    small={"printed": False},
    large={"printed": True},
    databases=("sqlite",),
)
def papers_printed(place: Place, *, printed: bool) -> Iterator[Number]:
    """Fill in each template twice; turn the full ones into PDF, which needs LibreOffice."""
    documents = json.loads((SEED / "documents.json").read_text(encoding="utf-8"))
    yield equal("documents with a template", 32, sum("template" in one for one in documents.values()))
    marked, lost, pages, broken = [], [], {}, []
    kept = Path(os.environ.get(KEPT) or place.folder)
    kept.mkdir(parents=True, exist_ok=True)
    for code, document in documents.items():
        for full in (True, False):
            values = _values(code, document, full=full)
            template = (SEED / document["template"]).read_bytes()
            paper = fill_template(template, values).content
            text = _text(paper)
            if "{{" in text or "{%" in text or "None" in text:
                marked.append(code)
            if document["title"] not in text.replace("卷　　宗", "卷宗封面与卷内目录"):
                lost.append(code)
            if not printed or not full:
                continue
            pdf = to_pdf(paper, timeout=120)
            (kept / f"{code}.pdf").write_bytes(pdf)
            pages[code] = len(re.findall(rb"/Type\s*/Page[^s]", pdf))
            if not pdf.startswith(b"%PDF-") or not pages[code]:
                broken.append(code)
    yield equal("papers with a place left open", [], marked)
    yield equal("papers without their title", [], lost)
    if printed:
        yield equal("papers printed", 32, len(pages))
        yield equal("papers that are no PDF", [], broken)
        yield at_most("pages of the longest", MOST_PAGES, max(pages.values()))


def _values(code: str, document: Mapping[str, Any], *, full: bool) -> dict[str, Any]:
    number = document.get("number", {}).get("pattern", "")
    number = number.replace("{agency}", "西综").replace("{year}", "2026").replace("{seq:5}", "00012")
    values = {**GIVEN, "paper_title": document["title"], "paper_number": number}
    for name, field in document["fields"].items():
        values[name] = _value(name, field["kind"]) if full else [] if field["kind"] == "strings" else ""
    return values


def _value(name: str, kind: str) -> Any:
    if kind == "strings":
        return PARTIES if name == "parties" else ["房屋买卖合同复印件", "定金收据"]
    if kind == "boolean":
        return {"said": "是", "yes": True}
    if kind in ("date", "datetime"):
        return "2026年5月20日" + " 14:30" * (kind == "datetime")
    return SHORT.get(name, LONG)


def _text(paper: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(paper)) as archive:
        return re.sub(r"<[^>]+>", "", archive.read("word/document.xml").decode())
