"""Old cases of the demo: the export of a hotline that does not exist, taken over as an import at one county.

Other words for columns and values than the form's, as in life; names, places and stories are invented.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from portal.core.access import Access
from portal.persistence.models import Unit, User
from portal.services import importing
from portal.services.demo.names import Names
from portal.services.importing.files import digest_of, read_file
from portal.services.jobs import queue
from portal.services.jobs.running import JobRun, run_claim
from portal.services.units.lookup import by_code
from portal.services.users.access import access_of

if TYPE_CHECKING:
    from portal.services.portal import Portal

SEED = 530114
SOURCE, FILE = "12345热线工单（演示）", "热线工单导出（演示）.csv"
# Two years before the portal is there, as its own cases begin later.
FIRST_DAYS_AGO, DAYS = 900, 800
COLUMNS: Mapping[str, list[str]] = {
    "工单编号": ["number"],
    "来电时间": ["registered_on", "/received_on"],
    "来电人": ["/applicant_name"],
    "来电号码": ["/applicant_phone"],
    "被反映人": ["/respondents/*/name"],
    "诉求类型": ["/dispute_type"],
    "问题描述": ["/summary"],
    "所属区域": ["/place"],
    "涉及金额(元)": ["/amount"],
    "办理状态": ["stage"],
    "办结时间": ["closed_on"],
}
SORTS = {
    "邻里矛盾": ("D0205", "邻居在公共过道堆放杂物，多次协商没有结果，请求协调清理。"),
    "家庭婚姻": ("D0199", "夫妻因家庭开支长期争执，请求帮助调解。"),
    "物业服务": ("D0304", "房屋漏水两个月，物业一直没有修，要求尽快处理并赔偿损失。"),
    "土地山林": ("D0401", "承包地边界不清，双方发生争执，希望到现场核实。"),
}
STATES = {"已归档": "archived", "已办结": "closed", "不予受理": "rejected"}
MAPPING: dict[str, Any] = {
    "columns": COLUMNS,
    "values": {"/dispute_type": {name: code for name, (code, _) in SORTS.items()}, "stage": STATES},
    "fixed": {"/channel": "hotline_12345", "/willing": "undecided", "/lower_tried": "否"},
}


def import_old_cases(
    portal: Portal, unit: str, rows: int = 3000, names: Mapping[str, Any] | None = None
) -> int:
    """Take old cases over at a county by the account that receives there; return how many came in."""
    with portal.reading(Access.system("demo data")) as session:
        county = by_code(session, unit)
        places = session.scalars(
            select(Unit.name).where(Unit.parent_id == county.id, Unit.level == "township").order_by(Unit.code)
        ).all()
        keeper = session.scalars(select(User.id).where(User.username == unit)).first()
    if keeper is None or not places:
        return 0
    who = access_of(portal, keeper)
    content = _export(rows, places, portal.clock.today(), Names.from_definition(names))
    with portal.writing(who) as uow:
        source = importing.keep_source(uow, unit, "case", SOURCE)
        uow.commit()
        uid, version = source.uid, source.version
    with portal.writing(who) as uow:
        importing.keep_mapping(uow, uid, version, MAPPING)
        uow.commit()
    with portal.writing(who) as uow:
        file = importing.take_in(uow, uid, FILE, read_file(content), digest_of(content)).uid
        uow.commit()
    for start in (importing.start_trying, importing.start_taking):
        with portal.writing(who) as uow:
            start(uow, file)
            uow.commit()
        _work(portal)
    with portal.reading(who) as session:
        return importing.taken_of(session, importing.file_of(session, file))


def _work(portal: Portal) -> None:
    """Do what waits, as a worker does."""
    while (claim := queue.claim(portal, "demo", ["try_import", "take_import"])) is not None:
        run_claim(portal, JobRun(portal, claim))


def _export(rows: int, places: Any, today: dt.date, names: Names) -> bytes:
    random, text = Random(SEED), io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for at in range(rows):
        came = today - dt.timedelta(days=FIRST_DAYS_AGO - at * DAYS // rows)
        sort = random.choice(list(SORTS))
        amount = random.choice(("", "1200", "3500.50", str(random.randrange(100, 90_000))))
        table.writerow(
            [
                f"YS{came:%Y%m}{at:06}",
                f"{came:%Y-%m-%d} {random.randrange(9, 18):02}:{random.randrange(60):02}",
                names.person(random),
                names.phone(random),
                names.person(random),
                sort,
                SORTS[sort][1],
                random.choice(places),
                amount,
                random.choices(list(STATES), (50, 44, 6))[0],
                f"{came + dt.timedelta(days=random.randrange(1, 20)):%Y/%m/%d}",
            ]
        )
    return text.getvalue().encode("gb18030")
