"""Fill a real form with made-up answers that the form accepts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

from portal.core import pointer as pointers
from portal.core.conditions import Condition, Env, evaluate, parse
from portal.core.forms import FieldInfo
from portal.services.bundles import Bundle
from portal.services.demo.fitting import BASIS, BODY, CLAIM, LAW, SUMMARY, UNIT
from portal.services.demo.names import Names, identity_number
from portal.services.records.entering.checking import form_problems

ATTEMPTS = 6
OFTEN, SELDOM = 0.65, 0.2
# Fields that a made-up case had better leave alone: they need files, other records or rare circumstances.
RARELY = frozenset(
    {
        "attachments",
        "handled_elsewhere",
        "safety_concern",
        "minor_involved",
        "sudden",
        "agent",
        "outcome",
        "remark",
    }
)
_SUMMARIES = (
    "双方因楼上渗水修缮费用分担发生争执，多次协商未果。",
    "邻里因通道堆放杂物、噪声扰民反复发生口角。",
    "房屋租赁到期，押金退还数额双方说法不一。",
    "兄弟姐妹就父母老宅的归属和补偿意见不一。",
    "项目完工后劳务报酬未按约定支付，务工人员要求结清。",
    "购买商品后发现质量问题，商家拒绝退换。",
    "小区停车收费调整未征求意见，业主集体反映。",
    "承包地边界不清，双方各执一词。",
)
_CLAIMS = ("依法支付欠款", "停止侵害并恢复原状", "退还押金", "分割共有财产", "赔礼道歉并赔偿损失", "明确边界")

# By the name of a field, or by form and field where forms mean different things by one name. Answers of steps are used
# again for other records: what of them is about the matter is filled in by ``fitting``.
_TEXTS: Mapping[str, Sequence[str]] = {
    "summary": _SUMMARIES,
    "question": _SUMMARIES,
    "claim": _CLAIMS,
    "purpose": _CLAIMS,
    "appraisal_request/question": (f"{SUMMARY}请就责任和可走的途径提出意见。",),
    "findings": (f"{SUMMARY}申请人要求：{CLAIM}",),
    "facts": (SUMMARY,),
    "focus": ("事实是否清楚，要求有没有依据",),
    "issues": ("事实是否清楚，要求有没有依据",),
    "closing/summary": (
        "各方已按约定办理，当事人没有其他要求。",
        "已书面答复当事人，并说明了其他途径和期限。",
    ),
    "closing_early/summary": ("当事人要求不再办理，已说明其他途径和期限。",),
    "outside_result/summary": ("已依法作出处理，文书已送达当事人。",),
    "session/summary": ("各方说明了情况，约定补充材料后再谈。",),
    "session_result/summary": ("各方说明了情况，约定补充材料后再谈。",),
    "session_stop/summary": ("当事人要求停止调解，已告知其他途径。",),
    "goal": (f"{CLAIM}",),
    "process": ("已分别听取双方意见，核对材料后当面协商。",),
    "opinions": ("各单位按职责说明了情况，同意联合化解。",),
    "party_words": ("当事人说明情况后不再坚持原来的要求。",),
    "remedy_told": ("已告知可以走的法定途径和期限。",),
    "requirement": ("按期办理，办结后书面反馈。",),
    "wanted": ("请写明办理经过和结果。",),
    "court": ("当地人民法院",),
    "job": ("保洁", "木工", "收银", "装配"),
    "lead": (UNIT,),
    "organ": (BODY,),
    "grounds": ("按事项类型、当事人意愿和各单位职责办理。",),
    "not_accepted/grounds": ("事项应当通过法定途径解决，不属于本中心受理范围。",),
    "return_reason/grounds": ("事项不属于本单位职责范围。",),
    "objection/grounds": ("申请人认为事项应当由本中心受理。",),
    "objection_answer/grounds": ("已核对事项和依据，答复如上。",),
    "conclusion": ("组织联合调解，两周内反馈",),
    "advice": ("先核对材料，能协商的先协商；谈不成的，告知依法可走的途径和期限。",),
    "law": (LAW,),
    "basis": (BASIS,),
    "period_note": ("请在法定期限内提出，逾期可能丧失权利",),
    "done_so_far": ("已听取双方陈述，社区调解一次未成",),
    "failure_reason": ("双方差距大，未能达成一致",),
    "reason": ("按当事人意愿和有关规定办理",),
    "result": ("已按约定办理",),
    "supervision_result/result": ("已办理并书面反馈",),
    "sheet_answer/result": ("已办理，正在与当事人核对",),
    "remedy": ("收到之日起十五日内，可以向上一级机关提出异议",),
    "plan": ("由中心牵头联合调解，每周汇总进展",),
    "content": ("协商处理方案，各方发表意见",),
    "note": ("已电话告知当事人",),
}


def _texts(form_id: str, name: str) -> Sequence[str]:
    """Return what may be said in a field of a form."""
    return _TEXTS.get(f"{form_id}/{name}") or _TEXTS.get(name, ())


@dataclass(frozen=True)
class Filler:
    """Fills the forms of one release."""

    bundle: Bundle
    names: Names
    random: Random
    _shown: dict[str, dict[str, Condition]] = field(default_factory=dict)

    @cached_property
    def leaves(self) -> Sequence[str]:
        """Return the types without sub-types."""
        types = self.bundle.taxonomies["dispute"]
        return [term.code for term in types if not term.hidden and not types.children(term.code)]

    def fill(
        self, form_id: str, day: dt.date, fixed: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Return data the form accepts, with the ``fixed`` answers; None when chance found none."""
        fields = {p: info for p, info in self.bundle.fields(form_id).items() if not info.repeated}
        ui = self.bundle.raw["forms"][form_id].get("ui", {}).get("fields", {})
        data: dict[str, Any] = {}
        for pointer, info in fields.items():
            if self._wanted(form_id, info) and not ui.get(pointer, {}).get("readonly"):
                data = pointers.with_value(data, pointer, self._value(form_id, info, day))
        for name, value in (fixed or {}).items():
            if f"/{name}" in fields or name in self._properties(form_id):
                data[name] = value
        env = Env(day, taxonomies=self.bundle.taxonomies)
        for pointer, condition in self._conditions(form_id).items():
            # A field that is shown only where it is filled in already is one of older records.
            without = pointers.with_value(data, pointer, None) if pointer in fields else data
            if pointer in fields and not evaluate(condition, without, env):
                data = without
        for _ in range(ATTEMPTS):
            problems = list(form_problems(self.bundle, form_id, data))
            if not problems:
                return data
            for problem in problems:
                data = self._mend(form_id, data, problem.pointer, fields, day)
        return None

    def _properties(self, form_id: str) -> Collection[str]:
        """Return the names of the fields of a form; lists of groups are no fields of their own."""
        found: Mapping[str, Any] = self.bundle.raw["forms"][form_id]["schema"].get("properties", {})
        return found.keys()

    def _conditions(self, form_id: str) -> dict[str, Condition]:
        """Return when the fields of a form are shown at all."""
        if form_id not in self._shown:
            ui = self.bundle.raw["forms"][form_id].get("ui", {}).get("fields", {})
            parsed = {p: parse(entry["when"])[0] for p, entry in ui.items() if entry.get("when")}
            self._shown[form_id] = {p: condition for p, condition in parsed.items() if condition is not None}
        return self._shown[form_id]

    def _mend(
        self,
        form_id: str,
        data: dict[str, Any],
        pointer: str,
        fields: Mapping[str, FieldInfo],
        day: dt.date,
    ) -> dict[str, Any]:
        """Answer what is missing; take out what does not fit."""
        if pointers.get(data, pointer) in (None, "", []) and pointer in fields:
            return pointers.with_value(data, pointer, self._value(form_id, fields[pointer], day))
        top = pointers.split(pointer)[:1]
        return pointers.with_value(data, pointers.join(top), None) if top else data

    def _wanted(self, form_id: str, info: FieldInfo) -> bool:
        if info.required:
            return True
        name = pointers.split(info.pointer)[0]
        if (
            name in RARELY
            or info.type == "attachment"
            or (info.type == "string" and not self._speaks(form_id, info))
        ):
            return False
        return self.random.random() < (OFTEN if info.pointer.count("/") == 1 else SELDOM)

    def _value(self, form_id: str, info: FieldInfo, day: dt.date) -> Any:
        if info.type == "strings":
            options = [value for value, _ in info.options]
            return (
                self.random.sample(options, k=min(len(options), self.random.randint(1, 2)))
                if options
                else None
            )
        if info.options:
            return self.random.choice(info.options)[0]
        make = _BY_TYPE.get(info.type)
        return make(self, day) if make else self._text(form_id, info)

    @staticmethod
    def _speaks(form_id: str, info: FieldInfo) -> bool:
        """Return whether there is something better to say in a text field than that this is a demo."""
        name = pointers.split(info.pointer)[-1]
        return bool(info.options or _texts(form_id, name)) or name.endswith(("name", "phone"))

    def _text(self, form_id: str, info: FieldInfo) -> str:
        name = pointers.split(info.pointer)[-1]
        if info.format == "cn-id-number" or "id_number" in name:
            return identity_number(self.random)
        if info.format == "cn-phone" or "phone" in name:
            return self.names.phone(self.random)
        if known := _texts(form_id, name):
            return self.random.choice(known)
        if name in ("employer", "organisation", "property_company", "institution", "body"):
            return self.names.organisation(self.random)
        if name.endswith("name") or name in ("appraiser", "team_leader", "leader", "mediators", "guardian"):
            return self.names.person(self.random)
        return "详见卷内材料"

    def _amount(self, _day: dt.date) -> int:
        return int(10 ** self.random.uniform(0.7, 3.8)) * 100

    def _count(self, _day: dt.date) -> int:
        return min(200, 1 + int(self.random.expovariate(0.5)))

    def _unit(self, _day: dt.date) -> None:
        return None

    def _term(self, _day: dt.date) -> str:
        return self.dispute_type()

    def _day(self, day: dt.date) -> str:
        return (day - dt.timedelta(days=self.random.randint(0, 60))).isoformat()

    def _yes_no(self, _day: dt.date) -> bool:
        return self.random.random() < 0.3

    def dispute_type(self) -> str:
        """Return a type of dispute; a few types make up most of the cases, as in life."""
        at = min(int(self.random.expovariate(3.0) * len(self.leaves)), len(self.leaves) - 1)
        return self.leaves[at]


Maker = Callable[[Filler, dt.date], Any]
_BY_TYPE: Mapping[str, Maker] = {
    "integer": Filler._count,
    "number": Filler._amount,
    "money": Filler._amount,
    "boolean": Filler._yes_no,
    "date": Filler._day,
    "taxonomy": Filler._term,
    "unit": Filler._unit,
}
