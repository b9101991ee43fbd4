"""X through the running service: its challenge, and its posts by whatever product, once."""

import json
import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any

import pytest
import requests
from world import POLICY_FILE, World, world

from router.intake.source import sources

NEW, OLD = "a-secret-that-X-knows", "the-secret-before"
US, ALICE = "1500000000000000001", "1600000000000000002"
KATIE, KATIES_NUMBER = "katie_tweets", "1700000000000000003"
SENSITIVE = "[licensing] @example_chat may we?"
EXTRA = os.environ.get("ROUTER_EXTRA_PAYLOADS")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    file = tmp_path_factory.mktemp("policy") / "responders.toml"
    person = "[people.katie-wiersgalla]\n"
    file.write_text(POLICY_FILE.read_text().replace(person, f'{person}x = ["{KATIE}", "id:{KATIES_NUMBER}"]\n'))
    with world(policy_file=file, X_CONSUMER_SECRET=f"{NEW} {OLD}") as told:
        yield told


@pytest.fixture
def number(desk: World) -> str:
    """The id of a post that nobody has heard of."""
    desk.signals += 1
    return f"19{desk.signals:017}"


def send(desk: World, body: object, secret: str = NEW, **headers: str) -> requests.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = sources()["x"].sign({name.replace("_", "-"): one for name, one in headers.items()}, raw, secret, now())
    return requests.post(f"{desk.url}/hooks/x", data=raw, headers=signed, timeout=30)


def now() -> datetime:
    return datetime.now(UTC)


def deliver(desk: World, body: object, secret: str = NEW) -> dict[str, Any]:
    answer = send(desk, body, secret)
    assert answer.status_code == 200, answer.text
    return answer.json()


def results(desk: World, *bodies: object) -> list[str]:
    return [deliver(desk, body)["result"] for body in bodies]


def activity(number: str, text: str = SENSITIVE, event: str = "post.mention.create", **more: Any) -> dict[str, Any]:
    """What X Activity tells of a post."""
    post = {"id": number, "text": text, "author_id": ALICE, "conversation_id": number} | more
    users = [{"id": ALICE, "username": "fjord_admin"}]
    told = {"event_uuid": "-1", "filter": {"user_id": US}, "event_type": event, "payload": post}
    return {"data": told | {"includes": {"users": users}}}


def account(number: str, text: str = SENSITIVE, *, watched: str = US, **more: Any) -> dict[str, Any]:
    """What Account Activity tells of it."""
    user = {"id_str": ALICE, "screen_name": "fjord_admin"}
    return {"for_user_id": watched, "tweet_create_events": [{"id_str": number, "text": text, "user": user} | more]}


def stream(number: str, text: str = SENSITIVE) -> dict[str, Any]:
    """What a filtered stream tells of it."""
    told = activity(number, text)["data"]
    return {"data": told["payload"], "includes": told["includes"], "matching_rules": [{"id": "1", "tag": ""}]}


def roots(desk: World, thread: str) -> list[str]:
    """The root posts of a thread."""
    desk.settle()
    cases = {case.id for case in desk.router.desk.store.in_thread(thread)}
    return [post.case for post in desk.posts if post.case in cases]


# ------------------------------------------------------------------------------------------- the challenge


def ask(desk: World, method: str = "GET", **query: str) -> requests.Response:
    return requests.request(method, f"{desk.url}/hooks/x", params=query, timeout=5, allow_redirects=False)


def test_the_challenge_is_answered_with_the_new_secret_and_nothing_in_the_way(desk: World) -> None:
    answer = ask(desk, crc_token="MTk4NGE/b+c=")
    expected = b64encode(digest(NEW.encode(), b"MTk4NGE/b+c=", sha256)).decode()
    assert (answer.status_code, answer.json()) == (200, {"response_token": f"sha256={expected}"})
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("token", ["", "a" * 1001, "a b", '{"data":{}}', "ü", "a\x00b"])
def test_a_challenge_that_is_none_is_refused_with_the_reason(desk: World, token: str) -> None:
    answer = ask(desk, crc_token=token)
    assert (answer.status_code, answer.json()["path"]) == (400, "query crc_token")


