"""Names are swapped as they stand, and texts that are nearly the same are found."""

import json
import sys

import pytest

from benchmarks.robustness import Names, main, nearly_the_same
from router.classify.texts import CHECK, Text, labelled_texts

TOLD = "The nightly export of our school sends the address of each pupil to a server in another country."


def swapped(body):
    return Names().swapped(Text(body=body)).body


def test_a_name_gives_way_to_another_in_its_own_case():
    one, small, large = swapped("Mattermost"), swapped("mattermost"), swapped("MATTERMOST")

    assert one != "Mattermost"
    assert (small, large) == (one.lower(), one.upper())


def test_names_are_whole_words():
    assert swapped("mattermosting, unGoogled") == "mattermosting, unGoogled"


def test_a_name_that_is_a_word_as_well_counts_as_it_is_written():
    assert swapped("this element has no slack") == "this element has no slack"
    assert "Slack" not in swapped("We left Slack.")


def test_each_name_has_another_for_itself_alone():
    other = Names()._other

    assert len(set(other.values())) == len(other)
    assert all(name != new for name, new in other.items())


@pytest.mark.parametrize(
    ("body", "same"),
    [
        (TOLD, True),
        (f"Hello. {TOLD} Why?", True),
        (TOLD.replace("nightly", "weekly"), True),
        ("The export of a school sends nothing at all to any server in this country, as far as we know.", False),
        ("Hello there, everybody.", False),
    ],
)
def test_what_is_nearly_the_same_is_found_by_its_line(tmp_path, body, same):
    file = tmp_path / "set.jsonl"
    file.write_text(f"{json.dumps({'body': 'Something else.'})}\n{json.dumps({'body': TOLD})}\n")

    assert list(nearly_the_same([Text(body=body)], [file])) == ([(1, file, 2)] if same else [])


def test_chinese_and_japanese_are_compared_by_their_characters(tmp_path):
    file = tmp_path / "set.jsonl"
    file.write_text(json.dumps({"body": "请问贵公司会把用户数据交给警方吗?"}) + "\n", encoding="utf-8")

    assert [line for line, *_ in nearly_the_same([Text(body="贵公司会把用户数据交给警方吗")], [file])] == [1]


def test_lines_are_told_and_no_text_of_the_file(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["robustness", str(CHECK)])

    main()

    said = capsys.readouterr().out
    assert "check.jsonl:7 is nearly check.jsonl:7" in said
    assert not [text for text in labelled_texts(CHECK) if text.body and text.body in said]
