from __future__ import annotations

import copy
import random
import time

import pytest

from portal.core.errors import Problem
from portal.core.packs import check, resolve


def found(problems: list[Problem]) -> set[tuple[str, str, str]]:
    return {(problem.code, problem.file, problem.pointer) for problem in problems}


def test_the_sample_is_sound(sample):
    assert check(sample.library()) == []


X = "county/xishan"

# what is broken: path, how to change the file's content, then code and pointer of the one problem
TABLE = [
    ("seed/X/layout.json", lambda f: f.update(zonez={}), "schema.unknown_key", "/zonez"),
    (
        "seed/X/layout.json",
        lambda f: f["zones"].update({"Hall 2": {"title": "x"}}),
        "schema.name",
        "/zones/Hall 2",
    ),
    ("seed/X/layout.json", lambda f: f["rooms"]["r1"].update(seats="ten"), "schema.type", "/rooms/r1/seats"),
    ("seed/X/layout.json", lambda f: f["rooms"]["r1"].pop("kind"), "schema.missing_key", "/rooms/r1"),
    (
        "seed/X/layout.json",
        lambda f: f["rooms"]["r1"].update(zone="attic"),
        "reference.unknown",
        "/rooms/r1/zone",
    ),
    (
        "seed/X/layout.json",
        lambda f: f["windows"]["w1"].update(takes=["D01", "D77"]),
        "reference.unknown",
        "/windows/w1/takes/1",
    ),
    (
        "seed/X/layout.json",
        lambda f: f["stationing"]["justice"].update(department="tax"),
        "reference.unknown",
        "/stationing/justice/department",
    ),
    (
        "seed/X/layout.json",
        lambda f: f["stationing"]["women"].pop("roster"),
        "schema.missing_key",
        "/stationing/women",
    ),
    (
        "seed/X/layout.json",
        lambda f: f["stationing"]["women"].update({"from": "2026-05-02", "until": "2026-05-01"}),
        "layout.stay",
        "/stationing/women/until",
    ),
    (
        "seed/X/layout.json",
        lambda f: f["stationing"]["women"].update({"from": "2026-02-30"}),
        "schema.format",
        "/stationing/women/from",
    ),
    (
        "seed/X/layout.json",
        lambda f: f["patterns"]["zones"]["terms"][0].update(claimed=3),
        "layout.claimed",
        "/patterns/zones/terms/0/claimed",
    ),
    (
        "seed/X/layout.json",
        lambda f: f["zones"]["talk"].update(hidden=True),
        "reference.hidden",
        "/rooms/r1/zone",
    ),
    ("seed/X/pack.json", lambda f: f.update(unit="530199"), "reference.unit", "/unit"),
    ("seed/X/pack.json", lambda f: f.update(id="county/other"), "pack.id", "/id"),
    ("seed/X/pack.json", lambda f: f.pop("version"), "schema.missing_key", ""),
    ("seed/base/routes.json", lambda f: f["R01"].update(next=["R06"]), "reference.unknown", "/R01/next/0"),
    ("seed/base/deadlines.json", lambda f: f["T45"].update(route="R44"), "reference.unknown", "/T45/route"),
    (
        "seed/base/deadlines.json",
        lambda f: f["T45"]["length"].update(unit="weeks"),
        "schema.enum",
        "/T45/length/unit",
    ),
    (
        "seed/base/taxonomies/dispute.json",
        lambda f: f["terms"]["D01"].update(parent="D0101"),
        "taxonomy.loop",
        "/terms/D01/parent",
    ),
    (
        "seed/base/taxonomies/dispute.json",
        lambda f: f["terms"]["D02"].update(same_as="D88"),
        "reference.unknown",
        "/terms/D02/same_as",
    ),
    (
        "seed/base/roles.json",
        lambda f: f["clerk"]["grants"].update(cases=["list"]),
        "reference.entity",
        "/clerk/grants/cases",
    ),
    (
        "seed/base/roles.json",
        lambda f: f["clerk"].update(granted_by=["nobody"]),
        "reference.unknown",
        "/clerk/granted_by/0",
    ),
    (
        "seed/base/lifecycles/case.json",
        lambda f: f["transitions"]["close"].update(to="done"),
        "lifecycle.stage",
        "/transitions/close/to",
    ),
    (
        "seed/base/lifecycles/case.json",
        lambda f: f["stages"]["mediate"].update(canonical="talking"),
        "schema.enum",
        "/stages/mediate/canonical",
    ),
    (
        "seed/base/lifecycles/case.json",
        lambda f: f["stages"]["mediate"].pop("canonical"),
        "schema.missing_key",
        "/stages/mediate",
    ),
    (
        "seed/base/lifecycles/case.json",
        lambda f: f["transitions"]["close"].update(roles=["boss"]),
        "reference.unknown",
        "/transitions/close/roles/0",
    ),
    (
        "seed/base/lifecycles/case.json",
        lambda f: f["transitions"]["close"].update(form="closing"),
        "reference.unknown",
        "/transitions/close/form",
    ),
    (
        "seed/base/lifecycles/case.json",
        lambda f: f["transitions"]["close"]["when"]["all"][0].update(field="/data/sum"),
        "condition.unknown_field",
        "/transitions/close/when/all/0/field",
    ),
    (
        "seed/base/lifecycles/case.json",
        lambda f: f["transitions"]["start"].update(copy={"/result": "/outcome"}),
        "lifecycle.copy",
        "/transitions/start/copy/~1result",
    ),
    (
        "form_definitions/base/case.json",
        lambda f: f["entity"]["index"].append("/sum"),
        "form.field",
        "/entity/index/1",
    ),
    (
        "form_definitions/base/case.json",
        lambda f: f.update(finding={"order": 10}),
        "form.finding",
        "/finding",
    ),
    (
        "form_definitions/base/case.json",
        lambda f: f["entity"]["list"].update(columns=["code", "colour"]),
        "form.field",
        "/entity/list/columns/1",
    ),
    (
        "form_definitions/base/case.json",
        lambda f: f["entity"]["list"].update(filters=["stage", "/violence"]),
        "form.filter",
        "/entity/list/filters/1",
    ),
    (
        "form_definitions/base/case.json",
        lambda f: f["entity"]["list"].update(filters=["occurred_on"]),
        "form.filter",
        "/entity/list/filters/0",
    ),
    (
        "form_definitions/base/case.json",
        lambda f: f["entity"]["fields"].update(place="/where"),
        "form.field",
        "/entity/fields/place",
    ),
    (
        "form_definitions/base/case.json",
        lambda f: f["entity"].update(lifecycle="casework"),
        "reference.unknown",
        "/entity/lifecycle",
    ),
    (
        "form_definitions/base/case.json",
        lambda f: f["entity"]["code"].update(pattern="{agency}-{year}"),
        "code.sequence",
        "/entity/code/pattern",
    ),
    (
        "form_definitions/base/case.json",
        lambda f: f["ui"]["fields"]["/dispute_type"].update(taxonomy="disputes"),
        "reference.unknown",
        "/ui/fields/~1dispute_type/taxonomy",
    ),
    (
        "form_definitions/base/case.json",
        lambda f: f["entity"].update(lookup={"phones": ["/mobile"]}),
        "entity.lookup",
        "/entity/lookup/phones/0",
    ),
    (
        "form_definitions/base/case.json",
        lambda f: f["entity"].update(
            lookup={"phones": ["/dispute_type"], "reserved": {"field": "/data/sum", "op": "exists"}}
        ),
        "condition.unknown_field",
        "/entity/lookup/reserved/field",
    ),
    (
        "form_definitions/base/case.json",
        lambda f: f["entity"].update(lookup={}),
        "schema.missing_key",
        "/entity/lookup",
    ),
    (
        "rule_sets/base/referral.json",
        lambda f: f["rules"]["large"]["then"][0].update(to={"department": "tax"}),
        "reference.unknown",
        "/rules/large/then/0/to/department",
    ),
    (
        "rule_sets/base/referral.json",
        lambda f: f["inputs"]["amount"].update({"from": "/sum"}),
        "rules.field",
        "/inputs/amount/from",
    ),
    (
        "seed/base/roles.json",
        lambda f: f["clerk"].update(fields={"case": {"/sum": "read"}}),
        "form.field",
        "/clerk/fields/case/~1sum",
    ),
    (
        "seed/base/roles.json",
        lambda f: f["clerk"].update(fields={"cases": {"/amount": "read"}}),
        "reference.unknown",
        "/clerk/fields/cases",
    ),
    (
        "seed/base/roles.json",
        lambda f: f["clerk"].update(fields={"case": {"/dispute_type": "masked"}}),
        "role.title",
        "/clerk/fields/case/~1dispute_type",
    ),
    (
        "form_definitions/base/case.json",
        lambda f: f["ui"]["fields"].update({"/amount": {"sensitivity": "personal"}}),
        "form.personal",
        "/entity/index/0",
    ),
]


