"""Files of labelled texts."""

import pytest

from router.classify.texts import Text, labelled_texts, read_texts, training_texts
from router.core.errors import BadInput

GOOD = '{"label": "licensing", "title": "May we?", "body": null, "kind": "issue", "lang": "en", "more": [1]}'


@pytest.fixture
def written(tmp_path):
    """Return how to write a file."""

    def written(content):
        path = tmp_path / "texts.jsonl"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


def test_a_line_is_a_text_and_what_it_has_more_is_passed_over(written):
    (text,) = labelled_texts(written(GOOD))
    assert text == Text(label="licensing", title="May we?", kind="issue", lang="en")


def test_empty_lines_are_nothing_and_an_empty_file_holds_no_texts(written):
    assert len(labelled_texts(written(f"\n{GOOD}\n \n{GOOD}"))) == 2
    assert labelled_texts(written("")) == []


DAMAGED = {
    "no JSON": b'{"label": "licensing"',
    "no object": b"[1]",
    "a number for a text": b'{"title": 3}',
    "a text for a flag": b'{"hard": "yes"}',
    "no list": b'{"also": "licensing"}',
    "no UTF-8": b'{"title": "\xff"}',
    "depth without end": b'{"id": ' + b"[" * 100_000,
    "nothing but rubbish": b"\x00\x80\x04",
}


@pytest.mark.parametrize("line", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_line_is_named_with_its_file_and_number(written, line):
    path = written(GOOD.encode() + b"\n\n" + line + b"\n")
    with pytest.raises(BadInput) as refused:
        labelled_texts(path)
    assert refused.value.path == f"{path}:3"
    assert refused.value.problem


def test_a_text_without_a_label_is_named(written):
    path = written(f'{GOOD}\n{{"title": "May we?"}}')
    with pytest.raises(BadInput, match="text 2: names no"):
        labelled_texts(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"nowhere\.jsonl: can't be read: No such file"):
        list(read_texts(tmp_path / "nowhere.jsonl"))


@pytest.mark.parametrize("names", [("b.en", "a.fr", "a.de"), ("a.de", "a.fr", "b.en")])
def test_a_training_set_has_the_labels_and_languages_of_its_files_names_in_one_order(tmp_path, names):
    for name in names:
        (tmp_path / f"{name}.jsonl").write_text('{"title": "one"}\n{"title": "two", "hard": true}\n')
    (tmp_path / "README.md").write_text("How it was made.")
    told = [(text.label, text.lang, text.title, text.hard) for text in training_texts(tmp_path)]
    assert told[:2] == [("a", "de", "one", False), ("a", "de", "two", True)]
    assert [(label, language) for label, language, *_ in told[::2]] == [("a", "de"), ("a", "fr"), ("b", "en")]
