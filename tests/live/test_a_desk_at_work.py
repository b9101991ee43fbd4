"""A day at a desk that `setup` made: what people do in Mattermost, and what they see then."""

from concurrent.futures import ThreadPoolExecutor

from live.desk import Desk
from world import eventually

QUESTION = "May we use the AGPL edition commercially, or do we need a commercial licence?"


def test_a_signed_webhook_is_posted_and_its_responders_are_really_notified(desk: Desk) -> None:
    people = ("jason.blais", "katie.wiersgalla", "ian.tien")
    before = [desk.mentions(one) for one in people]
    root = desk.root(desk.post(QUESTION))
    assert "Licensing" in root.text
    assert [desk.mentions(one) for one in people] == [one + 1 for one in before]


def test_a_topic_that_runs_around_the_clock_is_urgent(desk: Desk) -> None:
    root = desk.root(desk.post("I found a remote code execution vulnerability, CVE pending: how do I report it?"))
    post = desk.place.admin("GET", f"/posts/{root.id}")
    assert post["metadata"]["priority"]["priority"] == "urgent"


def test_a_button_claims(desk: Desk, case: str) -> None:
    client = desk.client("katie.wiersgalla")
    desk.press("katie.wiersgalla", case, "Claim")
    assert case in client.whispered(f"{case} is acknowledged")
    desk.shown(case, "claimed by **Katie Wiersgalla**")


def test_a_dialog_from_a_button_dismisses(desk: Desk, case: str) -> None:
    client = desk.client("ian.tien")
    desk.press("ian.tien", case, "Dismiss…")
    opened = client.dialog()
    names = {element["name"] for element in opened["dialog"]["elements"]}
    assert names == {"reason", "text"}
    assert client.submit(opened, desk.places(), reason="no-answer-due", text="Somebody else did") in ({}, None)
    desk.shown(case, "closed: **no-answer-due**")


def test_a_dialog_from_a_slash_command_raises(desk: Desk) -> None:
    client = desk.client("tim.quock")
    desk.type("tim.quock", "raise")
    opened = client.dialog()
    before = len(desk.posts())
    client.submit(opened, desk.places(), text="A customer asks about our GDPR data processing agreement")
    eventually(lambda: len(desk.posts()) > before, "a post about what was raised")


def test_a_reply_claims_in_the_thread(desk: Desk, case: str) -> None:
    reply = desk.say("jason.blais", case, "claim")
    desk.shown(case, "claimed by **Jason Blais**")
    eventually(lambda: desk.member("jason.blais").reactions(reply) == ["white_check_mark"], "a reaction")
    assert desk.timeline(case).count("claim") == 1


def test_a_reply_is_heard_by_the_outgoing_webhook_alone(desk: Desk, case: str) -> None:
    desk.wire.deafen()
    try:
        desk.say("jason.blais", case, "Claim!")
        desk.shown(case, "claimed by **Jason Blais**")
    finally:
        desk.wire.mend()


def test_a_reply_in_a_private_channel_is_heard_by_the_websocket(desk: Desk, case: str) -> None:
    _, channel_id = desk.places()
    desk.place.admin("PUT", f"/channels/{channel_id}/privacy", {"privacy": "P"})
    try:
        desk.say("jason.blais", case, "claim")
        desk.shown(case, "claimed by **Jason Blais**")
    finally:
        desk.place.admin("PUT", f"/channels/{channel_id}/privacy", {"privacy": "O"})


def test_a_direct_message_takes_a_command(desk: Desk, case: str) -> None:
    desk.tell_the_bot("katie.wiersgalla", f"claim {case}")
    desk.shown(case, "claimed by **Katie Wiersgalla**")


def test_somebody_who_is_not_approved_is_told_who_is(desk: Desk, case: str) -> None:
    answer = desk.type("tim.quock", f"claim {case}")
    assert "only approved responders may claim" in answer
    assert "Jason Blais" in answer
    assert "claim" not in desk.timeline(case)


def test_of_two_claims_at_once_one_wins_and_the_other_is_told_who(desk: Desk, case: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        typed = [pool.submit(desk.type, one, f"claim {case}") for one in ("jason.blais", "ian.tien")]
        answers = sorted(one.result() for one in typed)
    assert sum("is acknowledged now" in one for one in answers) == 1
    assert sum("is claimed by" in one for one in answers) == 1
    assert desk.timeline(case).count("claim") == 1


def test_what_comes_in_while_mattermost_is_away_is_posted_once_when_it_is_back(desk: Desk) -> None:
    desk.wire.cut()
    cases = [desk.post(QUESTION) for _ in range(3)]
    assert desk.health()["outbox"] >= 3
    desk.wire.mend()
    eventually(lambda: desk.health()["outbox"] == 0, "an empty outbox", 90)
    assert [len(desk.roots(case)) for case in cases] == [1, 1, 1]


def test_a_restart_of_mattermost_in_the_middle_loses_nothing_and_says_nothing_twice(desk: Desk) -> None:
    before = desk.mentions("ian.tien")
    with ThreadPoolExecutor(1) as pool:
        posting = pool.submit(lambda: [desk.post(QUESTION) for _ in range(20)])
        desk.place.server.restart()
        cases = posting.result()
    eventually(lambda: desk.health()["outbox"] == 0, "an empty outbox", 150)
    assert [len(desk.roots(case)) for case in cases] == [1] * 20
    assert desk.mentions("ian.tien") == before + 20


def test_a_reply_typed_while_the_router_is_down_is_heard_when_it_is_back(desk: Desk, case: str) -> None:
    eventually(lambda: desk.health()["outbox"] == 0, "an empty outbox")  # else the next start waits before it looks
    desk.stop(kill=True)
    try:
        desk.say("jason.blais", case, "claim")
    finally:
        desk.start()
    desk.shown(case, "claimed by **Jason Blais**")
