"""A long course in each district: returned, disputed, units called in, a session held, closed, looked after, filed.

The stories of the packs are what was reported; these are what happens beside it everywhere, with the words of each
district's own stages. Steps are those of stories, and four more: ``send``, ``dispute``, ``decide``, ``whistle``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Step = Mapping[str, Any]
DAY, HELD, CLOSED, AFTER = "2026-05-06", "2026-05-12", "2026-05-14", "2026-05-28"
RETURNING = {"kind": "not_competent", "law": "《人民调解法》第二条"}
RETURNED = "该片区的纠纷不由本单位受理，请另行确定承办单位。"
REFUSED = "当事人住所不在本单位管辖范围，无法承办。"
DISPUTED = "两家单位都认为不属于本单位职责，请上级确定。"
DECIDED = "纠纷发生在该单位服务的片区，由其承办。"
CALLED = "请到场会商，核对双方出资和约定。"
CAME = "已经到场，双方情绪平稳，提供了有关材料。"
MINUTES = "双方分别陈述，逐项核对出资，同意分期返还。"
SUMMARY = "双方同意分三期返还出资款。"


@dataclass(frozen=True)
class District:
    """What the course of a district has of its own."""

    pack: str
    unit: str
    place: str
    first: str = "people_mediation"
    second: str = "justice"
    called: tuple[str, str] = ("police", "court")
    room: str = ""
    clerk: str = "clerk"
    steward: str = "triage"
    director: str = "director"
    kind: str = "D0301"
    route: str = "R01"
    before: tuple[Step, ...] = ()
    mediate: str = "mediate"
    own: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    after: Sequence[Step] = ()


ACCEPTED: tuple[Step, ...] = ({"who": "triage", "do": "transition", "transition": "accept"},)
ANALYSED: tuple[Step, ...] = (
    {"who": "clerk", "do": "transition", "transition": "accept"},
    {
        "who": "triage",
        "do": "transition",
        "transition": "submit_analysis",
        "form": {
            "grade": "ordinary",
            "findings": "双方对出资是否返还有争议，事实基本清楚。",
            "conclusion": "mediate",
        },
    },
)
DISTRICTS = {
    "xishan": District("county/xishan", "530112", "530112001", before=ANALYSED, room="mediation"),
    "zhuji": District(
        "county/zhuji",
        "330681",
        "330681001",
        first="workers_mediation",
        second="business_mediation",
        called=("court", "labour_arbitration"),
        before=ACCEPTED,
        after=(
            {
                "who": "clerk",
                "do": "transition",
                "transition": "evaluate",
                "form": {"satisfied": "satisfied", "evaluated_on": AFTER},
            },
        ),
    ),
    "guandu": District("county/guandu", "530111", "530111001"),
    "uxin": District("county/uxin", "150626", "150626100", before=ACCEPTED),
    "yuyang": District("county/yuyang", "610802", "610802001", before=ACCEPTED, room="people"),
}


def course(of: District) -> list[Step]:
    """Return the steps of a district's course."""
    return [*_begun(of), *_disputed(of), *_called(of), *_session(of), *_over(of)]


def _at(of: District, department: str) -> str:
    return f"handler:{of.unit}:{department}"


def _begun(of: District) -> list[Step]:
    data = {
        "channel": "walk_in",
        "received_on": DAY,
        "applicant_kind": "person",
        "applicant_name": "赵长女",
        "applicant_phone": "19900007001",
        "respondents": [{"kind": "person", "name": "赵次子"}],
        "dispute_type": of.kind,
        "place": of.place,
        "willing": "yes",
        "respondent_willing": "yes",
        "legal_relation": "clear",
        "summary": "姐弟二人共同出资购房，房屋归属和出资返还发生争议。",
        "claim": "返还出资款三十万元。",
        "amount": 300_000,
        **of.own,
    }
    mediator = {"name": "高雪琴", "kind": "people", "active": True}
    return [
        {"who": of.director, "do": "register", "entity": "mediator", "as": "mediator", "data": mediator},
        {"who": of.clerk, "do": "register", "entity": "case", "as": "case", "data": data, "today": DAY},
        *of.before,
    ]


