"""Wrong periods, documents, events, tasks, worklists, lifecycles, effects and parts: file, place and remedy of each."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from portal.core import pointer as pointers
from portal.core.packs import check
from portal.core.packs.check.documents import without_template
from portal.core.packs.resolve import resolve

GONE = object()
DEADLINES, EVENTS, TASKS = (f"seed/base/{name}.json" for name in ("deadlines", "events", "tasks"))
DOCUMENTS, LIFECYCLE = "seed/base/documents.json", "seed/base/lifecycles/case.json"
WAITING, CLOCKS = "seed/base/worklists/waiting.json", "seed/base/worklists/clocks.json"
CASE, RULES = "form_definitions/base/case.json", "rule_sets/base/referral.json"

WHOLE: dict[str, Any] = {
    DEADLINES: {
        "T45": {
            "title": "调解期限",
            "route": "R01",
            "whose": "handler",
            "starts": ["accepted"],
            "ends": ["ended"],
            "pauses": ["stopped"],
            "resumes": ["resumed"],
            "lengths": {
                "simple": {
                    "n": 7,
                    "unit": "calendar_day",
                    "when": {"field": "/data/amount", "op": "lt", "value": 9},
                },
                "usual": {"n": 30, "unit": "calendar_day"},
            },
            "extension": {"n": 5, "unit": "calendar_day", "approver": {"role": "triage"}, "times": 1},
            "expiry": {"means": "right_opens", "opens": ["R05"]},
            "source": "规定",
            "checked": "knowledge",
            "locked": False,
        },
        "T48": {
            "title": "告知",
            "whose": "centre",
            "starts": ["registered"],
            "length": {"n": 0, "unit": "working_day"},
            "source": "建议",
            "checked": "proposal",
            "locked": False,
        },
    },
    EVENTS: {
        "registered": {"title": "登记", "arises": [{"on": "act", "act": "register", "entity": "case"}]},
        "accepted": {
            "title": "受理",
            "arises": [
                {"on": "referral", "event": "referral.accepted", "lead": True},
                {"on": "recorded", "document": "W15"},
            ],
        },
        "ended": {
            "title": "结束",
            "arises": [{"on": "enter", "stage": "closed"}, {"on": "step", "step": "close"}],
        },
        "effective": {
            "title": "生效",
            "arises": [
                {"on": "date", "field": "/agreed_on", "when": {"field": "/data/amount", "op": "exists"}}
            ],
        },
        "stopped": {"title": "暂停", "arises": [{"on": "recorded"}]},
        "resumed": {"title": "恢复", "arises": [{"on": "recorded"}]},
    },
    TASKS: {
        "tell": {
            "title": "告知",
            "who": {"role": "clerk"},
            "due": {"deadline": "T48"},
            "done_by": ["accepted"],
        },
        "team": {
            "title": "专班",
            "who": {"unit": "centre"},
            "due": {"n": 2, "unit": "working_day", "after": "registered"},
        },
    },
    DOCUMENTS: {
        "W15": {
            "title": "协议书",
            "entity": "case",
            "form": "result",
            "stages": ["mediate"],
            "issued_by": [{"unit": "centre"}],
            "to": [{"party": "all"}, {"body": "法院"}],
            "signatures": [{"party": "applicant"}, {"role": "triage"}, {"seal": "centre"}],
            "number": {"pattern": "{agency}调〔{year}〕{seq:5}", "series": "W15"},
            "fields": {
                "name": {"title": "申请人", "kind": "string", "from": "/data/applicant_name"},
                "parties": {"title": "各方", "kind": "strings", "from": "/parties/*/name"},
                "text": {"title": "内容", "kind": "string", "from": "/form/text"},
                "copies": {"title": "份数", "kind": "integer", "asked": True},
                "due": {"title": "期限", "kind": "date", "from": "/record/due_on"},
            },
            "archive": "required",
            "retention": "file",
        },
        "W16": {"title": "口头协议", "instead_of": ["W15"]},
    },
    "seed/base/settings.json": {
        "languages": ["zh_Hans"],
        "values": {"retention": {"file": "随卷"}, "flags": {"safety": "安全"}, "grades": {"complex": "复杂"}},
    },
    WAITING: {
        "title": "待分流",
        "of": "record",
        "entity": "case",
        "roles": ["triage"],
        "where": {
            "all": [
                {"field": "/record/is_open", "op": "eq", "value": True},
                {"field": "/record/unit", "op": "under", "value": {"param": "/my_unit"}},
                {"field": "/record/stage", "op": "in", "value": ["intake", "mediate"]},
                {"field": "/data/amount", "op": "gte", "value": 1},
            ]
        },
        "order": ["/record/due_on", "-/record/created_at"],
        "columns": ["/record/code", "/data/amount"],
        "acts": ["dispose"],
        "badge": True,
    },
    CLOCKS: {
        "title": "期限",
        "of": "clock",
        "entity": "case",
        "roles": ["clerk"],
        "where": {"field": "/clock/deadline", "op": "eq", "value": "T45"},
        "order": ["/clock/due_on"],
        "columns": ["/record/code", "/clock/due_on"],
    },
    "form_definitions/base/result.json": {
        "title": "结果",
        "kind": "form",
        "schema": {
            "type": "object",
            "properties": {
                "text": {"type": "string", "title": "内容"},
                "route": {"type": "string", "title": "路径"},
            },
        },
    },
    "form_definitions/base/party.json": {
        "title": "当事人",
        "kind": "entity",
        "schema": {
            "type": "object",
            "properties": {
                "role": {
                    "type": "string",
                    "title": "身份",
                    "oneOf": [
                        {"const": "applicant", "title": "申请人"},
                        {"const": "respondent", "title": "对方"},
                    ],
                },
                "name": {"type": "string", "title": "姓名"},
            },
            "required": ["name"],
        },
        "entity": {"parent": "case", "title": "{name}"},
    },
}


@pytest.fixture
def whole(sample):
    """Return the small pack in the current format, with all that this module tries to break."""
    files = sample.files
    files["seed/base/pack.json"]["format"] = 2
    files.update(copy.deepcopy(WHOLE))
    properties = files[CASE]["schema"]["properties"]
    properties["agreed_on"] = {"type": "string", "format": "date", "title": "生效日期"}
    properties["parties"] = {
        "type": "array",
        "title": "各方",
        "items": {
            "type": "object",
            "properties": {
                "role": {"type": "string", "title": "身份"},
                "name": {"type": "string", "title": "姓名"},
            },
        },
    }
    files[CASE]["entity"]["parts"] = {"/parties": "party"}
    close = files[LIFECYCLE]["transitions"]["close"]
    close["form"] = "result"
    close["then"] = [
        {"do": "issue_document", "document": "W15"},
        {"do": "end_deadline", "deadline": "T45"},
        {"do": "close_lane", "lane": "supervise"},
    ]
    files[LIFECYCLE]["transitions"]["start"] |= {
        "when": {"field": "/referral/route", "op": "exists"},
        "then": [{"do": "refer", "route": {"proposal": True}}, {"do": "create_task", "task": "team"}],
    }
    files[LIFECYCLE]["stages"]["intake"]["on_referral"] = {"first": "start"}
    return sample


def change(files: dict[str, Any], file: str, where: str, value: Any) -> None:
    above, _, last = where.rpartition("/")
    holder = pointers.get(files[file], above)
    key: Any = int(last) if isinstance(holder, list) else pointers.split("/" + last)[0]
    if value is GONE:
        del holder[key]
    elif isinstance(holder, list) and key == len(holder):
        holder.append(value)
    else:
        holder[key] = value


def test_the_whole_is_sound(whole):
    assert check(whole.library()) == []


T45, W15 = "/T45", "/W15"
WRONG = [
    # periods
    (DEADLINES, f"{T45}/starts/0", "acepted", "reference.unknown", None, "Did you mean accepted?"),
    (DEADLINES, f"{T45}/ends/0", "nothing", "reference.unknown", None, "add it to /events"),
    (DEADLINES, f"{T45}/resumes", GONE, "deadline.pause", f"{T45}/pauses", "Name the events for resumes too"),
    (DEADLINES, f"{T45}/pauses", GONE, "deadline.pause", f"{T45}/resumes", "Name the events for pauses too"),
    (DEADLINES, f"{T45}/resumes/0", "stopped", "deadline.event_twice", None, "Keep it in one of them"),
    (DEADLINES, "/T48/ends", ["registered"], "deadline.event_twice", "/T48/ends/0", "Keep it in one of them"),
    (DEADLINES, "/T48/starts", GONE, "deadline.starts", "/T48", "Name events under starts"),
    (DEADLINES, "/T48/whose", GONE, "deadline.whose", "/T48", "Add whose: centre, handler, party or outside"),
    (DEADLINES, "/T48/whose", "nobody", "schema.enum", None, "centre, handler, party, outside"),
    (DEADLINES, "/T48/length/unit", "week", "schema.enum", None, "calendar_day, working_day"),
    (DEADLINES, f"{T45}/route", "X", "reference.unknown", None, "add it to /routes"),
    (DEADLINES, f"{T45}/lengths/simple/when/field", "/data/amont", "condition.unknown_field", None, "/data/amount"),
    (DEADLINES, f"{T45}/lengths/other", {"n": 9, "unit": "month"}, "deadline.default", f"{T45}/lengths", "at most one"),
    (DEADLINES, f"{T45}/extension/approver/role", "traige", "reference.unknown", None, "Did you mean triage?"),
    (DEADLINES, f"{T45}/extension/unit", "hour", "deadline.extension", None, "Use the unit of the period"),
    (DEADLINES, f"{T45}/expiry/opens", GONE, "deadline.expiry", f"{T45}/expiry", '"means": "right_opens"'),
    (DEADLINES, f"{T45}/expiry/means", "ends", "deadline.expiry", f"{T45}/expiry", '"means": "right_opens"'),
    (DEADLINES, f"{T45}/expiry/opens/0", "R50", "reference.unknown", None, "Did you mean R05?"),
    (DEADLINES, f"{T45}/extension/aprover", {}, "schema.unknown_key", None, "approver"),
    # events
    (EVENTS, "/ended/arises/0/stage", "close", "event.stage", None, "Did you mean closed?"),
    (EVENTS, "/ended/arises/1/step", "shut", "event.step", None, "Use one of: close, start, watch"),
    (EVENTS, "/effective/arises/0/field", "/agreed", "event.field", None, "Did you mean /agreed_on?"),
    (EVENTS, "/effective/arises/0/field", "/amount", "event.date", None, "Name a field that holds a day"),
    (EVENTS, "/effective/arises/0/when/field", "/data/sum", "condition.unknown_field", None, "/data/amount"),
    (EVENTS, "/accepted/arises/1/document", "W155", "reference.unknown", None, "Did you mean W15?"),
    (EVENTS, "/accepted/arises/0/event", "referral.read", "schema.enum", None, "referral.accepted"),
    (EVENTS, "/registered/arises/0/act", "registr", "schema.enum", None, "register"),
    (EVENTS, "/registered/arises/0/entity", "kase", "reference.entity", None, "Did you mean case?"),
    (EVENTS, "/registered/arises/0/on", "magic", "schema.enum", None, "recorded"),
    (EVENTS, "/stopped/arises", [], "schema.minItems", None, "Give at least 1"),
    # tasks
    (TASKS, "/tell/who/role", "clark", "reference.unknown", None, "Did you mean clerk?"),
    (TASKS, "/tell/who", {"body": "某人"}, "task.who", None, 'Name a "role" or a "unit"'),
    (TASKS, "/tell/due/deadline", "T84", "reference.unknown", None, "Did you mean T48?"),
    (TASKS, "/team/due/after", "registerd", "reference.unknown", None, "Did you mean registered?"),
    (TASKS, "/tell/done_by/0", "accept", "reference.unknown", None, "Did you mean accepted?"),
    # documents
    (DOCUMENTS, f"{W15}/fields/name/from", "/data/aplicant_name", "document.field", None, "/data/applicant_name?"),
    (DOCUMENTS, f"{W15}/fields/text/from", "/form/txt", "document.field", None, "Did you mean /form/text?"),
    (DOCUMENTS, f"{W15}/fields/parties/from", "/parties/*/nam", "document.field", None, "/parties/*/name?"),
    (DOCUMENTS, f"{W15}/fields/parties/kind", "string", "document.kind", None, "Use the kind strings"),
    (DOCUMENTS, f"{W15}/fields/due/kind", "money", "document.kind", None, "Use the kind date"),
    (DOCUMENTS, f"{W15}/fields/copies/kind", "count", "schema.enum", None, "integer"),
    (DOCUMENTS, f"{W15}/form", "resolt", "reference.unknown", None, "Did you mean result?"),
    (DOCUMENTS, f"{W15}/entity", "kase", "reference.entity", None, "Did you mean case?"),
    (DOCUMENTS, f"{W15}/to/0/party", "aplicant", "reference.party", None, "Did you mean applicant?"),
    (DOCUMENTS, f"{W15}/signatures/1/role", "judge", "reference.unknown", None, "add it to /roles"),
    (DOCUMENTS, f"{W15}/number/pattern", "{agency}〔{year}〕", "code.sequence", None, "{seq:5}"),
    (DOCUMENTS, f"{W15}/retention", "fil", "document.retention", None, "Did you mean file?"),
    (DOCUMENTS, f"{W15}/template", "assets/plan.docx", "document.template", None, "Use one of: "),
    (DOCUMENTS, f"{W15}/stages/0", "mediation", "schema.enum", None, "mediate"),
    (DOCUMENTS, "/W16/instead_of/0", "W16", "document.itself", None, "Name another document"),
    # lifecycles and effects
    (LIFECYCLE, "/transitions/start/on", "referral.sended", "schema.enum", None, "referral.sent"),
    (LIFECYCLE, "/transitions/start/when/field", "/referral/rout", "condition.unknown_field", None, "/referral/route"),
    (LIFECYCLE, "/stages/mediate/on_referral", GONE, "lifecycle.referral", "/stages/mediate", '"on_referral"'),
    (LIFECYCLE, "/stages/intake/on_referral/first", "close", "lifecycle.first", None, "Use one of: start"),
    (LIFECYCLE, "/transitions/close/then/0/do", "print", "schema.enum", None, "issue_document"),
    (LIFECYCLE, "/transitions/close/then/0/document", "W25", "reference.unknown", None, "Did you mean W15?"),
    (LIFECYCLE, "/transitions/close/then/1/deadline", "T455", "reference.unknown", None, "Did you mean T45?"),
    (LIFECYCLE, "/transitions/close/then/2/lane", "closed", "effect.lane", None, "Use one of: supervise"),
    (LIFECYCLE, "/transitions/start/then/1/task", "teem", "reference.unknown", None, "Did you mean team?"),
    (LIFECYCLE, "/transitions/close/then/1/deadline", {"proposal": True}, "effect.proposal",
     "/transitions/close/then/1/deadline/proposal", '"on": "referral.sent"'),
    (LIFECYCLE, "/transitions/close/then/1/deadline", {"form": "/rout"}, "effect.form",
     "/transitions/close/then/1/deadline/form", "Did you mean /route?"),
    (LIFECYCLE, "/transitions/close/then/1/deadline", {"data": "/amonut"}, "effect.data",
     "/transitions/close/then/1/deadline/data", "Did you mean /amount?"),
    (LIFECYCLE, "/transitions/close/then/3", {"do": "end_deadline", "deadline": "T45"}, "effect.twice",
     None, "Keep one of them"),
    (LIFECYCLE, "/transitions/close/then/3", {"do": "grade", "grade": "komplex"}, "reference.grade",
     "/transitions/close/then/3/grade", "Did you mean complex?"),
    (RULES, "/rules/safety/then/0/flag", "safty", "reference.flag", None, "Did you mean safety?"),
    (RULES, "/rules/large/then/0/deadline", "T455", "reference.unknown", None, "Did you mean T45?"),
    (RULES, "/rules/large/then/1", {"do": "require", "steps": ["tel"]}, "reference.unknown",
     "/rules/large/then/1/steps/0", "Did you mean tell?"),
    # worklists
    (WAITING, "/where/all/0/field", "/record/open", "condition.unknown_field", None, "/record/is_open"),
    (WAITING, "/where/all/2/value/0", "intak", "worklist.code", "/where/all/2/value", "Did you mean intake?"),
    (WAITING, "/where/all/1/value", {"param": "/your_unit"}, "condition.unknown_parameter", None, "/my_unit"),
    (WAITING, "/where/all/3/field", "/data/applicant_name", "condition.unknown_field", None, "/data/amount"),
    (WAITING, "/where/all/3/op", "contains", "condition.operator_type", None, "gte"),
    (WAITING, "/columns/1", "/data/violence", "worklist.column", None, "Use one of: "),
    (WAITING, "/order/1", "-/record/create_at", "worklist.column", None, "/record/created_at"),
    (WAITING, "/roles/0", "triag", "reference.unknown", None, "Did you mean triage?"),
    (WAITING, "/acts/0", "despose", "schema.enum", None, "dispose"),
    (WAITING, "/of", "person", "schema.enum", None, "record, referral, task, clock"),
    (CLOCKS, "/where/value", "T455", "worklist.code", None, "Did you mean T45?"),
    (CLOCKS, "/where", {"field": "/clock/state", "op": "eq", "value": "overdue"}, "worklist.code",
     "/where/value", "Use one of"),
    (CLOCKS, "/where", {"field": "/referral/status", "op": "in", "value": ["sent", "acepted"]}, "worklist.code",
     "/where/value", "Did you mean accepted?"),
    (CLOCKS, "/columns/1", "/task/due_on", "worklist.column", None, "/clock/due_on"),
    # parts
    (CASE, "/entity/parts/~1parties", "partie", "part.type", None, "Did you mean party?"),
    (CASE, "/entity/parts/~1parties", "case", "part.parent", None, 'the parent "case"'),
    (CASE, "/entity/parts", {"/party": "party"}, "part.rows", "/entity/parts/~1party", "Did you mean /parties?"),
    (CASE, "/schema/properties/parties/items/properties/name", GONE, "part.required",
     "/entity/parts/~1parties", "Add it to the rows"),
    (CASE, "/schema/properties/parties/items/properties/nick", {"type": "string"}, "part.field",
     "/entity/parts/~1parties", "Use one of: "),
    (CASE, "/schema/properties/parties/items/properties/role", {"type": "integer"}, "part.kind",
     "/entity/parts/~1parties", "Give both the same kind of value"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "where", "value", "code", "place", "remedy"),
    WRONG,
    ids=[f"{row[0].rpartition('/')[2]}{row[1]}-{row[3]}" for row in WRONG],
)
def test_a_wrong_definition_is_told_with_file_place_and_remedy(
    whole, file, where, value, code, place, remedy
):
    change(whole.files, file, where, value)
    found = [problem for problem in check(whole.library()) if problem.code == code]
    expected = (file, where if place is None else place)
    assert expected in {(problem.file, problem.pointer) for problem in found}, check(whole.library())
    placed = [problem for problem in found if (problem.file, problem.pointer) == expected]
    assert all(remedy in problem.remedy_text() for problem in placed), placed


def test_operators_that_the_database_can_not_say_are_told(whole):
    files = whole.files
    files[CASE]["schema"]["properties"]["needs"] = {
        "type": "array",
        "title": "需求",
        "items": {"type": "string"},
    }
    files[CASE]["entity"]["index"].append("/needs")
    files[WAITING]["where"]["all"][3] = {"field": "/data/needs", "op": "has", "value": "x"}
    (problem,) = (one for one in check(whole.library()) if one.code == "worklist.sql")
    assert (problem.file, problem.pointer) == (WAITING, "/where/all/3/op")
    assert "under" in problem.remedy_text()
    assert "has" not in problem.remedy_text().split()


def test_a_document_without_a_template_is_a_note_and_no_problem(whole):
    notes = without_template(resolve("county/xishan", whole.library()))
    assert [(note.severity, note.file, note.pointer) for note in notes] == [
        ("note", DOCUMENTS, "/W15"),
        ("note", DOCUMENTS, "/W16"),
    ]


def test_the_table_is_as_long_as_promised():
    assert len(WRONG) >= 40
    areas = {file for file, *_ in WRONG}
    assert areas >= {DEADLINES, EVENTS, TASKS, DOCUMENTS, LIFECYCLE, RULES, WAITING, CLOCKS, CASE}
