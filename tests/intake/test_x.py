"""What is X's own: its challenge, its three products on one address, its posts and their texts, its addresses."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.errors import BadInput
from router.core.signals import Signal
from router.intake.sources.x import SOURCE, challenge, parse, sign, thread_of, verify

FIXTURES = Path(__file__).parent / "fixtures" / "x"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
US = "1500000000000000001"
KEY = b"a key for the digests of wordings"


def recorded(name):
    return json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))


def told(document):
    return parse({}, json.dumps(document).encode(), NOW)


def said(name):
    (signal,) = told(recorded(name))
    assert isinstance(signal, Signal)
    return signal


def mention(**changes):
    """A mention by X Activity, with other fields than were recorded."""
    document = recorded("activity_mention")
    document["data"]["payload"] |= changes
    return document


def words(text, **changes):
    (signal,) = told(mention(text=text, **changes))
    return signal.body


# ------------------------------------------------------------------------------------------- the challenge


def test_a_challenge_is_answered_with_what_the_secret_makes_of_it():
    expected = b64encode(digest(b"secret", b"some-token", sha256)).decode()
    assert challenge({"crc_token": "some-token"}, b"", ["secret"]) == {"response_token": f"sha256={expected}"}


def test_while_there_are_two_secrets_the_first_answers():
    query = {"crc_token": "some-token"}
    assert challenge(query, b"", ["new", "old"]) == challenge(query, b"", ["new"])


def test_no_question_no_answer():
    assert challenge({"nonce": "1"}, b"", ["secret"]) is None


def test_a_delivery_is_no_question_whatever_its_address_says():
    assert challenge({"crc_token": "some-token"}, b"{}", ["secret"]) is None


@pytest.mark.parametrize("token", ["", " ", "two words", "a" * 1001, "ü", "a\nb", "a\n", "\0", "\ud800"])
def test_an_odd_challenge_is_refused(token):
    with pytest.raises(BadInput, match=r"^query crc_token: "):
        challenge({"crc_token": token}, b"", ["secret"])


def tokens():
    bodies = [json.dumps(json.loads(path.read_bytes()), separators=(",", ":")) for path in FIXTURES.glob("*.json")]
    return st.sampled_from(bodies) | st.text(st.characters(min_codepoint=32, max_codepoint=127)) | st.text()


@settings(deadline=None)
@given(tokens())
def test_nobody_gets_a_body_signed_by_asking(token):
    try:
        assert challenge({"crc_token": token}, b"", ["secret"])
    except BadInput:
        return
    with pytest.raises(BadInput):
        parse({}, token.encode(), NOW)


def test_a_body_is_json_whatever_its_headers_say():
    form = b"payload=%7B%22data%22%3A%7B%22event_type%22%3A%22oauth.revoke%22%7D%7D"
    with pytest.raises(BadInput, match=r"^\$: "):
        parse({"content-type": "application/x-www-form-urlencoded"}, form, NOW)


def test_a_signature_is_base64_over_the_bytes():
    signed = sign({}, b"\xff not JSON", "secret", NOW)
    assert signed["x-twitter-webhooks-signature"] == "sha256=" + b64encode(
        digest(b"secret", b"\xff not JSON", sha256)
    ).decode("ascii")
    assert verify(signed, b"\xff not JSON", ["other", "secret"], NOW) == 1


# ------------------------------------------------------------------------------------------- one post, three products


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("activity_mention", "account_mention"),
        ("activity_mention", "stream_match"),
        ("activity_reply", "account_reply"),
        ("activity_quote", "account_quote"),
        ("activity_long", "account_long"),
    ],
)
def test_two_products_tell_of_one_post_as_one_object_in_one_wording_and_thread(one, other):
    first, second = said(one), said(other)
    assert (first.identity, first.version(KEY)) == (second.identity, second.version(KEY))
    assert (first.thread, first.url) == (second.thread, second.url)


@pytest.mark.parametrize("event", ["post.mention.create", "post.reply.create", "post.quote.create"])
def test_a_post_that_mentions_answers_and_quotes_is_one_object_by_whatever_event(event):
    document = recorded("activity_mention")
    document["data"]["event_type"] = event
    assert told(document) == told(recorded("activity_mention"))


def test_an_edit_is_another_wording_of_the_first_version():
    original, edited = said("account_edited"), said("activity_edited")
    assert original.identity == edited.identity
    assert original.thread == edited.thread == "x:1900000000000000400"
    assert original.version(KEY) != edited.version(KEY)


@pytest.mark.parametrize("field", ["referenced_tweets", "referenced_posts"])
def test_a_repost_gives_nothing_whatever_its_references_are_called(field):
    assert told(mention(**{field: [{"type": "retweeted", "id": "1900000000000000008"}]})) == []


def test_the_author_is_found_by_number_among_the_accounts_that_came_along():
    document = recorded("activity_mention")
    users = document["data"]["includes"]["users"]
    document["data"]["includes"]["users"] = [{"id": US, "username": "example_chat"}, *users]
    (signal,) = told(document)
    assert signal.author == users[0]["username"]


def test_an_answer_to_an_answer_belongs_to_its_conversation():
    answers = [{"type": "replied_to", "id": "1900000000000000008"}]
    (answer,) = told(mention(conversation_id="1900000000000000007", referenced_tweets=answers))
    assert answer.thread == "x:1900000000000000007"


def test_an_edit_stays_in_its_thread_even_if_the_conversation_is_named_by_a_later_version():
    ids = ["1900000000000000400", "1900000000000000402"]
    (edited,) = told(mention(id=ids[1], conversation_id=ids[1], edit_history_tweet_ids=ids))
    assert edited.thread == "x:1900000000000000400"


@pytest.mark.parametrize(
    ("number", "at"),
    [
        ("1", datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)),
        ("1900000000000000100", datetime(2025, 3, 13, 1, 44, 34, 949_000, tzinfo=UTC)),
        ("9" * 19, datetime(2086, 5, 23, 19, 32, 45, 672_000, tzinfo=UTC)),
    ],
)
def test_a_version_is_of_the_time_that_its_id_tells(number, at):
    (signal,) = told(mention(id=number))
    assert signal.at == at


def test_what_a_quoted_post_says_is_not_the_words_of_who_quotes_it():
    assert "release" not in said("activity_quote").body + said("account_quote").body


# ------------------------------------------------------------------------------------------- who is not heard


@pytest.mark.parametrize("name", ["activity_mention", "account_mention"])
def test_the_watched_account_is_not_heard(name):
    document = recorded(name)
    if "data" in document:
        document["data"]["payload"]["author_id"] = US
    else:
        document["tweet_create_events"][0]["user"]["id_str"] = US
    assert told(document) == []


def test_without_a_filter_on_somebody_everybody_is_heard():
    document = recorded("activity_mention")
    del document["data"]["filter"]
    assert len(told(document)) == 1


def test_account_activity_has_to_say_whose_it_is():
    document = recorded("account_mention")
    del document["for_user_id"]
    with pytest.raises(BadInput, match=r"^\$\.for_user_id: missing$"):
        told(document)


def test_a_direct_message_is_not_read_however_it_looks():
    document = recorded("activity_direct_message")
    document["data"]["payload"] = 7
    assert told(document) == []


@pytest.mark.parametrize("document", [{}, {"data": {}}, {"data": None}, {"errors": [{"title": "x"}]}])
def test_what_is_of_no_product_is_ignored(document):
    assert told(document) == []


@pytest.mark.parametrize("number", ["", "-1", "12a", "1" * 20, "١٢", "12\n", " 12"])
def test_an_impossible_number_is_refused(number):
    with pytest.raises(BadInput, match=r"^\$\.data\.payload\.id: "):
        told(mention(id=number))


@pytest.mark.parametrize("handle", ["X Developers", "a/../b", "ü", "", "a" * 51, "i\n"])
def test_a_name_that_is_none_is_not_used(handle):
    document = recorded("activity_mention")
    document["data"]["includes"]["users"][0]["username"] = handle
    (signal,) = told(document)
    assert (signal.author, signal.url) == (
        "id:1600000000000000002",
        "https://x.com/i/status/1900000000000000100",
    )


# ------------------------------------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("write &amp;lt; and &amp;gt; for brackets", "write &lt; and &gt; for brackets"),
        ("&nbsp;&copy;&#65;", "&nbsp;&copy;&#65;"),
        ("  around \n", "around"),
    ],
)
def test_of_html_only_what_x_escapes_is_undone(sent, shown):
    assert words(sent) == shown


def entities(*links):
    return {"urls": [{"url": short, "expanded_url": full} for short, full in links]}


@pytest.mark.parametrize(
    ("sent", "links", "shown"),
    [
        ("see https://t.co/aB1 now", [("https://t.co/aB1", "https://example.org/a")], "see https://example.org/a now"),
        ("https://t.co/aB12", [("https://t.co/aB1", "https://example.org/a")], "https://t.co/aB12"),
        ("https://t.co/aB1", [("https://t.co/aB1", None)], "https://t.co/aB1"),
        ("https://t.co/aB1", [("https://t.co/aB1", f"https://example.org/{'a' * 3000}")], "https://t.co/aB1"),
        ("https://t.co/aB1", [("https://t.co/aB1", "https://Twitter.com/A/status/1")], "https://x.com/A/status/1"),
        ("https://t.co/aB1", [("https://t.co/aB1", "https://twitter.com.evil.example/")], None),
    ],
)
def test_a_shortened_link_is_shown_as_what_it_leads_to(sent, links, shown):
    assert words(sent, entities=entities(*links)) == (shown or links[0][1])


def test_a_link_that_leads_to_a_shortened_one_is_not_followed():
    links = entities(("https://t.co/a", "https://t.co/b"), ("https://t.co/b", "https://example.org"))
    assert words("https://t.co/a", entities=links) == "https://t.co/b"


def test_a_text_of_nothing_but_links_does_not_grow_without_end():
    sent = "https://t.co/a " * 20_000
    links = entities(("https://t.co/a", "https://example.org/".ljust(2048, "a")))
    assert len(words(sent, entities=links)) < len(sent) + 1000 * 2048


def test_the_headline_is_the_beginning_of_the_first_line():
    (signal,) = told(mention(text=f"{'word ' * 60}\nsecond line"))
    assert signal.headline == ("word " * 15) + "word…"


# ------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("url", "thread"),
    [
        ("https://x.com/octo_reader/status/1900000000000000100", "x:1900000000000000100"),
        ("https://x.com/octo_reader/status/1900000000000000100?s=20&t=abc", "x:1900000000000000100"),
        ("https://www.x.com/octo_reader/status/19/photo/1", "x:19"),
        ("http://Mobile.Twitter.com/octo_reader/statuses/19/", "x:19"),
        ("https://twitter.com/octo_reader/Status/19#top", "x:19"),
        ("https://x.com/i/status/19", None),
        ("https://x.com/i/web/status/19", None),
        ("https://x.com/octo_reader/status/19a", None),
        ("https://x.com/octo_reader/status/0", None),
        ("https://x.com/octo_reader/status/١٩", None),
        ("https://x.com/octo_reader/status/" + "1" * 20, None),
        ("https://x.com/octo_reader", None),
        ("https://x.com/status/19", None),
        ("https://x.com.evil.example/octo_reader/status/19", None),
        ("https://evil.example/x.com/octo_reader/status/19", None),
        ("https://t.co/19", None),
        ("ftp://x.com/octo_reader/status/19", None),
        ("https://[x.com/octo_reader/status/19", None),
        ("", None),
    ],
)
def test_an_address_leads_to_its_thread(url, thread):
    assert thread_of(url) == thread


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("https://x.com/octo_reader/status/19", True),
        ("https://X.com/octo_reader/status/19?s=20", True),
        ("https://mobile.twitter.com/octo_reader/status/19/photo/1", True),
        ("https://x.com/i/web/status/19", True),
        ("https://x.com/i/status/191", False),
        ("https://x.com/octo_reader", False),
        ("https://example.org/i/status/19", False),
    ],
)
def test_a_post_has_several_addresses(other, same):
    assert SOURCE.same_place("https://x.com/i/status/19", other) is same


@settings(deadline=None)
@given(st.text() | st.text().map("https://x.com/".__add__) | st.text().map("https://".__add__))
def test_any_text_is_an_address_or_not(url):
    thread = thread_of(url)
    assert thread is None or thread.startswith("x:")
