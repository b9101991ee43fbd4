"""What holds for every source, found by name, over its folder of fixtures.

`<what_happened>.json` is the body, `.headers.json` what came with it, `.signals.json` what has to come out. A
form-encoded body is kept as its JSON, which is sent in the field `payload`.
"""

import inspect
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from importlib import import_module
from itertools import combinations
from pathlib import Path
from urllib.parse import urlencode

import pytest
from recordings import FIXTURES, bodies, headers_of

from router import ports
from router.config import read_settings
from router.core.errors import BadInput, ProofFailed, ProofFault
from router.core.signals import Incoming, Signal
from router.intake.source import Source, sources

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECRET, NEXT_SECRET = "It's a Secret to Everybody", "and so is this one"
OTHER_TYPES = (None, 7, "text", [], {})
NAMES = sorted(sources())


@dataclass(frozen=True)
class Recording:
    """One fixture: what a source sent once."""

    source: Source
    path: Path

    @property
    def headers(self) -> dict[str, str]:
        return headers_of(self.path)

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    def body(self, text: str) -> bytes:
        is_form = self.headers["content-type"] == "application/x-www-form-urlencoded"
        return urlencode({"payload": text}).encode() if is_form else text.encode()

    def parse(self, text: str) -> Sequence[Incoming]:
        return self.source.parse(self.headers, self.body(text), NOW)

    def signed(self, secret: str) -> dict[str, str]:
        return self.source.sign(self.headers, self.body(self.text), secret, NOW)

    def verify(self, headers: dict[str, str], body: bytes | None = None, secrets: tuple[str, ...] = (SECRET,)) -> int:
        return self.source.verify(headers, self.body(self.text) if body is None else body, secrets, NOW)


def recordings() -> list[object]:
    return [
        pytest.param(Recording(sources()[name], path), id=f"{name}/{path.stem}")
        for name in NAMES
        for path in bodies(name)
    ]


each_recording = pytest.mark.parametrize("recording", recordings())
each_source = pytest.mark.parametrize("name", NAMES)


@each_source
def test_a_source_has_fixtures(name):
    assert list((FIXTURES / name).glob("*.headers.json")), f"{name}: no fixture in {FIXTURES / name}"


@each_source
def test_a_source_has_the_name_of_its_module(name):
    assert import_module(f"router.intake.sources.{name}").SOURCE.name == name


@each_source
def test_the_secrets_and_tokens_of_a_source_are_found_in_the_settings(name):
    named = {*sources()[name].secrets, *sources()[name].tokens} - {"GENERIC_SECRETS"}
    assert [one for one in named if not read_settings({one: "something"}).secret(one)] == []


@each_source
@pytest.mark.parametrize("function", ["verify", "parse", "thread_of", "sign"])
def test_a_source_names_its_arguments_as_the_protocol_does(name, function):
    promised = list(inspect.signature(getattr(ports.Source, function)).parameters)[1:]
    assert list(inspect.signature(getattr(sources()[name], function)).parameters) == promised


def test_every_folder_of_fixtures_belongs_to_a_source():
    assert sorted(folder.name for folder in FIXTURES.iterdir()) == NAMES


@each_recording
def test_a_recording_gives_its_golden_signals(recording):
    signals = [shown_as(one) for one in recording.parse(recording.text)]
    golden = recording.path.with_suffix(".signals.json")
    shown = json.dumps(signals, indent=2, ensure_ascii=False)
    assert golden.exists(), f"read this, and if it is right, save it as {golden}:\n{shown}"
    assert signals == json.loads(golden.read_text("utf-8"))


def shown_as(one: Incoming) -> dict[str, object]:
    """Leave out what stands at its default, and say what it is unless it is a signal."""
    usual = {field.name: field.default for field in fields(one)}
    told = {name: value for name, value in asdict(one).items() if usual[name] != value}
    named = {} if isinstance(one, Signal) else {"is": type(one).__name__}
    return json.loads(json.dumps(named | told | {"at": one.at.isoformat()}))


@each_recording
def test_the_address_of_a_signal_leads_to_no_other_thread(recording):
    for signal in signals_of(recording.parse(recording.text)):
        assert recording.source.thread_of(signal.url) in {signal.thread, None}


