"""The sheets of the documents of the base pack: forms as tables, notices and letters as text."""

# ruff: noqa: E501 - a sentence of a sheet stands on one line

from __future__ import annotations

from collections.abc import Callable

from benchmarks.papers.sheet import Sheet

PLACE = "{{{{ {0} }}}}"
DAY = "　　年　　月　　日"
SIGN = "________________"


def value(name: str) -> str:
    """Return the place of a field."""
    return PLACE.format(name)


def told(name: str, text: str) -> str:
    """Return a point that was told, ticked where it was."""
    return f"{{% if {name} %}}☑{{% else %}}☐{{% endif %}} {text}"


def w01() -> Sheet:
    """Return the visit and intake register."""
    made = Sheet(compact=True).head()
    made.table(
        ["登记编号", value("code"), "登记时间", value("registered_at")],
        ["来源渠道", value("channel"), "来访人数", value("visitors")],
        ["当事人", value("name"), "证件号码", value("id_number")],
        ["联系电话", value("phone"), "住　　址", value("address")],
        ["送达地址", value("service_address")],
        ["对方当事人", value("respondents")],
        ["事项类别", value("type"), "发生时间", value("occurred_on")],
        ["发生地点", value("place"), "涉及金额", value("amount")],
        ["事由简述", value("summary")],
        ["诉　　求", value("claim")],
        ["涉及人数", value("people_count"), "他处办理过", value("handled_elsewhere")],
        ["愿意调解", value("willing"), "特殊需要", value("needs")],
        ["备　　注", value("remark")],
        tall={8: 1.9, 9: 1.4},
    )
    made.small("以上登记内容已向当事人宣读或交其阅看，当事人确认无误。送达地址发生变化的，应当及时告知。")
    return made.signs(f"当事人（签名）：{SIGN}", "登记人：{{ registrar }}")


def w02() -> Sheet:
    """Return the notice of rights and duties."""
    made = Sheet(compact=True).head(number=False)
    made.text("各方当事人：")
    made.text(
        "依照《中华人民共和国人民调解法》《中华人民共和国个人信息保护法》的规定，现将调解活动中的权利义务告知如下："
    )
    for name, text in (
        ("voluntary", "调解遵循自愿、平等的原则，不违背法律、法规和国家政策。"),
        ("choose_mediator", "当事人可以选择或者接受人民调解员。"),
        ("may_refuse", "当事人可以接受调解、拒绝调解或者要求终止调解。"),
        ("openness", "当事人可以要求调解公开进行或者不公开进行。"),
        ("no_fee", "调解民间纠纷，不收取任何费用。"),
        ("other_ways", "调解不影响当事人依法通过仲裁、行政、司法等途径维护权利；请注意相关时效和期限。"),
        ("truthful", "当事人应当如实陈述纠纷事实，不得提供虚假材料。"),
        ("order_kept", "当事人应当遵守调解现场秩序，尊重调解员和对方当事人。"),
        (
            "personal_data",
            "所提供的个人信息仅用于本事项的受理、调解、办理和归档，未经同意不向无关人员提供，法律另有规定的除外。",
        ),
    ):
        made.text(told(name, text))
    made.text("以上内容本人已经知悉并理解。")
    made.repeat(["当事人", "签名（手印）", "日期"], "paper_to", ["{{ one }}", "", DAY], [5, 5, 4])
    return made.seal()


def w03() -> Sheet:
    """Return the notice of acceptance or non-acceptance."""
    made = Sheet().head()
    made.text("{% if name %}{{ name }}{% else %}申请人{% endif %}：", indent=False)
    made.text("您提出的以下事项，本中心已经收悉：{{ matter }}")
    made.text(
        "{% if grounds %}经审查，该事项不予受理。理由和法律依据：{{ grounds }}{% else %}"
        "经审查，决定予以受理{% if accepted_on %}，受理日期为{{ accepted_on }}{% endif %}{% if unit %}，由{{ unit }}办理{% endif %}。{% endif %}"
    )
    made.when("organ", "该事项应当向{{ organ }}提出。")
    made.when("remedy", "不服本告知的，救济途径：{{ remedy }}")
    made.when("due_on", "办理期限至{{ due_on }}。期限依法中止、延长的，另行告知。")
    made.text(
        "查询方式：{% if look_up %}凭编号{{ look_up }}，{% endif %}可以到窗口查询办理进度。{% if contact %}联系人及电话：{{ contact }}。{% endif %}"
    )
    made.text(
        "调解、受理均不收取费用。本告知不影响您依法通过仲裁、行政复议、诉讼等途径维护权利，请注意相关期限。"
    )
    made.text("特此告知。")
    made.signs(f"经办人：{SIGN}", day=False)
    return made.seal()


