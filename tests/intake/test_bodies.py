"""Bodies are read cleanly or refused with the path of the fault."""

import json
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.errors import BadInput
from router.intake.bodies import decode, host_of, json_text

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


class Issue(msgspec.Struct):
    title: str
    number: int = 1


class Body(msgspec.Struct):
    issue: Issue


BODY = msgspec.json.Decoder(Body)


def title_of(body, headers=None):
    return decode(BODY, json_text(headers or {}, body, "payload")).issue.title


def fault_of(body, headers=None):
    with pytest.raises(BadInput) as refusal:
        title_of(body, headers)
    return refusal.value


def with_other(text):
    """A body whose field that nobody reads holds `text`."""
    return b'{"issue": {"title": "x"}, "other": %s}' % text


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"issue": {"title": 3}}', "$.issue.title: expected str, got int"),
        (b'{"issue": {}}', "$.issue.title: missing"),
        (b"{}", "$.issue: missing"),
        (b'{"issue": null}', "$.issue: expected object, got null"),
        (b"[]", "$: expected object, got array"),
        (b'{"issue": {"title": "x", "number": 1e999}}', "$.issue.number: number out of range"),
        (b'{"issue": {"title": "x", "number": %s}}' % (b"9" * 5000), "$.issue.number: integer value out of range"),
        (b'{"issue": {"title": "\xff"}}', "$: not UTF-8 at byte 21"),
        (b'{"issue": {"title": "\xed\xa0\x80"}}', "$: not UTF-8 at byte 21"),
    ],
)
def test_a_fault_names_its_path(body, message):
    assert str(fault_of(body)) == message


@pytest.mark.parametrize(
    "body",
    [b"", b"\0", b'{"issue"', b"\xef\xbb\xbf{}", with_other(b"NaN"), with_other(b"Infinity"), with_other(b'"\\q"')],
)
def test_what_is_not_json_is_refused_as_a_whole(body):
    assert fault_of(body).path == "$"


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_json_does_not_have_is_named(name):
    assert str(fault_of(with_other(name.encode()))) == f"$: {name} is no number of JSON"


@pytest.mark.parametrize("part", [b"[]", b"{}", b"1", b'""'])
def test_what_is_of_more_parts_than_any_sender_writes_is_refused(part):
    assert str(fault_of(with_other(b"[" + b",".join([part] * 500_000) + b"]"))) == "$: of more than 500000 parts"


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_what_is_nested_too_deeply_is_refused(opening):
    assert str(fault_of(with_other(opening * 200_000))) == "$: nested too deeply"


@pytest.mark.parametrize("number", [b"1e99999", b"9" * 100_000, b"-0.0"])
def test_numbers_that_nobody_reads_do_no_harm(number):
    assert title_of(with_other(number)) == "x"


@pytest.mark.parametrize(
    ("body", "key"),
    [(b'{"issue": {"title": "first", "title": "last"}}', "title"), (with_other(b'{"a": 1, "\\u0061": 2}'), "a")],
)
def test_a_key_that_is_there_twice_is_refused(body, key):
    assert str(fault_of(body)) == f"$: the key '{key}' is there twice"


@pytest.mark.parametrize("escaped", [r"\ud800", r"\uDC00", r"\ud83d\u0041", r"\ud83d\ude42\ud83d", r"\\\ud800"])
def test_half_a_surrogate_pair_is_refused(escaped):
    assert str(fault_of(with_other(f'"{escaped}"'.encode()))) == "$: half of a surrogate pair, which is no character"


@pytest.mark.parametrize("escaped", [r"\u0000", r"a\u0000b"])
def test_a_nul_is_refused(escaped):
    assert str(fault_of(with_other(f'"{escaped}"'.encode()))) == "$: a NUL character"


@pytest.mark.parametrize(
    ("escaped", "read"),
    [(r"\ud83d\ude42", "🙂"), (r"\\ud800", r"\ud800"), (r"\\u0000", r"\u0000"), (r"\uD7FF\uE000", "\ud7ff\ue000")],
)
def test_other_escapes_are_read_as_they_are(escaped, read):
    assert title_of(b'{"issue": {"title": "%s"}}' % escaped.encode()) == read


def test_a_form_is_read_from_its_raw_bytes():
    assert title_of(b"payload=%7B%22issue%22:%7B%22title%22:%22a+b%2Bc%20%C3%BC%22%7D%7D&a=1", FORM) == "a b+c ü"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "form field payload: expected once, found 0 times"),
        (b"Payload={}", "form field payload: expected once, found 0 times"),
        (b"payload={}&payload={}", "form field payload: expected once, found 2 times"),
        (b'{"said": "&payload={}&"}', "form field payload: expected at the beginning"),
        (b"payload=%7", "form field payload: broken percent-encoding"),
        (b"payload=%zz", "form field payload: broken percent-encoding"),
        (b"payload=%FF", "$: not UTF-8 at byte 0"),
        (b"payload=", "$: no JSON at character 0: Expecting value"),
        (b"payload={}", "$.issue: missing"),
    ],
)
def test_a_damaged_form_is_refused(body, message):
    assert str(fault_of(body, FORM)) == message


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://GitHub.com/a#b", "github.com"), ("HTTP://forum.example.org:8080/t/1", "forum.example.org")],
)
def test_the_host_of_a_link_is_lower_case(url, host):
    assert host_of("$.url", url) == host


@pytest.mark.parametrize(
    "url",
    [
        "",
        "github.com/a",
        "javascript:alert(1)",
        "ftp://example.org/",
        "https://",
        "https:///a",
        "https://[::1",
        "https://example.org/a b",
        "https://example.org/\n@all",
        "https://github.com@evil.example/",
        "https://exa\0mple.org/",
    ],
)
def test_a_link_that_people_should_not_press_is_refused(url):
    with pytest.raises(BadInput) as refusal:
        host_of("$.url", url)
    assert refusal.value.path == "$.url"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["issue", "title", "x"]), inner),
)


@settings(deadline=None)
@given(
    body=st.binary() | JSON_VALUES.map(lambda value: json.dumps(value).encode()), headers=st.sampled_from([{}, FORM])
)
def test_any_bytes_are_read_or_refused(body, headers):
    with suppress(BadInput):
        assert b"\0" not in title_of(body, headers).encode()


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_link_or_refused(url):
    with suppress(BadInput):
        assert host_of("$.url", url)
