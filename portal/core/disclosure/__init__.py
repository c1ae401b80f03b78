"""Who sees which field of a record, and what stands in its place for everybody else."""

from portal.core.disclosure.plan import LEVELS, OPEN, Level, Plan, plan_of, plan_of_answers
from portal.core.disclosure.protected import Protected, protected_fields

__all__ = ["LEVELS", "OPEN", "Level", "Plan", "Protected", "plan_of", "plan_of_answers", "protected_fields"]
