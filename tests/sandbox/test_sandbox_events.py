"""What somebody's client hears of what happens, read in the sandbox's own process."""

import json
import threading

import pytest
from websockets.exceptions import ConnectionClosed

from router.sandbox.events import QUEUE_SIZE, Hub


def _heard(events, until, timeout=5):
    """Return the events up to the first named `until`."""
    heard = []
    while not heard or heard[-1]["event"] != until:
        event = events.next(timeout)
        assert event is not None, f"no {until} came, only {[one['event'] for one in heard]}"
        heard.append(event)
    return heard


def test_a_post_is_heard_by_the_members_of_its_channel_in_order(desk):
    with desk.sandbox.events_of("bob") as events:
        posts = [desk.say(desk.alice, text)["id"] for text in ("one", "two")]
        desk.alice.put(f"/posts/{posts[0]}/patch", {"message": "edited"})
        heard = _heard(events, "post_edited")
    assert [(one["event"], one["seq"]) for one in heard] == [("posted", 1), ("posted", 2), ("post_edited", 3)]
    assert [json.loads(one["data"]["post"])["id"] for one in heard] == [*posts, posts[0]]


def test_who_is_not_in_the_channel_hears_nothing_of_it(desk):
    desk.sandbox.add_user("carol")
    desk.sandbox.join("desk", ["carol"])
    with desk.sandbox.events_of("carol") as events:
        desk.say(desk.alice, "hello")
        assert events.next(0) is None


def test_only_the_mentioned_read_that_they_are(desk):
    with desk.sandbox.events_of("bob") as bob, desk.sandbox.events_of("router") as router:
        desk.say(desk.alice, "@bob")
        assert json.loads(bob.next(5)["data"]["mentions"]) == [desk.ids["bob"]]
        assert "mentions" not in router.next(5)["data"]


def test_who_waits_for_an_event_is_woken_by_it(desk):
    heard = []
    with desk.sandbox.events_of("bob") as events:
        thread = threading.Thread(target=lambda: heard.append(events.next(5)))
        thread.start()
        desk.say(desk.alice, "hello")
        thread.join(5)
    assert [one["event"] for one in heard] == ["posted"]


def test_a_listener_that_lets_too_much_wait_is_cut_off_and_nobody_waits_for_it():
    hub = Hub()
    events = hub.subscribe("bob")
    for _ in range(QUEUE_SIZE + 1):
        hub.publish("typing", {"bob"}, lambda _: {})
    assert (events.closed, events.next(0)) == (True, None)


def test_the_end_of_the_sandbox_ends_every_listening(sandbox):
    events = sandbox.events_of("admin")
    sandbox.close()
    assert (events.closed, events.next(5)) == (True, None)


def test_a_deactivated_person_hears_nothing(desk):
    with desk.sandbox.events_of("bob") as events:
        desk.sandbox.deactivate("bob")
        desk.say(desk.alice, "hello")
        assert events.next(0) is None


def test_who_comes_back_after_a_cut_wire_misses_nothing(desk):
    with desk.router.listening() as ears:
        connection_id = ears.hello["data"]["connection_id"]
        desk.sandbox.cut_websockets()
    post = desk.say(desk.alice, "missed")["id"]
    with desk.router.listening(connection_id=connection_id, sequence_number=1) as ears:
        assert json.loads(ears.hear("posted")["data"]["post"])["id"] == post


def test_who_comes_back_after_a_restart_is_greeted_anew(desk):
    with desk.router.listening() as ears:
        connection_id = ears.hello["data"]["connection_id"]
        desk.sandbox.stop_listening()
    desk.sandbox.listen_again()
    with desk.router.listening(connection_id=connection_id, sequence_number=1) as ears:
        assert ears.hear("hello")["data"]["connection_id"] != connection_id


def test_a_frozen_connection_gives_no_sign_of_life_until_it_is_thawed(desk):
    with desk.router.listening() as ears:
        desk.sandbox.freeze_websockets()
        desk.say(desk.alice, "held back")
        with pytest.raises(TimeoutError):
            ears.next(0.2)
        desk.sandbox.thaw_websockets()
        ears.hear("posted")


def test_a_client_that_lets_too_much_wait_is_disconnected(desk):
    with desk.router.listening() as ears:
        desk.sandbox.freeze_websockets()
        for number in range(QUEUE_SIZE + 2):
            desk.say(desk.alice, str(number))
        desk.sandbox.thaw_websockets()
        with pytest.raises(ConnectionClosed):
            ears.hear("nothing")
