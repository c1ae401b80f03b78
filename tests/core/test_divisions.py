from __future__ import annotations

import pytest

from portal.core.divisions import Division, management_tree, read_divisions

HEAD = "code,parent_code,level,name,flag\n"
TABLE = (
    HEAD
    + """530000,,province,云南省,
530100,530000,city,昆明市,
530112,530100,county,西山区,
530111,530100,county,官渡区,
530112403,530112,township,滇池度假区,pseudo_township
530112403001,530112403,village,金柳社区,
"""
)


def test_rows_keep_their_flags():
    rows, problems = read_divisions(TABLE.encode("utf-8-sig"))
    assert problems == []
    assert [row.code for row in rows][-1] == "530112403001"
    assert rows[4] == Division("530112403", "530112", "township", "滇池度假区", "pseudo_township")
    assert not rows[4].statutory


def test_the_flag_column_may_be_missing():
    rows, problems = read_divisions("code,parent_code,level,name\n530000,,province,云南省\n")
    assert (len(rows), problems) == (1, [])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("530113,530100,district,东川区,", "level"),
        ("53011,530100,county,东川区,", "does not fit"),
        ("530112,530100,county,西山区,", "twice"),
        ("530199001,530199,township,某街道,", "parent"),
        ("530113,530100,county,,", "name"),
        ("530113,530100,county,东川区,odd", "flag"),
    ],
)
def test_bad_rows_are_left_out_and_reported_with_their_line(line, words):
    rows, problems = read_divisions(TABLE + line + "\n", file="d.csv")
    assert len(rows) == 6
    assert [(problem.file, problem.params["line"]) for problem in problems] == [("d.csv", 8)]
    assert words in problems[0].text()


def test_another_header_or_encoding_is_refused():
    assert read_divisions("a,b\n1,2\n")[1][0].code == "divisions.columns"
    assert read_divisions("西山".encode("gb18030"))[1][0].code == "divisions.encoding"


def test_the_management_tree_differs_from_the_statistics():
    rows, _ = read_divisions(TABLE)
    corrections = {
        "530112403": {"set": {"managed_by": "530111", "name": "度假区管委会"}, "reason": "托管"},
        "530112403001": {"set": {"active": False}, "reason": "已撤"},
    }
    points = {
        "dounan": {"name": "花卉市场", "parent": "530112", "kind": "market", "division": "530111"},
        "gone": {"name": "旧市场", "parent": "530112", "kind": "market", "hidden": True},
    }
    tree = {node.code: node for node in management_tree(rows, corrections, points)}
    zone = tree["530112403"]
    assert (zone.managed_by, zone.statutory_parent) == ("530111", "530112")
    assert (zone.name, zone.flag, zone.reason) == ("度假区管委会", "pseudo_township", "托管")
    assert not tree["530112403001"].active
    assert tree["530112"].managed_by == "530100"
    assert (tree["dounan"].level, tree["dounan"].managed_by, tree["dounan"].statutory_parent) == (
        "point",
        "530112",
        "530111",
    )
    assert "gone" not in tree