@each_source
def test_two_addresses_lead_to_the_same_place_only_if_they_are_of_the_same_thing(name):
    """Where one thing is a case's answer, the other would be taken for it."""
    source = sources()[name]
    parsed = (Recording(source, path) for path in bodies(name))
    said = {one.url: one.identity for recording in parsed for one in signals_of(recording.parse(recording.text))}
    for one, other in combinations(said, 2):
        assert said[one] == said[other] or not source.same_place(one, other)


@each_recording
def test_a_signed_body_is_proved(recording):
    assert recording.verify(recording.signed(SECRET)) == 0


@each_recording
def test_the_second_of_two_secrets_is_told(recording):
    assert recording.verify(recording.signed(NEXT_SECRET), secrets=(SECRET, NEXT_SECRET)) == 1


@each_recording
def test_an_unsigned_body_is_refused(recording):
    with pytest.raises(ProofFailed) as refusal:
        recording.verify(recording.headers)
    assert refusal.value.fault is ProofFault.MISSING


@each_recording
def test_a_body_signed_by_another_secret_is_refused(recording):
    with pytest.raises(ProofFailed) as refusal:
        recording.verify(recording.signed(NEXT_SECRET))
    assert refusal.value.fault is ProofFault.WRONG


@each_recording
def test_an_altered_body_is_refused(recording):
    with pytest.raises(ProofFailed):
        recording.verify(recording.signed(SECRET), recording.body(recording.text) + b" ")


@each_recording
def test_an_altered_signature_is_refused_without_repeating_it(recording):
    signed = recording.signed(SECRET)
    for name in proof_headers(recording):
        for altered in alterations(signed[name]):
            with pytest.raises(ProofFailed) as refusal:
                recording.verify(signed | {name: altered})
            assert not altered or altered not in str(refusal.value)


def proof_headers(recording: Recording) -> list[str]:
    """The headers that depend on the secret."""
    one, other = recording.signed(SECRET), recording.signed(NEXT_SECRET)
    names = [name for name in one if one[name] != other[name]]
    assert names, "the secret changes no header"
    return names


def alterations(value: str) -> tuple[str, ...]:
    last = "1" if value.endswith("0") else "0"
    return (value[:-1] + last, value[:-1], value + last, f"{value}, {value}", "é" * len(value), "\ud800", "")


@each_recording
def test_a_damaged_body_gives_signals_or_the_path_of_the_fault(recording):
    for text in damaged(json.loads(recording.text)):
        assert_harmless(recording, text)


@each_recording
def test_a_body_that_was_cut_off_gives_signals_or_the_path_of_the_fault(recording):
    for end in range(0, len(recording.text), 13):
        assert_harmless(recording, recording.text[:end])


def assert_harmless(recording: Recording, text: str) -> None:
    incoming = incoming_or_fault(recording, text)
    assert all(getattr(one, "url", "https://").startswith(("https://", "http://")) for one in incoming), text
    for signal in signals_of(incoming):
        assert all((signal.source, signal.instance, signal.kind, signal.object_id)), text
        assert signal.thread == signal.thread.lower(), text
        assert signal.headline or not signal.title, text
        json.dumps(asdict(signal), default=str, ensure_ascii=False).encode()


def signals_of(incoming: Sequence[Incoming]) -> list[Signal]:
    return [one for one in incoming if isinstance(one, Signal)]


def incoming_or_fault(recording: Recording, text: str) -> Sequence[Incoming]:
    try:
        return recording.parse(text)
    except BadInput as refusal:
        fault = refusal
    assert fault.path.startswith(("$", "header ", "form field ")), text
    return []


def damaged(document: object) -> Iterator[str]:
    """The document with each value, itself among them, of every other type, and without each of its keys."""
    yield from map(json.dumps, OTHER_TYPES)
    for holder, key in list(places(document)):
        kept = holder[key]
        for other in OTHER_TYPES:
            holder[key] = other
            yield json.dumps(document)
        del holder[key]
        yield json.dumps(document)
        holder.insert(key, kept) if isinstance(holder, list) else holder.update({key: kept})


def places(value: object) -> Iterator[tuple[dict | list, object]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from places(value[key])
