"""Every door checks a proof: what is forged, stale, copied or sent again changes nothing."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from world import SECRET, World, issue, world

from router.mattermost.proofs import Proofs
from router.sandbox import Fault

KEY = "0123456789abcdef" * 4
BODY = json.dumps(issue("[licensing] may we?")).encode()


@pytest.fixture(scope="module")
def desk() -> Iterator[World]:
    with world(ROUTER_SECRET_KEY=KEY) as told:
        yield told


@pytest.fixture
def case(desk: World) -> str:
    desk.signals += 1
    return desk.post("[licensing] may we?", number=30_000 + desk.signals)["escalation"]


def press(desk: World, case: str, username: str = "ian.tien", **changed: Any) -> dict[str, Any]:
    """Send what Mattermost sends when Claim is pressed, with something changed."""
    root = desk.root(case)
    _, channel_id = desk.places()
    user_id = desk.sandbox.id_of(username)
    body = {
        "user_id": user_id,
        "user_name": username,
        "channel_id": channel_id,
        "post_id": root.id,
        "trigger_id": desk.sandbox.make_trigger_id(user_id),
        "type": "button",
        "context": Proofs(KEY.encode()).context(case, "claim", "", channel_id),
    }
    answer = requests.post(f"{desk.url}/mattermost/action", json=body | changed, timeout=10)
    assert answer.status_code == 200, answer.text
    desk.settle()
    return answer.json()


def test_an_unsigned_delivery_is_refused_and_forgotten(desk: World) -> None:
    answer = requests.post(f"{desk.url}/hooks/github", data=BODY, headers={"X-GitHub-Event": "issues"}, timeout=5)
    assert answer.status_code == 401


def test_a_delivery_signed_with_another_secret_is_refused(desk: World) -> None:
    live = len(desk.router.desk.store.live())
    assert desk.hook("issues", BODY, secret="another").status_code == 401
    assert len(desk.router.desk.store.live()) == live


def test_an_altered_delivery_is_refused(desk: World) -> None:
    answer = desk.hook("issues", BODY)
    headers = answer.request.headers
    altered = requests.post(
        f"{desk.url}/hooks/github",
        data=BODY.replace(b"may", b"can"),
        headers={**headers, "Content-Length": str(len(BODY))},
        timeout=5,
    )
    assert altered.status_code == 401


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"{", "$"),
        (b'{"action": 7, "repository": {"full_name": "a/b", "private": false}}', "$.action"),
        (b'{"action": "opened", "repository": {"full_name": "a/b", "private": false}, "issue": []}', "$.issue"),
        (b"\xff\xfe", "$"),
    ],
)
def test_a_damaged_body_is_answered_with_the_path_of_its_fault(desk: World, body: bytes, path: str) -> None:
    answer = desk.hook("issues", body)
    assert (answer.status_code, answer.json()["path"]) == (400, path)


def test_a_body_over_25_megabytes_is_refused(desk: World) -> None:
    assert desk.hook("issues", b" " * (25 * 1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("door", ["command", "action", "dialog", "outgoing"])
def test_a_body_that_mattermost_would_never_send_is_refused_before_it_is_read(desk: World, door: str) -> None:
    many = b"[" + b"{}," * 400_000 + b"{}]"
    headers = {"Content-Type": "application/json"}
    assert requests.post(f"{desk.url}/mattermost/{door}", data=many, headers=headers, timeout=5).status_code == 413


@pytest.mark.parametrize("part", ["login", "label", "html_url", "full_name"])
def test_whatever_is_endless_in_a_delivery_is_refused(desk: World, part: str) -> None:
    long, body = "a" * 2_000_000, json.loads(BODY)
    issue = body["issue"]
    match part:
        case "login":
            issue["user"]["login"] = long
        case "label":
            issue["labels"] = [{"name": long}]
        case "html_url":
            issue["html_url"] += f"#{long}"
        case _:
            body["repository"]["full_name"] = f"example-org/{long}"
    assert desk.hook("issues", json.dumps(body).encode()).status_code == 400


def test_an_unknown_source_is_not_found(desk: World) -> None:
    assert requests.post(f"{desk.url}/hooks/elsewhere", data=b"{}", timeout=5).status_code == 404


def test_a_source_without_a_secret_asks_to_come_back(desk: World) -> None:
    with world(GITHUB_WEBHOOK_SECRET="") as bare:
        answer = bare.hook("issues", BODY)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_the_second_of_two_secrets_is_accepted_while_one_is_rotated() -> None:
    with world(GITHUB_WEBHOOK_SECRET=f"a-new-one {SECRET}") as rotating:
        assert rotating.hook("issues", BODY).status_code == 200


def test_a_genuine_press_claims(desk: World, case: str) -> None:
    assert "Ian Tien answers it" in press(desk, case)["ephemeral_text"]


def test_an_altered_context_is_refused(desk: World, case: str) -> None:
    _, channel_id = desk.places()
    context = Proofs(KEY.encode()).context(case, "claim", "", channel_id) | {"word": "release"}
    assert "can't be used" in press(desk, case, context=context)["ephemeral_text"]
    assert desk.events(case) == ["opened"]


def test_a_context_of_another_post_is_refused(desk: World, case: str) -> None:
    other = desk.post("[licensing] another", number=40_000 + desk.signals)["escalation"]
    assert "can't be used" in press(desk, case, post_id=desk.root(other).id)["ephemeral_text"]
    assert desk.events(case) == ["opened"]


def test_a_context_in_another_channel_is_refused(desk: World, case: str) -> None:
    channel_id = "c" * 26
    context = Proofs(KEY.encode()).context(case, "claim", "", channel_id)
    answer = press(desk, case, channel_id=channel_id, context=context)
    assert "can't be used" in answer["ephemeral_text"]
    assert desk.events(case) == ["opened"]


def test_a_button_copied_into_a_strangers_post_is_refused(desk: World, case: str) -> None:
    _, channel_id = desk.places()
    post_id = desk.member("a.colleague").say(channel_id, "press me")
    assert "can't be used" in press(desk, case, post_id=post_id)["ephemeral_text"]
    assert desk.events(case) == ["opened"]


@pytest.mark.parametrize(
    "trigger_id", ["", "forged", "é", "YTpiOmM6ZA=="], ids=["missing", "plain", "not ASCII", "unsigned"]
)
def test_a_forged_trigger_id_is_refused(desk: World, case: str, trigger_id: str) -> None:
    assert "can't be used" in press(desk, case, trigger_id=trigger_id)["ephemeral_text"]
    assert desk.events(case) == ["opened"]


def test_another_users_trigger_id_is_refused(desk: World, case: str) -> None:
    stolen = desk.sandbox.make_trigger_id(desk.sandbox.id_of("jason.blais"))
    assert "can't be used" in press(desk, case, trigger_id=stolen)["ephemeral_text"]
    assert desk.events(case) == ["opened"]


def test_a_trigger_id_over_30_seconds_old_is_refused(desk: World, case: str) -> None:
    user_id = desk.sandbox.id_of("ian.tien")
    old = desk.sandbox.make_trigger_id(user_id, at_ms=int(time.time() * 1000) - 31_000)
    assert "too late" in press(desk, case, trigger_id=old)["ephemeral_text"]
    assert desk.events(case) == ["opened"]


def test_a_trigger_id_is_used_once(desk: World, case: str) -> None:
    trigger_id = desk.sandbox.make_trigger_id(desk.sandbox.id_of("ian.tien"))
    press(desk, case, trigger_id=trigger_id)
    release = Proofs(KEY.encode()).context(case, "release", "", desk.places()[1])
    press(desk, case, trigger_id=trigger_id, context=release)
    assert desk.events(case) == ["opened", "claim"]


def test_a_press_before_the_post_is_settled_is_asked_to_be_repeated(desk: World) -> None:
    held = desk.sandbox.faults.add(Fault(kind="hang_after", method="POST", path=r"/api/v4/posts(\?|$)", times=1))
    case = desk.post("[licensing] slow", number=50_001)["escalation"]
    assert held.wait_until_held(10)
    (root,) = [post for post in desk.posts if post.case == case]
    desk.member("ian.tien").press(root.id, root.buttons[0][0])
    assert "press again" in desk.whispers("ian.tien")[-1]
    held.release()
    desk.settle()
    assert desk.events(case) == ["opened"]


def test_a_slash_command_with_a_wrong_token_is_refused(desk: World) -> None:
    user_id = desk.sandbox.id_of("ian.tien")
    form = {
        "token": "x" * 26,
        "user_id": user_id,
        "user_name": "ian.tien",
        "channel_id": desk.places()[1],
        "command": "/escalation",
        "text": "list",
    }
    assert requests.post(f"{desk.url}/mattermost/command", data=form, timeout=5).status_code == 401


def test_an_outgoing_webhook_with_a_wrong_token_is_refused(desk: World, case: str) -> None:
    reply = desk.member("ian.tien").say(desk.places()[1], "release is near", desk.root(case).id)
    said = {
        "token": "x" * 26,
        "post_id": reply,
        "user_id": desk.sandbox.id_of("ian.tien"),
        "channel_id": desk.places()[1],
        "text": "claim",
    }
    assert requests.post(f"{desk.url}/mattermost/outgoing", json=said, timeout=5).status_code == 401
    assert desk.events(case) == ["opened"]


def test_a_reply_by_a_bot_or_with_from_webhook_commands_nothing(desk: World, case: str) -> None:
    root = desk.root(case)
    headers = {"Authorization": f"Bearer {desk.sandbox.token_of('ian.tien')}"}
    post = {"channel_id": desk.places()[1], "root_id": root.id, "message": "claim", "props": {"from_webhook": "true"}}
    requests.post(f"{desk.sandbox.url}/api/v4/posts", headers=headers, json=post, timeout=5)
    assert desk.sandbox.wait_until_settled()
    desk.settle()
    assert desk.events(case) == ["opened"]


def test_a_stranger_with_a_released_username_has_no_rights(desk: World, case: str) -> None:
    desk.type("matt.harper", "list")
    desk.sandbox.rename("matt.harper", "matt.gone")
    stranger = desk.sandbox.add_user("matt.harper", "Another", "Matt")
    desk.sandbox.join(f"{desk.policy.team}/{desk.policy.escalations_channel}", ["matt.harper"])
    illicit = desk.post("[illicit-use] bad", number=60_000 + desk.signals)["escalation"]
    desk.people.pop("matt.harper", None)
    assert stranger
    assert "only approved responders" in desk.type("matt.harper", f"claim {illicit}")
    assert "acknowledged" in desk.type("matt.gone", f"claim {illicit}")
