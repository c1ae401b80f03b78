"""What two counties want of their own: one below Kunming, one in another province whose units come from a table."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from portal.adapters.pack_files import shipped_root

# What a person is called at the sign-in, and the role that the account is for.
ROLES = {
    "clerk": "登记员",
    "triage": "研判员",
    "director": "中心主任",
    "appraiser": "法律评析员",
    "mediator": "调解员",
    "archivist": "档案员",
    "security": "安全管理员",
    "config": "配置管理员",
}


@dataclass(frozen=True)
class Field:
    """A field of the form of the window: what it is called, what it is, its options."""

    title: str
    kind: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule: when it holds (what is looked at, how, the value), and what it proposes to whom."""

    title: str
    when: tuple[tuple[str, str, str], ...]
    department: str
    route: str
    reason: str


@dataclass(frozen=True)
class Step:
    """A step that somebody takes on a case: who, the words of the button, what is filled in by label."""

    who: str
    button: str
    fill: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class County:
    """A county and what it wants of its own."""

    name: str
    pack: str
    city: str
    code: str
    short: str
    agency: str
    units: bytes  # a table of its units; empty where the portal knows them
    departments: tuple[tuple[str, str], ...]  # what they are called above and here
    rows: str  # zones, rooms and windows as in a spreadsheet
    formula: str
    resident: tuple[str, str]  # a department, and the room where it always is
    rota: tuple[str, str, tuple[int, ...]]  # a department, its room, the days of the week
    section: str
    fields: tuple[Field, Field]  # the second is shown where the first has its first option
    leaf: tuple[str, str]  # the branch under which it stands, its title
    rules: tuple[Rule, ...]
    course: str  # what the course of stages is called
    rename: tuple[str, str]  # a stage and what it is called here
    stage: tuple[str, str]  # a stage of our own, and the one after which it comes
    worklist: str
    document: str
    role: str
    case: tuple[Step, ...]


def _table(path: str) -> bytes:
    """Return the units of a county as offices send them: two columns, in the old encoding of Chinese."""
    text = (shipped_root() / path).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    lines = ["代码,名称", *(f"{row['code']},{row['name']}" for row in rows)]
    return ("\r\n".join(lines) + "\r\n").encode("gbk")


# From the mediation to the archive both go the same way.
MEDIATED = (
    Step(
        "mediator",
        "登记调解结果",
        (
            ("调解员 1", "某调解员"),
            ("已告知当事人权利义务", "是"),
            ("各方自愿参加调解", "是"),
            ("调解结果", "达成协议"),
            ("协议形式", "书面协议"),
            ("协议主要内容", "按约定履行，互不追究。"),
        ),
    ),
    Step(
        "director",
        "结案",
        (
            ("结案方式", "调解达成协议"),
            ("办理结果", "已达成协议。"),
            ("已书面告知当事人", "是"),
            ("当事人意见", "同意结案"),
        ),
    ),
    Step("archivist", "立卷归档"),
)

