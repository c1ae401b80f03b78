"""The sections of the reference: which things, in which columns, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from portal.core.deadlines.model import OWNERS, Unit
from portal.core.documented import code
from portal.core.indicators.sorts import COHORTS, SHOWN
from portal.core.packs import schemas
from portal.core.text import Text, Texts
from portal.core.worklists import READS

Pair = tuple[str, str]  # Chinese, English
Row = list[str]

# Words for closed sets, in the order in which these stand where they are defined.
_KINDS: tuple[Pair, ...] = (
    ("行政部门", "department"),
    ("机构", "organisation"),
    ("法院", "court"),
    ("检察院", "procuratorate"),
    ("党委部门", "committee"),
    ("群团和社会组织", "society"),
    ("企业", "enterprise"),
)
_UNITS: Mapping[str, Pair] = dict(
    zip(
        get_args(Unit),
        (
            ("日", "calendar days"),
            ("个工作日", "working days"),
            ("小时", "hours"),
            ("个月", "months"),
            ("年", "years"),
        ),
        strict=True,
    )
)
_WHOSE: Mapping[str, Pair] = dict(
    zip(
        OWNERS,
        (
            ("综治中心", "centre"),
            ("承办单位", "handling unit"),
            ("当事人", "party"),
            ("其他机关", "other bodies"),
        ),
        strict=True,
    )
)
_SHOWN: Mapping[str, Pair] = dict(
    zip(
        SHOWN,
        (
            ("件数", "a count"),
            ("比率和两个数", "a rate with its two counts"),
            ("天数的中位数", "a median of days"),
            ("各部分", "a whole with its parts"),
        ),
        strict=True,
    )
)
_COHORTS: Mapping[str, Pair] = dict(
    zip(
        COHORTS,
        (
            ("当期登记", "registered in the period"),
            ("当期受理", "accepted in the period"),
            ("当期办结", "concluded in the period"),
            ("当期到期", "due in the period"),
            ("截止时", "at the cut-off"),
            ("日期在当期", "with a day in the period"),
        ),
        strict=True,
    )
)
_OF: Mapping[str, Pair] = dict(
    zip(
        READS,
        (("案件", "records"), ("交办", "referrals"), ("任务", "tasks"), ("期限", "periods")),
        strict=True,
    )
)


@dataclass(frozen=True)
class Reader:
    """A bundle read in one language; ``number`` is 0 for Chinese and 1 for English."""

    bundle: Mapping[str, Any]
    texts: Texts
    number: int

    def say(self, pair: Pair | None, default: str = "") -> str:
        """Return a pair of words in the language."""
        return pair[self.number] if pair else default

    def text(self, text: Text | None) -> str:
        """Return a text on one line."""
        return " ".join(self.texts(text).split())

    def section(self, *path: str) -> Mapping[str, Any]:
        """Return a map of the bundle, its entries in their order; hidden ones are left out."""
        found: Any = self.bundle
        for part in path:
            found = found.get(part) or {}
        shown = {
            key: one
            for key, one in found.items()
            if not (isinstance(one, dict) and one.get("hidden") is True)
        }
        return dict(
            sorted(shown.items(), key=lambda one: one[1].get("order", 0) if isinstance(one[1], dict) else 0)
        )

    def yes(self, value: object) -> str:
        """Return yes for what holds, and a dash for what does not."""
        return self.say(("是", "yes")) if value else "–"


@dataclass(frozen=True)
class Section:
    """A table of the page: ``rows`` begin with key and name; with ``used`` a column says who uses each."""

    key: str
    title: Pair
    intro: Pair
    heads: tuple[Pair, ...]
    rows: Callable[[Reader], Iterable[Row]]
    used: bool = True

    def names(self, reader: Reader) -> Iterator[tuple[str, str]]:
        """Yield key and name of each thing of the section."""
        for row in self.rows(reader):
            yield row[0], row[1]


def _departments(reader: Reader) -> Iterator[Row]:
    kinds = schemas.published("departments")["additionalProperties"]["properties"]["kind"]["enum"]
    words = dict(zip(kinds, _KINDS, strict=True))
    for key, one in reader.section("departments").items():
        yield [
            key,
            reader.text(one["name"]),
            reader.text(one.get("short")),
            reader.say(words.get(one["kind"])),
        ]


def _roles(reader: Reader) -> Iterator[Row]:
    for key, one in reader.section("roles").items():
        granted = "; ".join(f"`{what}`: {code(*actions)}" for what, actions in one.get("grants", {}).items())
        yield [key, reader.text(one.get("title")), reader.text(one.get("description")), granted]


def _stages(reader: Reader) -> Iterator[Row]:
    for name, lifecycle in reader.section("lifecycles").items():
        for key, one in reader.section("lifecycles", name, "stages").items():
            sort = (
                ("开始", "initial")
                if one.get("initial")
                else ("结束", "final")
                if one.get("final")
                else ("并行", "lane")
                if one.get("parallel")
                else ("", "")
            )
            yield [
                key,
                reader.text(one["title"]),
                reader.text(lifecycle.get("title")),
                code(one["canonical"]),
                reader.say(sort),
            ]


def _steps(reader: Reader) -> Iterator[Row]:
    for name, lifecycle in reader.section("lifecycles").items():
        for key, one in reader.section("lifecycles", name, "transitions").items():
            to = code(one["to"]) if "to" in one else f"{code(one['lane'])} {one['set']}"
            yield [
                key,
                reader.text(one["title"]),
                reader.text(lifecycle.get("title")),
                f"{code(*one['from'])} → {to}",
                code(*one.get("roles", ())),
                code(one["form"]) if one.get("form") else "–",
                code(one["on"]) if one.get("on") else "–",
            ]


def _forms(reader: Reader) -> Iterator[Row]:
    for key, one in reader.section("forms").items():
        sections = ((one.get("ui") or {}).get("sections") or {}).items()
        named = ("、", ", ")[reader.number].join(
            f"`{name}` {reader.text(what.get('title'))}" for name, what in sections
        )
        kind = ("登记表", "record type") if one.get("kind") == "entity" else ("步骤的表", "form of a step")
        yield [key, reader.text(one.get("title")), reader.say(kind), named or "–"]


def _fields(reader: Reader) -> Iterator[Row]:
    for name, form in reader.section("forms").items():
        required = set(form["schema"].get("required", ()))
        drawn = (form.get("ui") or {}).get("fields") or {}
        for key, one in (form["schema"].get("properties") or {}).items():
            of = drawn.get(f"/{key}") or {}
            options = [
                option for option in one.get("oneOf", ()) if isinstance(option, dict) and "const" in option
            ]
            options = options or [
                option
                for option in (one.get("items") or {}).get("oneOf", ())
                if isinstance(option, dict) and "const" in option
            ]
            yield [
                f"/{key}",
                reader.text(one.get("title")),
                code(name),
                code(of["section"]) if of.get("section") else "–",
                str(one.get("format") or one.get("type", "")),
                reader.yes(key in required),
                "; ".join(f"`{option['const']}` {reader.text(option.get('title'))}" for option in options)
                or "–",
            ]


def _types(reader: Reader) -> Iterator[Row]:
    for name in reader.section("taxonomies"):
        for key, one in reader.section("taxonomies", name, "terms").items():
            yield [
                key,
                reader.text(one["title"]),
                code(one["route"]) if one.get("route") else "–",
                code(*one.get("departments", ())) or "–",
                code(one["deadline"]) if one.get("deadline") else "–",
            ]


def _rules(reader: Reader) -> Iterator[Row]:
    for name in reader.section("rules"):
        for key, one in sorted(
            reader.section("rules", name, "rules").items(), key=lambda rule: -rule[1]["priority"]
        ):
            yield [
                key,
                reader.text(one["title"]),
                str(one["priority"]),
                reader.text(one["reason"]),
                reader.text(one.get("basis")),
                reader.text(one.get("practice")),
            ]


def _parameters(reader: Reader) -> Iterator[Row]:
    for name in reader.section("rules"):
        for key, one in reader.section("rules", name, "parameters").items():
            value = code(*one["value"]) if isinstance(one["value"], list) else code(str(one["value"]))
            yield [key, reader.text(one.get("title")), value, reader.text(one.get("source"))]


def _inputs(reader: Reader) -> Iterator[Row]:
    for name in reader.section("rules"):
        for key, one in reader.section("rules", name, "inputs").items():
            source = code(one["from"]) if "from" in one else reader.say(("计数", "a count"))
            yield [key, reader.text(one.get("title")), code(one["type"]), source]


def _routes(reader: Reader) -> Iterator[Row]:
    for key, one in reader.section("routes").items():
        yield [
            key,
            reader.text(one["title"]),
            reader.text(one.get("organ")),
            reader.text(one.get("precondition")),
            reader.text(one.get("basis")),
        ]


def _periods(reader: Reader) -> Iterator[Row]:
    for key, one in reader.section("deadlines").items():
        yield [
            key,
            reader.text(one["title"]),
            _length(reader, one),
            reader.text(one.get("starts_text")),
            reader.say(_WHOSE.get(one.get("whose", ""))),
            reader.yes(one.get("locked")),
            reader.text(one.get("source")),
        ]


def _length(reader: Reader, period: Mapping[str, Any]) -> str:
    lengths = [one for one in (period.get("length"), *(period.get("lengths") or ())) if isinstance(one, dict)]
    said = []
    for one in lengths:
        inner = one.get("length", one)
        if "n" in inner:
            blank = "" if reader.number == 0 else " "
            said.append(f"{inner['n']}{blank}{reader.say(_UNITS.get(inner.get('unit', '')))}")
    return " / ".join(said) or "–"


def _documents(reader: Reader) -> Iterator[Row]:
    for key, one in reader.section("documents").items():
        yield [
            key,
            reader.text(one["title"]),
            code(*one.get("stages", ())) or "–",
            reader.text(one.get("issued_by_text")),
            reader.text(one.get("to_text")),
        ]


def _events(reader: Reader) -> Iterator[Row]:
    for key, one in reader.section("events").items():
        ways = dict.fromkeys(str(way.get("on")) for way in one.get("arises", ()))
        words: Mapping[str, Pair] = {
            "act": ("操作", "an act"),
            "referral": ("交办的变化", "a referral"),
            "enter": ("进入环节", "a stage"),
            "step": ("步骤", "a step"),
            "field": ("登记的日期", "a date in a form"),
            "recorded": ("由人登记", "recorded by a person"),
        }
        joined = ("、", ", ")[reader.number].join(reader.say(words.get(way), way) for way in ways)
        yield [key, reader.text(one["title"]), joined]


def _tasks(reader: Reader) -> Iterator[Row]:
    for key, one in reader.section("tasks").items():
        who = one.get("who") or {}
        yield [key, reader.text(one["title"]), code(*(str(value) for value in who.values())) or "–"]


def _values(name: str) -> Callable[[Reader], Iterator[Row]]:
    def rows(reader: Reader) -> Iterator[Row]:
        for key, title in ((reader.bundle.get("settings") or {}).get("values") or {}).get(name, {}).items():
            yield [key, reader.text(title)]

    return rows


def _worklists(reader: Reader) -> Iterator[Row]:
    for key, one in reader.section("worklists").items():
        yield [
            key,
            reader.text(one["title"]),
            reader.say(_OF.get(one["of"])),
            code(*one.get("roles", ())) or "–",
        ]


def _indicators(reader: Reader) -> Iterator[Row]:
    for key, one in reader.section("indicators").items():
        yield [
            key,
            reader.text(one["title"]),
            reader.say(_SHOWN.get(one["shows"])),
            reader.say(_COHORTS.get(one["cohort"])),
        ]


# In reading order. A new part of the bundle adds its line here.
SECTIONS: tuple[Section, ...] = (
    Section(
        "departments",
        ("部门", "Departments"),
        (
            "谁可以进驻中心、承办事项；`layout.json`、规则和纠纷类型里用代码。",
            "Who may be present at a centre and handle matters; named in `layout.json`, rules and types of disputes.",
        ),
        (("简称", "short name"), ("性质", "kind")),
        _departments,
    ),
    Section(
        "roles",
        ("角色", "Roles"),
        (
            "一个人能做什么；给角色时还要说在哪个单位。",
            "What a person may do; where, is said when the role is given.",
        ),
        (("做什么", "for"), ("权限", "grants")),
        _roles,
    ),
    Section(
        "stages",
        ("环节", "Stages"),
        (
            "办理流程经过的环节；各县可以改名、增减，都对应一个标准环节。",
            "Where a matter stands; each is mapped to one canonical stage.",
        ),
        (("流程", "course"), ("标准环节", "canonical"), ("性质", "sort")),
        _stages,
        used=False,
    ),
    Section(
        "steps",
        ("步骤", "Steps"),
        (
            "从一个环节到另一个环节的操作，谁能做，要填什么表。",
            "What leads from stage to stage, who may take it, and its form.",
        ),
        (
            ("流程", "course"),
            ("从 → 到", "from → to"),
            ("角色", "roles"),
            ("表单", "form"),
            ("随交办发生", "taken with"),
        ),
        _steps,
        used=False,
    ),
    Section(
        "forms",
        ("表单", "Forms"),
        ("登记表和步骤的表，及其分栏。", "Record types and forms of steps, with their sections."),
        (("种类", "kind"), ("分栏", "sections")),
        _forms,
    ),
    Section(
        "fields",
        ("表单的项", "Fields"),
        (
            "各表单里的项；选项的代码写在规则和条件里。",
            "The fields of each form; rules and conditions name options by their code.",
        ),
        (
            ("表单", "form"),
            ("分栏", "section"),
            ("类型", "type"),
            ("必填", "required"),
            ("选项", "options"),
        ),
        _fields,
        used=False,
    ),
    Section(
        "types",
        ("纠纷类型", "Types of disputes"),
        ("三位代码是大类，四位以上是小类。", "Short codes are classes, longer ones their types."),
        (("常用路径", "usual route"), ("常见部门", "usual departments"), ("期限", "period")),
        _types,
        used=False,
    ),
    Section(
        "rules",
        ("规则", "Rules"),
        (
            "提出建议的规则，先后按数字从大到小。",
            "The rules that propose; the higher the number, the earlier.",
        ),
        (("先后", "priority"), ("理由", "reason"), ("依据", "basis"), ("做法", "practice")),
        _rules,
        used=False,
    ),
    Section(
        "parameters",
        ("规则的数", "Parameters of rules"),
        ("不改规则就能改的数和名单。", "Figures and lists that a county changes without touching a rule."),
        (("值", "value"), ("来源", "source")),
        _parameters,
        used=False,
    ),
    Section(
        "inputs",
        ("规则能读的项", "Inputs of rules"),
        ("规则的条件里用左边的代码。", "Conditions of rules name these."),
        (("类型", "type"), ("取自", "from")),
        _inputs,
        used=False,
    ),
    Section(
        "routes",
        ("法定路径", "Routes"),
        ("事项可以走的法定路径。", "The lawful ways that a matter may take."),
        (("办理机关", "body"), ("前提", "precondition"), ("依据", "basis")),
        _routes,
    ),
    Section(
        "deadlines",
        ("期限", "Periods"),
        (
            "期限、从何时起算、是谁的。锁定的来自法律，县里不能改。",
            "Periods, their beginning, and whose they are. Locked ones follow from law.",
        ),
        (
            ("长度", "length"),
            ("起算", "from"),
            ("责任方", "whose"),
            ("锁定", "locked"),
            ("来源", "source"),
        ),
        _periods,
    ),
    Section(
        "documents",
        ("文书", "Documents"),
        ("工作文书，在哪些环节用，谁出具，给谁。", "Working documents: at which stages, by whom, for whom."),
        (("环节", "stages"), ("出具", "issued by"), ("给", "to")),
        _documents,
    ),
    Section(
        "events",
        ("事件", "Events"),
        ("期限由事件开始和结束。", "Periods begin and end by events."),
        (("由什么产生", "arises from"),),
        _events,
    ),
    Section(
        "tasks",
        ("任务", "Tasks"),
        ("规则里 `steps` 用的任务。", "Tasks that rules name under `steps`."),
        (("谁来做", "done by"),),
        _tasks,
    ),
    Section(
        "flags",
        ("提示", "Flags"),
        ("规则给事项加的提示。", "What rules point out about a matter."),
        (),
        _values("flags"),
    ),
    Section(
        "modes",
        ("办理方式", "Modes"),
        ("交办时的办理方式。", "How a matter is handled when it is handed over."),
        (),
        _values("modes"),
    ),
    Section(
        "grades",
        ("事项等级", "Grades"),
        ("等级只对事，不对人。", "Grades are of matters, never of persons."),
        (),
        _values("grades"),
    ),
    Section(
        "worklists",
        ("工作清单", "Worklists"),
        ("工作台上等着谁办的清单。", "What waits for whom."),
        (("列的是", "lists"), ("角色", "roles")),
        _worklists,
        used=False,
    ),
    Section(
        "indicators",
        ("指标", "Indicators"),
        ("看板上的数怎么算。", "How the figures of the board are worked out."),
        (("显示", "shows"), ("口径", "cohort")),
        _indicators,
    ),
)
