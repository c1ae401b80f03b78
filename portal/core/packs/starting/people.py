"""The table of a centre's people: its columns, and what stands in it at the beginning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal.core.csv_tables import csv_of
from portal.core.packs.starting.answers import County

# Each column, and what may stand above it; the first is what we write.
HEADINGS: Mapping[str, Sequence[str]] = {
    "username": ("账号", "用户名", "登录名"),
    "name": ("姓名", "名字"),
    "role": ("角色", "岗位"),
    "unit": ("单位", "部门", "单位代码"),
}
# A name may be left empty: then the account shows the role's.
NEEDED = tuple(column for column in HEADINGS if column != "name")
# Whom a centre needs at least: the end of the account, and the role.
STAFF = (
    ("clerk", "登记员"),
    ("triage", "研判员"),
    ("director", "中心主任"),
    ("mediator", "调解员"),
    ("inspector", "督办员"),
    ("archivist", "档案员"),
    ("security", "安全管理员"),
    ("config", "配置管理员"),
)


def people_table(county: County) -> bytes:
    """Return the table of the centre's people to be filled in: one line for each role that a centre needs."""
    return staff_table(county.pack.rpartition("/")[2], county.code)


def staff_table(short: str, code: str) -> bytes:
    """Return a table of people with a line for each role; accounts begin with ``short``, all at the unit ``code``."""
    lines = [(f"{short}.{end}", "", role, code) for end, role in STAFF]
    return csv_of(people_heads(), lines, mark=True)


def people_heads() -> list[str]:
    """Return the headings of a table of people."""
    return [words[0] for words in HEADINGS.values()]