def test_nothing_asked_nothing_answered(desk: World) -> None:
    assert ask(desk).status_code == 405


@pytest.mark.parametrize(("query", "status"), [({}, 405), ({"crc_token": ""}, 400), ({"crc_token": "a"}, 200)])
def test_head_is_answered_like_get(desk: World, query: dict[str, str], status: int) -> None:
    assert ask(desk, "HEAD", **query).status_code == status


def test_without_a_secret_x_is_told_to_come_again() -> None:
    with world() as bare:
        answer = ask(bare, crc_token="a")
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


# ------------------------------------------------------------------------------------------- proofs


def test_both_secrets_prove_while_there_are_two(desk: World, number: str) -> None:
    body = activity(number)
    assert [deliver(desk, body, secret)["result"] for secret in (NEW, OLD)] == ["escalated", "duplicate"]


def test_another_secret_proves_nothing(desk: World, number: str) -> None:
    assert send(desk, activity(number), "guessed").status_code == 401
    assert roots(desk, f"x:{number}") == []


def test_what_the_challenge_signs_proves_no_body(desk: World) -> None:
    body = json.dumps(account("1")).encode()
    signature = ask(desk, crc_token=body.decode()).json().get("response_token", "")
    headers = {"x-twitter-webhooks-signature": signature}
    assert requests.post(f"{desk.url}/hooks/x", data=body, headers=headers, timeout=5).status_code == 401


# ------------------------------------------------------------------------------------------- once


def test_a_sensitive_post_opens_an_escalation_with_its_link(desk: World, number: str) -> None:
    case = deliver(desk, activity(number))["escalation"]
    shown = desk.root(case).text
    assert "Licensing" in shown
    assert f"https://x.com/fjord_admin/status/{number}" in shown


def test_one_post_by_three_products_and_for_two_accounts_is_one_escalation_and_one_post(
    desk: World, number: str
) -> None:
    told = [activity(number), account(number), account(number, watched="1500000000000000009"), stream(number)]
    assert results(desk, *told) == ["escalated", "duplicate", "duplicate", "duplicate"]
    assert len(roots(desk, f"x:{number}")) == 1


def test_products_that_tell_of_it_at_the_same_time_make_one_escalation(desk: World, number: str) -> None:
    told = [activity(number), account(number), stream(number)] * 3
    with ThreadPoolExecutor(len(told)) as senders:
        found = sorted(one["result"] for one in senders.map(lambda body: deliver(desk, body), told))
    assert found == ["duplicate"] * 8 + ["escalated"]
    assert len(roots(desk, f"x:{number}")) == 1


def test_the_same_post_by_another_event_of_x_activity_is_a_duplicate(desk: World, number: str) -> None:
    told = [activity(number, event=f"post.{what}.create") for what in ("mention", "reply", "quote")]
    assert results(desk, *told) == ["escalated", "duplicate", "duplicate"]


def test_what_is_sent_again_after_the_case_was_closed_is_a_duplicate(desk: World, number: str) -> None:
    case = deliver(desk, activity(number))["escalation"]
    desk.type("ian.tien", f"dismiss {case} no-answer-due")
    assert results(desk, activity(number)) == ["duplicate"]
    assert desk.case(case).state == "closed"


def test_an_edit_that_is_still_sensitive_joins_the_case_of_the_post(desk: World, number: str) -> None:
    desk.signals += 1
    edited = f"19{desk.signals:017}"
    case = deliver(desk, activity(number))["escalation"]
    history = {"edit_history_tweet_ids": [number, edited], "conversation_id": number}
    answer = deliver(desk, activity(edited, "[licensing] @example_chat may we, please?", **history))
    assert answer == {"result": "joined", "escalation": case}
    assert len({one.identity for one in desk.case(case).matter.signals}) == 1


def test_an_edit_that_becomes_sensitive_escalates(desk: World, number: str) -> None:
    desk.signals += 1
    edited = f"19{desk.signals:017}"
    assert results(desk, activity(number, "@example_chat hi")) == ["not_sensitive"]
    assert results(desk, activity(edited, edit_history_tweet_ids=[number, edited], conversation_id=number)) == [
        "escalated"
    ]
    assert len(roots(desk, f"x:{number}")) == 1


