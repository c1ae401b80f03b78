"""A small but whole pack, a city and a county on it, as files in memory."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from portal.core.packs import MemoryLibrary

Files = dict[str, Any]

BASE: Files = {
    "seed/base/pack.json": {
        "id": "base",
        "version": "1.0.0",
        "title": "基础包",
        "final": ["/rules/referral/rules/safety"],
    },
    "seed/base/departments.json": {
        "justice": {"name": "司法局", "kind": "department", "order": 1},
        "women": {"name": "妇联", "kind": "society", "order": 2},
    },
    "seed/base/roles.json": {
        "clerk": {"title": "窗口人员", "grants": {"case": ["list", "show", "add", "transition"]}},
        "triage": {
            "title": "研判人员",
            "grants": {"case": ["list", "show", "transition", "dispose", "refer"]},
        },
    },
    "seed/base/settings.json": {
        "languages": ["zh_Hans", "en"],
        "values": {"flags": {"safety": "安全优先"}},
    },
    "seed/base/routes.json": {
        "R01": {"title": "调解", "organ": "调解委员会", "next": ["R05"]},
        "R05": {"title": "诉讼", "organ": "人民法院"},
    },
    "seed/base/deadlines.json": {
        "T45": {
            "title": "调解期限",
            "route": "R01",
            "starts": "受理",
            "length": {"n": 30, "unit": "calendar_day"},
            "who": "调解委员会",
            "source": "规定",
            "checked": "knowledge",
            "locked": False,
        }
    },
    "seed/base/taxonomies/dispute.json": {
        "title": "矛盾纠纷类型",
        "terms": {
            "D01": {"title": "婚姻家庭", "order": 1, "route": "R01", "departments": ["women"]},
            "D0101": {"title": "婚约财产", "parent": "D01", "order": 1},
            "D02": {"title": "邻里", "order": 2},
        },
    },
    "seed/base/lifecycles/case.json": {
        "entity": "case",
        "title": "办理流程",
        "stages": {
            "intake": {"title": "登记受理", "canonical": "intake", "order": 10, "initial": True},
            "mediate": {
                "title": "调解",
                "canonical": "mediate",
                "order": 20,
                "on_referral": {"stay": True},
            },
            "closed": {"title": "办结", "canonical": "close", "order": 90, "final": True},
            "supervise": {"title": "督办", "canonical": "supervise", "order": 60, "parallel": True},
        },
        "transitions": {
            "start": {
                "title": "转调解",
                "from": ["intake"],
                "to": "mediate",
                "roles": ["triage"],
                "order": 1,
                "on": "referral.sent",
            },
            "close": {
                "title": "办结",
                "from": ["mediate"],
                "to": "closed",
                "roles": ["triage"],
                "reason": "required",
                "when": {"all": [{"field": "/data/amount", "op": "gte", "value": 0}]},
            },
            "watch": {
                "title": "开始督办",
                "from": ["*"],
                "lane": "supervise",
                "set": "open",
                "roles": ["triage"],
            },
        },
    },
    "form_definitions/base/case.json": {
        "title": "矛盾纠纷",
        "kind": "entity",
        "schema": {
            "type": "object",
            "properties": {
                "applicant_name": {"type": "string", "title": "申请人"},
                "amount": {"type": "number", "title": "金额"},
                "dispute_type": {"type": "string", "format": "taxonomy-code", "title": "类型"},
                "violence": {"type": "boolean", "title": "是否有暴力"},
            },
            "required": ["applicant_name"],
        },
        "ui": {
            "sections": {"main": {"title": "基本情况", "order": 1}},
            "fields": {
                "/applicant_name": {"section": "main", "order": 1},
                "/dispute_type": {"section": "main", "widget": "taxonomy", "taxonomy": "dispute"},
            },
        },
        "entity": {
            "name_plural": "矛盾纠纷",
            "title": "{applicant_name}：{dispute_type}",
            "code": {"pattern": "{agency}〔{year}〕{seq:5}", "series": "centre"},
            "fields": {"dispute_type": "/dispute_type", "amount": "/amount"},
            "index": ["/amount"],
            "list": {"columns": ["code", "title", "stage", "/amount"], "order": "-created_at"},
            "lifecycle": "case",
            "rules": ["referral"],
        },
    },
    "rule_sets/base/referral.json": {
        "title": "分流规则",
        "purpose": "referral",
        "hit": "all",
        "inputs": {
            "amount": {"type": "money", "from": "/amount", "title": "金额"},
            "violence": {"type": "boolean", "from": "/violence", "title": "暴力"},
        },
        "rules": {
            "safety": {
                "title": "安全优先",
                "priority": 100,
                "when": {"all": [{"field": "violence", "op": "eq", "value": True}]},
                "reason": "有暴力情形",
                "then": [{"do": "flag", "flag": "safety", "level": "warning"}],
            },
            "large": {
                "title": "金额较大",
                "priority": 10,
                "when": {"all": [{"field": "amount", "op": "gte", "value": 100000}]},
                "reason": "金额较大",
                "then": [{"do": "refer", "route": "R01", "to": {"department": "justice"}, "deadline": "T45"}],
            },
        },
    },
    "translations/base/en.json": {
        "基础包": "Base",
        "司法局": "Justice bureau",
        "妇联": "Women's federation",
        "窗口人员": "Clerk",
        "研判人员": "Triage",
        "调解": "Mediation",
        "调解委员会": "Mediation committee",
        "诉讼": "Litigation",
        "人民法院": "Court",
        "调解期限": "Mediation period",
        "受理": "Acceptance",
        "矛盾纠纷类型": "Types of dispute",
        "婚姻家庭": "Family",
        "婚约财产": "Bride price",
        "邻里": "Neighbours",
        "办理流程": "Handling",
        "登记受理": "Intake",
        "办结": "Closed",
        "督办": "Supervision",
        "转调解": "To mediation",
        "开始督办": "Supervise",
        "矛盾纠纷": "Dispute",
        "申请人": "Applicant",
        "金额": "Amount",
        "类型": "Type",
        "是否有暴力": "Violence?",
        "基本情况": "Basics",
        "{applicant_name}：{dispute_type}": "{applicant_name}: {dispute_type}",
        "分流规则": "Referral rules",
        "暴力": "Violence",
        "安全优先": "Safety first",
        "有暴力情形": "There is violence",
        "金额较大": "Large amount",
    },
}

DIVISIONS = """code,parent_code,level,name,flag
530000,,province,云南省,
530100,530000,city,昆明市,
530112,530100,county,西山区,
530112001,530112,township,马街街道,
530112002,530112,township,金碧街道,
530112403,530112,township,度假区,pseudo_township
530112001001,530112001,village,普坪村社区,
"""

CITY: Files = {
    "seed/city/kunming/pack.json": {
        "id": "city/kunming",
        "version": "1.1.0",
        "title": "昆明市",
        "extends": "base",
        "unit": "530100",
    },
    "seed/city/kunming/divisions.csv": DIVISIONS,
    "translations/city/kunming/en.json": {"昆明市": "Kunming"},
}

COUNTY: Files = {
    "seed/county/xishan/pack.json": {
        "id": "county/xishan",
        "version": "2.0.0",
        "title": "西山区",
        "extends": "city/kunming",
        "unit": "530112",
    },
    "seed/county/xishan/layout.json": {
        "centre": {"name": "西山区综治中心", "agency": "西综"},
        "zones": {"hall": {"title": "登记受理区", "order": 1}, "talk": {"title": "多元化解区", "order": 2}},
        "rooms": {"r1": {"title": "调解室", "zone": "talk", "kind": "mediation"}},
        "windows": {"w1": {"title": "综合窗口", "zone": "hall", "number": 1, "takes": ["D01"]}},
        "stationing": {
            "justice": {"department": "justice", "mode": "resident", "place": {"room": "r1"}},
            "women": {
                "department": "women",
                "mode": "rotating",
                "place": {"window": "w1"},
                "roster": [{"weekdays": [1, 3]}],
            },
        },
        "patterns": {
            "zones": {
                "title": "两区",
                "style": "chinese",
                "terms": [{"title": "功能区", "measure": "区", "members": {"zones": True}, "claimed": 2}],
            }
        },
    },
    "form_definitions/county/xishan/case.json": {
        "schema": {"properties": {"property_kind": {"type": "string", "title": "财产类别"}}},
        "entity": {"index": {"$add": ["/property_kind"]}},
    },
    "rule_sets/county/xishan/referral.json": {
        "rules": {"large": {"when": {"all": [{"field": "amount", "op": "gte", "value": 50000}]}}}
    },
    "seed/county/xishan/stories/first.json": {
        "id": "first",
        "title": "故事",
        "today": "2026-05-06",
        "steps": [
            {
                "who": "clerk",
                "do": "register",
                "entity": "case",
                "as": "case",
                "data": {"applicant_name": "某甲"},
            },
            {"who": "triage:530100", "do": "transition", "record": "case", "transition": "start"},
        ],
    },
    "translations/county/xishan/en.json": {
        "西山区": "Xishan",
        "西山区综治中心": "Xishan centre",
        "登记受理区": "Intake zone",
        "多元化解区": "Resolution zone",
        "调解室": "Mediation room",
        "综合窗口": "General window",
        "两区": "Two zones",
        "功能区": "Zone",
        "区": "zones",
        "财产类别": "Kind of property",
    },
}


class Sample:
    """Files of the three packs, to be changed before they become a library."""

    def __init__(self) -> None:
        self.files: Files = copy.deepcopy({**BASE, **CITY, **COUNTY})

    def library(self) -> MemoryLibrary:
        packs: dict[str, dict[str, str]] = {"base": {}, "city/kunming": {}, "county/xishan": {}}
        for path, value in self.files.items():
            owner = max((pack for pack in packs if f"/{pack}/" in path), key=len)
            packs[owner][path] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return MemoryLibrary(packs)


@pytest.fixture
def sample() -> Sample:
    return Sample()
