"""What was said before a thread moved, and comes only after that was told, belongs to the thread all the same."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from world import REPOSITORY, World, world

from router.core.signals import Moved
from router.core.units import Register, Unit
from router.service.moves import KEPT_MOVES, MOVED
from router.service.receiving import Received, receive

HERE, THERE, PRIVATE = f"github:{REPOSITORY}#7", "github:example-org/other#9", "github:example-org/secret#3"


@pytest.fixture
def desk() -> Iterator[World]:
    with world() as told:
        yield told


@pytest.fixture
def case(desk: World) -> str:
    return str(desk.post("[licensing] may I fork it?", 7)["escalation"])


def move(desk: World, was: str, to: str, *, confidential: bool = False) -> Received:
    url = f"https://github.com/{to.removeprefix('github:').replace('#', '/issues/')}"
    return receive(desk.router.desk, [Moved("github", was, to, url, confidential, desk.clock.now())])


def test_it_joins_the_case_that_has_moved(desk: World, case: str) -> None:
    move(desk, HERE, THERE)
    assert desk.comment("[licensing] and sell it?", 7) == {"result": "joined", "escalation": case}


def test_what_it_says_of_another_topic_is_a_case_of_the_thread_as_it_is_called_now(desk: World, case: str) -> None:
    move(desk, HERE, THERE)
    other = str(desk.comment("[packaging] and ship it?", 7)["escalation"])
    assert desk.case(other).matter.thread == desk.case(case).matter.thread == THERE


def test_it_is_shown_to_nobody_when_the_thread_is_private_by_now(desk: World, case: str) -> None:
    move(desk, HERE, THERE)
    move(desk, THERE, PRIVATE, confidential=True)
    assert desk.comment("[licensing] or the swordfish?", 7) == {"result": "joined", "escalation": case}
    desk.settle()
    assert "swordfish" not in "\n".join(post.text for post in desk.posts)


def test_what_it_says_of_another_topic_is_confidential_when_the_thread_is_private_by_now(
    desk: World, case: str
) -> None:
    move(desk, HERE, PRIVATE, confidential=True)
    assert desk.comment("[packaging] or the swordfish?", 7)["result"] == "escalated"
    desk.settle()
    assert "swordfish" not in "\n".join(post.text for post in desk.posts)


def test_what_is_raised_by_the_old_address_is_confidential_when_the_thread_is_private_by_now(
    desk: World, case: str
) -> None:
    move(desk, HERE, PRIVATE, confidential=True)
    address = f"https://github.com/{REPOSITORY}/issues/7"
    assert "Packaging" in desk.type("ian.tien", f"raise {address} or the swordfish? --topic packaging")
    desk.settle()
    assert "swordfish" not in "\n".join(post.text for post in desk.posts)


def test_a_thread_that_moves_back_is_found_where_it_is(desk: World, case: str) -> None:
    move(desk, HERE, THERE)
    move(desk, THERE, HERE)
    assert desk.comment("[licensing] and sell it?", 7) == {"result": "joined", "escalation": case}


def test_a_thread_that_is_said_to_move_to_itself_is_found_where_it_is(desk: World, case: str) -> None:
    move(desk, HERE, HERE)
    assert desk.comment("[licensing] and sell it?", 7) == {"result": "joined", "escalation": case}


def test_two_threads_that_took_each_others_names_at_once_are_found(desk: World, case: str) -> None:
    ring = {HERE: THERE, THERE: HERE}
    moves = tuple(Register(MOVED, was, f"{desk.clock.at.isoformat()} {to}") for was, to in ring.items())
    desk.router.desk.store.commit(Unit(registers=moves))
    assert desk.comment("[licensing] and sell it?", 7)["result"] == "escalated"


def test_of_a_thread_without_a_case_nothing_is_kept(desk: World) -> None:
    assert move(desk, HERE, THERE).result == "ignored"
    assert desk.router.desk.store.registers(MOVED) == {}


def test_of_very_many_moves_the_latest_are_remembered(desk: World, case: str) -> None:
    def ago(minutes: int) -> Register:
        at = desk.clock.now() - timedelta(minutes=minutes)
        return Register(MOVED, f"{minutes} minutes ago", f"{at.isoformat()} {THERE}")

    store = desk.router.desk.store
    store.commit(Unit(registers=tuple(ago(minutes) for minutes in range(1, KEPT_MOVES + 1))))
    assert move(desk, HERE, THERE).case == case
    assert sorted(store.registers(MOVED)) == sorted(
        [HERE, *(f"{minutes} minutes ago" for minutes in range(1, KEPT_MOVES))]
    )


def test_of_fewer_moves_none_is_forgotten(desk: World, case: str) -> None:
    move(desk, HERE, THERE)
    move(desk, THERE, PRIVATE)
    others = (
        Register(MOVED, f"github:a/x#{number}", f"{desk.clock.at.isoformat()} {THERE}")
        for number in range(KEPT_MOVES - 3)
    )
    desk.router.desk.store.commit(Unit(registers=tuple(others)))
    move(desk, PRIVATE, "github:example-org/last#1")
    assert len(desk.router.desk.store.registers(MOVED)) == KEPT_MOVES
