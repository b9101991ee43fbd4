"""Generic senders through the real door: proof, rotation, mappings, CloudEvents, and the documents' own examples."""

import json
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from world import POLICY_FILE, World, world

from router.intake.sources import generic

OLD, NEW, THIRD = (f"whsec_{b64encode(seed * 32).decode()}" for seed in (b"o", b"n", b"t"))
DOCUMENT = POLICY_FILE.parent / "docs" / "sources" / "generic.md"
URL = "https://shop.example.org/questions/17"
TABLES = """
[sources."generic/shop"]
fields = { id = "ticket.nr", body = "ticket.text", url = "link" }

[sources."generic/later"]
fields = { id = "nr" }

[sources.generic]
manager = "jason-blais"
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    policy = tmp_path / "responders.toml"
    policy.write_text(POLICY_FILE.read_text(encoding="utf-8") + TABLES, encoding="utf-8")
    secrets = f"shop={NEW} {OLD},town={NEW}"
    with world(policy_file=policy, GENERIC_SECRETS=secrets) as told:
        yield told


def asked(text: str, number: int = 17) -> dict[str, Any]:
    return {"type": "question.created", "data": {"id": number, "body": text, "url": URL}}


def ticket(text: str) -> dict[str, Any]:
    return {"ticket": {"nr": 5, "text": text}, "link": URL}


def event(text: str, number: int = 17) -> dict[str, Any]:
    return {"specversion": "1.0", "id": f"e-{number}", "source": "/town"} | asked(text, number)


def post(desk: World, name: str, body: Any, secret: str = NEW, ago: float = 0, **headers: str) -> requests.Response:
    """Send what a sender would have sent that many minutes ago."""
    content = json.dumps(body).encode()
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    signed = generic.sign(given, content, secret, datetime.now(UTC) - timedelta(minutes=ago))
    return requests.post(f"{desk.url}/hooks/generic/{name}", data=content, headers=signed, timeout=10)


def deliver(desk: World, name: str, body: Any, **more: Any) -> dict[str, Any]:
    answer = post(desk, name, body, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_a_sender_tells_is_a_signal_of_that_sender(desk: World) -> None:
    assert deliver(desk, "town", asked("[licensing] may we?")) == {"result": "escalated", "escalation": "ESC-1"}
    assert (desk.case("ESC-1").matter.source, desk.case("ESC-1").matter.thread) == ("generic/town", "generic/town:17")
    assert f"on town: {URL}" in desk.root("ESC-1").text


def test_a_sender_with_a_mapping_is_read_by_it(desk: World) -> None:
    assert deliver(desk, "shop", ticket("[licensing] may we?"))["result"] == "escalated"


def test_what_does_not_fit_the_mapping_is_refused_with_its_path(desk: World) -> None:
    answer = post(desk, "shop", {"ticket": {"nr": 5, "text": ["may we?"]}, "link": URL})
    assert (answer.status_code, answer.json()["path"]) == (400, "$.ticket.text")


def test_the_manager_of_generic_senders_decides_what_is_uncertain(desk: World) -> None:
    assert deliver(desk, "town", asked("[?licensing] perhaps"))["result"] == "triage"
    assert desk.case("ESC-1").owner == "jason-blais"


def test_only_senders_that_are_named_have_an_address(desk: World) -> None:
    names = ["town", "shop", "later", "unheard-of", "", "town/more"]
    assert [post(desk, name, asked("hello")).status_code for name in names] == [200, 200, 503, 404, 404, 404]


@pytest.mark.parametrize("path", ["generic", "generic/", "generic/unheard-of"])
def test_what_is_no_sender_can_not_be_looked_at_either(desk: World, path: str) -> None:
    assert requests.get(f"{desk.url}/hooks/{path}", timeout=10).status_code == 404


@pytest.mark.parametrize(("secret", "status"), [(NEW, 200), (OLD, 200), (THIRD, 401)])
def test_while_the_secret_is_changed_the_old_and_the_new_one_count(desk: World, secret: str, status: int) -> None:
    assert post(desk, "shop", ticket("hello"), secret).status_code == status


def test_the_secret_of_one_sender_opens_no_other(desk: World) -> None:
    assert post(desk, "town", asked("hello"), OLD).status_code == 401


def test_the_same_request_sent_again_within_five_minutes_is_a_duplicate_and_later_refused(desk: World) -> None:
    answers = [post(desk, "town", asked("[licensing] may we?"), ago=ago, webhook_id="msg_1") for ago in (0, 4, 6)]
    assert [(one.status_code, one.json().get("result")) for one in answers] == [
        (200, "escalated"),
        (200, "duplicate"),
        (401, None),
    ]


def test_the_same_object_by_another_delivery_is_a_duplicate(desk: World) -> None:
    results = [
        deliver(desk, "town", asked("[licensing] may we?"), webhook_id=f"msg_{number}")["result"] for number in (1, 2)
    ]
    assert results == ["escalated", "duplicate"]


def test_what_is_sent_again_after_its_edit_takes_nothing_back(desk: World) -> None:
    first, second = ({"timestamp": f"2026-03-02T08:{minute}:00Z"} for minute in (10, 20))
    assert deliver(desk, "town", asked("[licensing] may we?") | second)["result"] == "escalated"
    assert deliver(desk, "town", asked("hello") | first) == {"result": "duplicate", "escalation": "ESC-1"}


@pytest.mark.parametrize("more", [{}, {"specversion": "1.0", "id": "e-9", "source": "/town"}], ids=["plain", "event"])
def test_what_a_sender_deletes_is_erased(desk: World, more: dict[str, str]) -> None:
    kind = "application/cloudevents+json" if more else "application/json"
    deliver(desk, "town", more | asked("[licensing] the swordfish?"), content_type=kind)
    assert "swordfish" in desk.root("ESC-1").text
    gone = more | {"type": "question.deleted", "data": {"id": 17}}
    assert deliver(desk, "town", gone, content_type=kind) == {"result": "erased", "escalation": "ESC-1"}
    assert "swordfish" not in desk.root("ESC-1").text


def test_cloud_events_of_one_batch_are_signals_of_one_answer(desk: World) -> None:
    batch = [event("hello", 1), event("[licensing] may we?", 2), event("[packaging] why?", 3)]
    answer = deliver(desk, "town", batch, content_type="application/cloudevents-batch+json")
    assert answer == {"result": "escalated", "escalation": "ESC-1"}
    assert [desk.case(case).matter.topic for case in ("ESC-1", "ESC-2")] == ["licensing", "packaging"]


def test_a_cloud_event_in_binary_mode_is_refused(desk: World) -> None:
    answer = post(desk, "town", {"text": "may we?"}, ce_specversion="1.0", ce_id="e-1", ce_source="/town")
    assert (answer.status_code, answer.json()["path"]) == (400, "header ce-specversion")


# ------------------------------------------------------------------------------------------------- the documents


def example(language: str, containing: str) -> str:
    text = DOCUMENT.read_text(encoding="utf-8")
    (found,) = [one for one in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) if containing in one]
    return found


@pytest.mark.parametrize(
    ("language", "containing", "command"),
    [("sh", "curl", ["sh", "-eu", "-c"]), ("python", "urllib", [sys.executable, "-c"])],
)
def test_the_examples_of_the_documents_work_as_they_stand(
    desk: World, tmp_path: Path, language: str, containing: str, command: list[str]
) -> None:
    if language == "sh" and not (shutil.which("curl") and shutil.which("openssl")):
        pytest.skip("needs curl and openssl")
    (tmp_path / "question.json").write_text(example("json", "q-17").replace("May we", "[licensing] May we"))
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/]{20,}=*", example(language, containing))
    script = example(language, containing).replace(secret, NEW).replace("http://127.0.0.1:8080", desk.url)
    answer = subprocess.run(
        [*command, script.replace("/generic/shop", "/generic/town")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    assert json.loads(answer.stdout) == {"result": "escalated", "escalation": "ESC-1"}


def test_the_mapping_of_the_documents_reads_its_body(tmp_path: Path) -> None:
    policy = tmp_path / "responders.toml"
    policy.write_text(POLICY_FILE.read_text(encoding="utf-8") + "\n" + example("toml", "fields"), encoding="utf-8")
    with world(policy_file=policy, GENERIC_SECRETS=f"shop={NEW}") as desk:
        body = json.loads(example("json", "ticket"))
        body["ticket"]["said"]["text"] += " [licensing]"
        assert deliver(desk, "shop", body)["result"] == "escalated"
