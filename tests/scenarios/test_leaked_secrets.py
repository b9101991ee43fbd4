"""GitHub tells of a leaked secret, and the body holds it: nothing of it may stay, wherever one looks."""

import json
import logging
from pathlib import Path

import pytest
from world import World, world

FIXTURES = Path(__file__).parent.parent / "intake" / "fixtures" / "github"
SECRET = "example-token-0123456789-do-not-keep"
TOLD = ("leaked_secret_found", "leaked_secret_made_public", "leaked_secret_alert_reopened")


def send(desk: World, name: str) -> dict[str, str]:
    body = (FIXTURES / f"{name}.json").read_bytes()
    assert SECRET.encode() in body
    return desk.hook("secret_scanning_alert", body).json()


def test_a_leaked_secret_is_in_no_file_no_post_no_message_and_no_line_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), world(f"tinydb:///{tmp_path}/router.json") as desk:
        case = send(desk, TOLD[0])["escalation"]
        for name in TOLD[1:]:
            assert send(desk, name)["escalation"] == case
        desk.settle()
        posts = [post.text for post in desk.posts]
        messages = [one for person in ("jason.blais", "daniel.schalla", "chris.overton") for one in desk.told(person)]
        shown = desk.type("jason.blais", f"show {case}")
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert case.encode() in kept
    assert [one for one in messages if "Leaked secret: Example Service Token" in one]
    assert SECRET not in "\n".join((*posts, *messages, shown, caplog.text))
    assert SECRET.encode() not in kept


def test_a_damaged_body_about_a_leaked_secret_is_refused_without_repeating_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = json.loads((FIXTURES / f"{TOLD[0]}.json").read_bytes())
    body["alert"]["html_url"] = f"file:///{SECRET}"
    with caplog.at_level(logging.DEBUG), world() as desk:
        answer = desk.hook("secret_scanning_alert", json.dumps(body).encode())
    assert answer.status_code == 400
    assert SECRET not in answer.text + caplog.text


def test_where_a_secret_leaked_is_told_to_responders_alone() -> None:
    with world() as desk:
        send(desk, TOLD[0])
        desk.settle()
        assert [post.text for post in desk.posts if "Example Service Token" in post.text] == []
