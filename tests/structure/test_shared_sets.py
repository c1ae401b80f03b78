"""Sets of three or more string constants that modules share: at most ten, each with a reason.

A set here is a vocabulary with the modules that speak it: what two of them share lies within one vocabulary.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import portal
from tests.structure.shared import Shared, shared_sets

ROOT = Path(portal.__file__).parent
MOST = 10


class Vocabulary(NamedTuple):
    """Words that several modules write down."""

    words: frozenset[str]
    modules: frozenset[str]
    reason: str

    def knows(self, shared: Shared) -> bool:
        """Return whether what two modules share is of this vocabulary, and both are among its modules."""
        modules = {name.removeprefix("portal.") for name in shared.modules}
        return shared.constants <= self.words and modules <= self.modules


@cache
def found() -> list[Shared]:
    return shared_sets(ROOT)


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Vocabulary -> its words, the modules that write them down, and why. Another module that repeats them fails the test.
KNOWN: dict[str, Vocabulary] = {
    "JSON Schema": Vocabulary(
        words(
            "$defs $dynamicRef $recursiveRef $ref additionalItems allOf anyOf array boolean const contains "
            "default definitions dependencies dependentSchemas else enum examples exclusiveMaximum "
            "exclusiveMinimum format if integer items maxItems maxLength maxProperties maximum minItems "
            "minLength minProperties minimum multipleOf not null number object oneOf pattern "
            "patternProperties prefixItems properties propertyNames required string then type "
            "unevaluatedItems uniqueItems"
        ),
        words(
            "core.conditions.operand core.designing.palette core.editors.controls core.editors.plain "
            "core.editors.reading core.effects core.forms.alternatives core.forms.document core.forms.forge "
            "core.forms.guarded core.forms.merge core.forms.schema_safety core.forms.sure core.forms.validate "
            "core.forms.values core.kinds core.packs.check.texts core.packs.merge_types "
            "core.packs.moved core.packs.schemas core.rules.structure services.demo.values "
            "web.api.openapi.schemas"
        ),
        "the words of the standard; each module names those whose meaning it handles, and they never change",
    ),
    "formats of values": Vocabulary(
        words(
            "attachment cn-credit-code cn-id-number cn-residence-permit date-time record-uid room-code "
            "taxonomy-code time unit-code uri window-code"
        ),
        words("core.forms.formats core.forms.validate core.widgets"),
        "formats are defined in one module; the others say what is wrong with a value, or how it is entered",
    ),
    "classes of values": Vocabulary(
        words("boolean date datetime day flag integer moment money number string taxonomy text time unit"),
        words(
            "core.conditions.operand core.designing.samples core.editors.reading core.facts "
            "core.forms.alternatives core.forms.validate core.forms.values core.kinds core.values "
            "persistence.condition_sql.asked persistence.condition_sql.columns "
            "persistence.models.record_value services.demo.values services.field_places "
            "services.indicators.sources services.records.finding.list_statements "
            "services.records.handling.waiting_columns web.designing.conditions web.forms.fields"
        ),
        "the few classes that operators, columns and orders go by; kinds are many, these are closed",
    ),
    "conditions": Vocabulary(
        words("all any codes days eq field gt gte lt lte months ne none nothing op part value values years"),
        words(
            "adapters.rule_engine.chunks core.conditions.model core.conditions.operand "
            "core.conditions.operators core.conditions.parse core.designing.requiring core.documented "
            "core.editors.telling core.rules.compiled core.rules.sentences core.rules.spoken "
            "persistence.condition_sql.asked web.api.query"
        ),
        "joints, operands and comparisons: read by the parser, by the engine's translation and by addresses of lists",
    ),
    "columns of records": Vocabulary(
        words(
            "actor amount before channel code created_at dispute_type due_on fields ip kind mode occurred_on "
            "owner parent place reason release release_id request_id role route source stage status task "
            "title unit version"
        ),
        words(
            "core.audit core.packs.check.forms services.bundles services.records.entering.columns "
            "services.records.proposing.counting web.api.openapi.common web.api.openapi.typed web.api.tasks "
            "web.audit.words web.observing.logs web.records.forms.posted web.words.screen web.work.facts"
        ),
        "columns of records, referrals, tasks and audit entries, named where they are declared, filled and answered",
    ),
    "what happens to accounts": Vocabulary(
        words(
            "active centre email fail_login_count first_name group last_login last_name login_count portal "
            "release role roles unit units user username"
        ),
        words(
            "core.acts core.packs.starting.people persistence.ledger persistence.security_audit "
            "web.accounts.users web.audit.words"
        ),
        "columns of Flask-AppBuilder's accounts and the things of the audit log: its forms and our words for them",
    ),
    "handing over": Vocabulary(
        words(
            "assist centre deadline department document down due entity flag grade lane mode on_call past "
            "person resident role room rotating route rows subcentre task to unit up whole why window words "
            "zone"
        ),
        words(
            "cli.county_questions core.effects core.layout.model core.packs.check.formulas "
            "core.packs.check.naming core.packs.check.stories core.rules.proposals "
            "services.records.handling.step_effects services.stories.expecting web.api.work web.audit.words "
            "web.words.decisions web.words.effects web.words.stationing"
        ),
        "members of a proposal and its seats: as rules give them, as stories expect them, as the API takes them",
    ),
    "definitions": Vocabulary(
        words(
            "account act agency as by calendar_day centre checklist city clock columns count county deadlines "
            "departments document documents ends evaluation event field file form forms grade ground hidden "
            "hour indicators label lifecycles masked mode month name no_list not_in_list note "
            "nothing_to_remove number parent pauses proof read record referral resumes role roles route rule "
            "rooms rules same stage starts step task tasks taxonomies title to township unit units until "
            "windows working_day worklists write year zones"
        ),
        words(
            "core.acts core.arising core.deadlines.model core.divisions core.documented "
            "core.drafts.role_matrix core.editors.telling core.editors.titles core.events core.facts "
            "core.forms.ui core.importing.targets core.layout.plan core.numbering core.packs.check.documents "
            "core.packs.check.naming core.packs.check.periods core.packs.merge core.packs.places "
            "core.packs.resolve core.rules.proposals core.worklists services.demo.loading "
            "services.demo.scenes services.indicators.columns services.indicators.counting "
            "services.indicators.sources services.new_centre.guidelines services.notices.making "
            "services.records.handling.waiting_columns web.archive.subjects web.audit.view web.audit.words "
            "web.editing.naming web.forms.fields web.overviews.matrix web.rollout.drift web.sandbox.made_up "
            "web.units web.words.lengths web.work.facts"
        ),
        "parts of a pack and members of its periods, worklists and layouts: compiled, checked, edited, put into words",
    ),
    "tree and stages": Vocabulary(
        words(
            "adjudicate analyse appraise archive assign city close county discover evaluate feedback handle "
            "intake mediate province pseudo_township quasi_village revisit supervise township village "
            "virtual_village"
        ),
        words("core.divisions core.lifecycle.canonical services.demo.loading web.shell web.units"),
        "levels of the state and canonical stages: closed sets, with a word, a tone or a number of demo records each",
    ),
    "arguments": Vocabulary(
        words(
            "action add address canonical_stage delete edit field id kind list name page person phone route "
            "show size sort stage thing transition unit"
        ),
        words(
            "cli.county_questions core.access core.designing.samples core.masks "
            "services.records.privacy.people_index web.api.audit web.api.openapi.common web.api.openapi.typed "
            "web.audit.reads web.audit.view web.records.view web.words.list_state web.words.screen"
        ),
        "arguments of addresses and what is found by them: read by a page, read by the API, described in its document",
    ),
}


def strangers(shared: list[Shared]) -> list[str]:
    return [str(one) for one in shared if not any(known.knows(one) for known in KNOWN.values())]


def test_at_most_ten_sets_are_shared_each_for_a_reason() -> None:
    assert strangers(found()) == []
    assert len(KNOWN) <= MOST
    assert all(known.reason for known in KNOWN.values())


@pytest.mark.parametrize("name", KNOWN)
def test_nothing_stands_on_the_list_that_is_shared_no_more(name: str) -> None:
    known = KNOWN[name]
    shared = [one for one in found() if known.knows(one)]
    assert {module.removeprefix("portal.") for one in shared for module in one.modules} == known.modules
    assert frozenset().union(*(one.constants for one in shared)) == known.words


def test_another_module_that_repeats_a_vocabulary_is_found() -> None:
    assert strangers([Shared(("portal.core.kinds", "portal.web.fresh"), words("array boolean null number"))])


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ('A = ("sent", "accepted", "done")', 'B = {"sent": 1, "accepted": 2, "done": 3, "revoked": 4}'),
        (
            'A = frozenset({"sent", "accepted", "done"})',
            'def f():\n    for x, y in (("sent", 1), ("accepted", 2), ("done", 3)): pass',
        ),
        (
            'from typing import Literal\nA = Literal["sent", "accepted", "done"]',
            'class B(StrEnum):\n    A = "sent"\n    B = "accepted"\n    C = "done"',
        ),
    ],
)
def test_a_shared_set_is_found_in_any_shape(tmp_path: Path, one: str, two: str) -> None:
    for name, text in (("one", one), ("two", two), ("three", '__all__ = ["sent", "accepted", "done"]')):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    (one_set,) = shared_sets(tmp_path)
    assert one_set.constants == {"sent", "accepted", "done"}
    assert strangers([one_set])
