"""What the row scope cannot see is written only where somebody said why."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

PORTAL = Path(__file__).parents[1] / "portal"
# Calls that reach the database past the session's events.
CALLS = {
    "connection",
    "raw_connection",
    "exec_driver_sql",
    "bulk_save_objects",
    "bulk_insert_mappings",
    "bulk_update_mappings",
    "from_statement",
}
SQL_NAMES = {"text", "literal_column", "table", "TextClause"}
OPTIONS = {"unscoped", "scope_owner", "scope_door"}
DOORS = {"door", "as_system"}
ENGINE = {"connect", "begin"}
# Module, what, and how often: why it leaks nothing.
ALLOWED: dict[tuple[str, str], tuple[int, str]] = {
    ("persistence/account_events.py", "connection"): (2, "writes past passwords and ends sessions"),
    ("persistence/database.py", "engine"): (1, "asks whether the database answers"),
    ("persistence/database.py", "text"): (1, "SELECT 1"),
    ("persistence/migrate.py", "engine"): (4, "migrations"),
    ("persistence/migrate.py", "text"): (2, "timeout and lock of a migration"),
    ("persistence/models/job.py", "text"): (3, "conditions of indexes, a default"),
    ("persistence/models/outbox.py", "text"): (1, "condition of an index"),
    ("persistence/partial_index.py", "text"): (2, "conditions of indexes"),
    ("persistence/models/notice.py", "text"): (1, "condition of an index"),
    ("persistence/models/task.py", "text"): (1, "condition of two indexes"),
    ("persistence/plain_rows.py", "connection"): (1, "inserts new rows, each asked for its scope before"),
    ("persistence/plain_rows.py", "exec_driver_sql"): (
        3,
        "inserts new rows, each asked for its scope before",
    ),
    ("persistence/patience.py", "connection"): (1, "how long statements may take; reads nothing"),
    ("persistence/patience.py", "exec_driver_sql"): (1, "how long statements may take; reads nothing"),
    ("persistence/sqlite.py", "exec_driver_sql"): (2, "begins a transaction"),
    ("persistence/snapshot/filling.py", "engine"): (3, "fills an empty database, on the command line"),
    ("persistence/snapshot/filling.py", "exec_driver_sql"): (
        11,
        "fills an empty database, on the command line",
    ),
    ("persistence/snapshot/reading.py", "engine"): (
        1,
        "reads all rows into a sealed backup, on the command line",
    ),
    ("persistence/snapshot/reading.py", "exec_driver_sql"): (4, "settings and sequences of a backup"),
    ("services/records/acts/looked.py", "engine"): (1, "adds notes of reads; reads nothing"),
    ("services/sign_in/account.py", "connection"): (1, "counts sign-ins of one account"),
    ("services/sign_in/second_factor.py", "connection"): (2, "spends a code of one account"),
    ("services/sign_in/steps.py", "connection"): (1, "spends the step of one sign-in"),
    ("services/sign_in/sessions.py", "connection"): (1, "ends sessions of one account"),
    ("web/access.py", "connection"): (1, "takes SQLite's write lock"),
    ("cli/story.py", "engine"): (1, "flushes the log of a copied file"),
    ("cli/story.py", "exec_driver_sql"): (1, "flushes the log of a copied file"),
    ("services/stories/walking.py", "engine"): (
        1,
        "a database of its own, in which a draft is tried",
    ),
    ("services/stories/walking.py", "exec_driver_sql"): (1, "flushes the log of that database"),
    ("services/rollout/standing.py", "unscoped"): (1, "whether anything was entered since a version came"),
    ("services/rollout/measured.py", "door"): (2, "two counts of each centre of a roll-out that one sees"),
    ("services/rollout/standing.py", "as_system"): (1, "whether the wave of a centre has begun"),
    ("services/rollout/applying.py", "as_system"): (
        2,
        "what becomes of a plan, by who only approves it; the release of a file that was let in",
    ),
    ("services/drafts/publishing.py", "as_system"): (1, "what becomes of a draft, by who only approves it"),
    ("services/records/handling/missing_documents.py", "as_system"): (
        1,
        "asks what a file lacks, by kind of document; no content of it",
    ),
    ("services/drafts/back_tests.py", "unscoped"): (
        1,
        "numbers of a centre's records, which its draft is tried on",
    ),
    ("services/drafts/open_matters.py", "unscoped"): (
        1,
        "counts alone; matters are named from the person's own session",
    ),
    ("services/reach/keeping.py", "unscoped"): (1, "which units see a record, written by acts"),
    ("services/figures/deltas.py", "unscoped"): (1, "parts of a record are counted as it is handled"),
    ("services/drafts/checking.py", "as_system"): (1, "tells who sees a draft whether its check runs"),
    ("services/releases/publishing.py", "as_system"): (
        2,
        "units of a release at and below its own unit: which are there, and their entry",
    ),
    ("services/users/roles.py", "as_system"): (
        1,
        "enters the names of a release's roles; nobody holds one by that",
    ),
    ("services/drafts/figures.py", "system"): (
        1,
        "a figure of a draft is counted for who may list the board of its unit",
    ),
    ("services/meetings/making.py", "system"): (1, "counts what is laid before a meeting, no case of it"),
    ("services/indicators/approving.py", "as_system"): (
        1,
        "adds what one asks to take out, at a unit whose board one may list",
    ),
    ("services/indicators/classes_out.py", "system"): (
        1,
        "counts what is hidden of a table, for who may see the board of its unit",
    ),
    ("services/indicators/parting.py", "system"): (
        1,
        "counts a figure by its parts, for who may see the board of the unit",
    ),
    ("services/figures/kept.py", "door"): (
        4,
        "counts of a subtree that the person may list or see figures of wholly",
    ),
    ("services/indicators/exporting.py", "system"): (1, "a board is taken out by a person who may see it"),
    ("services/indicators/proof.py", "system"): (5, "the counts are compared with the records, nightly"),
    ("services/drafts/stage_mapping.py", "system"): (1, "stages of open matters; who asks is checked"),
    ("services/indicators/board.py", "system"): (2, "counts alone, of a unit whose board the person may see"),
    ("persistence/stillness.py", "connection"): (1, "one moment for a whole transaction"),
    ("services/hints/sending.py", "system"): (
        1,
        "counts what waits for a role at a unit; no content is read",
    ),
    ("services/reach/upkeep.py", "system"): (1, "compares and mends which units see records"),
    ("services/figures/upkeep.py", "system"): (1, "folds, compares and builds the figures"),
    ("services/units/changes.py", "as_system"): (2, "reach and figures follow a unit that moved"),
    ("services/records/entering/reading_anew.py", "unscoped"): (1, "a projection of a record's own data"),
    ("services/records/proposing/counting.py", "unscoped"): (1, "counts within the centre, for its rules"),
    ("services/archive/holds.py", "as_system"): (1, "what keeps a volume, by name; no content of it"),
    ("services/new_centre/opening.py", "as_system"): (1, "begins the draft of a centre; reads no draft"),
    ("services/sandboxes/making.py", "system"): (
        1,
        "fills the database of a sandbox, which has no other rows",
    ),
    ("services/sandboxes/making.py", "engine"): (1, "flushes the log of a sandbox's own file"),
    ("services/sandboxes/making.py", "exec_driver_sql"): (1, "flushes the log of a sandbox's own file"),
    ("services/archive/subjects.py", "as_system"): (1, "what is about the person who asks, of own units"),
    ("services/jobs/progress.py", "system"): (1, "how far a job is; who asks is checked"),
    ("services/records/handling/referring.py", "unscoped"): (1, "parts of a record go where it goes"),
    ("services/releases/activating.py", "unscoped"): (
        1,
        "up to which number there are records, for later work",
    ),
    ("services/units/changes.py", "unscoped"): (1, "paths follow a unit that moved"),
    ("persistence/scope/session.py", "unscoped"): (1, "where it is understood"),
    ("persistence/scope/session.py", "scope_owner"): (
        2,
        "where it is understood, and the owner's presence checked",
    ),
    ("persistence/scope/session.py", "system"): (1, "the system's access for a moment"),
    ("persistence/scope/statements.py", "scope_door"): (1, "the name of the option"),
    ("persistence/models/record_value.py", "text"): (1, "condition of an index"),
    ("persistence/postgresql.py", "engine"): (1, "wipes what deleted rows leave"),
    ("persistence/postgresql.py", "exec_driver_sql"): (2, "wipes what deleted rows leave"),
    ("persistence/sqlite.py", "raw_connection"): (
        2,
        "wipes what deleted rows leave; looks how tables are filled",
    ),
    ("services/records/entering/deleting.py", "door"): (
        1,
        "removes the answers kept about a record that goes",
    ),
    ("services/records/entering/deleting.py", "system"): (1, "destroys a record, on the command line"),
    ("services/records/entering/filling.py", "unscoped"): (1, "fills older records, outside of requests"),
    ("services/records/entering/filling.py", "system"): (3, "fills older records, outside of requests"),
    ("services/releases/closed_texts.py", "unscoped"): (1, "takes words of closed fields away"),
    ("services/releases/fills.py", "unscoped"): (
        1,
        "whether a field has records to fill; the figure goes nowhere",
    ),
    ("services/jobs/due.py", "door"): (2, "announces what falls due and takes it back; reads nothing"),
    ("services/jobs/queue.py", "door"): (2, "rows of jobs, by number or key, on behalf of a person"),
    ("services/jobs/queue.py", "system"): (1, "the queue"),
    ("services/jobs/running.py", "system"): (1, "what a job does, outside of requests"),
    ("services/sign_in/account.py", "door"): (1, "finds the account that somebody signs in to"),
    ("services/sign_in/attempts.py", "door"): (2, "takes attempts back after signing in"),
    ("services/sign_in/attempts.py", "system"): (1, "counts attempts before anybody is known"),
    ("services/sign_in/sessions.py", "door"): (1, "finds the session of a secret"),
    ("services/sign_in/sessions.py", "system"): (1, "notes that a session is in use"),
    ("services/sign_in/steps.py", "door"): (1, "finds the sign-in of a secret"),
    ("services/units/in_force.py", "door"): (
        1,
        "the times at which releases come into force, and nothing else",
    ),
    ("services/importing/starting.py", "as_system"): (
        1,
        "asks whether anybody worked on a record of an import",
    ),
    ("services/demo/imported.py", "system"): (1, "finds the county of the old cases and its account"),
    ("services/demo/scenes.py", "system"): (2, "finds the centres and the accounts that play in scenes"),
    ("services/importing/exporting.py", "as_system"): (
        1,
        "notes up to where a matter was given back, also for who reads it alone",
    ),
    ("services/importing/tokens.py", "system"): (1, "looks at a token of a feed before anybody is known"),
    ("services/importing/rows.py", "system"): (1, "encrypts rows of files by another key"),
    ("services/records/entering/keeping_away.py", "as_system"): (
        2,
        "what a complaint led to and comes of, so that nothing of it is sent to whom it is about; nothing is shown",
    ),
    ("services/records/acts/locking.py", "as_system"): (1, "asks whether the whole of a part is locked"),
    ("services/records/handling/answering_referrals.py", "as_system"): (
        1,
        "whether a referral is of the record named, for those who were asked",
    ),
    ("services/records/handling/stepping.py", "as_system"): (
        1,
        "who answered last for a unit at which the person answers, after the matter went out of sight",
    ),
    ("services/records/finding/same_matter.py", "as_system"): (
        1,
        "for how many numbers a person asked within the hour: their own entries of the log, by number alone",
    ),
    ("services/records/handling/booking.py", "as_system"): (
        1,
        "when a room or a person is taken; nothing of whom or what",
    ),
    ("services/users/access.py", "as_system"): (1, "works out what one account may do"),
    ("web/access.py", "door"): (1, "permissions of one account's roles of the framework"),
    ("web/accounts/login.py", "door"): (1, "the account that has just signed in"),
    ("web/accounts/users.py", "door"): (1, "whether a name is taken"),
    ("services/records/finding/rows_of_record.py", "scope_owner"): (
        1,
        "parts of a record that the session loaded in scope",
    ),
    ("services/backup/making.py", "system"): (1, "the entry about a backup, on the command line"),
    ("services/backup/restoring.py", "system"): (1, "the entry about a restore, on the command line"),
    ("services/audit/reading.py", "system"): (
        3,
        "what is asked for becomes identifiers, keys open what entries say; entries stay scoped",
    ),
    ("services/audit/sealing.py", "system"): (1, "seals"),
    ("services/audit/verifying.py", "system"): (1, "verifies seals, on the command line"),
    ("services/demo/accounts.py", "system"): (1, "demo data, on the command line"),
    ("services/releases/years.py", "unscoped"): (1, "up to which number records are worked out anew"),
    ("services/users/colleagues.py", "door"): (1, "names of colleagues to whom a task may be given"),
    ("services/users/receivers.py", "door"): (1, "whether anybody receives at a unit, and nothing about who"),
    ("services/demo/loading.py", "system"): (1, "demo data, on the command line"),
    ("services/records/privacy/rekeying.py", "system"): (1, "encrypts everything anew, on the command line"),
    ("services/sign_in/second_factor.py", "system"): (1, "seals second factors anew, on the command line"),
    ("services/lookup/attempts.py", "system"): (1, "counts attempts before anybody is known"),
    ("services/lookup/finding.py", "system"): (1, "the one matter of a code and a number, for its party"),
    ("services/lookup/receipts.py", "system"): (1, "a slip says what the public page says of its matter"),
    ("services/lookup/answers.py", "system"): (
        2,
        "counts answers of nobody in particular; totals alone go out",
    ),
    ("web/public/surroundings.py", "system"): (1, "names of centres and their halls, for anybody"),
    ("services/seeding.py", "system"): (1, "first set-up, on the command line"),
    ("services/stories/state.py", "system"): (1, "stories, on the command line"),
    ("web/audit/words.py", "system"): (1, "numbers of records whose entries are shown"),
}


def test_the_ways_around_the_row_scope_are_known() -> None:
    found: Counter[tuple[str, str]] = Counter()
    for path in sorted(PORTAL.rglob("*.py")):
        name = path.relative_to(PORTAL).as_posix()
        if name.startswith(("persistence/migrations/versions/", "cli/")) and name != "cli/story.py":
            continue
        found.update((name, what) for what in _ways(ast.parse(path.read_text(encoding="utf-8"))))
    expected = {key: number for key, (number, _why) in ALLOWED.items()}
    assert dict(found) == expected


def test_every_kind_of_way_is_noticed() -> None:
    source = """
