"""A forum through the running service: its posts, once, from the forum of the settings, and nothing private."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests
from serving import serving
from world import POLICY_FILE, World, world

from router.intake.source import sources

NEW, OLD = "a-secret-that-the-forum-knows", "the-secret-before"
FORUM = "https://forum.example.org"
FIXTURES = Path(__file__).parent.parent / "intake" / "fixtures" / "discourse"
SENSITIVE = "[licensing] may we sell it?"
EXTRA = os.environ.get("ROUTER_EXTRA_PAYLOADS")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    file = tmp_path_factory.mktemp("policy") / "responders.toml"
    person = "[people.katie-wiersgalla]\n"
    file.write_text(POLICY_FILE.read_text().replace(person, f'{person}forum = ["katie_writes"]\n'))
    with world(policy_file=file, DISCOURSE_WEBHOOK_SECRET=f"{NEW} {OLD}", DISCOURSE_URL=FORUM) as told:
        yield told


@pytest.fixture
def number(desk: World) -> int:
    """The id of a topic, and of its first post, that nobody has heard of."""
    desk.signals += 1000
    return desk.signals


def post(topic: int, text: str = SENSITIVE, number: int = 1, **more: Any) -> dict[str, Any]:
    """What a forum tells of a post."""
    said = {
        "id": topic + number,
        "post_number": number,
        "post_type": 1,
        "topic_id": topic,
        "topic_archetype": "regular",
        "topic_title": "A question",
        "raw": text,
        "username": "ada",
        "user_id": 71,
    }
    return {"post": said | more}


def send(
    desk: World, body: object, event: str = "post_created", secret: str = NEW, **headers: str
) -> requests.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"x-discourse-event": event, "x-discourse-instance": FORUM}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    signed = sources()["discourse"].sign(given, raw, secret, datetime.now(UTC))
    return requests.post(f"{desk.url}/hooks/discourse", data=raw, headers=signed, timeout=30)


def deliver(desk: World, body: object, event: str = "post_created", **headers: str) -> dict[str, Any]:
    answer = send(desk, body, event, **headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def result(desk: World, body: object, event: str = "post_created", **headers: str) -> str:
    return str(deliver(desk, body, event, **headers)["result"])


def roots(desk: World, topic: int) -> list[str | None]:
    """The root posts of a topic's cases."""
    desk.settle()
    cases = {case.id for case in desk.router.desk.store.in_thread(f"discourse:forum.example.org/{topic}")}
    return [one.case for one in desk.posts if one.case in cases]


# ------------------------------------------------------------------------------------------- what was said


def test_a_sensitive_post_escalates_with_its_title_and_its_link(desk: World, number: int) -> None:
    case = deliver(desk, post(number, topic_title="Shipping it"))["escalation"]
    root = desk.root(case).text
    assert f"{FORUM}/t/{number}/1" in root
    assert "Shipping it" in root


def test_an_answer_joins_the_case_of_its_topic(desk: World, number: int) -> None:
    case = deliver(desk, post(number))["escalation"]
    assert deliver(desk, post(number, number=2)) == {"result": "joined", "escalation": case}


def test_an_edit_that_becomes_sensitive_escalates(desk: World, number: int) -> None:
    assert result(desk, post(number, "hello")) == "not_sensitive"
    assert result(desk, post(number), "post_edited") == "escalated"


def test_a_new_title_of_a_topic_is_judged(desk: World, number: int) -> None:
    assert result(desk, post(number, "hello")) == "not_sensitive"
    assert result(desk, post(number, "hello", topic_title=SENSITIVE), "post_edited") == "escalated"


def test_an_edit_of_nothing_that_counts_is_a_duplicate(desk: World, number: int) -> None:
    deliver(desk, post(number))
    assert (
        result(desk, post(number, version=2, edit_reason="tags", updated_at="2026-03-02T10:00:00Z"), "post_edited")
        == "duplicate"
    )


def test_a_topic_told_of_beside_its_first_post_makes_no_second_case(desk: World, number: int) -> None:
    topic = {"topic": {"id": number, "title": SENSITIVE, "archetype": "regular", "visible": True}}
    assert result(desk, topic, "topic_created") == "ignored"
    deliver(desk, post(number))
    assert result(desk, topic, "topic_edited") == "ignored"
    assert len(roots(desk, number)) == 1


def test_an_old_wording_that_is_delivered_late_changes_nothing(desk: World, number: int) -> None:
    case = deliver(desk, post(number, "[licensing] sold", updated_at="2026-03-02T10:00:00Z"), "post_edited")[
        "escalation"
    ]
    assert result(desk, post(number, "[licensing] bought", updated_at="2026-03-02T09:00:00Z")) == "duplicate"
    assert "sold" in desk.root(case).text


