"""What is the generic senders' own: Standard Webhooks' proof, mappings, CloudEvents, one source per sender."""

import hmac
import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from router.core.errors import BadInput, ProofFailed, ProofFault
from router.core.signals import Deleted
from router.intake.source import Setup, configured
from router.intake.sources.generic import sign, verify

FIXTURES = Path(__file__).parent / "fixtures" / "generic"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
OLD, NEW = (f"whsec_{b64encode(seed * 32).decode()}" for seed in (b"o", b"n"))
EVENT, EVENTS = "application/cloudevents+json", "application/cloudevents-batch+json"
SAID = {"id": "q-17", "body": "May we resell it?", "url": "https://shop.example.org/questions/17"}


def recorded(name):
    return json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))


def sender(**fields):
    return configured(Setup(fields={"generic/shop": fields}))["generic/shop"]


def told(document, source=None, **headers):
    given = {"webhook-id": "msg_1"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return (source or sender()).parse(given, json.dumps(document).encode(), NOW)


def signal(document, source=None, **headers):
    (found,) = told(document, source, **headers)
    return found


def fault(document, source=None, **headers):
    with pytest.raises(BadInput) as refusal:
        told(document, source, **headers)
    return str(refusal.value)


def refused(headers, secrets=(NEW, OLD), now=NOW):
    with pytest.raises(ProofFailed) as refusal:
        verify(headers, b"{}", secrets, now)
    return refusal.value.fault


# ------------------------------------------------------------------------------------------------- proof


def test_the_signature_is_that_of_id_time_and_body_with_the_key_within_the_secret():
    headers = sign({"webhook-id": "msg_1"}, b"{}", OLD, NOW)
    digest = hmac.digest(b64decode(OLD.removeprefix("whsec_")), b"msg_1.1767603600.{}", "sha256")
    assert headers["webhook-timestamp"] == "1767603600"
    assert headers["webhook-signature"] == f"v1,{b64encode(digest).decode()}"


def test_a_sender_that_rotates_signs_twice_and_either_will_do():
    old = sign({"webhook-id": "msg_1"}, b"{}", OLD, NOW)
    new = sign({"webhook-id": "msg_1"}, b"{}", NEW, NOW)
    both = old | {"webhook-signature": f"{new['webhook-signature']} {old['webhook-signature']}"}
    assert [verify(both, b"{}", [secret], NOW) for secret in (OLD, NEW)] == [0, 0]


def test_of_two_secrets_of_ours_the_one_that_matched_is_told():
    assert verify(sign({}, b"{}", OLD, NOW), b"{}", [NEW, OLD], NOW) == 1


def test_signatures_of_other_kinds_are_passed_over():
    headers = sign({}, b"{}", OLD, NOW)
    headers["webhook-signature"] = f"v1a,c2lnbmVkIG90aGVyd2lzZQ== {headers['webhook-signature']} v2,YQ=="
    assert verify(headers, b"{}", [OLD], NOW) == 0


def test_only_a_signature_of_the_kind_that_is_checked_counts():
    headers = sign({}, b"{}", OLD, NOW)
    headers["webhook-signature"] = headers["webhook-signature"].replace("v1,", "v1a,")
    assert refused(headers) is ProofFault.WRONG


@pytest.mark.parametrize("name", ["webhook-id", "webhook-signature"])
def test_a_header_that_is_not_there_is_missing(name):
    headers = sign({}, b"{}", OLD, NOW)
    del headers[name]
    assert refused(headers) is ProofFault.MISSING


@pytest.mark.parametrize("entry", ["v1", "v1,", "v1,====", "nonsense", "v1,ÄÄÄÄ", "", ",", "v1,YQ==,v1,YQ==", "\ud800"])
def test_whatever_stands_for_a_signature_is_refused_alone_and_beside_the_right_one(entry):
    headers = sign({}, b"{}", OLD, NOW)
    assert refused(headers | {"webhook-signature": entry}) is ProofFault.WRONG
    both = f"{entry} {headers['webhook-signature']}"
    assert refused(headers | {"webhook-signature": both}) is ProofFault.WRONG


def test_an_id_with_a_full_stop_is_refused_as_it_could_move_into_the_time():
    assert refused(sign({"webhook-id": "msg.1"}, b"{}", OLD, NOW)) is ProofFault.WRONG


@pytest.mark.parametrize("apart", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_a_body_signed_within_five_minutes_is_proved(apart):
    assert verify(sign({}, b"{}", OLD, NOW), b"{}", [OLD], NOW + apart) == 0


@pytest.mark.parametrize("apart", [timedelta(minutes=5, seconds=1), timedelta(minutes=-5, seconds=-1)])
def test_a_body_signed_longer_ago_or_later_is_expired(apart):
    assert refused(sign({}, b"{}", OLD, NOW), now=NOW + apart) is ProofFault.EXPIRED


@pytest.mark.parametrize("secret", ["whsec_%%%", "whsec_YQ", "plain words"])
def test_a_secret_in_another_form_is_a_key_as_it_is(secret):
    assert verify(sign({}, b"{}", secret, NOW), b"{}", [secret], NOW) == 0


# ------------------------------------------------------------------------------------------------- senders


def test_each_sender_with_a_secret_or_a_table_is_a_source_of_its_own():
    setup = Setup(
        senders=("shop", "pager"), fields={"github": {}, "generic": {}, "generic/shop": {}, "generic/town": {}}
    )
    found = {name: source.secrets for name, source in configured(setup).items() if name.startswith("generic")}
    assert found == {f"generic/{name}": (f"GENERIC_SECRETS/{name}",) for name in ("shop", "pager", "town")}


def test_without_senders_there_is_no_generic_source():
    assert not [name for name in configured(Setup()) if name.startswith("generic")]


def test_an_object_is_known_by_its_sender_and_its_id_whatever_delivery_brought_it():
    first, again = (signal({"data": SAID}, webhook_id=f"msg_{number}") for number in (1, 2))
    assert first.identity == again.identity == "generic/shop:shop:q-17"


def test_two_senders_share_neither_objects_nor_threads():
    sources = configured(Setup(senders=("shop", "town")))
    one, other = (signal({"data": SAID}, sources[f"generic/{name}"]) for name in ("shop", "town"))
    assert one.identity != other.identity
    assert one.thread != other.thread


def test_a_comment_is_in_the_thread_of_the_object_that_began_it():
    root = signal({"data": SAID | {"id": "Q-17"}})
    comment = signal({"data": SAID | {"id": "a-1", "thread": "q-17"}})
    assert (root.thread, root.kind) == ("generic/shop:q-17", "post")
    assert (comment.thread, comment.kind) == ("generic/shop:q-17", "comment")


@pytest.mark.parametrize(
    ("timestamp", "at"),
    [
        ("2026-01-05T08:30:00Z", datetime(2026, 1, 5, 8, 30, tzinfo=UTC)),
        ("2026-01-05T10:30:00+02:00", datetime(2026, 1, 5, 8, 30, tzinfo=UTC)),
        *((odd, NOW) for odd in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "yesterday", "", 7, None, [])),
    ],
)
def test_a_signal_is_of_the_time_that_is_told_unless_that_is_none_or_still_to_come(timestamp, at):
    assert signal({"timestamp": timestamp, "data": SAID}).at == at


def test_what_has_no_id_goes_by_that_of_its_delivery():
    nameless = {key: value for key, value in SAID.items() if key != "id"}
    assert signal({"data": nameless}, webhook_id="msg_7").object_id == "msg_7"


def test_a_sender_knows_no_address():
    assert sender().thread_of(SAID["url"]) is None


# ------------------------------------------------------------------------------------------------- mapping

TICKET = {"ticket": {"nr": 5, "what": {"text": "May we?"}, "by": "reader-5"}, "link": "https://shop.example.org/5"}
MAPPING = {"id": "ticket.nr", "body": "ticket.what.text", "author": "ticket.by", "url": "link"}


def test_a_mapping_says_where_a_sender_has_what():
    found = signal(TICKET, sender(**MAPPING))
    assert (found.object_id, found.body, found.author, found.url) == ("5", "May we?", "reader-5", TICKET["link"])


def test_what_a_mapping_leaves_out_stays_where_it_is_without_one():
    assert signal(TICKET | {"data": {"title": "Reselling"}}, sender(**MAPPING)).title == "Reselling"


@pytest.mark.parametrize(
    ("ticket", "said"),
    [
        ({"what": {"text": 7}}, "$.ticket.what.text: expected a text"),
        ({"what": "May we?"}, "$.ticket.what: expected an object"),
        ({"nr": True}, "$.ticket.nr: expected an id of 1 to 200 printable characters"),
        ({"nr": 1.5}, "$.ticket.nr: expected an id of 1 to 200 printable characters"),
        ({"nr": 2**63}, "$.ticket.nr: expected an id of 1 to 200 printable characters"),
        ({"nr": " "}, "$.ticket.nr: expected an id of 1 to 200 printable characters"),
        ({"nr": "a\nb"}, "$.ticket.nr: expected an id of 1 to 200 printable characters"),
        ({"nr": "a" * 201}, "$.ticket.nr: expected an id of 1 to 200 printable characters"),
        ({"by": "a" * 201}, "$.ticket.by: longer than 200 characters"),
        ({"by": ["reader-5"]}, "$.ticket.by: expected a text"),
    ],
)
def test_a_fault_is_told_by_the_path_of_the_mapping(ticket, said):
    assert fault(TICKET | {"ticket": TICKET["ticket"] | ticket}, sender(**MAPPING)) == said


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (None, "$.link: missing"),
        (7, "$.link: expected a text"),
        ("ftp://shop.example.org/5", "$.link: expected an http or https address"),
        ("javascript:alert(1)", "$.link: expected an http or https address"),
        ("https://reader:word@shop.example.org/5", "$.link: expected an http or https address"),
        ("https://[oops", "$.link: not an address"),
        ("https://shop.example.org/" + "a" * 2000, "$.link: longer than 2000 characters"),
    ],
)
def test_a_signal_needs_an_address_that_people_may_be_shown(url, said):
    assert fault(TICKET | {"link": url}, sender(**MAPPING)) == said


