"""What sources sent while the router was away is asked for, taken in once, and never in the way of anything."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import recorded_github
import requests
from world import POLICY_FILE, ManualClock, World, eventually, issue, world

from router.core.errors import SourceError, StoreUnavailable
from router.core.units import Register, Unit
from router.intake.source import Missed
from router.service.receiving import LONGEST_TEXT, Received, receive
from router.service.replaying import AFTER_FAILURE, EVERY, FURTHEST, KNOWN_UNTIL, OVERLAP, Replaying

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NEWS = {"x-github-event": "issues"}


class Sender:
    """A source that is asked: gives what it is told to, or raises; keeps what it was asked for."""

    def __init__(self) -> None:
        self.gives: list[Missed | str] = []
        self.fails: list[Exception] = []
        self.asked: list[datetime] = []

    def lost(self, text: str, number: int, headers: dict[str, str] = NEWS) -> None:
        body = json.dumps(issue(text, number, issue_id=number)).encode()
        self.gives.append(Missed(headers, body, datetime.fromisoformat("2026-03-01T12:00:00Z")))

    def __call__(self, since: datetime, now: datetime) -> Iterator[Missed | str]:
        self.asked.append(since)
        yield from self.gives
        if self.fails:
            raise self.fails.pop()


@pytest.fixture
def desk() -> Iterator[World]:
    real = ManualClock()
    with world(real=real, ROUTER_API_TOKEN="t") as told:
        told.clock = real
        told.router.desk.store.commit(Unit(registers=(Register(KNOWN_UNTIL, "github", real.at.isoformat()),)))
        yield told


@pytest.fixture
def sender() -> Sender:
    return Sender()


def replaying(desk: World, sender: Sender) -> Replaying:
    """Make the router's own part anew, as a start does, so that it asks this sender."""
    inner = desk.router.desk
    return Replaying(inner, partial(receive, inner), {"github": sender})


def look(part: Replaying) -> None:
    """Look, and wait for what is under way."""
    part.look()
    ended()


def ended() -> None:
    eventually(lambda: not runs(), "the end of the run")


def runs() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "replay"]


def known_until(desk: World) -> datetime:
    return datetime.fromisoformat(desk.router.desk.store.register(KNOWN_UNTIL, "github") or "")


def test_what_was_missed_is_escalated_and_posted(desk: World, sender: Sender) -> None:
    sender.lost("[licensing] may we?", 1)
    sender.lost("thanks!", 2)
    part = replaying(desk, sender)
    look(part)
    assert desk.root("ESC-1").text
    assert part.total == {("github", "escalated"): 1, ("github", "not_sensitive"): 1}


def test_it_is_asked_for_at_the_start_and_once_a_day(desk: World, sender: Sender) -> None:
    part, start = replaying(desk, sender), desk.clock.at
    look(part)
    desk.clock.at = start + EVERY - MINUTE
    look(part)
    assert len(sender.asked) == 1
    desk.clock.at = start + EVERY
    look(part)
    assert len(sender.asked) == 2
    look(replaying(desk, sender))
    assert len(sender.asked) == 3


def test_it_is_asked_from_when_all_was_known_with_some_overlap(desk: World, sender: Sender) -> None:
    start = desk.clock.at
    desk.clock.at += timedelta(hours=10)
    look(replaying(desk, sender))
    assert (sender.asked, known_until(desk)) == ([start - OVERLAP], desk.clock.at)


def test_after_a_long_time_only_what_sources_keep_is_asked_for(desk: World, sender: Sender) -> None:
    desk.clock.at += 30 * DAY
    look(replaying(desk, sender))
    assert sender.asked == [desk.clock.at - FURTHEST]


def unknown(desk: World) -> None:
    desk.router.desk.store.commit(Unit(registers=(Register(KNOWN_UNTIL, "github", None),)))


def test_what_was_said_before_a_source_was_in_use_was_not_missed(desk: World, sender: Sender) -> None:
    unknown(desk)
    look(replaying(desk, sender))
    assert (sender.asked, known_until(desk)) == ([], desk.clock.at)


