"""What a column of another system can be mapped to: fields of the entity's form, and what a record itself has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.core.errors import msg
from portal.core.forms import FieldInfo

# What a record has beside the fields of its form.
NUMBER, REGISTERED_ON, STAGE, CLOSED_ON, UNIT = "number", "registered_on", "stage", "closed_on", "unit"
# Other words under which tables have these.
_ALIASES = {
    NUMBER: (
        "编号",
        "案件编号",
        "事项编号",
        "工单编号",
        "工单号",
        "受理编号",
        "登记编号",
        "流水号",
        "案号",
        "number",
        "id",
    ),
    REGISTERED_ON: (
        "登记日期",
        "登记时间",
        "受理日期",
        "受理时间",
        "创建时间",
        "录入时间",
        "来电时间",
        "registered on",
    ),
    STAGE: ("办理状态", "状态", "当前状态", "办理环节", "案件状态", "处理状态", "当前环节", "state", "stage"),
    CLOSED_ON: ("办结日期", "办结时间", "结案日期", "结案时间", "完结时间", "closed on"),
    UNIT: ("登记单位", "受理单位", "上报单位", "所属单位", "录入单位", "registering unit"),
}
_TITLES = {
    NUMBER: msg("Number in the other system"),
    REGISTERED_ON: msg("Day of registration"),
    STAGE: msg("Stage"),
    CLOSED_ON: msg("Day of closing"),
    UNIT: msg("Registered at"),
}
# What no table of another system can fill in.
_LEFT_OUT = frozenset({"any", "record", "file", "object"})
_LISTED = "/*/"


@dataclass(frozen=True, slots=True)
class Target:
    """Something that a column fills in: a field by its pointer, or one of the names above.

    ``kind`` says how its texts are read: ``code`` by a list of values, ``codes`` several of them, ``unit``,
    ``taxonomy``, ``flag`` for yes or no, ``day``, or ``text`` for what the form itself reads.
    """

    name: str
    title: str
    kind: str
    aliases: tuple[str, ...] = ()
    needed: bool = False
    info: FieldInfo | None = None
    # The title is a message id and not the pack's own.
    ours: bool = False

    @property
    def coded(self) -> bool:
        """Tell whether texts of the column stand for codes."""
        return self.kind in ("code", "codes", "unit", "taxonomy", "flag")

    @property
    def chosen(self) -> bool:
        """Tell whether its codes are few enough to choose from in a list."""
        return self.coded and self.kind not in ("unit", "taxonomy")

    @property
    def listed(self) -> bool:
        """Tell whether it lies in the rows of a list."""
        return _LISTED in self.name


def targets_of(fields: Iterable[FieldInfo], *, staged: bool, titles: dict[str, str]) -> tuple[Target, ...]:
    """Return what columns can be mapped to, for a type with these fields; ``titles`` are those of lists by pointer."""
    return (*_own(staged), *(one for info in fields if (one := _target(info, titles)) is not None))


def _own(staged: bool) -> Iterable[Target]:
    kinds = {NUMBER: "text", REGISTERED_ON: "day", STAGE: "code", CLOSED_ON: "day", UNIT: "unit"}
    for name, kind in kinds.items():
        if staged or name not in (STAGE, CLOSED_ON):
            needed = name in (NUMBER, REGISTERED_ON) or name == STAGE
            yield Target(name, _TITLES[name], kind, _ALIASES[name], needed, ours=True)


def _target(info: FieldInfo, titles: dict[str, str]) -> Target | None:
    if info.type in _LEFT_OUT or info.widget == "file" or info.pointer.count(_LISTED) > 1:
        return None
    above = titles.get(info.pointer.rpartition("/")[0].removesuffix("/*"), "")
    title = f"{above} / {info.label}" if above and above != info.label else info.label
    return Target(info.pointer, title, _kind(info), (info.label,), info.required, info)


def _kind(info: FieldInfo) -> str:
    if info.type == "boolean":
        return "flag"
    if info.options:
        return "codes" if info.type == "strings" else "code"
    if info.taxonomy or info.format == "taxonomy-code" or info.type == "taxonomy":
        return "taxonomy"
    if info.format == "unit-code" or info.type == "unit":
        return "unit"
    if info.type in ("date", "datetime"):
        return "day" if info.type == "date" else "text"
    return "texts" if info.type == "strings" else "text"
