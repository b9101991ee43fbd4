"""The line of every key and table, however TOML lets it be written."""

import tomllib

import pytest

from router.config.lines import Lines

TEXT = '''# a comment with [brackets] and = signs
top = 1
"quoted.key" = 2
'single # quoted' = 3
dotted . "key" = 4

[table]  # [[not]] a header
text = """
[inner]
fake = 1 \\""" still inside"""
literal = \'\'\'
x = "\'\'\'
after = ["a", # ]
  "b = 1",
  [1, 2],
]
inline = { a = 1, b = { c = "}" } }
last = 1979-05-27 07:32:00

[ table . "sub table" ]
key = true
[[list]]
name = "first"
[list.part]
key = 1
[[list]]
name = "second"
[[list.inner]]
key = 1
[[list.inner]]
key = """"quotes at the end"""""
'''
PLACES = [
    (("top",), 2),
    (("quoted.key",), 3),
    (("single # quoted",), 4),
    (("dotted",), 5),
    (("dotted", "key"), 5),
    (("table",), 7),
    (("table", "text"), 8),
    (("table", "literal"), 11),
    (("table", "after"), 13),
    (("table", "after", 1), 13),
    (("table", "inline", "b", "c"), 17),
    (("table", "last"), 18),
    (("table", "sub table"), 20),
    (("table", "sub table", "key"), 21),
    (("list",), 22),
    (("list", 0, "name"), 23),
    (("list", 0, "part", "key"), 25),
    (("list", 1), 26),
    (("list", 1, "name"), 27),
    (("list", 1, "missing"), 26),
    (("list", 1, "inner", 0, "key"), 29),
    (("list", 1, "inner", 1), 30),
    (("list", 1, "inner", 1, "key"), 31),
    (("unknown",), 0),
    (("table", "fake"), 7),
]


@pytest.mark.parametrize(("place", "line"), PLACES)
def test_each_place_has_its_line(place, line):
    assert Lines(TEXT).of(place) == line


def test_the_text_above_is_toml():
    assert tomllib.loads(TEXT)["list"][1]["inner"][1]["key"] == '"quotes at the end""'


def test_a_text_without_keys_has_no_lines():
    assert Lines("# nothing\n\n").of(("topics",)) == 0


def test_the_last_line_needs_no_end():
    assert Lines("a = 1\nb = 2").of(("b",)) == 2


def test_every_key_of_the_shipped_file_is_on_its_line(shipped):
    lines, text = Lines(shipped), shipped.splitlines()
    content = tomllib.loads(shipped)
    tables = [((name,), table) for name, table in content.items() if isinstance(table, dict)]
    tables += [(("topics", index), topic) for index, topic in enumerate(content["topics"])]
    tables += [(("people", name), person) for name, person in content["people"].items()]
    keys = [(*place, key) for place, table in tables for key in table if place not in {("people",), ("sources",)}]
    assert all(text[lines.of(place) - 1].lstrip('"').startswith(place[-1]) for place in keys)