def test_of_a_source_in_use_it_is_asked_from_its_first_day_on(desk: World, sender: Sender) -> None:
    unknown(desk)
    first = desk.clock.at.replace(hour=0)
    desk.router.listening.heard("github", 0)
    desk.router.listening.look()
    desk.clock.at += DAY
    look(replaying(desk, sender))
    assert sender.asked == [first]


def test_of_a_source_long_in_use_only_what_sources_keep_is_asked_for(desk: World, sender: Sender) -> None:
    unknown(desk)
    desk.router.listening.heard("github", 0)
    desk.router.listening.look()
    desk.clock.at += FURTHEST + DAY
    look(replaying(desk, sender))
    assert sender.asked == [desk.clock.at - FURTHEST]


def test_of_a_source_that_was_never_asked_nothing_is_known(desk: World, sender: Sender) -> None:
    unknown(desk)
    assert replaying(desk, sender).known_until == {}


def test_what_is_asked_for_twice_is_taken_in_once(desk: World, sender: Sender) -> None:
    """As after a kill in the middle: the register is not written yet, and all of it comes again."""
    sender.lost("[licensing] may we?", 1)
    sender.fails.append(SourceError("gone"))
    look(replaying(desk, sender))
    assert known_until(desk) == desk.clock.at
    again = replaying(desk, sender)
    look(again)
    assert again.total == {("github", "duplicate"): 1}
    desk.settle()
    assert len(desk.posts) == 1


def test_a_run_that_failed_is_tried_again_in_an_hour_and_told_until_then(desk: World, sender: Sender) -> None:
    start = desk.clock.at
    sender.fails.append(SourceError("the token may not read webhooks"))
    desk.clock.at += 2 * MINUTE
    part = replaying(desk, sender)
    look(part)
    assert part.remarks == ["what was missed of github is not known: the token may not read webhooks"]
    assert known_until(desk) == start
    desk.clock.at += AFTER_FAILURE
    look(part)
    assert (part.remarks, known_until(desk)) == ([], desk.clock.at)


def test_a_run_that_failed_is_not_tried_again_before_the_hour_is_over(desk: World, sender: Sender) -> None:
    sender.fails.append(SourceError("the token may not read webhooks"))
    part = replaying(desk, sender)
    look(part)
    desk.clock.at += AFTER_FAILURE - MINUTE
    look(part)
    assert len(sender.asked) == 1


def test_a_fault_in_one_source_does_not_keep_others_from_being_asked(desk: World, sender: Sender) -> None:
    broken, inner = Sender(), desk.router.desk
    broken.fails.append(ZeroDivisionError("by zero"))
    part = Replaying(inner, partial(receive, inner), {"x": broken, "github": sender})
    inner.store.commit(Unit(registers=(Register(KNOWN_UNTIL, "x", (desk.clock.at - DAY).isoformat()),)))
    look(part)
    assert (len(sender.asked), part.remarks) == (1, ["what was missed of x is not known: by zero"])


def test_a_damaged_delivery_is_skipped_and_counted(desk: World, sender: Sender) -> None:
    sender.gives.append(Missed(NEWS, b'{"action": 3}', desk.clock.at))
    sender.lost("[licensing] may we?", 1)
    part = replaying(desk, sender)
    look(part)
    assert part.total == {("github", "damaged"): 1, ("github", "escalated"): 1}
    assert known_until(desk) == desk.clock.at


def test_a_text_that_a_hook_would_refuse_is_no_better_for_being_missed(desk: World, sender: Sender) -> None:
    sender.lost("x" * (LONGEST_TEXT + 1), 1)
    part = replaying(desk, sender)
    look(part)
    assert part.total == {("github", "damaged"): 1}


def test_a_source_that_sends_it_again_by_itself_only_says_so(desk: World, sender: Sender) -> None:
    sender.gives.append("GitHub sends again what it sent since yesterday")
    part = replaying(desk, sender)
    look(part)
    assert (part.total, part.remarks) == ({}, [])


