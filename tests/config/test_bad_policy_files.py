"""One file for each kind of fault; its first line holds the message that must be printed, and nothing else may be."""

from pathlib import Path

import pytest

from router.config import read_policy
from router.core.errors import PolicyFaulty

BAD = sorted((Path(__file__).parent / "bad").glob("*.toml"))
ABSURD = [
    "",
    "= = =",
    "a = " + "[" * 5000,
    "x = 1\n" * 2,
    "a." * 3000 + "b = 1",
    "\x00",
    "topics = 9" + "9" * 5000,
    "[[people]]",
]


def faults_of(text, file="responders.toml"):
    with pytest.raises(PolicyFaulty) as caught:
        read_policy(text, file)
    return caught.value.faults


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_faulty_file_gives_its_one_message(path):
    text = path.read_text(encoding="utf-8")
    expected = text.splitlines()[0].removeprefix("# ")
    assert [str(fault) for fault in faults_of(text, path.name)] == [expected]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_remedy_is_a_whole_sentence(path):
    (fault,) = faults_of(path.read_text(encoding="utf-8"), path.name)
    assert fault.remedy[0].isupper()
    assert fault.remedy[-1] in ".?"
    assert "\n" not in str(fault)


def test_many_faults_are_all_reported_in_the_order_of_their_lines(small):
    text = (
        small.replace('"Europe/Berlin"', '"Berlin"')
        .replace('mattermost = "bob"', 'mattermost = "ann"')
        .replace('"7d"', '"a week"')
        .replace('title = "Licensing"\n', "")
        .replace('["Manager", "bob"]', '["Manger"]')
    )
    assert [(fault.line, fault.path) for fault in faults_of(text)] == [
        (3, "community.default_timezone"),
        (18, "people.bob.mattermost"),
        (28, "escalation.close_after"),
        (33, "topics[0].title"),
        (35, "topics[0].approved_responders[0]"),
    ]


def test_a_hundred_faulty_topics_give_a_hundred_faults(small):
    topics = "".join(
        f'\n[[topics]]\nid = "t{one}"\ntitle = "T{one}"\napproved_responders = ["x{one}y"]\n' for one in range(100)
    )
    assert len(faults_of(small + topics)) == 100


@pytest.mark.parametrize("text", ABSURD, ids=range(len(ABSURD)))
def test_an_absurd_file_is_refused_like_any_other(text):
    assert faults_of(text)


def test_an_empty_file_lacks_every_table_that_is_needed():
    assert {fault.path for fault in faults_of("")} == {
        *("community", "mattermost", "sources", "people", "escalation", "topics")
    }


def test_people_that_cannot_be_read_are_one_fault_and_not_one_for_each_name(shipped):
    start = shipped.index("[people.ian-tien]")
    text = "people = 3\n" + shipped[:start] + shipped[shipped.index("[roles]") :]
    assert [fault.path for fault in faults_of(text)] == ["people"]


def test_a_time_zone_is_suggested_whatever_its_case(small):
    (fault,) = faults_of(small.replace('"Europe/Berlin"', '"america/los_angeles"'))
    assert fault.remedy == 'Did you mean "America/Los_Angeles"?'
