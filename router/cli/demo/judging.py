"""Judging the demo: what a member of the channel sees over REST, beside what the policy file asks for."""

import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from router.cli.demo.member import Member, Seen
from router.cli.demo.samples import Sample
from router.core.policy import Policy
from router.core.topics import TopicId

PATIENCE = 20.0  # seconds until what was accepted must be visible
LOOK_EVERY = 0.1
MENTION = re.compile(r"(?<![\w@])@([a-z0-9._-]*[a-z0-9_-])")


@dataclass(frozen=True, slots=True)
class Row:
    """One sample: what was answered, what is seen, and what is wrong with it ("" when nothing is)."""

    sample: str
    answered: str
    case: str
    seen: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Channel:
    """What a member sees: the posts, each person's number of mentions."""

    posts: Sequence[Seen]
    mentions: Mapping[str, int]

    def roots(self, case: str) -> list[Seen]:
        """Root posts about a case."""
        return [post for post in self.posts if post.case == case]


def judge(
    sent: Sequence[tuple[Sample, Mapping[str, Any]]], policy: Policy, people: Sequence[Member], channels: Sequence[str]
) -> list[Row]:
    """Look until all is as it should be, or patience ends; then say what is."""
    until = time.monotonic() + PATIENCE
    while True:
        channel = look(people, channels)
        rows = [_row(sample, answer, policy, channel) for sample, answer in sent]
        rows += _mention_rows(channel)
        if not any(row.wrong for row in rows) or time.monotonic() > until:
            return rows
        time.sleep(LOOK_EVERY)


def look(people: Sequence[Member], channels: Sequence[str]) -> Channel:
    """Read the channels as the first of the people, and the mention counts as each of them."""
    posts = [post for channel in channels for post in people[0].posts(channel)]
    mentions = {one.username: sum(one.mention_count(channel) for channel in channels) for one in people}
    return Channel(posts, mentions)


def expected_mentions(topic: str | None, policy: Policy) -> list[str]:
    """Who must be told of a topic; in triage the manager."""
    if topic is None:
        return [policy.username(one) for one in policy.holders([policy.manager_of("github")])]
    known = policy.topics[TopicId(topic)]
    return [policy.username(one) for one in policy.holders((*known.approved, *known.loop_in))]


def _row(sample: Sample, answer: Mapping[str, Any], policy: Policy, channel: Channel) -> Row:
    case = answer["escalation"] or ""
    roots = channel.roots(case) if case else []
    seen = roots[0].text.partition("\n")[0] if roots else ""
    return Row(sample.name, answer["result"], case, seen, "; ".join(_faults(sample, answer, policy, roots)))


def _faults(sample: Sample, answer: Mapping[str, Any], policy: Policy, roots: Sequence[Seen]) -> list[str]:
    expected = sample.expect["result"]
    if answer["result"] != expected:
        return [f"expected {expected}"]
    if expected == "not_sensitive":
        return []
    if len(roots) != 1:
        return [f"{len(roots)} root posts"]
    first_line = roots[0].text.partition("\n")[0]
    topic = sample.expect.get("topic")
    wanted = expected_mentions(topic, policy)
    checks = {
        f"mentions are not {wanted}": Counter(MENTION.findall(roots[0].text)) == Counter(wanted),
        "the topic is not in the first line": topic is None or policy.topics[TopicId(topic)].title in first_line,
        "the owner is not in the first line": policy.name(_owner(topic, policy)) in first_line,
        "the comment is not counted": expected != "joined" or "1 comment since" in roots[0].text,
    }
    return [fault for fault, holds in checks.items() if not holds]


def _owner(topic: str | None, policy: Policy) -> Any:
    names = policy.topics[TopicId(topic)].approved if topic else [policy.manager_of("github")]
    return policy.holders(names)[0]


def _mention_rows(channel: Channel) -> list[Row]:
    """Everybody was notified as often as they were mentioned: by the bot's posts alone, and by no hostile text."""
    written = Counter(name for post in channel.posts for name in set(MENTION.findall(post.text)))
    wrong = [
        f"{name}: notified {count}, mentioned in {written[name]} posts"
        for name, count in channel.mentions.items()
        if count != written[name]
    ]
    return [Row("everybody", "", "", "each notified once for each post that mentions them", "; ".join(wrong))]
