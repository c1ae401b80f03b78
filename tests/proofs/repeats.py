"""Proofs that are tests of `make test`, run with larger numbers."""

from __future__ import annotations

from tests.proofs.frame import repeated

repeated(
    "kills",
    "1,000 registrations and 20 kills on each database: none is lost, none double, all are logged",
    "tests/acceptance/test_kills_lose_no_registration.py",
    minutes=5,
    PORTAL_TEST_CASES="1000",
)
repeated(
    "fuzz",
    "2,000 made-up requests on each database: every answer is one that the API's document describes",
    "tests/web/api/test_openapi_fuzz.py",
    minutes=5,
    PORTAL_FUZZ_CASES="2000",
)
repeated(
    "threads",
    "16 threads, two people, 5,000 requests each on each database: nobody gets rows or filters of another",
    "tests/acceptance/test_threads_keep_filters_apart.py",
    minutes=6,
    PORTAL_THREAD_REQUESTS="5000",
)
repeated(
    "evaluations",
    "100,000 evaluations by eight threads in one process: none is lost, none is wrong, memory stays",
    "tests/adapters/test_rule_engine.py",
    minutes=1,
    PORTAL_TEST_EVALUATIONS="100000",
)
repeated(
    "differential",
    "20,000 pairs of rules and facts: the engine and the reference evaluator agree",
    "tests/adapters/test_differential.py",
    minutes=2,
    PORTAL_TEST_PAIRS="20000",
)
repeated(
    "plans",
    "100,000 records with fields of a county's own: equality, range and order run along an index",
    "tests/services/test_local_field_plans.py",
    minutes=6,
    PORTAL_TEST_ROWS="100000",
)
repeated(
    "away",
    "PostgreSQL stopped, frozen, cut off: people and programs are told within 5 s, all works within 10 s of its return",
    "tests/acceptance/test_database_goes_away.py",
    minutes=2,
    PORTAL_TEST_SLACK="1",
)
repeated(
    "back_ends",
    "100 back ends of PostgreSQL killed under 6 writers: 0 x 500, none lost, each 503 with its number in the log",
    "tests/acceptance/test_back_ends_killed.py",
    minutes=2,
    PORTAL_TEST_BACK_ENDS="100",
)
repeated(
    "slow_clients",
    "100 clients that dribble: of 200 other requests 99 % succeed, 95 % of them within 2 s",
    "tests/acceptance/test_slow_clients.py",
    minutes=1,
    PORTAL_TEST_SLACK="1",
)
repeated(
    "conditions",
    "500 random conditions over 1,000 records on each database: SQL and Python have the same verdict",
    "tests/persistence/test_condition_sql.py",
    minutes=2,
    PORTAL_CONDITIONS="500",
    PORTAL_CONDITION_RECORDS="1000",
)
repeated(
    "reach",
    "5,000 random acts of eight people on each database, units moved too: reach and figures are what records say",
    "tests/services/test_reach_and_figures.py",
    minutes=9,
    PORTAL_TEST_ACTS="5000",
)
repeated(
    "histories",
    "1,000 random histories in 335 rounds on each database, cut off anywhere: the counts are a walk's, then none",
    "tests/services/indicators/test_histories_at_random.py",
    minutes=8,
    PORTAL_HISTORIES="335",
)
repeated(
    "papers",
    "200 papers issued by 8 processes, some void: numbers without gap and without double",
    "tests/services/test_papers_at_once.py",
    minutes=3,
    PORTAL_TEST_PAPERS="200",
)
repeated(
    "apply_killed",
    "200 processes killed while they put a version in force, on each database: wholly old, or wholly new",
    "tests/services/rollout/test_killed.py",
    minutes=6,
    ROLLOUT_KILLS="200",
)
repeated(
    "pilot_waves",
    "A pilot's ways checked whole and taken over by 14 centres in three waves, on each database: right at each step",
    "tests/services/rollout/test_demonstration.py",
    minutes=10,
    ROLLOUT_CHECKS="1",
)