def test_while_nothing_can_be_stored_nothing_is_known(desk: World, sender: Sender) -> None:
    sender.lost("[licensing] may we?", 1)
    start = desk.clock.at
    desk.clock.at += DAY

    def full(_: object) -> Received:
        raise StoreUnavailable("no space left")

    part = Replaying(desk.router.desk, full, {"github": sender})
    look(part)
    assert part.remarks == ["what was missed of github is not known: no space left"]
    assert known_until(desk) == start


class Slow:
    """A source that does not answer until it is let."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.asked = threading.Semaphore(0)
        self.answer = threading.Event()

    def __call__(self, since: datetime, now: datetime) -> Iterator[Missed | str]:
        self.asked.release()
        self.answer.wait(60)
        for text in self.texts:
            yield Missed(NEWS, json.dumps(issue(text)).encode(), now)


def test_a_source_that_does_not_answer_holds_up_neither_ticks_nor_the_end(desk: World) -> None:
    inner, slow = desk.router.desk, Slow("[licensing] may we?")
    taken: list[object] = []
    part = Replaying(inner, lambda incoming: taken.append(incoming) or receive(inner, incoming), {"github": slow})
    part.look()
    assert slow.asked.acquire(timeout=10)
    part.look()
    part.stop()
    slow.answer.set()
    ended()
    assert taken == []


def test_of_a_run_that_was_stopped_it_is_not_known_what_was_missed(desk: World) -> None:
    start, slow = desk.clock.at, Slow()
    desk.clock.at += MINUTE
    part = Replaying(desk.router.desk, partial(receive, desk.router.desk), {"github": slow})
    part.look()
    assert slow.asked.acquire(timeout=10)
    part.stop()
    slow.answer.set()
    ended()
    assert known_until(desk) == start


def test_a_source_that_takes_longer_than_an_hour_is_not_asked_again_meanwhile(desk: World) -> None:
    inner, slow = desk.router.desk, Slow()
    part = Replaying(inner, partial(receive, inner), {"github": slow})
    part.look()
    assert slow.asked.acquire(timeout=10)
    desk.clock.at += AFTER_FAILURE
    part.look()
    assert len(runs()) == 1
    slow.answer.set()
    ended()


@pytest.fixture
def in_use(tmp_path: Path) -> Iterator[World]:
    """A router that GitHub brought something yesterday, with a store that outlives it."""
    real = ManualClock()
    real.at = datetime.now(UTC) - DAY
    policy = tmp_path / "responders.toml"
    policy.write_text(POLICY_FILE.read_text(encoding="utf-8") + recorded_github.POLICY, encoding="utf-8")
    with world(f"tinydb:///{tmp_path}/router.json", policy, real=real, ROUTER_API_TOKEN="t") as desk:
        desk.post("thanks!")
        real.at += DAY
        yield desk


def start_again(desk: World) -> None:
    desk.restart(GITHUB_REPLAY_TOKEN="a-token", ROUTER_PUBLIC_URL=recorded_github.ADDRESS)


def test_a_router_that_starts_again_asks_by_itself_and_counts_what_came_of_it(in_use: World) -> None:
    with recorded_github.lost(issue("[licensing] may we?", 2, issue_id=2), issue("thanks!", 3, issue_id=3)):
        start_again(in_use)
        eventually(lambda: in_use.router.desk.store.register(KNOWN_UNTIL, "github"), "the end of the run")
    assert in_use.root("ESC-1").text
    answer = requests.get(f"{in_use.url}/metrics", headers={"Authorization": "Bearer t"}, timeout=5).text
    assert 'escalation_router_replayed_total{source="github",result="escalated"} 1' in answer
    assert 'escalation_router_source_known_until_timestamp_seconds{source="github"} ' in answer
    assert 'escalation_router_verdicts_total{topic="licensing"' not in answer


def test_readyz_says_that_a_source_can_not_be_asked_and_why(in_use: World) -> None:
    with recorded_github.lost(rights=False):
        start_again(in_use)
        (remark,) = eventually(lambda: in_use.ready()["remarks"], "a remark")
    assert remark.startswith("what was missed of github is not known: GitHub does not show the webhooks of ")
