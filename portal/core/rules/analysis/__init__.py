"""Analysis of a rule set: rules that never fire or are hidden by others, contradictions, and matters without a rule."""

from portal.core.rules.analysis.findings import KINDS_OF_FINDINGS, Finding, Witness
from portal.core.rules.analysis.searching import MAX_CONFLICTS, MAX_GAPS, analyse

__all__ = ["KINDS_OF_FINDINGS", "MAX_CONFLICTS", "MAX_GAPS", "Finding", "Witness", "analyse"]
