"""What a model learns from a few texts."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import msgspec
import pytest
from teaching import CHECK, model, texts

from router.classify.features import Fields
from router.classify.learning import digest, see
from router.classify.model import load
from router.classify.phrases import Phrases
from router.classify.texts import NONE, Text

TESTS = Path(__file__).parents[1]
TEACH = "import sys; from pathlib import Path; from teaching import model; model(Path(sys.argv[1]), sys.argv[2])"

_phrases = cache(Phrases)


def _likely(learnt, text):
    seen = see(text, _phrases(learnt.labels[1:]))
    return learnt.probabilities(learnt.weigh(seen.fields, seen.signs).scores)


def _told(learnt, text):
    likely = _likely(learnt, text)
    return learnt.labels[likely.index(max(likely))]


def test_equal_texts_give_equal_files_in_every_process(tmp_path):
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(TESTS)}
        subprocess.run([sys.executable, "-c", TEACH, tmp_path, seed], check=True, env=environment, timeout=60)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Which licence has a modified fork, and may we resell it?", "licensing"),
        ("The paid edition is too expensive for our club", "packaging"),
        ("The sidebar flickers after the update", NONE),
    ],
)
def test_what_was_taught_is_told_of_a_new_text(small, text, label):
    assert _told(small, Text(body=text, kind="issue")) == label


def test_most_of_what_was_taught_is_told_again(small):
    right = [_told(small, text) == text.label for text in texts()]
    assert sum(right) >= 0.9 * len(right)


def test_a_label_that_no_phrase_is_shipped_for_is_learnt_like_the_others(tmp_path):
    asked = [
        "Would you sponsor our meetup in spring?",
        "We seek sponsors for a conference of students",
        "Could you sponsor a booth at our fair?",
        "Sponsor us, and your logo is on the stage",
    ]
    taught = [*texts(), *(Text(label="sponsorship", body=text, kind="issue") for text in asked * 2)]
    learnt = load(model(tmp_path, learnt=taught))
    assert learnt.labels == (NONE, "licensing", "packaging", "sponsorship")
    assert _told(learnt, Text(body="Who could sponsor a conference?")) == "sponsorship"


def test_what_one_text_alone_has_says_nothing(tmp_path):
    taught = [*texts(), Text(label="licensing", body="zyzzyva"), Text(label="licensing", body="quagga quagga")]
    learnt = load(model(tmp_path, learnt=taught))
    nothing = learnt.weigh(Fields({}, {}, {}, {}), (0.0, 0.0, 0.0)).scores
    for word in ("zyzzyva", "quagga"):
        assert learnt.weigh(Fields({1.0: [word]}, {}, {}, {}), (0.0, 0.0, 0.0)).scores == nothing


def test_probabilities_are_those_of_the_check_set_where_one_signal_in_ten_is_sensitive(small):
    check = texts(CHECK)
    harmless = sum(text.label == NONE for text in check)
    rarer = 9 * (len(check) - harmless) / harmless
    expected = 0.0
    for text in check:
        likely = _likely(small, text)[0]
        expected += likely / (likely + (1 - likely) * rarer)
    assert expected == pytest.approx(harmless, abs=0.02 * len(check))


def test_a_check_set_that_is_often_answered_wrongly_makes_less_sure(tmp_path, small):
    wrong = [msgspec.structs.replace(text, label=NONE) for text in texts(CHECK)[:6]]
    unsure = load(model(tmp_path, check=[*texts(CHECK), *wrong]))
    text = Text(body="The paid edition is too expensive", kind="issue")
    assert max(_likely(unsure, text)[1:]) < max(_likely(small, text)[1:])


def test_the_file_names_what_it_learnt(small):
    assert small.description.texts == digest(texts())


def test_the_digest_changes_with_any_text_label_or_order():
    given = texts()
    others = [
        given[1:],
        given[::-1],
        [msgspec.structs.replace(given[0], label=NONE), *given[1:]],
        [msgspec.structs.replace(given[0], kind="tweet"), *given[1:]],
        [msgspec.structs.replace(given[0], body="?"), *given[1:]],
    ]
    assert len({digest(one) for one in (given, *others)}) == 6
    assert digest(given) == digest(texts())
