"""What is Slack's own: its signed time, its question, its events, its texts, its addresses."""

import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from router.core.errors import BadInput, ProofFailed, ProofFault
from router.core.signals import Deleted
from router.intake.sources.slack import SOURCE, challenge, parse, sign, thread_of, verify

FIXTURES = Path(__file__).parent / "fixtures" / "slack"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECRET = "a-secret-that-Slack-knows"
THREAD = "slack:c07town/1767603600.000100"
PERMALINK = "https://example.slack.com/archives/C07TOWN/p1767603600000100"
REPLY = "https://example.slack.com/archives/C07TOWN/p1767603660000300?thread_ts=1767603600.000100&cid=C07TOWN"


def recorded(name):
    return json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))


def told(document):
    return parse({}, json.dumps(document).encode(), NOW)


def changed(name, **event):
    document = recorded(name)
    document["event"] |= event
    return document


def fault(document):
    with pytest.raises(BadInput) as refusal:
        told(document)
    return str(refusal.value)


def said(text):
    (signal,) = told(changed("message_posted", text=text))
    return signal.body


def refused(headers, now=NOW):
    with pytest.raises(ProofFailed) as refusal:
        verify(headers, b"{}", [SECRET], now)
    return refusal.value.fault


# ------------------------------------------------------------------------------------------------- proof


def test_the_signature_is_that_of_the_version_the_time_and_the_body():
    headers = sign({}, b"{}", SECRET, NOW)
    digest = hmac.new(SECRET.encode(), b"v0:1767603600:{}", "sha256").hexdigest()
    assert headers["x-slack-request-timestamp"] == "1767603600"
    assert headers["x-slack-signature"] == f"v0={digest}"


@pytest.mark.parametrize("apart", [timedelta(0), timedelta(minutes=5), timedelta(minutes=-5)])
def test_a_body_signed_within_five_minutes_is_proved(apart):
    assert verify(sign({}, b"{}", SECRET, NOW), b"{}", [SECRET], NOW + apart) == 0


@pytest.mark.parametrize("apart", [timedelta(minutes=5, seconds=1), timedelta(minutes=-5, seconds=-1)])
def test_a_body_signed_longer_ago_or_later_is_expired(apart):
    assert refused(sign({}, b"{}", SECRET, NOW), NOW + apart) is ProofFault.EXPIRED


def test_a_fresh_time_on_an_old_body_proves_nothing():
    headers = sign({}, b"{}", SECRET, NOW) | {"x-slack-request-timestamp": "1767607200"}
    assert refused(headers, NOW + timedelta(hours=1)) is ProofFault.WRONG


def test_a_body_without_a_time_is_refused():
    headers = sign({}, b"{}", SECRET, NOW)
    headers["x-slack-signature"] = "v0=" + hmac.new(SECRET.encode(), b"v0::{}", "sha256").hexdigest()
    del headers["x-slack-request-timestamp"]
    assert refused(headers) is ProofFault.MISSING


@pytest.mark.parametrize(
    "time", ["", "soon", "-1", "1e9", "1767603600.5", " 1767603600", "9" * 5000, "１７６７６０３６００", "\ud800"]
)
def test_a_time_that_is_no_number_of_seconds_is_refused(time):
    text = b"v0:" + time.encode("utf-8", "surrogatepass") + b":{}"
    signature = "v0=" + hmac.new(SECRET.encode(), text, "sha256").hexdigest()
    assert refused({"x-slack-request-timestamp": time, "x-slack-signature": signature}) is ProofFault.WRONG


def test_what_is_signed_keeps_its_headers_under_the_names_that_a_router_sees():
    sent = sign({"X-Slack-Retry-Num": "1"}, b"{}", SECRET, NOW)
    assert (sent["x-slack-retry-num"], sent["content-type"]) == ("1", "application/json")


# ------------------------------------------------------------------------------------------------- set-up


def test_the_question_is_answered_with_what_was_asked():
    asked = json.dumps(recorded("address_verified")).encode()
    assert challenge({}, asked, [SECRET]) == {"challenge": "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8"}


@pytest.mark.parametrize("name", ["message_posted", "too_many_events"])
def test_nothing_else_is_a_question(name):
    assert challenge({}, json.dumps(recorded(name) | {"challenge": "abc"}).encode(), [SECRET]) is None