@pytest.mark.parametrize("document", [{}, {"data": None}, {"data": {"id": ["o-1"]}}, {"data": SAID | {"body": " "}}])
def test_what_has_no_text_gives_nothing(document):
    assert told(document) == []


def test_a_title_as_long_as_a_text_is_a_text():
    found = signal({"data": SAID | {"title": "May we? " * 40}})
    assert (found.title, found.body) == ("", f"{('May we? ' * 40).strip()}\n\nMay we resell it?")


# ------------------------------------------------------------------------------------------------- deletions


@pytest.mark.parametrize("kind", ["deleted", "question.deleted", "org.example.shop.question.deleted"])
def test_a_type_that_ends_in_deleted_is_a_deletion(kind):
    (gone,) = told({"type": kind, "data": SAID})
    assert isinstance(gone, Deleted)
    assert gone.identity == signal({"data": SAID}).identity


@pytest.mark.parametrize("kind", ["undeleted", "deleted.question", "question.deleted.not", 7, None, ["deleted"]])
def test_another_type_is_none(kind):
    assert not isinstance(signal({"type": kind, "data": SAID}), Deleted)


def test_a_deletion_that_does_not_say_of_what_is_damaged():
    assert fault({"type": "question.deleted", "data": {}}) == "$.data.id: missing"


