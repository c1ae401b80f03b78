from __future__ import annotations

import pytest

from portal.core.picking import Index
from portal.core.taxonomy import Taxonomy, taxonomies
from portal.core.text import Texts

TERMS = {
    "D01": {"title": "婚姻家庭纠纷", "order": 2, "aliases": ["婚恋"]},
    "D0102": {"title": "离婚纠纷", "parent": "D01", "order": 2},
    "D0101": {"title": "婚约财产纠纷", "parent": "D01", "order": 1},
    "D02": {"title": "相邻关系纠纷", "order": 1},
    "local": {"title": "彩礼返还", "parent": "D02", "same_as": "D0101"},
    "old": {"title": "旧类", "parent": "D02", "hidden": True},
    "lost": {"title": "孤项", "parent": "nowhere", "order": 9},
}
ENGLISH = Texts("en", {"en": {"婚姻家庭纠纷": "Marriage and family", "离婚纠纷": "Divorce"}})


@pytest.fixture
def tree():
    return Taxonomy.from_definition({"title": "类型", "terms": TERMS}, "dispute")


def test_children_are_in_order_and_hidden_ones_left_out(tree):
    assert [term.code for term in tree.children()] == ["D02", "D01", "lost"]
    assert [term.code for term in tree.children("D01")] == ["D0101", "D0102"]
    assert [term.code for term in tree.children("D02")] == ["local"]
    assert [term.code for term in tree.children("D02", hidden=True)] == ["local", "old"]
    assert [term.code for term in tree][:3] == ["D02", "local", "old"]


def test_under_means_itself_its_line_and_its_shared_term(tree):
    assert tree.is_under("D0101", "D0101")
    assert tree.is_under("D0101", "D01")
    assert not tree.is_under("D01", "D0101")
    assert tree.is_under("local", "D02")
    assert tree.is_under("local", "D01"), "by same_as"
    assert not tree.is_under("D99", "D01")
    assert not tree.is_under("D01", "D99")


def test_ancestors_and_labels(tree):
    assert tree.ancestors("D0101") == ("D01",)
    assert tree.label("D0102", separator=" / ") == "婚姻家庭纠纷 / 离婚纠纷"
    assert tree.label("D0102", ENGLISH) == "Divorce"
    assert tree.label("D99") == "D99"
    assert tree.title("D02") == "相邻关系纠纷"
    assert "D02" in tree
    assert "D99" not in tree


def test_a_circle_of_parents_ends():
    loop = Taxonomy.from_definition(
        {"terms": {"a": {"title": "a", "parent": "b"}, "b": {"title": "b", "parent": "a"}}}
    )
    assert loop.ancestors("a") == ("b",)
    assert list(loop) == []
    assert not loop.is_under("a", "c")


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("离婚", ["D0102"]),
        ("divorce", ["D0102"]),
        ("MARRIAGE", ["D01", "D0101", "D0102"]),
        ("婚恋", ["D01"]),
        ("family divorce", ["D0102"]),
        ("d0101", ["D0101"]),
        ("旧类", []),
        ("", []),
    ],
)
def test_search_in_both_languages(tree, query, codes):
    found = Index.of(tree.choices(ENGLISH)).search(query)
    assert sorted(one.choice.code for one in found) == codes


def test_all_taxonomies_of_a_bundle():
    assert list(taxonomies({"taxonomies": {"dispute": {"title": "类型", "terms": TERMS}}})) == ["dispute"]
    assert taxonomies({}) == {}
