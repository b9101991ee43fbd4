"""What becomes of a `pending_post_id` in time, and what is shown behind a permalink to a closed channel."""


def test_a_pending_id_is_forgotten_after_thirty_seconds(desk):
    first = desk.say(desk.router, "one", pending_post_id="key")
    desk.clock.advance(30)
    assert desk.say(desk.router, "one", pending_post_id="key")["id"] != first["id"]


def test_a_restart_forgets_the_pending_ids(desk):
    first = desk.say(desk.router, "one", pending_post_id="key")
    desk.sandbox.forget_pending_ids()
    assert desk.say(desk.router, "one", pending_post_id="key")["id"] != first["id"]