def _disputed(of: District) -> list[Step]:
    """Two units return the matter, the superior says whose it is, and that unit takes it."""
    found: list[Step] = []
    for department, words in ((of.first, RETURNED), (of.second, REFUSED)):
        to = {"department": department, "route": of.route, "reason": "依法先行调解，请在规定期限内答复。"}
        found += [
            {"who": of.steward, "do": "send", **to},
            {
                "who": _at(of, department),
                "do": "referral",
                "action": "return",
                "reason": words,
                "form": {**RETURNING, "grounds": words},
            },
        ]
    return [
        *found,
        {"who": of.steward, "do": "dispute", "reason": DISPUTED},
        {"who": of.director, "do": "decide", "unit": f"{of.unit}:{of.first}", "reason": DECIDED},
        {"who": _at(of, of.first), "do": "referral", "action": "accept", "expect": {"stage": of.mediate}},
    ]


def _called(of: District) -> list[Step]:
    """Two more units are called in, come, and answer."""
    found: list[Step] = [{"who": of.steward, "do": "whistle", "called": list(of.called), "reason": CALLED}]
    for department in of.called:
        found += [
            {"who": _at(of, department), "do": "referral", "action": "accept"},
            {"who": _at(of, department), "do": "referral", "action": "done", "reason": CAME},
        ]
    return found


def _session(of: District) -> list[Step]:
    """A session with room and mediator, each party's consent, minutes and a result."""
    at = {"record": "session", "who": "mediator"}
    place = {"room": of.room} if of.room else {}
    consents = {} if of.room else {"venue": "街道调解室"}
    for n in (0, 1):
        consents |= {
            f"/parties/{n}/consent": "yes",
            f"/parties/{n}/consent_at": f"2026-05-11T1{n}:00",
            f"/parties/{n}/consent_way": "phone",
        }
    plan = {"held_on": HELD, "begins": "09:30", "ends": "11:30", "mediator": "@mediator", **place}
    return [
        {
            "who": "mediator",
            "do": "transition",
            "transition": "arrange_session",
            "as": "session",
            "form": plan,
        },
        {
            **at,
            "do": "transition",
            "transition": "start",
            "today": HELD,
            "expect": {"refused": "lifecycle.guard"},
        },
        {**at, "do": "change", "data": consents},
        {
            **at,
            "do": "transition",
            "transition": "start",
            "form": {"rights_told": True},
            "expect": {"stage": "held"},
        },
        {**at, "do": "change", "data": {"minutes": MINUTES}},
        {
            **at,
            "do": "transition",
            "transition": "finish",
            "form": {"result": "agreed", "summary": SUMMARY},
            "expect": {"stage": "done"},
        },
        {
            "who": "mediator",
            "do": "transition",
            "transition": "record_result",
            "form": {
                "held_on": HELD,
                "mode": "people",
                "mediators": ["高雪琴"],
                "outcome": "agreed",
                "agreement_form": "written",
                "agreement_on": HELD,
                "agreement": SUMMARY,
                "rights_told": True,
                "parties_agree": True,
                "openness": "closed",
                **of.result,
            },
        },
    ]


def _over(of: District) -> list[Step]:
    """Reported, closed, looked after, filed."""
    told = {"process": "组织双方面对面调解。", "result": SUMMARY}
    closing = {
        "method": "agreement",
        "summary": SUMMARY,
        "performance": "part",
        "notice_sent": True,
        "party_opinion": "agrees",
        "closed_on": CLOSED,
    }
    seen = {
        "visited_on": AFTER,
        "way": "phone",
        "performance": "done",
        "relapse": False,
        "words": "第一期已经收到，双方没有新的争议。",
    }
    return [
        {"who": _at(of, of.first), "do": "referral", "action": "done", "form": told},
        {"who": of.director, "do": "transition", "transition": "close", "form": closing, "today": CLOSED},
        {"who": "mediator", "do": "transition", "transition": "revisit", "form": seen, "today": AFTER},
        *of.after,
        {"who": "archivist", "do": "explain", "reason": "纸质原件另存街道档案室"},
        {
            "who": "archivist",
            "do": "transition",
            "transition": "archive",
            "form": {"archived_on": AFTER},
            "expect": {"stage": "archived"},
        },
    ]