def w04() -> Sheet:
    """Return the referral sheet."""
    made = Sheet(compact=True).head()
    made.table(
        ["案件编号", value("code"), "来　　源", value("channel")],
        ["承办单位", value("unit"), "办理路径", value("route")],
        ["协办单位", value("assist")],
        ["事项摘要", value("summary")],
        ["分流理由\n与依据", value("grounds")],
        ["办理时限", value("due_on")],
        ["反馈要求", value("requirement")],
        ["附件清单", value("attachments")],
        ["签 收 人", value("received_by"), "签收时间", value("received_at")],
        ["退回理由", value("return_reason")],
        tall={3: 2.6, 4: 2.0, 6: 1.3, 7: 1.2, 9: 1.2},
    )
    made.small(
        "承办单位应当自收到之日起按规定时限签收、办理并反馈；认为不属于本单位职责的，应当说明理由和依据，在规定期限内退回。"
    )
    made.signs(f"签发人：{SIGN}", f"签收人：{SIGN}", day=False)
    return made.seal()


def w05() -> Sheet:
    """Return the task sheet."""
    made = Sheet(compact=True).head()
    made.table(
        ["任务名称", value("task")],
        ["责任单位", value("unit"), "责 任 人", value("person")],
        ["背　　景", value("background")],
        ["具体措施", value("measures")],
        ["完成时限", value("due_on")],
        ["考核要求", value("assessment")],
        ["反　　馈", value("feedback")],
        tall={2: 3.0, 3: 3.6, 5: 1.8, 6: 2.4},
    )
    made.signs(f"签发人：{SIGN}", day=False)
    return made.seal()


def w06() -> Sheet:
    """Return the supervision sheet."""
    made = Sheet().head()
    made.text("{{ paper_to }}：", indent=False)
    made.text("你单位承办的下列事项未按要求办理，现予督办：")
    made.heading("一、督办事项")
    made.text("{{ matter }}{% if sheet_number %}（原交办单号：{{ sheet_number }}）{% endif %}")
    made.heading("二、存在问题").text("{{ problem }}")
    made.when("overdue", "已超期{{ overdue }}个工作日。")
    made.heading("三、督办要求")
    made.when("requirement", "{{ requirement }}")
    made.when(
        "due_on",
        "请于{{ due_on }}前办理完毕并书面反馈办理结果；不能按期办结的，应当说明原因和下一步措施。",
    )
    made.when("feedback", "{{ feedback }}", heading="四、反馈情况")
    made.when("conclusion", "{{ conclusion }}", heading="五、督办结论")
    made.signs(f"签发人：{SIGN}", f"责任单位负责人（签收）：{SIGN}", day=False)
    return made.seal()


def w07() -> Sheet:
    """Return the reminder letter."""
    made = Sheet().head()
    made.text("{% if addressee %}{{ addressee }}{% else %}有关单位{% endif %}：", indent=False)
    made.text("经梳理，发现以下情况，现予提示{% if count %}（涉及{{ count }}件）{% endif %}：")
    made.when("problem", "{{ problem }}")
    made.when("advice", "建议：{{ advice }}")
    made.when("due_on", "请于{{ due_on }}前反馈处理情况。")
    made.text("特此函告。")
    made.signs(f"签发人：{SIGN}", day=False)
    return made.seal()


def w08() -> Sheet:
    """Return the sheet of a joint meeting."""
    made = Sheet(compact=True).head()
    made.table(
        ["会商事由", value("matter")],
        ["牵头单位", value("lead"), "时间地点", value("held_at")],
        ["参加单位\n与人员", value("participants")],
        ["各方意见", value("opinions")],
        ["形成结论", value("conclusion")],
        ["任务分解", value("tasks")],
        ["下次会商", value("next_on")],
        tall={2: 1.4, 3: 3.6, 4: 2.6, 5: 2.6},
    )
    made.text("参会人员签名：", indent=False)
    made.gap(36)
    return made.seal()