# ------------------------------------------------------------------------------------------------- CloudEvents


def test_objects_of_two_cloud_event_sources_are_told_apart():
    one, other = (signal(recorded("cloud_event_of_a_post") | {"source": source}, content_type=EVENT) for source in "ab")
    assert one.identity != other.identity
    assert one.thread != other.thread


def test_no_cloud_event_source_reaches_into_the_ids_of_another():
    usual = recorded("cloud_event_of_a_post")
    places = [("https", "//town:1"), ("https://town", "1"), ("https:", "/town:1")]
    events = [usual | {"source": place, "data": usual["data"] | {"id": one, "thread": one}} for place, one in places]
    told = [signal(one, content_type=EVENT) for one in events]
    assert len({one.identity for one in told}) == len({one.thread for one in told}) == len(told)


def test_a_cloud_event_is_one_whatever_header_it_is_sent_under():
    event = recorded("cloud_event_of_a_post")
    assert signal(event, content_type="application/json") == signal(event, content_type=EVENT)


def test_a_mapping_may_point_beside_the_data_of_a_cloud_event():
    event = recorded("cloud_event_of_a_post")
    assert signal(event, sender(title="subject"), content_type=EVENT).title == "post"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"specversion": "0.3"}, "$.specversion: expected 1.0"),
        ({"specversion": None}, "$.specversion: expected 1.0"),
        ({"id": ""}, "$.id: expected an id of 1 to 200 printable characters"),
        ({"source": 7}, "$.source: expected an id of 1 to 200 printable characters"),
        ({"data": "bytes"}, "$.data: expected an object"),
    ],
)
def test_a_cloud_event_without_what_makes_it_one_is_damaged(change, said):
    assert fault(recorded("cloud_event_of_a_post") | change, content_type=f"{EVENT}; charset=utf-8") == said


def test_a_fault_in_a_batch_names_the_event():
    batch = recorded("cloud_events_in_a_batch")
    batch[2]["data"]["url"] = None
    assert fault(batch, content_type=EVENTS) == "$[2].data.url: missing"


def test_a_batch_has_a_limit():
    batch = recorded("cloud_events_in_a_batch")[:1]
    assert len(told(batch * 100, content_type=EVENTS)) == 100
    assert fault(batch * 101, content_type=EVENTS) == "$: more than 100 events"


def test_a_cloud_event_whose_id_is_in_headers_is_refused_as_those_are_not_signed():
    said = fault({"text": "May we?"}, ce_specversion="1.0", ce_id="e-1", content_type="application/json")
    assert said.startswith("header ce-specversion: headers are not signed")


@pytest.mark.parametrize("kind", ["application/cloudevents+avro", "application/cloudevents-batch+xml"])
def test_a_cloud_event_in_another_format_is_refused(kind):
    assert fault({}, content_type=kind).startswith("header content-type: of CloudEvents, ")
