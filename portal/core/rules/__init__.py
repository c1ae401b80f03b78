"""Rule sets: declarative rules that propose; a person disposes.

A rule set is checked, compiled to a small subset that any engine can run, decided and explained. The Python
evaluator of the condition language is the reference; an engine that disagrees with it is overruled.
"""

from portal.core.rules.compile import check_rule_set, compile_rule_set
from portal.core.rules.concealing import concealed
from portal.core.rules.decision import Action, Decision, FiredRule, NotFired, Reason
from portal.core.rules.program import EngineFault, Program, RuleEngine
from portal.core.rules.references import Reference
from portal.core.rules.replaying import is_replayable, replay
from portal.core.rules.rule_set import Rule, RuleSet

__all__ = [
    "Action",
    "Decision",
    "EngineFault",
    "FiredRule",
    "NotFired",
    "Program",
    "Reason",
    "Reference",
    "Rule",
    "RuleEngine",
    "RuleSet",
    "check_rule_set",
    "compile_rule_set",
    "concealed",
    "is_replayable",
    "replay",
]