def w09() -> Sheet:
    """Return the plan for one case."""
    made = Sheet(compact=True).head(number=False)
    made.table(
        ["案件编号", value("paper_code"), "案　　由", value("type")],
        ["当事人诉求", value("claim")],
        ["争议焦点", value("focus")],
        ["风险点\n（事项）", value("risks")],
        ["化解目标", value("aim")],
        ["步骤与\n责任人", value("plan")],
        ["完成时限", value("due_on")],
        ["第三方力量", value("third_parties")],
        ["应急预案", value("emergency")],
        ["退出条件", value("exit")],
        tall={1: 1.6, 2: 2.0, 3: 2.0, 4: 1.6, 5: 4.0, 7: 1.2, 8: 1.6, 9: 1.4},
    )
    return made.signs(f"牵头领导：{SIGN}")


def w10() -> Sheet:
    """Return the legal appraisal."""
    made = Sheet().head()
    made.part("一、事实摘要", "facts").part("二、争议焦点", "issues")
    made.part("三、法律关系", "relation").part("四、适用法律", "law")
    made.each("五、可行途径与利弊", "ways").each("六、诉讼成本与时间提示", "periods")
    made.part("七、建议", "advice")
    made.small(
        "本意见依据当事人陈述和现有材料作出，供化解纠纷参考，不代替仲裁机构、人民法院的裁判，不具有强制执行效力。"
    )
    return made.signs(
        f"评析人与资质：{value('appraiser')}",
        f"（签名）：{SIGN}",
        f"评析日期：{value('appraised_on')}",
        day=False,
    )


def w11() -> Sheet:
    """Return the application for mediation."""
    made = Sheet(compact=True).head(number=False)
    made.table(
        ["申 请 人", value("applicant")],
        ["被申请人", value("respondents")],
        ["纠纷简要\n情　　况", value("summary")],
        ["申请事项", value("claim")],
        ["调解意愿", value("voluntary")],
        tall={0: 1.4, 1: 1.4, 2: 7.0, 3: 4.5},
    )
    made.text("本人自愿申请人民调解，所述情况属实，并已知悉调解的权利义务。")
    return made.signs(f"申请人（签名）：{SIGN}")


def w12() -> Sheet:
    """Return the register of accepted mediations."""
    made = Sheet(compact=True).head()
    made.table(
        ["受理日期", value("accepted_on"), "案件来源", value("channel")],
        ["当 事 人", value("parties")],
        ["纠纷类型", value("type")],
        ["纠纷简要\n情　　况", value("summary")],
        ["征求另一方\n意见结果", value("respondent_willing")],
        tall={1: 1.8, 3: 7.0, 4: 1.8},
    )
    made.repeat(["当事人、登记人", "签名"], "paper_signs", ["{{ one }}", ""], [5, 8])
    return made.seal("{{ paper_unit }}")


def w13() -> Sheet:
    """Return the record of an investigation."""
    made = Sheet(compact=True).head(number=False)
    made.table(
        ["时　　间", value("held_at"), "地　　点", value("place")],
        ["参 加 人", value("present")],
        ["被调查人", value("questioned")],
        ["调查内容", value("content")],
        tall={3: 12.5},
    )
    made.small("以上笔录经本人阅看（向本人宣读），与本人所述一致。")
    return made.signs(f"被调查人（签名）：{SIGN}", f"调查人：{SIGN}", f"记录人：{SIGN}", day=False)


def w14() -> Sheet:
    """Return the minutes of a mediation."""
    made = Sheet(compact=True).head(number=False)
    made.table(
        ["案件编号", value("paper_code"), "时　　间", value("held_on")],
        ["地　　点", value("place"), "权利告知", value("rights_told")],
        ["当 事 人", value("parties")],
        ["参 加 人", value("bodies")],
        ["当事人陈述", value("statements")],
        ["调解过程", value("course")],
        ["调解结果", value("outcome")],
        tall={4: 5.0, 5: 6.0, 6: 1.3},
    )
    made.small("以上记录经各方当事人阅看，确认无误。")
    return made.signs(f"当事人（签名）：{SIGN}", f"调解员：{SIGN}", f"记录人：{SIGN}", day=False)


