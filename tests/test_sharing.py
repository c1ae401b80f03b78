"""Tests that share a portal run in one process."""

import pytest

from tests.fixtures.sharing import share_of


@pytest.mark.parametrize(
    ("nodeid", "share"),
    [
        ("tests/a/test_b.py::test_c[sqlite]", "tests/a/test_b.py:sqlite"),
        ("tests/a/test_b.py::test_d[x-postgresql-asc]", "tests/a/test_b.py:postgresql"),
        ("tests/a/test_b.py::test_e", "tests/a/test_b.py"),
        ("tests/a/test_sqlite.py::test_f[a::b]", "tests/a/test_sqlite.py"),
        ("tests/proofs/test_proofs.py::test_g[x-sqlite]", "tests/proofs/test_proofs.py::test_g[x-sqlite]"),
    ],
)
def test_a_share_is_a_module_on_one_database(nodeid: str, share: str) -> None:
    assert share_of(nodeid) == share