@pytest.mark.parametrize(
    "private",
    [
        {"topic_archetype": "private_message", "category_id": None},
        {"post_type": 4},
        {"hidden": True},
        {"user_id": -1},
    ],
    ids=["private-message", "whisper", "hidden", "system"],
)
def test_what_is_not_for_everybody_or_by_nobody_is_ignored(desk: World, number: int, private: dict[str, Any]) -> None:
    assert result(desk, post(number, **private)) == "ignored"
    assert roots(desk, number) == []


@pytest.mark.parametrize("event", ["user_created", "notification_created", "chat_message_created", "post_liked"])
def test_the_body_of_another_event_is_not_even_read(desk: World, number: int, event: str) -> None:
    assert result(desk, post(number), event) == "ignored"


def test_what_a_colleague_writes_is_not_escalated_and_being_of_the_staff_makes_no_colleague(
    desk: World, number: int
) -> None:
    assert result(desk, post(number, username="Katie_Writes")) == "ignored"
    assert result(desk, post(number, number=2, staff=True, admin=True)) == "escalated"


def test_an_answer_is_known_by_the_address_that_the_forum_shows_people(desk: World, number: int) -> None:
    case = deliver(desk, post(number))["escalation"]
    desk.type("jason.blais", f"answered {case} {FORUM}/t/a-question/{number}/2?u=jason")
    assert result(desk, post(number, "[licensing] our answer", number=2)) == "joined"
    assert desk.case(case).state == "answered"


# ------------------------------------------------------------------------------------------- once


def test_ten_connections_at_the_same_time_make_one_escalation_and_one_post(desk: World, number: int) -> None:
    with ThreadPoolExecutor(10) as senders:
        results = sorted(senders.map(lambda one: result(desk, post(number), x_discourse_event_id=str(one)), range(10)))
    assert results == ["duplicate"] * 9 + ["escalated"]
    assert len(roots(desk, number)) == 1


def test_what_is_sent_again_with_a_new_id_after_the_case_was_closed_is_a_duplicate(desk: World, number: int) -> None:
    case = deliver(desk, post(number))["escalation"]
    desk.type("jason.blais", f"dismiss {case} no-answer-due")
    assert result(desk, post(number), x_discourse_event_id="a-new-one") == "duplicate"


# ------------------------------------------------------------------------------------------- deleted


def swordfish(desk: World, topic: int) -> tuple[str, dict[str, Any]]:
    """Give the case of a first post, and its body."""
    body = post(topic, "[licensing] the swordfish?", topic_title="About swordfish")
    return deliver(desk, body)["escalation"], body


def told(desk: World, case: str) -> str:
    return "\n".join((desk.root(case).text, *desk.thread(case)))


def test_a_deleted_post_is_erased_and_stays_erased_when_it_is_sent_again(desk: World, number: int) -> None:
    case, body = swordfish(desk, number)
    assert "swordfish" in told(desk, case)
    assert deliver(desk, body, "post_destroyed") == {"result": "erased", "escalation": case}
    assert "swordfish" not in told(desk, case)
    assert result(desk, body) == "erased"


def test_what_its_author_has_deleted_is_erased_by_whatever_comes_of_it(desk: World, number: int) -> None:
    case, _ = swordfish(desk, number)
    assert result(desk, post(number, "(post deleted by author)", user_deleted=True), "post_edited") == "erased"
    assert "swordfish" not in told(desk, case)


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("topic_destroyed", lambda topic: {"topic": {"id": topic, "deleted_at": None}}),
        ("post_destroyed", lambda topic: post(topic, deleted_at="2026-03-02T09:00:00Z")),
    ],
    ids=["the-topic", "its-first-post-by-the-staff"],
)
def test_a_deleted_topic_takes_all_its_posts_along(desk: World, number: int, event: str, body: Any) -> None:
    case, _ = swordfish(desk, number)
    deliver(desk, post(number, "[licensing] swordfish, too", number=2))
    assert result(desk, body(number), event) == "erased"
    assert "swordfish" not in told(desk, case)


def test_a_recovered_post_is_heard_again(desk: World, number: int) -> None:
    case, body = swordfish(desk, number)
    deliver(desk, body, "post_destroyed")
    deliver(desk, body, "post_recovered")
    assert "swordfish" in told(desk, case)


# ------------------------------------------------------------------------------------------- proofs


def test_the_secret_that_is_being_retired_is_taken(desk: World, number: int) -> None:
    assert send(desk, post(number), secret=OLD).status_code == 200


