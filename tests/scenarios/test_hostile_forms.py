"""Of a form sent in only the user id is Mattermost's word: whatever else comes, nothing happens that was not asked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from world import World, world

from router.mattermost.proofs import Proofs

KEY = "0123456789abcdef" * 4
OPEN_AGAIN = "Nothing was done: close this form and open it again"


@pytest.fixture(scope="module")
def desk() -> Iterator[World]:
    with world(ROUTER_SECRET_KEY=KEY) as told:
        yield told


def signed(desk: World, case: str | None, word: str, username: str = "ian.tien", key: str = KEY, **until: float) -> str:
    """A state as the router would sign it, or as somebody with another key would."""
    at = datetime.now(UTC) + timedelta(**(until or {"minutes": 5}))
    return Proofs(key.encode()).state(case, word, desk.sandbox.id_of(username), "k" * 26, at)


def sent(desk: World, form: dict[str, Any], username: str = "ian.tien", **changed: Any) -> dict[str, Any]:
    """Send a form in through Mattermost, with something changed that a browser can change."""
    team_id, channel_id = desk.places()
    body = {
        "url": form["url"],
        "state": form["dialog"]["state"],
        "submission": {"reason": "not-sensitive"},
        "channel_id": channel_id,
        "team_id": team_id,
    }
    return desk.submit(username, body | changed)


def straight(desk: World, **body: Any) -> requests.Response:
    """Send the router what Mattermost itself never would."""
    user = {"user_id": desk.sandbox.id_of("ian.tien")}
    return requests.post(f"{desk.url}/mattermost/dialog", json=user | body, timeout=10)


def refusals(desk: World) -> int:
    return sum(requests.get(f"{desk.url}/readyz", timeout=5).json()["failed_proofs"].values())


def test_a_state_of_somebody_else_is_refused_told_and_counted(desk: World, case: str) -> None:
    form, before = desk.form("jason.blais", case, "Dismiss…"), refusals(desk)
    assert OPEN_AGAIN in sent(desk, form)["error"]
    assert (desk.events(case), refusals(desk)) == (["opened"], before + 1)


@pytest.mark.parametrize("state", ["", "forged", "ESC-1:dismiss:x:y:1:z", "é" * 200, "x" * 100_000])
def test_a_forged_state_is_refused(desk: World, case: str, state: str) -> None:
    form, before = desk.form("ian.tien", case, "Dismiss…"), refusals(desk)
    assert OPEN_AGAIN in sent(desk, form, state=state)["error"]
    assert (desk.events(case), refusals(desk)) == (["opened"], before + 1)


@pytest.mark.parametrize("state", [None, 1, True, [], ["x"], {}, {"a": "b"}])
def test_a_state_of_another_type_is_refused(desk: World, state: object) -> None:
    answer = straight(desk, state=state, submission={"reason": "not-sensitive"})
    assert (answer.status_code, OPEN_AGAIN in answer.json()["error"]) == (200, True)


def test_a_state_signed_by_another_installation_is_refused(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Dismiss…")
    assert OPEN_AGAIN in sent(desk, form, state=signed(desk, case, "dismiss", key="another"))["error"]
    assert desk.events(case) == ["opened"]


def test_a_form_that_was_open_too_long_is_refused(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Dismiss…")
    answer = sent(desk, form, state=signed(desk, case, "dismiss", seconds=-1))
    assert "more than an hour" in answer["error"]
    assert desk.events(case) == ["opened"]


def test_a_state_for_another_case_can_not_be_made_of_ones_own(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Dismiss…")
    other = desk.post("[licensing] another", number=40_000 + desk.signals)["escalation"]
    assert OPEN_AGAIN in sent(desk, form, state=form["dialog"]["state"].replace(case, other))["error"]
    assert (desk.events(case), desk.events(other)) == (["opened"], ["opened"])


@pytest.mark.parametrize("word", ["claim", "release", "note", "nothing"])
def test_a_word_without_a_form_does_nothing(desk: World, case: str, word: str) -> None:
    answer = straight(desk, state=signed(desk, case, word), submission={})
    assert "no such form any more" in answer.json()["error"]
    assert desk.events(case) == ["opened"]


def test_a_case_that_is_not_there_is_said_not_to_be(desk: World) -> None:
    answer = straight(desk, state=signed(desk, "ESC-999999", "dismiss"), submission={"reason": "duplicate"})
    assert answer.json() == {"error": "there is no ESC-999999"}


@pytest.mark.parametrize("submission", [None, [], "x", 7, {}, {"text": "only"}, {"reason": None}, {"reason": " "}])
def test_without_what_is_needed_the_field_says_so(desk: World, case: str, submission: object) -> None:
    answer = straight(desk, state=signed(desk, case, "dismiss"), submission=submission)
    assert (answer.status_code, answer.json()) == (200, {"errors": {"reason": "choose one"}})
    assert desk.events(case) == ["opened"]


@pytest.mark.parametrize("reason", [1, True, ["duplicate"], {"value": "duplicate"}, 1.5])
def test_a_value_of_another_type_is_told_at_its_field(desk: World, case: str, reason: object) -> None:
    form = desk.form("ian.tien", case, "Dismiss…")
    assert "reason" in sent(desk, form, submission={"reason": reason})["errors"]
    assert desk.events(case) == ["opened"]


@pytest.mark.parametrize(
    ("label", "values"),
    [
        ("Dismiss…", {"reason": "answered"}),
        ("Dismiss…", {"reason": "Duplicate"}),
        ("Topic…", {"topic": "no-such-topic"}),
        ("Topic…", {"topic": "licensing"}),
        ("Topic…", {"topic": "none\0"}),
        ("Assign…", {"user": "a.colleague"}),
        ("Assign…", {"user": "@katie.wiersgalla"}),
        ("Assign…", {"user": "ian.tien --topic packaging"}),
        ("Raise…", {"text": "x", "topic": "no-such-topic"}),
    ],
)
def test_an_option_that_was_not_offered_is_refused(desk: World, case: str, label: str, values: dict[str, str]) -> None:
    before = len(desk.router.desk.store.live())
    form = desk.form("ian.tien", case, label)
    answer = sent(desk, form, submission=values)
    assert "choose one of those offered" in str(answer["errors"])
    assert desk.events(case) == ["opened"]
    assert len(desk.router.desk.store.live()) == before


@pytest.mark.parametrize("length", [1001, 200_000])
def test_a_text_that_is_too_long_says_how_long_it_may_be(desk: World, case: str, length: int) -> None:
    form = desk.form("ian.tien", case, "Dismiss…")
    answer = sent(desk, form, submission={"reason": "duplicate", "text": "x" * length})
    assert answer == {"errors": {"text": f"at most 1,000 characters; these are {length:,}"}}
    assert sent(desk, form, submission={"reason": "duplicate", "text": "x" * 1000}) == {}


def test_what_was_not_asked_is_not_read(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Dismiss…")
    more = {"reason": "duplicate", "case": "ESC-1", "word": "claim", "user": "a.colleague", "actor": "x"}
    assert sent(desk, form, submission=more, callback_id="claim") == {}
    assert desk.events(case) == ["opened", "dismiss"]


def test_a_remark_is_no_command(desk: World, case: str) -> None:
    other = desk.post("[licensing] another", number=50_000 + desk.signals)["escalation"]
    form = desk.form("ian.tien", case, "Dismiss…")
    sent(desk, form, submission={"reason": "not-sensitive", "text": f"{other} --topic packaging @all \0"})
    assert (desk.events(case), desk.events(other)) == (["opened", "dismiss"], ["opened"])
    assert desk.router.desk.store.timeline(case)[-1].reason.endswith("@all \ufffd")


def test_a_raised_text_reaches_its_post_harmless(desk: World) -> None:
    form = desk.typed_form("ian.tien", "raise")
    text = "@all [x](javascript:1) ![y](http://z) <!channel> {{ 7*7 }}"
    assert sent(desk, form, submission={"text": text, "topic": "licensing"}) == {}
    root = next(post for post in reversed(desk.posts) if "javascript" in post.text)
    assert "@all" not in root.text
    assert "49" not in root.text


def test_a_cancelled_form_does_nothing(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Dismiss…")
    assert sent(desk, form, cancelled=True) == {}
    assert desk.events(case) == ["opened"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"user_id": "x"}', b"{}"])
def test_a_body_that_is_none_is_answered_with_the_path_of_its_fault(desk: World, body: bytes) -> None:
    answer = requests.post(f"{desk.url}/mattermost/dialog", data=body, timeout=10)
    assert (answer.status_code, answer.json()["path"][:1]) == (400, "$")


@pytest.mark.parametrize("channel_id", [None, 1, [], {"a": 1}, "x", "../users", "c" * 26])
def test_the_place_of_a_submission_decides_nothing_but_how_one_is_told(
    desk: World, case: str, channel_id: object
) -> None:
    form, before = desk.form("ian.tien", case, "Dismiss…"), len(desk.told("ian.tien"))
    state = form["dialog"]["state"]
    answer = straight(desk, state=state, submission={"reason": "duplicate"}, channel_id=channel_id)
    desk.settle()
    assert (answer.json(), desk.case(case).state) == ({}, "closed")
    assert len(desk.told("ian.tien")) == before + 1


@pytest.mark.parametrize("path", ["/mattermost/action", "/mattermost/command", "/mattermost/outgoing", "/hooks/github"])
def test_a_submission_sent_to_another_door_does_nothing(desk: World, case: str, path: str) -> None:
    """Any logged-in user can have Mattermost send a submission to any address."""
    form = desk.form("ian.tien", case, "Dismiss…")
    team_id, channel_id = desk.places()
    body = {"url": desk.url + path, "state": form["dialog"]["state"], "channel_id": channel_id, "team_id": team_id}
    answer = requests.post(
        f"{desk.sandbox.url}/api/v4/actions/dialogs/submit",
        headers={"Authorization": f"Bearer {desk.sandbox.token_of('ian.tien')}"},
        json=body | {"submission": {"reason": "duplicate", "context": {}, "text": "claim"}},
        timeout=35,
    )
    assert answer.status_code == 400
    assert desk.events(case) == ["opened"]