def w15() -> Sheet:
    """Return the mediation agreement."""
    made = Sheet().head()
    made.heading("当事人")
    made.repeat(["姓名或者名称", "证件号码、住址、联系电话"], "parties", ["{{ one }}", ""], [5, 9])
    made.gap(6)
    made.part("一、纠纷主要事实、争议事项", "facts").part("二、各方当事人的责任", "duties")
    made.heading("三、协议内容").text("经调解，各方当事人自愿达成如下协议：").text("{{ agreement }}")
    made.part("四、履行方式、期限", "performance").when("perform_by", "履行期限：{{ perform_by }}。")
    made.part("五、违约约定", "breach").gap(4)
    made.text(
        "本协议自各方当事人签名、盖章或者按指印，人民调解员签名并加盖调解委员会印章之日起生效，具有法律约束力。"
        "各方当事人可以自协议生效之日起三十日内共同向人民法院申请司法确认。"
        "{% if copies %}本协议一式{{ copies }}份，各方当事人、调解组织各执一份。{% endif %}"
    )
    made.repeat(["各方当事人", "签名（盖章、指印）"], "parties", ["{{ one }}", ""], [6, 8])
    made.signs(f"人民调解员（签名）：{SIGN}", day=False)
    return made.seal("{{ paper_unit }}")


def w16() -> Sheet:
    """Return the register of an oral agreement."""
    made = Sheet(compact=True).head(number=False)
    made.table(
        ["案件编号", value("paper_code")],
        ["当 事 人", value("parties")],
        ["纠纷事实", value("facts")],
        ["协议内容", value("agreement")],
        ["履行方式\n和 期 限", value("performance")],
        tall={1: 1.6, 2: 5.5, 3: 6.5, 4: 2.6},
    )
    made.small(
        "各方当事人认为无需制作调解协议书，采取口头协议方式，由人民调解员记录协议内容。口头调解协议自各方当事人达成协议之日起生效。"
    )
    return made.signs(f"人民调解员（签名）：{SIGN}")


def w17() -> Sheet:
    """Return the notice that a mediation has ended."""
    made = Sheet().head(number=False)
    made.text("各方当事人：")
    made.text(
        "你们之间的纠纷（编号{{ paper_code }}），经调解未能达成协议，现依照《中华人民共和国人民调解法》第二十六条的规定终止调解。"
    )
    made.part("一、终止原因", "reason")
    made.heading("二、可以依法选择的途径")
    made.text(
        "{% if ways %}{{ ways }}{% else %}可以依法通过仲裁、行政复议或者行政裁决、诉讼等途径维护自己的权利。{% endif %}"
    )
    made.heading("三、期限提示")
    made.text(
        "{% if period_note %}{{ period_note }}{% else %}请注意法律规定的仲裁时效、诉讼时效和申请期限。{% endif %}"
    )
    made.when("contact", "联系单位：{{ contact }}")
    made.text("特此告知。")
    made.signs(f"人民调解员（签名）：{SIGN}", day=False)
    return made.seal("{{ paper_unit }}")


def w18() -> Sheet:
    """Return the application for judicial confirmation."""
    made = Sheet().head(number=False)
    made.text("申请人：{{ parties }}", indent=False)
    made.heading("请求事项")
    made.text("{% if request %}{{ request }}{% else %}请求依法确认申请人之间达成的调解协议有效。{% endif %}")
    made.heading("事实与理由")
    made.text(
        "申请人之间的纠纷经{% if body %}{{ body }}{% else %}调解组织{% endif %}主持调解，自愿达成调解协议"
        "{% if effective_on %}，协议于{{ effective_on }}生效{% endif %}。"
        "{% if truthful %}申请人承诺：协议系各方自愿达成，没有恶意串通、规避法律的行为，所提交的材料真实。{% endif %}"
    )
    made.when("service_address", "送达地址：{{ service_address }}。")
    made.when("enclosures", "附件：{{ enclosures }}。")
    made.text("此致")
    made.text("________________人民法院", indent=False)
    made.repeat(["申请人", "签名（盖章）"], "parties", ["{{ one }}", ""], [6, 8])
    return made.day()


def w19() -> Sheet:
    """Return the receipt of the result of a confirmation."""
    made = Sheet(compact=True).head(number=False)
    made.table(
        ["案件编号", value("paper_code")],
        ["法院案号", value("case_number")],
        ["裁定结果", value("result")],
        ["裁定日期", value("decided_on")],
        tall={0: 1.4, 1: 1.4, 2: 8.0, 3: 1.4},
    )
    made.small(
        "裁定有效的，一方当事人拒绝履行或者未全部履行的，对方当事人可以向人民法院申请执行；裁定驳回申请的，可以通过调解方式变更原协议或者达成新的协议，也可以提起诉讼。"
    )
    return made.signs(f"接收人：{SIGN}")