def test_rules_read_no_personal_data(sample):
    fields = sample.files["form_definitions/base/case.json"]["ui"]["fields"]
    fields["/violence"] = {"sensitivity": "sensitive"}
    where = ("rules.personal", "rule_sets/base/referral.json", "/inputs/violence/from")
    assert where in found(check(sample.library()))


NOTE_FILE = "form_definitions/base/note.json"
NOTE = {
    "title": "note",
    "kind": "form",
    "schema": {"type": "object", "properties": {"outcome": {"type": "string", "title": "outcome"}}},
    "ui": {},
}


def test_a_role_may_speak_of_the_form_of_a_step(sample):
    sample.files[NOTE_FILE] = NOTE
    roles = sample.files["seed/base/roles.json"]
    roles["clerk"]["fields"] = {"note": {"/outcome": "hidden"}}
    assert check(sample.library()) == []
    roles["clerk"]["fields"] = {"note": {"/nothing": "hidden"}}
    assert found(check(sample.library())) == {
        ("form.field", "seed/base/roles.json", "/clerk/fields/note/~1nothing")
    }


def test_a_finding_shows_fields_that_its_form_has(sample):
    sample.files[NOTE_FILE] = NOTE | {"finding": {"order": 10, "first": ["/outcome"]}}
    assert check(sample.library()) == []
    sample.files[NOTE_FILE] = NOTE | {"finding": {"first": ["/outcome", "/colour"]}}
    assert found(check(sample.library())) == {("form.field", NOTE_FILE, "/finding/first/1")}


