"""Slack through the real door: its question, its signature, threads, retries, edits, and links that people paste."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from world import POLICY_FILE, World, world

from router.intake.source import sources

OLD, NEW = "the-secret-of-yesterday", "the-secret-of-tomorrow"
SLACK = sources()["slack"]
ROOT = "1772442000.000100"
TOMBSTONE = {"ts": ROOT, "thread_ts": ROOT, "subtype": "tombstone", "text": "deleted", "user": "USLACKBOT"}
DELETIONS = {
    "nothing is left": {"subtype": "message_deleted", "deleted_ts": ROOT},
    "replies are left": {"subtype": "message_changed", "message": TOMBSTONE},
}


@pytest.fixture
def desk() -> Iterator[World]:
    with world(SLACK_SIGNING_SECRET=f"{NEW} {OLD}") as told:
        yield told


def said(text: str, ts: str = ROOT, **event: Any) -> dict[str, Any]:
    message = {"type": "message", "channel": "C07TOWN", "channel_type": "channel", "user": "U07READER"}
    return {
        "type": "event_callback",
        "team_id": "T07EXAMPLE",
        "event": message | {"ts": ts, "text": text, "event_ts": ts} | event,
    }


def edited(text: str, ts: str = ROOT) -> dict[str, Any]:
    message = {"type": "message", "user": "U07READER", "ts": ts, "text": text, "edited": {"ts": "1772442060.000000"}}
    return said("", "1772442060.000200", subtype="message_changed", hidden=True, message=message)


def post(desk: World, body: dict[str, Any], secret: str = NEW, **headers: str) -> requests.Response:
    """Send what Slack would send now."""
    content = json.dumps(body).encode()
    signed = SLACK.sign(headers, content, secret, datetime.now(UTC))
    return requests.post(f"{desk.url}/hooks/slack", data=content, headers=signed, timeout=10)


def deliver(desk: World, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = post(desk, body, **headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_address_is_verified_with_what_slack_asked(desk: World) -> None:
    assert deliver(desk, {"type": "url_verification", "challenge": "abc", "token": "x"}) == {"challenge": "abc"}


def test_a_question_that_nobody_signed_is_refused(desk: World) -> None:
    asked = {"type": "url_verification", "challenge": "abc"}
    assert requests.post(f"{desk.url}/hooks/slack", json=asked, timeout=10).status_code == 401


def test_a_body_larger_than_slack_sends_is_refused_unread(desk: World) -> None:
    answer = requests.post(f"{desk.url}/hooks/slack", data=b" " * (2 * 1024 * 1024 + 1), timeout=10)
    assert answer.status_code == 413


def test_an_address_that_is_only_looked_at_tells_nothing(desk: World) -> None:
    assert requests.get(f"{desk.url}/hooks/slack?challenge=abc", timeout=10).status_code == 405


def test_what_is_said_in_a_thread_joins_the_case_of_its_first_message(desk: World) -> None:
    assert deliver(desk, said("[licensing] may we?"))["result"] == "escalated"
    joined = deliver(desk, said("[licensing] we, too?", "1772442010.000300", thread_ts=ROOT))
    assert joined == {"result": "joined", "escalation": "ESC-1"}


def test_the_post_has_a_link_to_the_message_in_its_workspace(desk: World) -> None:
    deliver(desk, said("[licensing] may we?"))
    assert "https://slack.com/app_redirect?team=T07EXAMPLE&channel=C07TOWN" in desk.root("ESC-1").text


def test_an_approved_responder_is_known_by_the_members_id(tmp_path: Path) -> None:
    person = "[people.jason-blais]\n"
    file = tmp_path / "responders.toml"
    file.write_text(POLICY_FILE.read_text().replace(person, f'{person}slack = ["U07JASON"]\n'))
    with world(policy_file=file, SLACK_SIGNING_SECRET=NEW) as desk:
        case = deliver(desk, said("[licensing] may we?"))["escalation"]
        deliver(desk, said("[licensing] You may.", "1772442060.000300", thread_ts=ROOT, user="U07JASON"))
        assert desk.events(case) == ["opened", "offered"]


def test_a_retry_of_what_arrived_is_a_duplicate(desk: World) -> None:
    deliver(desk, said("[licensing] may we?"))
    again = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    assert deliver(desk, said("[licensing] may we?"), **again) == {"result": "duplicate", "escalation": "ESC-1"}


def test_a_message_of_a_channel_that_two_workspaces_share_is_told_once(desk: World) -> None:
    deliver(desk, said("[licensing] may we?"))
    shared = said("[licensing] may we?") | {"team_id": "T07OTHER"}
    assert deliver(desk, shared) == {"result": "duplicate", "escalation": "ESC-1"}


def test_a_retry_of_what_never_arrived_is_a_signal(desk: World) -> None:
    assert deliver(desk, said("[licensing] may we?"), **{"X-Slack-Retry-Num": "3"})["result"] == "escalated"


def test_an_edit_that_makes_a_message_sensitive_escalates_it(desk: World) -> None:
    assert deliver(desk, said("hello"))["result"] == "not_sensitive"
    assert deliver(desk, edited("[licensing] may we?"))["result"] == "escalated"


def test_a_message_that_is_sent_again_after_its_edit_takes_nothing_back(desk: World) -> None:
    deliver(desk, edited("[licensing] may we?"))
    assert deliver(desk, said("hello"), **{"X-Slack-Retry-Num": "2"})["result"] == "duplicate"
    assert desk.events("ESC-1") == ["opened"]


def test_a_preview_of_a_link_is_a_duplicate(desk: World) -> None:
    deliver(desk, said("[licensing] may we?"))
    assert deliver(desk, edited("[licensing] may we?"))["result"] == "duplicate"


@pytest.mark.parametrize("event", DELETIONS.values(), ids=DELETIONS)
def test_what_is_deleted_in_slack_is_erased_and_stays_erased(desk: World, event: dict[str, Any]) -> None:
    deliver(desk, said("[licensing] the swordfish?"))
    assert "swordfish" in desk.root("ESC-1").text
    assert deliver(desk, said("", "1772442070.000400", hidden=True, **event))["result"] == "erased"
    assert "swordfish" not in desk.root("ESC-1").text
    assert deliver(desk, said("[licensing] the swordfish?"), **{"X-Slack-Retry-Num": "2"})["result"] == "erased"


def test_a_permalink_that_somebody_raises_leads_to_the_thread(desk: World) -> None:
    deliver(desk, said("[licensing] may we?"))
    link = f"https://example.slack.com/archives/C07TOWN/p1772442010000300?thread_ts={ROOT}&cid=C07TOWN"
    assert "ESC-1" in desk.type("ian.tien", f"raise {link} --topic licensing")


@pytest.mark.parametrize(("secret", "status"), [(NEW, 200), (OLD, 200), ("a-third-one", 401)])
def test_while_the_secret_is_changed_the_old_and_the_new_one_count(desk: World, secret: str, status: int) -> None:
    assert post(desk, said("hello"), secret).status_code == status


def test_the_same_request_sent_again_within_five_minutes_is_a_duplicate_and_later_refused(desk: World) -> None:
    body = json.dumps(said("[licensing] may we?")).encode()
    results = []
    for ago in (timedelta(0), timedelta(minutes=4), timedelta(minutes=6)):
        signed = SLACK.sign({}, body, NEW, datetime.now(UTC) - ago)
        answer = requests.post(f"{desk.url}/hooks/slack", data=body, headers=signed, timeout=10)
        results.append((answer.status_code, answer.json().get("result")))
    assert results == [(200, "escalated"), (200, "duplicate"), (401, None)]


def test_slack_is_told_to_come_back_while_its_secret_is_not_set() -> None:
    with world() as desk:
        answer = post(desk, said("hello"))
    assert answer.status_code == 503
    assert "SLACK_SIGNING_SECRET" in answer.json()["error"]
