"""What not everybody may read: the channel learns that there is something, and who must act learns what."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from world import REPOSITORY, World, world

from router.core.signals import Moved, Signal
from router.service.receiving import Received, receive

TEXT = "[security-vulnerability] the passphrase is swordfish"
TITLE = "A hole in the moat"
PLACE = "https://github.com/example-org/secret-garden/issues/7"
APPROVED = {"jason.blais", "daniel.schalla", "katie.wiersgalla", "chris.overton"}


@pytest.fixture
def desk() -> Iterator[World]:
    with world() as told:
        yield told


def signal(desk: World, text: str = TEXT, *, object_id: str = "issue/7", thread: str = "github:a/b#7") -> Signal:
    return Signal(
        source="github",
        instance="github.com",
        kind="issue",
        object_id=object_id,
        thread=thread,
        url=PLACE,
        title=TITLE,
        headline=TITLE,
        body=text,
        author="octo-reader",
        at=desk.clock.now(),
        confidential=True,
    )


def take(desk: World, one: Signal | Moved) -> Received:
    received = receive(desk.router.desk, [one])
    desk.settle()
    return received


def said_in_channel(desk: World) -> str:
    return "\n".join(post.text for post in desk.posts)


def test_the_channel_learns_topic_and_owner_and_nothing_of_what_was_said(desk: World) -> None:
    received = take(desk, signal(desk))
    said = said_in_channel(desk)
    assert f"**{received.case} · Security vulnerabilities** · confidential · owner **Jason Blais**" in said
    assert not [one for one in (TITLE, "swordfish", "secret-garden", "octo-reader") if one in said]


def test_each_approved_responder_is_told_alone_what_was_said_and_where(desk: World) -> None:
    take(desk, signal(desk))
    for username in APPROVED:
        (told,) = desk.told(username)
        assert "swordfish" in told
        assert PLACE in told
        assert TITLE in told
    assert desk.told("ian.tien") == []


def test_only_who_must_act_is_shown_a_confidential_case(desk: World) -> None:
    case = take(desk, signal(desk)).case
    assert TITLE in desk.type("daniel.schalla", f"show {case}")
    assert f"{case} is confidential" in desk.type("ian.tien", f"show {case}")
    assert TITLE not in desk.type("ian.tien", "list")


def test_who_may_not_see_a_confidential_case_and_tries_to_act_is_entered_in_its_timeline(desk: World) -> None:
    case = take(desk, signal(desk)).case
    desk.press("ian.tien", str(case), "Claim")
    assert desk.events(str(case))[-1] == "refused"


def test_the_backstop_who_is_asked_to_assign_a_confidential_case_can(desk: World) -> None:
    case = take(desk, replace(signal(desk), body="[packaging] is it free?")).case
    assert f"{case} is confidential" in desk.type("jason.blais", f"assign {case} @katie.wiersgalla")
    desk.advance(hours=5)
    assert f"{case} is open" in desk.type("jason.blais", f"assign {case} @katie.wiersgalla")


def test_what_somebody_raises_of_a_confidential_thread_is_confidential_too(desk: World) -> None:
    thread = "github:example-org/secret-garden#7"
    take(desk, signal(desk, thread=thread))
    assert "Packaging" in desk.type("ian.tien", f"raise {PLACE} and is the moat free? --topic packaging")
    desk.settle()
    assert "secret-garden" not in said_in_channel(desk)
    assert "moat free" in desk.told("katie.wiersgalla")[-1]


def test_what_is_raised_of_a_thread_that_became_private_is_confidential_whatever_else_is_known_of_it(
    desk: World,
) -> None:
    thread = "github:example-org/secret-garden#7"
    take(desk, replace(signal(desk, "[licensing] may I?", thread=thread), confidential=False))
    take(desk, signal(desk, object_id="comment/8", thread=thread))
    desk.type("ian.tien", f"raise {PLACE} and is the moat free? --topic packaging")
    desk.settle()
    assert "moat free" not in said_in_channel(desk)


def test_what_goes_on_in_a_confidential_thread_is_told_in_private(desk: World) -> None:
    take(desk, signal(desk))
    take(desk, signal(desk, "[security-vulnerability] and the user is admiral", object_id="comment/8"))
    assert "admiral" not in said_in_channel(desk)
    assert "admiral" in desk.told("daniel.schalla")[-1]


def test_a_confidential_case_is_in_no_metric(desk: World) -> None:
    take(desk, signal(desk))
    text = requests.get(f"{desk.url}/metrics", timeout=5).text
    assert "escalation_router_cases{" not in text


def test_a_case_follows_its_thread_and_later_comments_find_it_there(desk: World) -> None:
    opened = desk.post("[licensing] may I fork it?", 7)
    where = f"github:{desk.case(opened['escalation']).matter.thread.partition(':')[2]}"
    moved = Moved("github", where, "github:a/c#9", "https://github.com/a/c/issues/9", False, desk.clock.now())
    received = receive(desk.router.desk, [moved])
    assert (received.result, received.case) == ("joined", opened["escalation"])
    again = receive(desk.router.desk, [moved])
    assert again.result == "ignored"
    joined = take(desk, signal(desk, "[licensing] and sell it?", object_id="comment/9", thread="github:a/c#9"))
    assert joined == Received("joined", opened["escalation"])


def test_what_was_posted_of_a_thread_is_withdrawn_when_it_moves_to_a_private_place(desk: World) -> None:
    opened = desk.post("[licensing] may I fork the swordfish?", 7, title="Of the swordfish")
    desk.comment("[licensing] or the swordfish's nest?", 7)
    desk.settle()
    assert "swordfish" in said_in_channel(desk)
    where = desk.case(opened["escalation"]).matter.thread
    moved = Moved("github", where, "github:a/secret#9", "https://github.com/a/secret/issues/9", True, desk.clock.now())
    receive(desk.router.desk, [moved])
    desk.settle()
    assert "swordfish" not in said_in_channel(desk)
    assert "a/secret" not in said_in_channel(desk)
    private = desk.told("jason.blais")[-1]
    assert "swordfish" in private
    assert "https://github.com/a/secret/issues/9" in private
    assert REPOSITORY not in private


def test_what_was_posted_of_a_thread_is_withdrawn_when_something_confidential_joins(desk: World) -> None:
    opened = desk.post("[licensing] may I fork the swordfish?", 7, title="Of the swordfish")
    desk.comment("[licensing] or the swordfish's nest?", 7)
    desk.settle()
    assert "swordfish" in said_in_channel(desk)
    where = desk.case(opened["escalation"]).matter.thread
    joined = take(desk, signal(desk, "[licensing] and in private?", object_id="issue-comment/99", thread=where))
    assert joined == Received("joined", opened["escalation"])
    assert "swordfish" not in said_in_channel(desk)


def test_what_was_said_in_private_stays_private_when_its_case_is_a_duplicate_of_an_open_one(desk: World) -> None:
    opened = desk.post("[licensing] may I fork it?", 7)["escalation"]
    thread = desk.case(opened).matter.thread
    private = take(desk, signal(desk, "[packaging] may I ship the swordfish?", object_id="comment/8", thread=thread))
    desk.type("katie.wiersgalla", f"topic {private.case} licensing")
    assert desk.case(private.case).matter.duplicate_of == opened
    assert "swordfish" not in said_in_channel(desk)
    assert "swordfish" in desk.told("jason.blais")[-1]


def test_a_moved_thread_brings_the_same_text_once(desk: World) -> None:
    first = take(desk, signal(desk))
    moved = Moved("github", "github:a/b#7", "github:a/c#9", "https://github.com/a/c/issues/9", False, desk.clock.now())
    there = signal(desk, object_id="issue/99", thread="github:a/c#9")
    assert receive(desk.router.desk, [moved, there]) == Received("joined", first.case)
    assert receive(desk.router.desk, [moved, there]) == Received("duplicate", first.case)
