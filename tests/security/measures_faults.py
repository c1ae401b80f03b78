"""Measures against the faults of docs/faults/security.md that have none elsewhere: how each is taken away."""

from __future__ import annotations

from tests.security.measures import Measure

TWO = "tests/web/security/test_second_person.py::test_"
MUCH = "tests/web/records/test_much_is_disclosed.py::test_"
CHANGES = "tests/web/api/test_attachments_of_changes.py::test_"
WALKS = "tests/web/api/test_document_walks.py::test_"

MEASURES: tuple[Measure, ...] = (
    Measure(
        "Costly patterns: a match takes as long as it takes",
        "portal/adapters/matching.py",
        "timeout=limit, concurrent=False",
        "timeout=3 * limit, concurrent=False",
        (
            "tests/adapters/test_costly_patterns.py::test_each_runs_out_of_time_and_takes_no_more_than_a_match_may",
        ),
    ),
    Measure(
        "Costly patterns: what ran out of time counts as an answer",
        "portal/core/forms/matching.py",
        "        here.undecided.add(text)\n",
        "",
        ("tests/adapters/test_matching.py::test_what_cannot_be_decided_is_refused",),
    ),
    Measure(
        "Two persons: a role that becomes sensitive holds on",
        "portal/services/users/sensitive.py",
        "if not self.portal.policy.second_person:",
        "if True:",
        (
            f"{TWO}a_role_that_becomes_sensitive_waits_from_then_on",
            f"{TWO}a_password_set_by_another_counts_for_roles_that_become_sensitive_later",
        ),
    ),
    Measure(
        "Personal data are shown any number of times",
        "portal/services/records/privacy/purposes.py",
        "if len(earlier) >= limit:",
        "if False:",
        (f"{MUCH}of_many_matters_at_once_no_more_are_shown_than_the_limit_and_the_auditor_is_told",),
    ),
    Measure(
        "Personal data are shown for a purpose that says nothing",
        "portal/services/records/privacy/purposes.py",
        "return weight >= MIN_WEIGHT and len(set(letters)) >= MIN_DIFFERENT",
        "return bool(text)",
        (f"{MUCH}the_purpose_says_something",),
    ),
    Measure(
        "A change names files of others",
        "portal/services/records/entering/attaching.py",
        "if found is None or found.record_id is not None or found.created_by != uow.access.user_id:",
        "if found is None:",
        (f"{CHANGES}what_is_not_ones_own_is_refused_and_nothing_changes",),
    ),
    Measure(
        "Taking out what is masked is passed over",
        "portal/web/api/records.py",
        "if problems := [_protected(one)",
        "if problems := [] and [_protected(one)",
        (f"{CHANGES}taking_out_what_is_masked_is_refused_not_passed_over",),
    ),
    Measure(
        "401 says nothing of what lets in",
        "portal/web/errors.py",
        "    if response.status_code == 401:\n",
        "    if False:\n",
        (f"{CHANGES}a_refusal_for_want_of_a_token_says_what_lets_in",),
    ),
    Measure(
        "A signing key of few signs",
        "portal/settings.py",
        " or len(set(secret)) < MIN_DIFFERENT or repeats",
        "",
        ("tests/web/security/test_passwords.py::test_without_a_secret_key_of_its_own_nothing_starts",),
    ),
    Measure(
        "Set-ups of a second factor share their secret",
        "portal/services/sign_in/second_factor.py",
        'hmac.digest(token.encode("utf-8", "surrogatepass"), b"second factor", "sha256")',
        'hmac.digest(b"all alike", b"second factor", "sha256")',
        (
            "tests/web/security/test_second_factor.py::"
            "test_two_unfinished_set_ups_show_two_secrets_and_each_takes_its_own",
        ),
    ),
    Measure(
        "One kind of request takes all threads",
        "portal/cli/lanes.py",
        "return len(began) >= max(1, self.usual // 4)",
        "return False",
        ("tests/cli/test_lanes.py::test_of_many_sign_ins_one_is_at_work_and_the_others_answer",),
    ),
    Measure(
        "A connection that dies before the session is closed spoils the answer",
        "portal/app.py",
        "            with contextlib.suppress(SQLAlchemyError):\n                self.session.registry().invalidate()",
        "            raise",
        (
            "tests/web/test_database_away.py::"
            "test_a_connection_that_dies_before_the_session_is_closed_spoils_no_answer",
        ),
    ),
    Measure(
        "An address takes what it does not know",
        "portal/web/api/shape.py",
        "            arguments.take(view)\n",
        "            arguments.g.asked = dict(arguments.request.args)\n",
        (f"{WALKS}no_address_takes_what_the_document_does_not_name",),
    ),
    Measure(
        "Who saves by the framework writes as a reader",
        "portal/web/access.py",
        "            fab_session().rollback()\n",
        "",
        ("tests/web/test_security.py::test_who_saves_by_the_framework_writes_from_the_first_statement_on",),
    ),
)