def test_the_version_before_an_edit_that_arrives_after_it_changes_nothing(desk: World, number: str) -> None:
    desk.signals += 1
    edited = f"19{desk.signals + 2**22:017}"
    history = {"edit_history_tweet_ids": [number, edited], "conversation_id": number}
    case = deliver(desk, activity(edited, "[licensing] edited", **history))["escalation"]
    assert results(desk, activity(number, "[licensing] before")) == ["duplicate"]
    assert "before" not in desk.root(case).text


def test_an_answer_in_the_conversation_joins_its_case(desk: World, number: str) -> None:
    case = deliver(desk, activity(number))["escalation"]
    desk.signals += 1
    answer = deliver(desk, activity(f"19{desk.signals:017}", event="post.reply.create", conversation_id=number))
    assert answer == {"result": "joined", "escalation": case}


def test_the_cases_answer_is_known_by_the_address_that_x_shows_people(desk: World, number: str) -> None:
    case = deliver(desk, activity(number))["escalation"]
    desk.signals += 1
    ours = f"19{desk.signals:017}"
    desk.type("jason.blais", f"answered {case} https://twitter.com/example_chat/status/{ours}?s=20")
    answer = activity(ours, "[licensing] our answer", event="post.reply.create", conversation_id=number)
    assert deliver(desk, answer) == {"result": "joined", "escalation": case}
    assert desk.case(case).state == "answered"


def test_several_posts_of_one_body_are_several_escalations(desk: World, number: str) -> None:
    desk.signals += 1
    other = f"19{desk.signals:017}"
    body = account(number)
    body["tweet_create_events"] += account(other)["tweet_create_events"]
    assert results(desk, body, activity(number), activity(other)) == ["escalated", "duplicate", "duplicate"]


# ------------------------------------------------------------------------------------------- deleted


def deletion(number: str) -> dict[str, Any]:
    """What X Activity tells when somebody has deleted a post."""
    told = {"event_uuid": "-1", "filter": {"user_id": ALICE}, "event_type": "post.delete"}
    return {"data": told | {"payload": {"id": number, "author_id": ALICE}}}


def old_deletion(number: str) -> dict[str, Any]:
    """What Account Activity tells then."""
    gone = {"status": {"id": number, "user_id": ALICE}, "timestamp_ms": "1741830274949"}
    return {"for_user_id": ALICE, "tweet_delete_events": [gone]}


@pytest.mark.parametrize("tell", [deletion, old_deletion])
def test_a_deleted_post_is_erased_and_stays_so_when_it_is_sent_again(
    desk: World, number: str, tell: Callable[[str], dict[str, Any]]
) -> None:
    case = deliver(desk, activity(number, "[licensing] may we ship the swordfish?"))["escalation"]
    assert "swordfish" in desk.root(case).text
    assert deliver(desk, tell(number)) == {"result": "erased", "escalation": case}
    sent_again = deliver(desk, account(number, "[licensing] may we ship the swordfish?"))
    assert sent_again["result"] in {"duplicate", "erased"}
    assert "swordfish" not in desk.root(case).text + "".join(desk.thread(case))


@pytest.mark.parametrize("tell", [deletion, old_deletion])
def test_a_deleted_post_is_erased_by_whichever_version_x_names(
    desk: World, number: str, tell: Callable[[str], dict[str, Any]]
) -> None:
    edited = str(int(number) + 10**9)
    history = {"edit_history_tweet_ids": [number, edited], "conversation_id": number}
    case = deliver(desk, activity(edited, "[licensing] may we ship the swordfish?", **history))["escalation"]
    assert deliver(desk, tell(edited)) == {"result": "erased", "escalation": case}
    assert "swordfish" not in desk.root(case).text + "".join(desk.thread(case))
    assert deliver(desk, activity(number, "[licensing] may we ship the swordfish"))["result"] == "erased"


