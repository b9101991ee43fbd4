"""Whatever a source sends, or somebody in its name: a reason is given, nothing is stored, and no fault is ours."""

import json
from collections.abc import Callable

import pytest
from hostile.senders import RETIRED, Desk, Recording, recordings

SPEAKING = [one for one in recordings() if one.says_something]
FIRST = {one.source: one for one in reversed(SPEAKING)}
MEGABYTE = 1024 * 1024
each_source = pytest.mark.parametrize("recording", FIRST.values(), ids=FIRST)

UNSOUND: dict[str, Callable[[str], bytes]] = {
    "truncated": lambda text: text[: len(text) // 2].encode(),
    "an empty body": lambda _: b"",
    "a list": lambda text: f"[{text}]".encode(),
    "a number": lambda _: b"7",
    "null": lambda _: b"null",
    "a key twice": lambda text: beside(text, '"a": 1, "a": 2'),
    "NaN": lambda text: beside(text, '"a": NaN'),
    "deep nesting": lambda text: beside(text, f'"a": {"[" * 100_000}'),
    "half of a surrogate pair": lambda text: beside(text, r'"a": "\ud800"'),
    "a NUL": lambda text: beside(text, r'"a": "\u0000"'),
    "bytes that are no text": lambda text: text.encode().replace(b'"', b'"\xff', 1),
}


def beside(text: str, field: str) -> bytes:
    """The document with one more field, before the others."""
    return text.replace("{", "{" + field + ", ", 1).encode()


def longer(recording: Recording, length: int) -> bytes:
    """The document, with each of its longer texts as long as that."""

    def grown(value: object) -> object:
        match value:
            case dict():
                return {key: grown(one) for key, one in value.items()}
            case list():
                return [grown(one) for one in value]
            case str() if " " in value:
                return (value * (length // len(value) + 1))[:length]
            case _:
                return value

    return json.dumps(grown(recording.document)).encode()


@pytest.fixture(autouse=True)
def _nothing_is_stored(desk: Desk) -> object:
    before = desk.cases
    yield
    assert desk.cases == before


def refused(answer: object, *statuses: int) -> str:
    assert answer.status_code in statuses, answer.text
    return answer.json["error"]


@each_source
def test_an_unsigned_body_is_refused(desk: Desk, recording: Recording) -> None:
    assert refused(desk.send(recording, json.dumps(recording.document).encode(), recording.headers), 401)


@each_source
def test_a_body_that_was_changed_after_it_was_signed_is_refused(desk: Desk, recording: Recording) -> None:
    body = json.dumps(recording.document).encode()
    assert refused(desk.send(recording, body + b" ", desk.signed(recording, body)), 401)


@each_source
def test_a_body_signed_by_a_retired_secret_is_refused(desk: Desk, recording: Recording) -> None:
    body = json.dumps(recording.document).encode()
    assert refused(desk.send(recording, body, desk.signed(recording, body, RETIRED)), 401)


@each_source
def test_a_signature_that_is_no_ascii_is_refused(desk: Desk, recording: Recording) -> None:
    body = json.dumps(recording.document).encode()
    one, other = desk.signed(recording, body), desk.signed(recording, body, RETIRED)
    strange = {name: "ü" * len(value) for name, value in one.items() if other[name] != value}
    assert strange
    assert refused(desk.send(recording, body, one | strange), 401)


@each_source
@pytest.mark.parametrize("damage", UNSOUND.values(), ids=UNSOUND)
def test_an_unsound_body_is_refused_with_the_reason(
    desk: Desk, recording: Recording, damage: Callable[[str], bytes]
) -> None:
    assert refused(desk.send_signed(recording, damage(json.dumps(recording.document))), 400)


@each_source
def test_ten_megabytes_of_text_are_refused(desk: Desk, recording: Recording) -> None:
    assert refused(desk.send_signed(recording, longer(recording, 10 * MEGABYTE)), 400, 413)


@each_source
def test_a_body_larger_than_the_source_sends_is_refused_unread(desk: Desk, recording: Recording) -> None:
    body = b" " * (desk.source(recording.source).largest + 1)
    assert refused(desk.send_signed(recording, body), 413)


@each_source
def test_headers_in_other_scripts_do_no_harm(desk: Desk, recording: Recording) -> None:
    body = b"{"
    headers = desk.signed(recording, body) | {"user-agent": "Привет", "x-forwarded-for": "\x7fü"}
    assert refused(desk.send(recording, body, headers), 400)


@each_source
def test_a_form_that_holds_nothing_is_refused(desk: Desk, recording: Recording) -> None:
    body = b"a=1&b=%FF"
    assert refused(
        desk.send(recording, body, desk.signed(recording, body, content_type="application/x-www-form-urlencoded")), 400
    )
