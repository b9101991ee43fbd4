"""Mattermost stumbles: what was accepted is posted when it is back, once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
from world import World, eventually, world

from router.sandbox import Fault

POSTS = r"/api/v4/posts(\?|$)"


@pytest.fixture
def desk() -> Iterator[World]:
    with world() as told:
        yield told


def roots(desk: World, case: str) -> int:
    return sum(post.case == case for post in desk.posts)


def mentions(desk: World) -> dict[str, int]:
    _, channel_id = desk.places()
    return {
        name: desk.member(name).mention_count(channel_id) for name in ("jason.blais", "katie.wiersgalla", "ian.tien")
    }


def test_signals_are_accepted_while_mattermost_is_down_and_posted_when_it_is_back(desk: World) -> None:
    desk.sandbox.stop_listening()
    case = desk.post("[licensing] may we?")["escalation"]
    eventually(lambda: requests.get(f"{desk.url}/readyz", timeout=5).json()["status"] == "degraded", "bad news")
    desk.sandbox.listen_again()
    desk.settle()
    assert roots(desk, case) == 1
    assert requests.get(f"{desk.url}/readyz", timeout=5).json()["status"] == "ready"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_is_retried(desk: World, status: int) -> None:
    desk.sandbox.faults.add(Fault(status=status, method="POST", path=POSTS, times=2))
    case = desk.post("[licensing] may we?")["escalation"]
    desk.settle()
    assert roots(desk, case) == 1
    assert mentions(desk) == dict.fromkeys(mentions(desk), 1)


def test_a_rate_limit_is_respected(desk: World) -> None:
    limit = desk.sandbox.faults.add(Fault(kind="rate_limited", retry_after=2, method="POST", path=POSTS, times=1))
    start = desk.router.desk.real.now()
    case = desk.post("[licensing] may we?")["escalation"]
    desk.settle()
    assert limit.hits == 1
    assert roots(desk, case) == 1
    assert desk.router.desk.real.now() - start >= timedelta(seconds=2)


def test_a_post_whose_answer_never_came_is_not_posted_again(desk: World) -> None:
    held = desk.sandbox.faults.add(Fault(kind="hang_after", method="POST", path=POSTS, times=1))
    case = desk.post("[licensing] may we?")["escalation"]
    assert held.wait_until_held(10)
    eventually(lambda: desk.router.desk.store.backlog() == 0, "an empty outbox", 40)
    assert roots(desk, case) == 1
    assert mentions(desk) == dict.fromkeys(mentions(desk), 1)


def test_a_deleted_root_gets_a_new_one(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    old = desk.root(case)
    headers = {"Authorization": f"Bearer {desk.sandbox.admin_token}"}
    requests.delete(f"{desk.sandbox.url}/api/v4/posts/{old.id}", headers=headers, timeout=5)
    desk.type("jason.blais", f"assign {case} @katie.wiersgalla")
    new = desk.root(case)
    assert new.id != old.id
    assert "owner **Katie Wiersgalla**" in new.text
    assert "is yours now" in desk.thread(case)[-1]
    desk.press("katie.wiersgalla", case, "Claim")
    assert desk.case(case).state == "acknowledged"


def test_effects_of_one_case_come_in_order(desk: World) -> None:
    desk.sandbox.stop_listening()
    case = desk.post("[licensing] may we?")["escalation"]
    for number in range(5):
        desk.comment(f"[licensing] remark {number}")
    desk.sandbox.listen_again()
    desk.settle()
    said = [text.rsplit("remark ", 1)[1][0] for text in desk.thread(case)]
    assert said == ["0", "1", "2", "3", "4"]


def test_a_restart_loses_and_repeats_nothing(tmp_path) -> None:
    store = f"tinydb:///{tmp_path / 'router.json'}"
    with world(store) as desk:
        case = desk.post("[licensing] may we?")["escalation"]
        desk.settle()
        desk.type("ian.tien", f"claim {case}")
        before, posts = desk.case(case), desk.posts
        desk.restart()
        desk.settle()
        assert desk.case(case) == before
        assert desk.posts == posts


def test_of_many_updates_that_wait_one_is_sent(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    desk.root(case)
    desk.sandbox.stop_listening()
    for _ in range(12):
        desk.comment("thanks")
    before = len(desk.sandbox.requests)
    desk.sandbox.listen_again()
    assert "12 comments since" in desk.root(case).text
    patches = [one for one in desk.sandbox.requests[before:] if one.path.endswith("/patch")]
    assert len(patches) == 1


def test_a_server_that_asks_to_be_left_alone_is_left_alone_by_every_case(desk: World) -> None:
    desk.sandbox.faults.add(Fault(kind="rate_limited", retry_after=2, method="POST", path=POSTS, times=1))
    desk.post("[licensing] first", 1)
    eventually(lambda: any(one.status == 429 for one in desk.sandbox.requests), "a refusal")
    before = len(desk.sandbox.requests)
    desk.post("[licensing] second", 2)
    desk.settle()
    posted = [
        one.status for one in desk.sandbox.requests[before:] if one.method == "POST" and one.path == "/api/v4/posts"
    ]
    assert posted == [201, 201]
