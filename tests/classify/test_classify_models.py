"""A model's file, and what is reckoned with it."""

import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from teaching import model, texts

from router.classify import classifier_for
from router.classify.features import Fields, fields, sentences
from router.classify.model import _MOST_KNOWN, SHIPPED, load
from router.classify.reading import read
from router.core.errors import BadInput
from router.core.recognition import Recognition

NO_SIGNS = (0.0, 0.0, 0.0)


def _fields(text):
    return fields(sentences(read("", text)), "issue")


def _words(first, count):
    """Give the fields of a text of so many words that no other has."""
    return Fields({1.0: [f"w{first + number}" for number in range(count)]}, {}, {}, {})


NOTHING = Fields({}, {}, {}, {})


@pytest.fixture
def file(tmp_path):
    """Return the file of a good model."""
    return model(tmp_path)


# ------------------------------------------------------------------------------------------- files


def _described(data, **changes):
    """Change what the first line says."""
    first, _, rest = data.partition(b"\n")
    return json.dumps(json.loads(first) | changes).encode() + b"\n" + rest


DAMAGED = {
    "nothing": (lambda data: b"", "is no model"),
    "no JSON": (lambda data: b"\x80\x04 no JSON\n" + data, "is no model"),
    "no UTF-8": (lambda data: data.replace(b"none", b"n\xffne", 1), "is no model"),
    "another document": (lambda data: b'{"labels": 3}\n', "is no model"),
    "a table more": (lambda data: _described(data, code="import os"), "is no model"),
    "cut in the first line": (lambda data: data[:50], "is no model"),
    "cut by a byte": (lambda data: data[:-1], "is damaged: its checksum is wrong"),
    "cut after the first line": (lambda data: data.partition(b"\n")[0], "is damaged: its checksum is wrong"),
    "a byte more": (lambda data: data + b"\0", "is damaged: its checksum is wrong"),
    "a bit turned": (lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:], "is damaged: its checksum is wrong"),
    "a digit changed": (lambda data: _described(data, temperature=1.5), "is damaged: its checksum is wrong"),
    "another format": (lambda data: _described(data, format=2), "train it anew"),
    "features beyond all bounds": (lambda data: _described(data, features=10**40), "damaged"),
    "fewer features than none": (lambda data: _described(data, features=-1), "is damaged: its checksum is wrong"),
    "a label more": (lambda data: _described(data, labels=["none", "a", "b", "c"]), "is damaged"),
    "a number too large": (lambda data: data.replace(b'"temperature":', b'"temperature":1e999,"x":', 1), "is no model"),
}


@pytest.mark.parametrize(("damage", "told"), DAMAGED.values(), ids=DAMAGED)
def test_a_file_that_is_no_good_model_is_refused_in_words(file, damage, told):
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(BadInput, match=told) as refused:
        load(file)
    assert refused.value.path == str(file)


def test_a_file_that_is_not_there_or_a_folder_is_refused_in_words(tmp_path):
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(BadInput, match="can't be read"):
            load(path)


class _Harmful:
    """Makes a file as soon as it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_nothing_in_a_file_is_ever_run(tmp_path):
    made, path = tmp_path / "made", tmp_path / "harmful.model"
    path.write_bytes(pickle.dumps(_Harmful(made)))
    with pytest.raises(BadInput, match="is no model"):
        load(path)
    assert not made.exists()


def test_a_policy_file_whose_model_is_damaged_has_no_classifier(file, nine):
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(BadInput, match="is damaged"):
        classifier_for(nine, Recognition(model=str(file)))


def test_models_that_learnt_other_texts_have_other_versions(tmp_path):
    versions = {load(model(tmp_path, str(count), texts()[:count])).version for count in (27, 30)}
    assert len(versions) == 2
    assert load(tmp_path / "27").version in versions


def test_the_shipped_model_knows_the_nine_topics(nine):
    labels = load(SHIPPED).labels
    assert labels[0] == "none"
    assert set(labels[1:]) == {topic.id for topic in nine}


# ------------------------------------------------------------------------------------------- reckoning


def test_probabilities_are_those_of_all_labels_and_add_up_to_one(small):
    for text in ("", "the licence of the paid edition", "never seen", "漏洞"):
        for signs in (NO_SIGNS, (0.5, 0.0, -0.5), (1e4, -1e4, 1e4)):
            likely = small.probabilities(small.weigh(_fields(text), signs).scores)
            assert len(likely) == len(small.labels)
            assert all(0.0 <= one <= 1.0 for one in likely)
            assert sum(likely) == pytest.approx(1.0, abs=1e-5)


def test_a_text_that_was_never_seen_has_the_scores_of_none(small):
    nothing = small.weigh(NOTHING, NO_SIGNS).scores
    assert small.weigh(_words(0, 3), NO_SIGNS).scores == nothing


def test_what_each_unit_spoke_for_adds_up_to_the_score(small):
    weighed = small.weigh(_fields("Does the licence of the paid edition allow that?"), NO_SIGNS)
    nothing = small.weigh(NOTHING, NO_SIGNS)
    for label in (1, 2):
        fields, _ = small.contributions(weighed, label, 0)
        gained = [one - other for one, other in zip(weighed.scores, nothing.scores, strict=True)]
        spoke = sum(sum(field.values()) for field in fields)
        assert spoke == pytest.approx(gained[label] - gained[0])


def test_a_long_text_is_no_louder_than_a_short_one(small):
    once, often = (small.weigh(_fields("the licence " * times), NO_SIGNS).scores for times in (2, 200))
    assert once == pytest.approx(often)


# ------------------------------------------------------------------------------------------- remembering


def test_what_was_forgotten_is_reckoned_anew_and_alike(file):
    learnt = load(file)
    text = _fields("the licence of the paid edition")
    before = learnt.weigh(text, NO_SIGNS)
    for start in range(0, 2 * _MOST_KNOWN, _MOST_KNOWN // 4):
        learnt.weigh(_words(start, _MOST_KNOWN // 4), NO_SIGNS)
        assert len(learnt._known[0]) <= _MOST_KNOWN
    assert "licence" not in learnt._known[0]
    assert learnt.weigh(text, NO_SIGNS) == before


def test_a_text_with_more_units_than_are_remembered_is_weighed_like_any_other(file):
    learnt = load(file)
    text = _fields("the licence of the paid edition")
    unseen = _words(0, _MOST_KNOWN + 1).words[1.0]
    with_unseen = text._replace(words={1.0: [*text.words[1.0], *unseen]})
    assert learnt.weigh(with_unseen, NO_SIGNS).scores == learnt.weigh(text, NO_SIGNS).scores
    assert learnt._known[0].keys().isdisjoint(unseen)


def test_many_threads_weigh_alike_while_all_is_forgotten_again_and_again(file):
    learnt, alone = load(file), load(file)
    given = [_fields(text.title or text.body) for text in texts()] + [
        _words(start, _MOST_KNOWN // 3) for start in range(0, _MOST_KNOWN, _MOST_KNOWN // 6)
    ]
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(lambda one: learnt.weigh(one, NO_SIGNS), given * 3))
    assert at_once == [alone.weigh(text, NO_SIGNS) for text in given * 3]
