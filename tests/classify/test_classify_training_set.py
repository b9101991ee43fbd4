"""The training set and the check set that are shipped."""

from collections import Counter, defaultdict

import pytest

from router.classify.texts import CHECK, NONE, TRAINING, labelled_texts, training_texts
from router.classify.words import STOP, compose, cut

LANGUAGES = {"en", "de", "fr", "es", "pt", "zh", "ja"}
KINDS = {"issue", "pull_request", "discussion", "comment", "post", "tweet"}


@pytest.fixture(scope="module")
def taught():
    """Return the training set."""
    return training_texts()


@pytest.fixture(scope="module")
def check():
    """Return the check set."""
    return labelled_texts(CHECK)


@pytest.fixture(scope="module")
def labels(nine):
    """Return every label."""
    return {NONE, *(topic.id for topic in nine)}


def words(text):
    """Give the words of a text as they are compared."""
    found = cut(compose(f"{text.title or ''}\n{text.body or ''}"))
    return tuple(word for word in found if word != STOP) or (text.title, text.body)


def stretches(text):
    """Give every three neighbouring words of a text."""
    found = words(text)
    return frozenset(zip(found, found[1:], found[2:], strict=False)) or frozenset([found])


def test_every_text_has_a_known_label_language_and_kind_and_says_something(taught, check, labels):
    for text in (*taught, *check):
        assert (text.label in labels, text.lang in LANGUAGES, text.kind in KINDS) == (True, True, True), text
        assert f"{text.title or ''}{text.body or ''}".strip(), text


def test_every_label_is_taught_in_every_language(labels):
    names = {path.name.removesuffix(".jsonl") for path in TRAINING.glob("*.jsonl")}
    assert names == {f"{label}.{language}" for label in labels for language in LANGUAGES}


def test_what_is_defensible_in_the_check_set_is_another_known_label(check, labels):
    assert all(set(text.also) <= labels - {text.label} for text in check)


def test_texts_of_the_check_set_are_told_apart_by_their_ids(check):
    assert [number for number, times in Counter(text.id for text in check).items() if times > 1] == []


@pytest.mark.parametrize("name", ["taught", "check"])
def test_no_text_is_there_twice(request, name):
    times = Counter(map(words, request.getfixturevalue(name)))
    assert [" ".join(one) for one, count in times.items() if count > 1] == []


def test_no_text_of_the_check_set_is_taught_or_nearly_so(taught, check):
    known = [stretches(text) for text in taught]
    having = defaultdict(list)
    for place, one in enumerate(known):
        for stretch in one:
            having[stretch].append(place)
    alike = []
    for text in check:
        own = stretches(text)
        shared = Counter(place for stretch in own for place in having.get(stretch, ()))
        alike += [
            (text.id, " ".join(words(taught[place])))
            for place, count in shared.items()
            if count >= 0.5 * len(own | known[place])
        ]
    assert alike == []