def w20() -> Sheet:
    """Return the transfer letter."""
    made = Sheet().head()
    made.text("{% if organ %}{{ organ }}{% else %}有关机关{% endif %}：", indent=False)
    made.text("下列事项依法应当由你单位处理，现予移送，请依法办理并反馈结果。")
    made.part("一、移送事项", "matter").part("二、移送依据", "basis")
    made.part("三、当事人", "parties").part("四、已做工作", "done_so_far")
    made.each("五、证据材料清单", "materials")
    made.when("period_note", "期限提醒：{{ period_note }}")
    made.seal()
    made.small("………………………………………………　回　　执　………………………………………………").together()
    made.text("{{ paper_number }}移送的事项及材料已收到。")
    return made.signs(f"接收人：{SIGN}", f"接收日期：{DAY}", day=False)


def w21() -> Sheet:
    """Return the approval of an extension."""
    made = Sheet(compact=True).head(number=False)
    made.table(
        ["案件编号", value("paper_code"), "承办单位", value("paper_unit")],
        ["原 期 限", value("due_on"), "延期天数", value("days")],
        ["延期理由", value("reason")],
        ["已告知\n当事人", value("told"), "审 批 人", value("approver")],
        ["审批意见", ""],
        tall={2: 7.0, 4: 4.5},
    )
    return made.signs(f"审批人（签名）：{SIGN}")


def w22() -> Sheet:
    """Return the decision on a petition."""
    made = Sheet().head()
    made.text("{{ paper_to }}：", indent=False)
    made.part("一、投诉请求", "claim").part("二、查明的事实和理由", "facts")
    made.part("三、处理意见", "opinion").part("四、法律法规依据", "law")
    made.heading("五、复查途径与期限")
    made.text(
        "{% if remedy %}{{ remedy }}{% else %}"
        "不服本处理意见的，可以自收到之日起三十日内请求原办理机关的上一级机关复查。{% endif %}"
    )
    return made.seal("{{ paper_unit }}")


def w23() -> Sheet:
    """Return the report on how a matter was handled."""
    made = Sheet(compact=True).head(number=False)
    made.table(
        ["案件编号", value("paper_code"), "承办单位", value("paper_unit")],
        ["办理过程", value("process")],
        ["办理结果", value("result")],
        ["当事人\n意　见", value("party_opinion")],
        ["附　　件", value("attachments")],
        ["建议结案", value("suggest_close")],
        tall={1: 5.0, 2: 3.6, 3: 2.0, 4: 1.2},
    )
    made.signs(f"承办人：{SIGN}", f"审核人：{SIGN}", day=False)
    return made.seal("{{ paper_unit }}")


def w24() -> Sheet:
    """Return the closing report."""
    made = Sheet(compact=True).head()
    made.table(
        ["案件编号", value("paper_code"), "承办单位", value("paper_unit")],
        ["受理日期", value("accepted_on"), "结案日期", value("closed_on")],
        ["结案方式", value("method")],
        ["协议编号", value("agreement_number"), "涉及金额", value("amount")],
        ["履行情况", value("performance")],
        ["遗留问题", value("leftover")],
        ["审批意见", value("approval")],
        tall={4: 3.4, 5: 3.4, 6: 4.0},
    )
    made.signs(f"审批人（签名）：{SIGN}", day=False)
    return made.seal()


def w25() -> Sheet:
    """Return the record of a revisit."""
    made = Sheet(compact=True).head(number=False)
    made.table(
        ["案件编号", value("paper_code"), "回访时间", value("visited_on")],
        ["回访方式", value("way"), "受 访 人", value("visited")],
        ["协议编号", value("agreement_number"), "满 意 度", value("satisfaction")],
        ["履行情况", value("performance")],
        ["是否反复", value("relapse"), "回 访 人", value("visitor")],
        ["后续措施", value("measures")],
        tall={3: 6.0, 5: 5.0},
    )
    return made.signs(f"回访人：{SIGN}", f"受访人：{SIGN}", day=False)


def w26() -> Sheet:
    """Return the party's evaluation."""
    made = Sheet(compact=True).head(number=False)
    made.table(
        ["案件编号", value("paper_code"), "环　　节", value("stage")],
        [
            "满 意 度\n（五级）",
            "{% if satisfaction %}{{ satisfaction }} 级（五级为非常满意，一级为很不满意）{% else %}☐非常满意　☐满意　☐基本满意　☐不满意　☐很不满意{% endif %}",
        ],
        ["意见建议", value("opinion")],
        ["愿意公开", value("public"), "评价日期", value("given_on")],
        tall={1: 1.4, 2: 9.0},
    )
    made.small("评价用于改进工作，不影响本事项的办理结果，也不向被评价人提供评价人的姓名。")
    return made