def test_an_address_that_is_only_looked_at_is_asked_nothing():
    assert challenge({"challenge": "abc"}, b"", [SECRET]) is None


@pytest.mark.parametrize("asked", [None, ""])
def test_a_question_without_anything_to_repeat_is_none(asked):
    assert challenge({}, json.dumps(recorded("address_verified") | {"challenge": asked}).encode(), [SECRET]) is None


def test_a_question_of_the_wrong_type_is_damaged():
    with pytest.raises(BadInput, match=r"^\$\.challenge: "):
        challenge({}, b'{"type": "url_verification", "challenge": {}}', [SECRET])


# ------------------------------------------------------------------------------------------------- events


def test_what_is_no_event_gives_nothing():
    assert told(recorded("message_posted") | {"type": "app_rate_limited"}) == []


def test_an_event_that_is_no_message_gives_nothing():
    assert told(changed("message_posted", type="app_mention")) == []


@pytest.mark.parametrize("subtype", ["channel_topic", "message_replied", "reminder_add", "solar_eclipse", ""])
def test_a_subtype_that_nobody_said_gives_nothing(subtype):
    assert told(changed("message_posted", subtype=subtype)) == []


def test_a_message_of_nothing_but_spaces_gives_nothing():
    assert told(changed("message_posted", text=" \n ")) == []


def test_what_nobody_said_may_be_of_any_shape():
    assert told(changed("message_posted", subtype="solar_eclipse", ts="at noon")) == []


@pytest.mark.parametrize("subtype", ["bot_message", "channel_topic"])
def test_an_edit_of_what_nobody_said_gives_nothing(subtype):
    edited = recorded("message_edited")["event"]["message"]
    assert told(changed("message_edited", message=edited | {"subtype": subtype})) == []


@pytest.mark.parametrize("subtype", ["me_message", "file_share", "thread_broadcast"])
def test_a_subtype_that_people_say_counts(subtype):
    assert told(changed("message_posted", subtype=subtype))


@pytest.mark.parametrize("place", ["group", "im", "mpim", "app_home", "planetarium", None])
def test_only_what_is_said_in_a_public_channel_counts(place):
    assert told(changed("message_posted", channel_type=place)) == []


def test_a_deletion_counts_wherever_it_happened():
    (gone,) = told(changed("message_deleted", channel_type="group"))
    assert isinstance(gone, Deleted)


def test_an_edit_is_the_same_object_in_the_same_thread():
    (before,), (after,) = told(recorded("message_posted")), told(recorded("message_edited"))
    assert (before.identity, before.thread, before.url) == (after.identity, after.thread, after.url)


def test_a_preview_of_a_link_makes_no_new_wording():
    document = recorded("message_shown_with_a_preview_of_its_link")
    posted = changed("message_posted", text=document["event"]["message"]["text"], ts="1767603700.000700")
    (before,), (after,) = told(posted), told(document)
    assert (before.identity, before.version(b"k")) == (after.identity, after.version(b"k"))


def test_what_is_deleted_is_what_was_said():
    (signal,), (gone,) = told(recorded("message_posted")), told(recorded("message_deleted"))
    assert (signal.identity, signal.thread) == (gone.identity, gone.thread)


def test_an_edit_without_its_message_is_damaged():
    assert fault(changed("message_edited", message=None)) == "$.event.message: missing"


def test_a_deletion_that_does_not_say_of_what_is_damaged():
    assert fault(changed("message_deleted", deleted_ts=None)) == "$.event.deleted_ts: missing"


@pytest.mark.parametrize("ts", ["", "1767603600", "1767603600.000100\n", "1767603600.000100/../x", "١.٢"])
def test_a_time_that_is_none_of_slacks_is_damaged(ts):
    assert fault(changed("message_posted", ts=ts)).startswith("$.event.ts: ")


@pytest.mark.parametrize("channel", ["", "c07town", "C07TOWN&team=T1", "C07TOWN\n", "C" * 33])
def test_a_channel_that_is_none_of_slacks_is_damaged(channel):
    assert fault(changed("message_posted", channel=channel)).startswith("$.event.channel: ")


