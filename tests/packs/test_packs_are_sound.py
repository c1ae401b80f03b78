"""Every shipped pack checks clean, its forms compile in both languages, its examples cover its rules."""

from __future__ import annotations

import re
from datetime import date

from portal.core.forms import compile_form, list_fields
from portal.core.packs import check
from portal.core.text import Texts

HAN = re.compile("[\u4e00-\u9fff]")


def test_the_checker_has_nothing_to_say(shipped):
    assert [problem.render() for problem in check(shipped.library)] == []


def test_forms_compile_in_both_languages(shipped, pack):
    bundle = shipped.bundle(pack)
    for lang in ("zh_Hans", "en"):
        texts = Texts(lang, bundle["translations"])
        for form_id, definition in bundle["forms"].items():
            assert compile_form(definition, lang=lang, texts=texts, file=form_id).title


def test_english_forms_show_no_chinese(shipped, pack):
    bundle = shipped.bundle(pack)
    texts = Texts("en", bundle["translations"])
    for definition in bundle["forms"].values():
        shown = [texts(definition["title"])]
        for info in list_fields(definition, lang="en", texts=texts):
            shown += [info.label, *(label for _, label in info.options)]
        assert [text for text in shown if HAN.search(text)] == []


def test_each_rule_fires_in_an_example(shipped, pack):
    definition = shipped.bundle(pack)["rules"]["referral"]
    fired = set()
    for example in definition["examples"]:
        today = date.fromisoformat(example["today"])
        decision = shipped.rules(pack).decide(example["facts"], today=today, counts=example.get("counts"))
        fired |= {rule.id for rule in decision.fired}
    own = shipped.library.source(pack).files.get(f"rule_sets/{pack}/referral.json", b"")
    text = own.decode() if isinstance(own, bytes) else own
    shown = {key for key, rule in definition["rules"].items() if not rule.get("hidden")}
    named = {rule for rule in shown if f'"{rule}"' in text}
    assert named - fired == set()


def test_steps_flags_modes_and_grades_have_names(shipped, pack):
    bundle = shipped.bundle(pack)
    names = bundle["settings"]["values"]
    for rule in bundle["rules"]["referral"]["rules"].values():
        for action in rule["then"]:
            assert set(action.get("steps", ())) <= set(bundle["tasks"])
            for key, known in (("flag", "flags"), ("mode", "modes"), ("grade", "grades")):
                assert key not in action or action[key] in names[known]


def test_every_rule_says_on_what_ground(shipped, pack):
    rules = shipped.bundle(pack)["rules"]["referral"]["rules"]
    assert [key for key, rule in rules.items() if not rule["reason"]] == []
    assert [key for key, rule in rules.items() if not (rule.get("basis") or rule.get("practice"))] == []
    # What the press reports of other centres is no law, and stands apart from it.
    reported = re.compile("报道|做法|示例|指引|规范$")
    assert [key for key, rule in rules.items() if reported.search(rule.get("basis", ""))] == []


def test_a_county_cannot_soften_the_safety_rules(shipped, county):
    locked = shipped.resolved("base").manifest.final
    assert "/rules/referral/rules/domestic_violence" in locked
    for pointer in locked:
        assert shipped.resolved(county).origins.pack_of(pointer) in (None, "base")
