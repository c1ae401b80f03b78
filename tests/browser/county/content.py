"""What a county asks, decides and lists of its own: fields, a leaf, rules, stages, a worklist, a document, a role."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from tests.browser.county.counties import County, Rule
from tests.browser.county.hand import Hand
from tests.browser.county.layout import part
from tests.browser.county.opening import Office

CASE = "矛盾纠纷"


def departments(office: Office, county: County, hand: Hand) -> None:
    """Call departments as they are called here."""
    with office.tally.at("departments"):
        for before, after in county.departments:
            part(hand, "部门")
            hand.write(hand.page.locator("[id^=q]").first, before, leave=False)
            hand.go(hand.button("查询", inside="main"))
            hand.go(hand.link(before, inside=".editor-list"))
            hand.write(hand.label("名称"), after)


def fields(office: Office, county: County, hand: Hand) -> None:
    """Ask two things more at the window, the second where the first has its first answer."""
    first, second = county.fields
    with office.tally.at("fields of the window"):
        part(hand, "表单")
        hand.go(hand.link(CASE, inside=".editor-list"))
        hand.write(hand.page.locator("#section-title"), county.section, leave=False)
        hand.go(hand.button("添加", inside=".design-side .editor-add"))
        hand.write(hand.page.locator("#field-title"), first.title, leave=False)
        hand.go(hand.button(first.kind, inside=".design-palette"))
        hand.write(hand.page.locator("#d-options"), "\n".join(first.options))
        hand.write(hand.page.locator("#field-title"), second.title, leave=False)
        hand.go(hand.button(second.kind, inside=".design-palette"))
        hand.click(hand.find('[name=pressed][value="line"]'))
        clause(hand, 0, first.title, "", first.options[0])


def clause(hand: Hand, number: int, looked_at: str, how: str, value: str) -> None:
    """Say one line of a sentence by its lists."""
    stem = f"#c-{number}-0"
    hand.choose(hand.page.locator(f"{stem}-field"), looked_at)
    hand.page.locator(f"{stem}-op").wait_for()
    if how:
        hand.choose(hand.page.locator(f"{stem}-op"), how)
    control = hand.page.locator(f"{stem}-text")
    control.wait_for()
    if control.evaluate("one => one.tagName") == "SELECT":
        hand.choose(control, value)
    else:
        hand.write(control, value)


def leaf(office: Office, county: County, hand: Hand) -> None:
    """Add a sort of disputes below a branch."""
    branch, title = county.leaf
    with office.tally.at("a sort of disputes"):
        part(hand, "分类")
        hand.go(hand.link("矛盾纠纷类型", inside=".editor-list"))
        hand.write(hand.label("新一项的名称"), title, leave=False)
        hand.go(hand.button("添加", inside=".editor-add"))
        hand.pick(hand.search("上级类型"), branch)
        hand.pick(hand.search("办理路径"), "调解")


def rules(office: Office, county: County, hand: Hand) -> None:
    """Add the rules, each on its page."""
    with office.tally.at("rules"):
        part(hand, "规则")
        hand.go(hand.link("分流建议", inside=".editor-list"))
        for one in county.rules:
            _rule(hand, one)


def _rule(hand: Hand, rule: Rule) -> None:
    hand.write(hand.page.locator("#new-rule"), rule.title, leave=False)
    hand.go(hand.button("加一条规则"))
    for number, (looked_at, how, value) in enumerate(rule.when):
        hand.click(hand.find('[name=pressed][value="line"]'))
        clause(hand, number, looked_at, how, value)
    hand.choose(hand.page.locator("#propose-what"), rule.department)
    hand.choose(hand.page.locator("#propose-way"), rule.route)
    hand.go(hand.button("加上这项建议"))
    hand.write(hand.page.locator("#rule-reason"), rule.reason, leave=False)
    hand.go(hand.button("保存", inside=".say-form"))
    hand.find("#ruling-then dd", rule.department).wait_for()


def stages(office: Office, county: County, hand: Hand) -> None:
    """Call a stage otherwise, and put one of our own in."""
    before, after = county.rename
    title, earlier = county.stage
    with office.tally.at("stages"):
        part(hand, "流程阶段")
        hand.go(hand.link(county.course, inside=".editor-list"))
        hand.go(hand.link(before, inside="#flow-list"))
        hand.write(hand.page.locator("#d-title"), after)
        hand.write(hand.page.locator("#stage-title"), title)
        hand.choose(hand.page.locator("#stage-after"), earlier)
        hand.go(hand.button("插入"))
        hand.find("#flow-list td", title).wait_for()


def worklist(office: Office, county: County, hand: Hand) -> None:
    """Make a list like another one, for the matters that came in one way."""
    with office.tally.at("a worklist"):
        part(hand, "工作清单")
        hand.go(hand.link("待受理研判", inside=".editor-list"))
        hand.go(hand.button("复制"))
        hand.write(hand.label("名称"), county.worklist)
        has_it: Any = hand.page.locator("fieldset").filter(has_text="角色")
        hand.click(has_it.last.get_by_role("button", name="添加一项"))
        hand.pick(has_it.last.locator("[role=combobox]").last, county.role)
        hand.go(hand.link("哪些行"))
        number = hand.page.locator("[id$='-0-field']").count()
        hand.click(hand.find('[name=pressed][value="line"]'))
        field = county.fields[0]
        clause(hand, number, field.title, "", field.options[0])


def document(office: Office, county: County, hand: Hand) -> None:
    """Make a document like another one, with a template of our own."""
    with office.tally.at("a document"):
        part(hand, "文书")
        hand.go(hand.link("来访登记表", inside=".editor-list"))
        hand.go(hand.button("复制"))
        hand.write(hand.label("名称"), county.document)
        file = _template(office.folder, hand, county.document)
        hand.upload(hand.page.locator("#template-file"), file)
        hand.go(hand.button("用这个模板"))
        hand.sees("本中心自己的")


def _template(folder: Path, hand: Hand, title: str) -> Path:
    """Download the template that stands, and change its heading as one does in a word processor."""
    with hand.page.expect_download() as download:
        hand.click(hand.link("下载现用模板"))
    before, after = folder / "before.docx", folder / "template.docx"
    download.value.save_as(str(before))
    hand.tally.add(keys=40, points=4, homes=4, thoughts=4)  # opened, changed and saved in a word processor
    with zipfile.ZipFile(before) as read, zipfile.ZipFile(after, "w", zipfile.ZIP_DEFLATED) as made:
        for name in read.namelist():
            content = read.read(name)
            if name == "word/document.xml":
                content = content.replace(b"</w:body>", _line(title) + b"</w:body>", 1)
            made.writestr(name, content)
    return after


def _line(text: str) -> bytes:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>".encode()


def role(office: Office, county: County, hand: Hand) -> None:
    """Add a role and say what it may do."""
    with office.tally.at("a role"):
        part(hand, "角色")
        hand.write(hand.label("新一项的名称"), county.role, leave=False)
        hand.go(hand.button("添加", inside=".editor-add"))
        hand.unfold(hand.find("summary", "还可以设定"))
        granted: Any = hand.page.locator("fieldset").filter(has_text="可由哪些角色授予")
        hand.click(granted.last.get_by_role("button", name="添加一项"))
        hand.pick(granted.last.locator("[role=combobox]").first, "安全管理员")
        hand.go(hand.link("本级第一稿", inside="#draftbar"))
        hand.go(hand.link("角色与权限"))
        hand.choose(hand.page.locator("#of"), CASE)
        hand.go(hand.button("查看"))
        for action in ("列表", "查看"):
            hand.click(hand.label(f"{county.role}, {action}"))
        hand.go(hand.button("保存"))
        hand.sees("已保存 2 处修改。")