def w27() -> Sheet:
    """Return the cover of the file and its list of contents."""
    made = Sheet().head("卷　　宗")
    made.gap(30)
    made.table(
        ["卷　　名", value("title")],
        ["案件编号", value("number")],
        ["调 解 员", value("mediator")],
        ["起止日期", value("period")],
        ["立 卷 人", value("filed_by"), "立卷日期", value("filed_on")],
        ["保管期限", value("retention")],
        tall=dict.fromkeys(range(6), 1.7),
    )
    made.new_page().heading("卷内目录")
    return made.repeat(["文书名称、页号、要求、备注"], "contents", ["{{ one }}"], [1])


def w28() -> Sheet:
    """Return the note on the state of a file."""
    made = Sheet(compact=True).head(number=False)
    made.table(
        ["案件编号", value("paper_code")],
        ["缺失说明", value("missing")],
        ["移出移入\n记　　录", value("moves")],
        ["检 查 人", value("checked_by")],
        tall={0: 1.4, 1: 7.0, 2: 7.0, 3: 1.4},
    )
    return made.signs(f"立卷人：{SIGN}")


def w29() -> Sheet:
    """Return the minutes of a regular meeting."""
    made = Sheet().head()
    made.table(
        ["会议类型", value("kind"), "时　　间", value("held_at")],
        ["参会单位", value("participants")],
        tall={1: 1.4},
    )
    made.gap(6)
    made.part("一、数据快照", "figures").each("二、热点类型", "types").each("三、重点事项", "matters")
    made.part("四、结论与任务", "conclusion").part("五、下期跟踪", "follow_up")
    made.signs(f"主持人：{SIGN}", day=False)
    return made.seal()


def w30() -> Sheet:
    """Return the claim of a reward in place of a subsidy."""
    made = Sheet(compact=True).head(number=False)
    made.table(
        ["案件编号", value("code"), "难易等级", value("grade")],
        ["调解结果", value("outcome"), "卷宗评分", value("file_score")],
        ["申报金额", value("claimed")],
        ["申报单位\n意　　见", ""],
        ["审核意见", value("opinion")],
        tall={0: 1.3, 1: 1.3, 2: 1.3, 3: 6.0, 4: 6.5},
    )
    return made.signs(f"申报人：{SIGN}", f"审核人：{SIGN}")


def w31() -> Sheet:
    """Return the notice and referral of legal aid."""
    made = Sheet().head(number=False)
    made.text("法律援助机构：", indent=False)
    made.text(
        "申请人{{ applicant }}就下列事项申请法律援助，已告知其法律援助的条件、程序和所需材料，现予转介："
    )
    made.text("{{ matter }}")
    made.text("免予核查经济困难状况：" + value("means_free"))
    made.when("materials", "材料清单：{{ materials }}")
    made.when("passed_on", "转介时间：{{ passed_on }}")
    made.text("申请人对法律援助机构不予援助的决定有异议的，可以依法向司法行政部门提出。")
    made.signs(f"当事人（签名）：{SIGN}", day=False)
    return made.seal()


def w32() -> Sheet:
    """Return the attendance and assessment of stationed staff."""
    made = Sheet(compact=True).head(number=False)
    made.table(
        ["姓　　名", value("name"), "派出单位", value("unit")],
        ["驻在方式", value("mode"), "岗位窗口", value("post")],
        ["排　　班", value("roster")],
        ["出　　勤", value("attendance")],
        ["办 件 量", value("handled"), "逾　　期", value("overdue")],
        ["评　　价", value("review")],
        ["年度等次", value("grade")],
        ["派出单位\n意　　见", value("opinion")],
        tall={2: 2.4, 3: 2.4, 5: 5.0, 7: 3.6},
    )
    return made.signs(f"中心主任：{SIGN}", f"派出单位（盖章）：{SIGN}")


TYPES: dict[str, Callable[[], Sheet]] = {
    f"W{n:02}": make
    for n, make in enumerate(
        (
            *(w01, w02, w03, w04, w05, w06, w07, w08, w09, w10, w11, w12, w13, w14, w15, w16),
            *(w17, w18, w19, w20, w21, w22, w23, w24, w25, w26, w27, w28, w29, w30, w31, w32),
        ),
        1,
    )
}
