"""One thing that was said is one escalation and one post, however often, by whatever way and when it is delivered."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from world import World, issue, world

TEXT = "[licensing] may I sell copies?"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with world(f"tinydb:///{tmp_path}/router.json") as told:
        yield told


def deliver(desk: World, hook_id: int = 1, number: int = 1) -> str:
    """GitHub delivers the issue, with an id of the delivery that nobody has seen."""
    body = json.dumps(issue(TEXT, number)).encode()
    answer = desk.hook("issues", body, x_github_delivery=str(uuid4()), x_github_hook_id=str(hook_id))
    assert answer.status_code == 200
    return str(answer.json()["result"])


def roots(desk: World) -> int:
    desk.settle()
    return len([post for post in desk.posts if post.case])


def test_ten_connections_at_the_same_time_make_one_escalation_and_one_post(desk: World) -> None:
    with ThreadPoolExecutor(10) as senders:
        results = sorted(senders.map(lambda _: deliver(desk), range(10)))
    assert results == ["duplicate"] * 9 + ["escalated"]
    assert roots(desk) == 1
    assert desk.member("jason.blais").mention_count(desk.places()[1]) == 1


def test_two_hooks_that_deliver_the_same_make_one_escalation(desk: World) -> None:
    assert [deliver(desk, hook_id) for hook_id in (1, 2)] == ["escalated", "duplicate"]
    assert roots(desk) == 1


def test_what_is_delivered_again_after_the_case_was_closed_is_a_duplicate(desk: World) -> None:
    deliver(desk)
    desk.type("jason.blais", "dismiss ESC-1 no-answer-due")
    assert deliver(desk) == "duplicate"
    assert desk.case("ESC-1").state == "closed"


def test_what_is_delivered_again_after_a_restart_is_a_duplicate(desk: World) -> None:
    deliver(desk)
    desk.settle()
    desk.restart()
    assert deliver(desk) == "duplicate"
    assert roots(desk) == 1