JINNING = County(
    name="晋宁区",
    pack="city/kunming",
    city="530100",
    code="530115",
    short="jn",
    agency="晋综",
    units=b"",
    departments=(
        ("昆明市中级人民法院", "晋宁区人民法院"),
        ("昆明市司法局", "晋宁区司法局"),
        ("昆明市信访局", "晋宁区信访局"),
    ),
    rows="\n".join(
        "\t".join(line)
        for line in (
            ("类别", "名称", "功能区", "单位"),
            ("室", "排查登记室", "登记受理区", ""),
            ("室", "接访室", "登记受理区", "晋宁区信访局"),
            ("室", "公共法律服务室", "登记受理区", "晋宁区司法局"),
            ("室", "人民调解室", "多元化解区", "人民调解委员会"),
            ("室", "行政调解室", "多元化解区", ""),
            ("室", "劳动争议调解室", "多元化解区", "昆明市人力资源和社会保障局"),
            ("室", "心理疏导室", "多元化解区", ""),
            ("室", "指挥会商室", "指挥调度区", ""),
            ("庭", "调审速裁法庭", "多元化解区", "晋宁区人民法院"),
        )
    ),
    formula="三区十一室一庭",
    resident=("晋宁区人民法院", "调审速裁法庭"),
    rota=("农业农村局", "行政调解室", (1, 4)),
    section="排查情况",
    fields=(
        Field("排查方式", "选一项", ("日常排查", "集中排查", "专项排查")),
        Field("村民小组", "一行文字"),
    ),
    leaf=("土地山林", "烟田轮作纠纷"),
    rules=(
        Rule(
            "烟田轮作交农业农村局",
            (("纠纷类型", "属于", "烟田轮作纠纷"),),
            "农业农村局",
            "行政处理",
            "属于烟田轮作纠纷，由农业农村局先行调处。",
        ),
        Rule(
            "日常排查的邻里小额纠纷交人民调解",
            (("排查方式", "为", "日常排查"), ("涉及金额", "不超过", "20000")),
            "人民调解委员会",
            "调解",
            "日常排查发现、金额不大，由人民调解委员会就地调解。",
        ),
        Rule(
            "专项排查交法院指导调解",
            (("排查方式", "为", "专项排查"),),
            "晋宁区人民法院",
            "调解",
            "专项排查发现的纠纷由法庭指导调解。",
        ),
    ),
    course="昆明市指引六环节",
    rename=("登记受理", "排查登记"),
    stage=("会商定向", "分析研判"),
    worklist="本周排查来件",
    document="排查登记回执",
    role="驻村协调员",
    case=(
        Step("clerk", "受理"),
        Step(
            "triage",
            "提交法律评析",
            (
                ("事项等级", "一般"),
                ("事实和诉求梳理", "双方对轮作地块的先后有争议。"),
                ("研判结论", "交法律评析"),
            ),
        ),
        Step("triage", "转入法律评析"),
        Step(
            "appraiser",
            "评析后调解",
            (
                ("事实摘要", "轮作约定写在合同里。"),
                ("争议焦点", "谁先种。"),
                ("适用法律", "农村土地承包法"),
                ("建议", "按合同先后，调解补偿。"),
                ("建议的下一步", "组织调解"),
                ("评析人", "某律师"),
            ),
        ),
        *MEDIATED,
    ),
)

PINGHU = County(
    name="平湖市",
    pack="city/jiaxing",
    city="330400",
    code="330482",
    short="ph",
    agency="平综",
    units=_table("seed/county/pinghu/divisions.csv"),
    departments=(("人民法院", "平湖市人民法院"), ("妇女联合会", "平湖市妇女联合会")),
    rows="\n".join(
        "\t".join(line)
        for line in (
            ("类别", "名称", "功能区", "单位"),
            ("室", "综合服务室", "接待大厅", ""),
            ("庭", "家事法庭", "接待大厅", "平湖市人民法院"),
        )
    ),
    formula="一区一室一庭",
    resident=("平湖市人民法院", "家事法庭"),
    rota=("平湖市妇女联合会", "综合服务室", (2, 5)),
    section="来访情况",
    fields=(
        Field("来访途径", "选一项", ("浙江解纷码", "直接到中心", "镇街道转来")),
        Field("解纷码编号", "一行文字"),
    ),
    leaf=("婚姻家庭", "新居民探亲照料纠纷"),
    rules=(
        Rule(
            "探亲照料纠纷交妇联",
            (("纠纷类型", "属于", "新居民探亲照料纠纷"),),
            "平湖市妇女联合会",
            "调解",
            "属于新居民家庭照料的事，由妇联先行调解。",
        ),
        Rule(
            "解纷码来的小额纠纷交人民调解",
            (("来访途径", "为", "浙江解纷码"), ("涉及金额", "不超过", "10000")),
            "人民调解委员会",
            "调解",
            "线上提交、金额不大，由人民调解委员会线上调解。",
        ),
        Rule(
            "镇街道转来的交法院指导调解",
            (("来访途径", "为", "镇街道转来"),),
            "平湖市人民法院",
            "调解",
            "镇街道未能化解的，由家事法庭指导调解。",
        ),
    ),
    course="浙江省统一归集、流转、处置",
    rename=("统一归集", "一窗受理"),
    stage=("会商定向", "一窗受理"),
    worklist="解纷码来件",
    document="来访登记回执",
    role="镇街道联络员",
    case=(
        Step("clerk", "受理并分流"),
        Step("triage", "转入统一流转"),
        Step(
            "triage",
            "交办",
            (("承办单位", "平湖市综治中心"), ("办理路径", "调解"), ("分流理由和依据", "由中心组织调解。")),
        ),
        *MEDIATED,
    ),
)


def saved(folder: Path, name: str, content: bytes) -> Path:
    """Put a file that a person brings along into a folder."""
    path = folder / name
    path.write_bytes(content)
    return path
