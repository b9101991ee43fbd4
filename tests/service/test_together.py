"""Asking together: an answer is shared by whoever asked before it was begun, and by nobody else."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from world import eventually

from router.service.together import Together


class Answers:
    """Gives 1, 2, 3 …, each only when it is let go; says when it was begun."""

    def __init__(self):
        self.given = 0
        self.begun = threading.Semaphore(0)
        self.go = threading.Semaphore(0)

    def __call__(self):
        self.begun.release()
        assert self.go.acquire(timeout=10)
        self.given += 1
        return self.given


def test_whoever_asks_while_an_answer_is_under_way_shares_the_next_one():
    together, answers = Together(), Answers()
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(together.ask, "who?", answers)
        assert answers.begun.acquire(timeout=10)
        others = [pool.submit(together.ask, "who?", answers) for _ in range(8)]
        eventually(lambda: together._busy["who?"][1] == 9, "all have asked")
        answers.go.release(2)
        assert first.result(10) == 1
        assert [one.result(10) for one in others] == [2] * 8


def test_who_asks_alone_is_answered_anew_each_time():
    together, answers = Together(), Answers()
    answers.go.release(2)
    assert [together.ask("who?", answers), together.ask("who?", answers)] == [1, 2]
    assert (together._busy, together._next) == ({}, {})


def test_different_questions_do_not_wait_for_each_other():
    together, slow = Together(), Answers()
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(together.ask, "who?", slow)
        assert slow.begun.acquire(timeout=10)
        assert together.ask("where?", lambda: "here") == "here"
        slow.go.release()
        assert held.result(10) == 1


def test_an_error_is_raised_to_who_asked_and_the_next_is_asked_anew():
    together = Together()
    with pytest.raises(ValueError, match="away"):
        together.ask("who?", lambda: (_ for _ in ()).throw(ValueError("away")))
    assert together.ask("who?", lambda: "back") == "back"
