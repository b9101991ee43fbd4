"""The shipped file says what the policy's own text says; ROUTER_POLICY_TEXT names that Markdown text."""

import os
import re
import tomllib
from pathlib import Path

import pytest

TEXT = os.environ.get("ROUTER_POLICY_TEXT", "")

pytestmark = pytest.mark.skipif(not TEXT, reason="ROUTER_POLICY_TEXT is not set")


@pytest.fixture(scope="module")
def policy_text():
    return Path(TEXT).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def content(shipped):
    return tomllib.loads(shipped)


def names(listed):
    return [name.strip() for name in listed.split(",")]


def numbered(text):
    """The numbered topics, each as its heading and the lines below it."""
    body = text.split("## Sensitive topics", 1)[1].split("### Non-sensitive topics", 1)[0]
    return re.split(r"^\d+\. ", body, flags=re.MULTILINE)[1:]


def entry(topic, key):
    found = re.search(rf"\* {key}: (.+)", topic)
    return names(found[1]) if found else []


def test_the_nine_lists_of_approved_responders_are_those_of_the_policy(policy_text, content):
    approved = [entry(topic, "Approved Responders") for topic in numbered(policy_text)]
    assert len(approved) == 9
    assert [topic["approved_responders"] for topic in content["topics"]] == approved


def test_the_people_to_loop_in_are_those_of_the_policy(policy_text, content):
    looped_in = [entry(topic, "Loop in") for topic in numbered(policy_text)]
    assert [topic.get("loop_in", []) for topic in content["topics"]] == looped_in


def test_each_topic_stands_where_the_policy_has_it(policy_text, content):
    for topic, text in zip(content["topics"], numbered(policy_text), strict=True):
        word = re.split(r"[ /]", re.search(r"\*\*(.+?)\*\*", text)[1])[-1].rstrip("s")
        assert word.lower() in f"{topic['title']} {topic['description']}".lower()


def test_the_roles_are_held_by_those_whom_the_policy_names_in_its_order(policy_text, content):
    section = policy_text.split("### Roles", 1)[1]
    held = re.findall(r"^\* (.+?): (.+)$", section, flags=re.MULTILINE)
    roles = [
        (role, ", ".join(content["people"][one]["name"] for one in holders) or "TBC")
        for role, holders in content["roles"].items()
        if role in dict(held) or holders
    ]
    assert roles == held
