"""durable_rules behind a guard: it decides, and it can neither crash nor mislead the portal unnoticed."""

from portal.adapters.rule_engine.child import verify_in_child
from portal.adapters.rule_engine.engine import DurableRules, shared_engine

__all__ = ["DurableRules", "shared_engine", "verify_in_child"]