# ------------------------------------------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("&amp;lt; stays an escape", "&lt; stays an escape"),
        ("ask <@U07HELPER>", "ask @U07HELPER"),
        ("ask <@U07HELPER|helper>", "ask @helper"),
        ("in <#C07SALES|sales>", "in #sales"),
        ("in <#C07SALES|>", "in #C07SALES"),
        ("<!here> and <!channel>", "@here and @channel"),
        ("<!subteam^S07LEGAL|@legal>", "@legal"),
        ("<!subteam^S07LEGAL>", "@subteam^S07LEGAL"),
        ("<!date^1767603600^{date}|today>", "today"),
        ("<https://example.org/?a=1&amp;b=2>", "https://example.org/?a=1&b=2"),
        ("<https://example.org|example.org>", "example.org"),
        ("<http://example.org|example.org>", "example.org"),
        ("<https://example.org|https://example.org>", "https://example.org"),
        ("<mailto:press@example.org|press@example.org>", "press@example.org"),
        ("<tel:+15550100|+15550100>", "+15550100"),
        ("<https://example.org/prices|our prices>", "our prices (https://example.org/prices)"),
        ("<https://evil.example/|example.org>", "example.org (https://evil.example/)"),
        ("2 < 3 is left alone", "2 < 3 is left alone"),
        ("<a|b|c>", "b|c (a)"),
        ("x <> y", "x  y"),
    ],
)
def test_a_text_reads_as_people_see_it(written, shown):
    assert said(written) == shown


def test_a_text_of_nothing_but_markup_is_read_in_time_that_grows_with_its_length():
    assert len(said("<a|" * 300_000)) == 900_000


def test_the_first_line_stands_for_a_title():
    (signal,) = told(changed("message_posted", text=f"\n {'price? ' * 40}\nsecond line"))
    assert signal.headline == ("price? " * 10) + "price?…"


# ------------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "url",
    [
        PERMALINK,
        f"{PERMALINK}/",
        "https://slack.com/archives/C07TOWN/p1767603600000100",
        "https://example.enterprise.slack.com/archives/C07TOWN/p1767603600000100",
        REPLY,
        "https://slack.com/app_redirect?team=T07EXAMPLE&channel=C07TOWN&message_ts=1767603600.000100",
    ],
)
def test_a_permalink_leads_to_the_thread(url):
    assert thread_of(url) == THREAD


@pytest.mark.parametrize(
    ("name", "permalink", "same"),
    [
        ("message_posted", PERMALINK, True),
        ("message_posted_in_thread", REPLY, True),
        ("message_posted_in_thread", PERMALINK, False),
        ("message_posted", PERMALINK.replace("C07TOWN", "C07SALES"), False),
        ("message_posted", "https://example.slack.com/archives/C07TOWN", False),
    ],
)
def test_a_message_has_its_permalink_beside_the_address_of_its_signal(name, permalink, same):
    (signal,) = told(recorded(name))
    assert SOURCE.same_place(signal.url, permalink) is same


@pytest.mark.parametrize("name", ["message_posted", "message_posted_in_thread", "message_edited_in_thread"])
def test_the_address_of_a_signal_leads_to_its_thread(name):
    (signal,) = told(recorded(name))
    assert thread_of(signal.url) == THREAD


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/archives/C07TOWN/p1767603600000100",
        "https://slack.com.example.org/archives/C07TOWN/p1767603600000100",
        "https://notslack.com/archives/C07TOWN/p1767603600000100",
        "slack://archives/C07TOWN/p1767603600000100",
        "https://example.slack.com/archives/C07TOWN",
        "https://example.slack.com/archives/c07town/p1767603600000100",
        "https://example.slack.com/archives/C07TOWN/p17676036000001",
        f"{PERMALINK}?thread_ts=never",
        f"{PERMALINK}?{'a=1&' * 30}",
        "https://slack.com/app_redirect?channel=C07TOWN",
        "https://slack.com/app_redirect?message_ts=1767603600.000100",
        "https://slack.com/signin?channel=C07TOWN&message_ts=1767603600.000100",
        "https://[oops",
        "",
    ],
)
def test_other_addresses_lead_to_no_thread(url):
    assert thread_of(url) is None