def test_parties_are_told_by_fields_that_their_form_has(sample):
    file = "form_definitions/base/case.json"
    entry = {"title": "applicant", "name": "/applicant_name", "details": ["/amount"]}
    sample.files[file]["parties"] = {"applicant": entry}
    assert check(sample.library()) == []
    sample.files[file]["parties"] = {"applicant": entry | {"consent": "/will", "details": ["/sum"]}}
    assert found(check(sample.library())) == {
        ("form.field", file, "/parties/applicant/consent"),
        ("form.field", file, "/parties/applicant/details/0"),
    }
    del sample.files[file]["parties"]
    sample.files[NOTE_FILE] = NOTE | {"parties": {"other": {"title": "other", "name": "/outcome"}}}
    assert found(check(sample.library())) == {("form.parties", NOTE_FILE, "/parties/other")}


def test_a_role_without_a_grant_need_not_speak_of_fields(sample):
    roles = sample.files["seed/base/roles.json"]
    roles["clerk"] |= {"grants": {"unit": ["list"]}, "fields": {"case": {"/amount": "hidden"}}}
    assert ("role.fields", "seed/base/roles.json", "/clerk/fields/case") in found(check(sample.library()))


@pytest.mark.parametrize(("path", "change", "code", "pointer"), TABLE)
def test_one_fault_is_found_where_it_is(sample, path, change, code, pointer):
    file = path.replace("X", X)
    change(sample.files[file])
    problems = check(sample.library())
    assert (code, file, pointer) in found(problems)
    problem = next(p for p in problems if (p.code, p.file, p.pointer) == (code, file, pointer))
    assert problem.remedy or code.startswith("condition."), "each problem says what to do about it"
    assert "%(" not in problem.render()


def test_all_faults_of_all_files_are_reported_at_once(sample):
    expected = set()
    for path, change, code, pointer in TABLE:
        if code.startswith("reference.unknown") and "pack.json" not in path:
            change(sample.files[path.replace("X", X)])
            expected.add((code, path.replace("X", X), pointer))
    assert len(expected) > 10
    assert expected <= found(check(sample.library()))


def test_files_that_are_not_json_are_reported_with_line_and_column(sample):
    sample.files["seed/base/routes.json"] = '{\n  "R01": {"title": "调解",}\n}'
    sample.files["seed/base/roles.json"] = (
        '{"clerk": {"title": "窗口人员", "grants": {"case": ["list"], "case": ["show"]}}, "triage": null}'
    )
    problems = check(sample.library(), ["base"])
    syntax = next(problem for problem in problems if problem.code == "json.syntax")
    assert (syntax.file, syntax.params["line"]) == ("seed/base/routes.json", 2)
    assert ("json.duplicate_key", "seed/base/roles.json", "/clerk/grants") in found(problems)