@pytest.mark.parametrize("secret", ["another", ""])
def test_another_secret_is_refused_and_nothing_is_stored(desk: World, number: int, secret: str) -> None:
    assert send(desk, post(number), secret=secret).status_code == 401
    assert roots(desk, number) == []


def test_what_is_not_signed_is_refused(desk: World, number: int) -> None:
    given = {"x-discourse-event": "post_created", "x-discourse-instance": FORUM}
    answer = requests.post(f"{desk.url}/hooks/discourse", json=post(number), headers=given, timeout=30)
    assert answer.status_code == 401


def test_another_forum_with_the_same_secret_is_refused_with_the_reason(desk: World, number: int) -> None:
    answer = send(desk, post(number), x_discourse_instance="https://other.example")
    assert (answer.status_code, answer.json()["path"]) == (400, "header X-Discourse-Instance")


def test_a_body_that_calls_itself_a_form_is_read(desk: World, number: int) -> None:
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert result(desk, post(number), **form) == "escalated"


def test_a_header_that_is_not_ascii_is_no_fault_of_ours(desk: World, number: int) -> None:
    assert result(desk, post(number), "pöst_created") == "ignored"
    assert send(desk, post(number), x_discourse_instance="https://förum.example").status_code == 400


def test_the_ping_of_a_forum_is_answered(desk: World) -> None:
    assert result(desk, {"ping": "OK"}, event="") == "ignored"


# ------------------------------------------------------------------------------------------- asking back


class Showing(BaseHTTPRequestHandler):
    """A forum that shows the posts of `there`, by their paths."""

    there: ClassVar[set[str]] = set()
    address = ""

    def do_GET(self) -> None:
        body = b'{"deleted_at": null, "user_deleted": false}'
        self.send_response(200 if self.path in self.there else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def asking() -> Iterator[World]:
    with serving(Showing) as Showing.address:
        key = {"DISCOURSE_API_KEY": "a-key", "DISCOURSE_API_USERNAME": "reader"}
        with world(DISCOURSE_WEBHOOK_SECRET=NEW, DISCOURSE_URL=Showing.address, **key) as told:
            yield told


def recovered(asking: World, topic: int) -> str:
    return result(asking, post(topic), "post_recovered", x_discourse_instance=Showing.address)


def test_a_genuine_body_sent_again_as_a_recovery_brings_back_nothing_that_the_forum_does_not_show(
    asking: World,
) -> None:
    assert recovered(asking, 1000) == "ignored"


def test_a_genuine_body_sent_again_as_a_deletion_erases_nothing_that_the_forum_shows(asking: World) -> None:
    Showing.there |= {"/posts/3001.json", "/t/3000.json"}
    here = Showing.address
    assert result(asking, post(3000), x_discourse_instance=here) == "escalated"
    assert result(asking, post(3000), "post_destroyed", x_discourse_instance=here) == "ignored"
    assert result(asking, {"topic": {"id": 3000}}, "topic_destroyed", x_discourse_instance=here) == "ignored"


def test_a_deletion_that_the_forum_confirms_erases(asking: World) -> None:
    assert result(asking, post(4000), x_discourse_instance=Showing.address) == "escalated"
    assert result(asking, post(4000), "post_destroyed", x_discourse_instance=Showing.address) == "erased"


def test_what_the_forum_shows_again_is_read_again(asking: World) -> None:
    Showing.there.add("/posts/2001.json")
    assert recovered(asking, 2000) == "escalated"


# ------------------------------------------------------------------------------------------- bodies


@pytest.fixture(scope="module")
def any_forum() -> Iterator[World]:
    with world(judge=True, DISCOURSE_WEBHOOK_SECRET=NEW) as told:
        yield told


def recorded() -> list[Any]:
    """Give bodies with the headers that came with them, those of the project and real ones."""
    own = [path for path in sorted(FIXTURES.glob("*.json")) if path.name.count(".") == 1]
    found = [(path, json.loads(path.with_suffix(".headers.json").read_text())) for path in own]
    if EXTRA:
        folder = Path(EXTRA) / "discourse"
        given = json.loads((folder / "headers.json").read_text())
        found += [(folder / name, headers) for name, headers in given.items()]
    return [pytest.param(path, headers, id=path.stem) for path, headers in found]


@pytest.mark.parametrize(("path", "given"), recorded())
def test_a_recorded_body_is_taken_from_whichever_forum_without_the_setting(
    any_forum: World, path: Path, given: dict[str, str]
) -> None:
    headers = {name.lower().replace("-", "_"): value for name, value in given.items()}
    assert result(any_forum, path.read_bytes(), headers.pop("x_discourse_event", ""), **headers)
