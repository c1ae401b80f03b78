"""Try a rule set in a child process before it is published: a crash there refuses it, and nothing else."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from portal.core import strict_json
from portal.core.errors import Problem, msg
from portal.core.rules.examples import Known

COMMAND = (sys.executable, "-m", "portal.adapters.rule_engine.trial")
# The child bounds its own work (``trial.CPU_SECONDS``); this is for one that hangs, on a machine that is busy too.
TIMEOUT = 60.0
_MAX_ANSWER = 2_000_000


def verify_in_child(
    definition: Any,
    *,
    taxonomies: Mapping[str, Any] | None = None,
    file: str = "",
    known: Known = (),
    timeout: float = TIMEOUT,
    command: Sequence[str] = COMMAND,
) -> list[Problem]:
    """Check, compile and try a rule set with the real engine in a child process; return all problems.

    ``taxonomies`` are raw definitions by identifier; ``known`` are the rules of which each example speaks, as for
    ``run_examples``. The child's work and memory are limited; if it crashes
    or hangs, the answer is a problem, never an exception.
    """
    try:
        spoken_of = [None if one is None else sorted(one) for one in known]
        question = json.dumps(
            {"definition": definition, "taxonomies": taxonomies, "file": file, "known": spoken_of}
        )
    except (ValueError, TypeError, RecursionError):
        return [Problem("rules.not_json", msg("The rule set can't be written as JSON"), {}, file)]
    try:
        done = subprocess.run(
            list(command),
            input=question.encode(),
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [_too_long(file)]
    if done.returncode == -signal.SIGXCPU:
        return [_too_long(file)]
    if done.returncode != 0:
        return [_crash(done.returncode, file)]
    answer, problems = strict_json.loads(done.stdout[:_MAX_ANSWER])
    if problems or not isinstance(answer, list):
        return [_crash(done.returncode, file)]
    return [Problem(**problem) for problem in answer]


def _too_long(file: str) -> Problem:
    return Problem(
        "rules.timeout",
        msg("Trying the rule set took too long"),
        {},
        file,
        remedy=msg("make the rule set smaller or its conditions simpler"),
    )


def _crash(status: int, file: str) -> Problem:
    return Problem(
        "rules.crash",
        msg("The rule engine broke down on this rule set (status %(status)s); it is not published"),
        {"status": status},
        file,
        remedy=msg("report the rule set to those who maintain the portal"),
    )