from sqlalchemy import text, table as t, literal_column
session.connection().execute(x); engine.connect(); self.engine.begin(); session.get_bind().connect()
text("x"); t("record"); literal_column("y"); sqlalchemy.text("z"); session.bulk_update_mappings(Record, [])
session.execute(s, execution_options={"unscoped": "no reason"}); Access.system("why")
scope.door(s, "why"); door(s, "why"); scope.as_system(session, "why"); s.execution_options(scope_door="why")
"""
    expected = "connection engine engine engine text table literal_column text bulk_update_mappings unscoped"
    assert Counter(_ways(ast.parse(source))) == Counter(
        [*expected.split(), "system", "door", "door", "as_system", "scope_door"]
    )


def _ways(tree: ast.AST) -> Iterator[str]:
    """Yield each way past the scope that a module takes."""
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
        if alias.name in SQL_NAMES
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in OPTIONS:
            yield str(node.value)
        if not isinstance(node, ast.Call):
            continue
        yield from (str(word.arg) for word in node.keywords if word.arg in OPTIONS)
        if isinstance(node.func, ast.Name) and node.func.id in names:
            yield names[node.func.id]
        elif isinstance(node.func, ast.Name) and node.func.id in DOORS:
            yield node.func.id
        elif isinstance(node.func, ast.Attribute):
            yield from _of_method(node.func)


def _of_method(called: ast.Attribute) -> Iterator[str]:
    on = ast.unparse(called.value)
    if called.attr in CALLS or called.attr in DOORS:
        yield called.attr
    elif called.attr in ENGINE and ("engine" in on or "bind" in on):
        yield "engine"
    elif called.attr in SQL_NAMES and on.split(".")[0] in ("sqlalchemy", "sa"):
        yield called.attr
    elif called.attr == "system" and on == "Access":
        yield "system"