HOSTILE = {
    "remote": {"$ref": "https://example.invalid/schema.json"},
    "file": {"$ref": "file:///etc/passwd"},
    "loop": {"$ref": "#/properties/loop"},
    "posix": {"type": "string", "pattern": "^[[:alpha:]]+$"},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_form_is_refused_with_the_place(sample, name):
    sample.files[f"form_definitions/{X}/case.json"]["schema"]["properties"][name] = HOSTILE[name]
    problems = [p for p in check(sample.library()) if p.file == f"form_definitions/{X}/case.json"]
    assert any(p.severity == "error" and f"/schema/properties/{name}" in p.pointer for p in problems)


def test_a_story_that_names_what_is_not_there_is_reported(sample):
    sample.files[f"seed/{X}/stories/first.json"] = {
        "id": "first",
        "title": "故事",
        "today": "2026-05-06",
        "steps": [
            {"who": "clerk", "do": "register", "entity": "case", "as": "case", "data": {}},
            {"who": "boss", "do": "register", "entity": "visit", "data": {}},
            {"who": "triage:530112", "do": "transition", "transition": "teleport"},
            {"who": "triage:999999", "do": "see", "record": "nothing", "expect": {"visible": False}},
            {"who": "triage:530112:nobody", "do": "see", "expect": {"visible": False}},
            {"who": "triage:530112:justice", "do": "see", "expect": {"visible": True}},
        ],
    }
    assert found(check(sample.library())) == {
        ("reference.unknown", f"seed/{X}/stories/first.json", "/steps/1/who"),
        ("reference.unknown", f"seed/{X}/stories/first.json", "/steps/1/entity"),
        ("reference.unknown", f"seed/{X}/stories/first.json", "/steps/2/transition"),
        ("reference.unit", f"seed/{X}/stories/first.json", "/steps/3/who"),
        ("reference.unknown", f"seed/{X}/stories/first.json", "/steps/3/record"),
        ("reference.unknown", f"seed/{X}/stories/first.json", "/steps/4/who"),
    }


def test_files_that_no_format_knows_are_reported(sample):
    sample.files["seed/base/lifecycle.json"] = {}
    problems = check(sample.library(), ["base"])
    assert [(p.code, p.file) for p in problems] == [("pack.unknown_file", "seed/base/lifecycle.json")]
    assert "lifecycles/*.json" in problems[0].render()


def test_a_thing_that_a_lower_pack_removed_names_that_pack(sample):
    sample.files[f"seed/{X}/departments.json"] = {"justice": None}
    problems = [p for p in check(sample.library()) if p.code == "reference.removed"]
    assert {p.params["pack"] for p in problems} == {X}
    assert ("rule_sets/base/referral.json", "/rules/large/then/0/to/department") in {
        (p.file, p.pointer) for p in problems
    }


def test_missing_english_is_found_in_every_pack(sample):
    del sample.files["translations/base/en.json"]["登记受理"]
    del sample.files[f"translations/{X}/en.json"]["财产类别"]
    missing = {(p.file, p.pointer) for p in check(sample.library()) if p.code == "text.untranslated"}
    assert missing == {
        ("seed/base/lifecycles/case.json", "/stages/intake/title"),
        (f"form_definitions/{X}/case.json", "/schema/properties/property_kind/title"),
    }


def test_an_overlay_need_not_repeat_what_is_required_above(sample):
    sample.files[f"seed/{X}/routes.json"] = {"R05": {"organ": "西山区人民法院"}}
    sample.files[f"translations/{X}/en.json"]["西山区人民法院"] = "Xishan court"
    assert check(sample.library()) == []


def test_a_redundant_override_is_a_warning(sample):
    sample.files[f"seed/{X}/routes.json"] = {"R05": {"organ": "人民法院"}}
    assert [(p.code, p.severity) for p in check(sample.library())] == [("pack.redundant", "warning")]


def test_junk_never_breaks_the_checker(sample):
    rng = random.Random(7)
    junk = [None, 0, 1.5, True, "", "x", [], [[]], {}, {"a": {}}, {"$add": [1]}, "一", ["x", None]]
    original = sample.files
    for _ in range(60):
        sample.files = copy.deepcopy(original)
        for _ in range(rng.randint(1, 3)):
            spoil(rng, sample.files, junk)
        for problem in check(sample.library()):
            assert problem.code
            problem.render()


def spoil(rng, files, junk):
    """Put junk somewhere into one file."""
    path = rng.choice(sorted(path for path, value in files.items() if isinstance(value, dict)))
    here = files[path]
    while isinstance(here, dict | list) and here:
        key = rng.choice(sorted(here)) if isinstance(here, dict) else rng.randrange(len(here))
        if rng.random() < 0.3 or not isinstance(here[key], dict | list):
            here[key] = rng.choice(junk)
            return
        here = here[key]


def test_a_chain_is_checked_fast(sample):
    check(sample.library())
    start = time.process_time()
    resolve(X, sample.library())
    check(sample.library(), [X])
    assert time.process_time() - start < 1.0