@pytest.mark.parametrize("named", ["first version", "last version"])
def test_a_post_that_comes_after_its_own_deletion_is_told_to_nobody_whichever_version_x_named(
    desk: World, number: str, named: str
) -> None:
    edited = str(int(number) + 10**9)
    history = {"edit_history_tweet_ids": [number, edited], "conversation_id": number}
    assert deliver(desk, deletion(number if named == "first version" else edited))["result"] == "ignored"
    assert deliver(desk, activity(edited, **history)) == {"result": "erased", "escalation": None}


def test_a_deleted_post_is_erased_in_the_case_that_took_it_over_from_a_duplicate_too(desk: World, number: str) -> None:
    case = deliver(desk, activity(number))["escalation"]
    desk.signals += 1
    first = f"19{desk.signals:017}"
    edited = str(int(first) + 10**9)
    history = {"edit_history_tweet_ids": [first, edited], "conversation_id": number}
    duplicate = deliver(desk, activity(edited, "[packaging] may we ship the swordfish?", **history))["escalation"]
    desk.type("katie.wiersgalla", f"topic {duplicate} licensing")
    assert "swordfish" in "".join(desk.thread(case))
    deliver(desk, deletion(edited))
    assert "swordfish" not in desk.root(case).text + "".join(desk.thread(case))


def test_the_deletion_of_what_nobody_heard_of_is_ignored(desk: World, number: str) -> None:
    assert results(desk, deletion(number), old_deletion(number)) == ["ignored", "ignored"]


# ------------------------------------------------------------------------------------------- colleagues


def by_katie(number: str, *, named: bool, **more: Any) -> dict[str, Any]:
    body = activity(number, event="post.reply.create", author_id=KATIES_NUMBER if not named else "1", **more)
    body["data"]["includes"] = {"users": [{"id": "1", "username": KATIE.title()}]} if named else {}
    return body


@pytest.mark.parametrize("named", [True, False])
def test_what_a_colleague_asks_is_not_escalated_be_it_by_name_or_number(
    desk: World, number: str, *, named: bool
) -> None:
    assert results(desk, by_katie(number, named=named)) == ["ignored"]


@pytest.mark.parametrize("named", [True, False])
def test_what_a_colleague_answers_is_put_before_the_owner(desk: World, number: str, *, named: bool) -> None:
    case = deliver(desk, activity(number))["escalation"]
    desk.signals += 1
    answer = by_katie(f"19{desk.signals:017}", named=named, conversation_id=number)
    assert deliver(desk, answer) == {"result": "joined", "escalation": case}
    desk.settle()
    assert "Katie Wiersgalla wrote" in desk.thread(case)[-1]


def test_an_answer_that_a_colleague_deletes_is_put_before_nobody_any_more(desk: World, number: str) -> None:
    case = deliver(desk, activity(number))["escalation"]
    desk.signals += 1
    ours = f"19{desk.signals:017}"
    deliver(desk, by_katie(ours, named=True, conversation_id=number))
    assert deliver(desk, deletion(ours)) == {"result": "erased", "escalation": case}
    assert "Confirm answer" not in [name for _, name in desk.root(case).buttons]


def test_a_direct_message_leaves_no_trace(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = "[licensing] between you and me"
    store = tmp_path / "router.json"
    message = {"message_create": {"sender_id": ALICE, "message_data": {"text": words}}}
    with world(f"tinydb:///{store}", X_CONSUMER_SECRET=NEW) as desk:
        told = {"direct_message_events": [message]}
        activity_of_it = {"data": {"event_type": "dm.received", "filter": {"user_id": US}, "payload": told}}
        assert results(desk, {"for_user_id": US} | told, activity_of_it) == ["ignored", "ignored"]
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert words.encode() not in kept
    assert words not in "".join(capfd.readouterr())


# ------------------------------------------------------------------------------------------- real bodies


@pytest.mark.parametrize(
    "path", sorted((Path(EXTRA) / "x").glob("*.json")) if EXTRA else [], ids=lambda path: path.stem
)
def test_a_real_body_is_taken(desk: World, path: Path) -> None:
    assert deliver(desk, path.read_bytes())["result"]
