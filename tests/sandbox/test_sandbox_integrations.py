"""Integrations that take their time, and trigger ids that grow old."""

import threading

import pytest


@pytest.mark.parametrize("integration_timeout", [0.1])
def test_an_integration_that_takes_too_long_fails_press_and_command(desk, integration):
    desk.sandbox.add_command("desk", "escalation", integration.url)
    post, answered = desk.button(integration.url), threading.Event()
    integration.before_answering = lambda request: answered.wait(5)
    pressed = desk.alice.post(f"/posts/{post['id']}/actions/claim")
    executed = desk.alice.post("/commands/execute", {"channel_id": desk.channel_id, "command": "/escalation"})
    answered.set()
    assert [pressed.status_code, executed.status_code] == [400, 500]


def test_an_old_trigger_id_opens_nothing(desk, clock):
    old = desk.sandbox.make_trigger_id(desk.ids["alice"], at_ms=clock() - 30_100)
    answer = desk.alice.post("/actions/dialogs/open", {"trigger_id": old, "url": "http://127.0.0.1:9"})
    assert (answer.status_code, answer.json()["id"]) == (400, "interactive_message.decode_trigger_id.expired")
