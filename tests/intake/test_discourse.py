"""What is Discourse's own: its events, its threads and addresses, its headers, and the text of a post."""

import json
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.errors import BadInput
from router.core.signals import Deleted
from router.intake.source import Setup, configured, sources
from router.intake.sources.discourse.texts import said, text_of

FIXTURES = Path(__file__).parent / "fixtures" / "discourse"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
FORUM = "https://forum.example.org"
ANY = sources()["discourse"]


def of(address):
    return configured(Setup(settings={"DISCOURSE_URL": address}))["discourse"]


def recorded(name, **changed):
    document = json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))
    document.get("post", {}).update(changed)
    return json.dumps(document).encode()


def headers(event="post_created", instance=FORUM, **more):
    return {"x-discourse-event": event, "x-discourse-instance": instance} | more


def fault(source, given, body):
    with pytest.raises(BadInput) as refusal:
        source.parse(given, body, NOW)
    return str(refusal.value)


# ------------------------------------------------------------------------------------------- events


def test_a_body_without_the_name_of_its_event_is_refused():
    assert fault(ANY, headers(event=""), recorded("post_created")) == "header X-Discourse-Event: missing"


def test_an_unknown_event_is_not_even_read():
    assert ANY.parse(headers("solar_eclipse"), b"\xff", NOW) == []


def test_json_is_read_although_the_forum_calls_it_a_form():
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert len(ANY.parse(headers(**form), recorded("post_created"), NOW)) == 1


def test_a_body_that_is_not_of_its_event_is_refused():
    assert fault(ANY, headers("post_created"), recorded("topic_edited")) == "$.post: missing"


def test_a_post_that_does_not_tell_whether_it_is_private_is_refused():
    document = json.loads(recorded("post_created"))
    del document["post"]["topic_archetype"]
    assert fault(ANY, headers(), json.dumps(document).encode()) == "$.post.topic_archetype: missing"


@pytest.mark.parametrize("kind", [2, 3, 4, 99])
def test_only_regular_posts_are_read(kind):
    assert ANY.parse(headers(), recorded("post_created", post_type=kind), NOW) == []


@pytest.mark.parametrize("archetype", ["private_message", "", "anything new"])
def test_a_post_of_a_topic_that_is_not_public_gives_nothing(archetype):
    assert ANY.parse(headers(), recorded("post_created", topic_archetype=archetype), NOW) == []


@pytest.mark.parametrize("user_id", [-1, -2, -1200])
def test_the_system_and_its_bots_give_nothing(user_id):
    assert ANY.parse(headers(), recorded("post_created", user_id=user_id), NOW) == []


@pytest.mark.parametrize("event", ["post_created", "post_edited", "post_recovered"])
@pytest.mark.parametrize("gone", [{"deleted_at": "2026-01-05T10:20:00.000Z"}, {"user_deleted": True}])
def test_a_body_that_says_it_is_deleted_brings_nothing_back_under_any_name(event, gone):
    (told,) = ANY.parse(headers(event), recorded("post_created", **gone), NOW)
    assert (type(told), told.object_id) == (Deleted, "post/8101")


def test_the_first_post_that_its_author_deletes_leaves_the_answers():
    (told,) = ANY.parse(headers("post_destroyed"), recorded("topic_opened", user_deleted=True), NOW)
    assert told.object_id == "post/8100"


@pytest.mark.parametrize("number", [0, -1, 10**30, 1.5])
def test_an_impossible_number_is_refused(number):
    assert fault(ANY, headers(), recorded("post_created", topic_id=number)).startswith("$.post.topic_id: ")


def test_a_wording_without_a_time_is_of_when_it_came():
    (signal,) = ANY.parse(headers(), recorded("post_created", updated_at=None), NOW)
    assert signal.at == NOW


@pytest.mark.parametrize("changed", [{"type": "ReviewableQueuedPost"}, {"post_id": None}])
def test_what_is_no_flag_on_a_post_gives_nothing(changed):
    document = json.loads(recorded("post_flagged"))
    document["reviewable"] |= changed
    assert ANY.parse(headers("reviewable_created"), json.dumps(document).encode(), NOW) == []


# ------------------------------------------------------------------------------------------- which forum


@pytest.mark.parametrize(
    "instance", [FORUM, f"{FORUM}/", "https://Forum.Example.ORG", "http://forum.example.org"], ids=str
)
def test_the_forum_of_the_settings_is_known_however_it_is_spelt(instance):
    (signal,) = of(FORUM).parse(headers(instance=instance), recorded("post_created"), NOW)
    assert signal.url == f"{FORUM}/t/512/2"


@pytest.mark.parametrize(
    "instance",
    ["https://evil.example", f"{FORUM}:8443", f"{FORUM}/other", f"{FORUM}@evil.example", "forum.example.org", "", "é"],
)
@pytest.mark.parametrize("event", ["post_created", "ping"])
def test_another_forum_than_that_of_the_settings_is_refused(instance, event):
    refusal = fault(of(FORUM), headers(event, instance), recorded("post_created"))
    assert refusal == "header X-Discourse-Instance: not the forum that DISCOURSE_URL names"


def test_the_forum_of_the_settings_need_not_say_who_it_is():
    (signal,) = of(FORUM).parse({"x-discourse-event": "post_created"}, recorded("post_created"), NOW)
    assert signal.url == f"{FORUM}/t/512/2"


def test_a_forum_below_a_path_has_its_links_there():
    (signal,) = of("https://example.org/forum").parse(
        headers(instance="https://example.org/forum"), recorded("post_created"), NOW
    )
    assert (signal.url, signal.thread) == ("https://example.org/forum/t/512/2", "discourse:example.org/512")


def test_without_the_setting_the_forum_that_sends_is_taken():
    (signal,) = ANY.parse(headers(instance="https://Other.example/"), recorded("post_created"), NOW)
    assert (signal.instance, signal.thread) == ("other.example", "discourse:other.example/512")


@pytest.mark.parametrize(
    "instance",
    [
        *(
            "javascript:alert(1)",
            "https://",
            "https://a b",
            "https://a\nb",
            "https://u@host",
            "https://h/?q",
            "https://h#f",
        ),
        *("https://[::1]", "https://é.example", "ftp://forum.example", "https://h/../x y"),
    ],
)
def test_without_the_setting_what_is_no_address_of_a_forum_is_refused(instance):
    refusal = fault(ANY, headers(instance=instance), recorded("post_created"))
    assert refusal == "header X-Discourse-Instance: expected the forum's address"


def test_without_the_setting_a_forum_has_to_say_who_it_is():
    assert fault(ANY, {"x-discourse-event": "ping"}, b"{}") == "header X-Discourse-Instance: missing"


# ------------------------------------------------------------------------------------------- addresses

ADDRESSES = [
    (f"{FORUM}/t/may-we-sell-it/512/2", "discourse:forum.example.org/512"),
    (f"{FORUM}/t/may-we-sell-it/512", "discourse:forum.example.org/512"),
    (f"{FORUM}/t/512/2", "discourse:forum.example.org/512"),
    (f"{FORUM}/t/512", "discourse:forum.example.org/512"),
    (f"{FORUM}/t/512/", "discourse:forum.example.org/512"),
    (f"{FORUM}/t/-/512?u=ada#post_2", "discourse:forum.example.org/512"),
    (f"{FORUM}/t/ライセンス/512/2", "discourse:forum.example.org/512"),
    (f"{FORUM}/t/2024-in-review/512", "discourse:forum.example.org/512"),
    ("http://FORUM.example.org/t/x/512", "discourse:forum.example.org/512"),
    (f"{FORUM}/t/may-we-sell-it", None),
    (f"{FORUM}/t/0", None),
    (f"{FORUM}/t/١٢", None),
    (f"{FORUM}/t/x/512/2/print", None),
    (f"{FORUM}/p/8101", None),
    (f"{FORUM}/c/licensing/6", None),
    (f"{FORUM}.evil.example/forum/t/x/512", None),
    ("ftp://forum.example.org/t/x/512", None),
    ("https://[forum.example.org/t/x/512", None),
    ("https:///t/x/512", None),
    ("", None),
]


@pytest.mark.parametrize("source", [ANY, of(FORUM)], ids=["any", "ours"])
@pytest.mark.parametrize(("url", "thread"), ADDRESSES)
def test_an_address_leads_to_its_thread(source, url, thread):
    assert source.thread_of(url) == thread


@pytest.mark.parametrize("source", [ANY, of(FORUM)], ids=["any", "ours"])
@pytest.mark.parametrize(
    ("other", "same"),
    [
        (f"{FORUM}/t/may-we-sell-it/512/2", True),
        (f"{FORUM}/t/may-we-sell-it/512/2?u=ada", True),
        (f"{FORUM}/t/-/512/2/", True),
        (f"{FORUM}/t/may-we-sell-it/512/3", False),
        (f"{FORUM}/t/may-we-sell-it/513/2", False),
        (f"{FORUM}/t/may-we-sell-it/512", False),
        ("https://example.org/t/may-we-sell-it/512/2", False),
    ],
)
def test_a_post_has_several_addresses(source, other, same):
    assert source.same_place(f"{FORUM}/t/512/2", other) is same


@pytest.mark.parametrize("url", ["https://example.org/t/x/512", "https://example.org/forum.t/x/512", FORUM + "/t/x/5"])
def test_an_address_that_is_not_below_the_forum_leads_nowhere(url):
    assert of("https://example.org/forum").thread_of(url) is None


@settings(deadline=None)
@given(st.text() | st.text().map(f"{FORUM}/t/".__add__) | st.text().map("https://".__add__))
def test_any_text_is_an_address_or_not(url):
    for source in (ANY, of(FORUM)):
        thread = source.thread_of(url)
        assert thread is None or thread.startswith("discourse:")


# ------------------------------------------------------------------------------------------- signing


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("post_created", "post_created"),
        ("topic_announced", "topic_created"),
        ("post_flagged", "reviewable_created"),
        ("ping", "ping"),
    ],
)
def test_the_event_is_told_by_the_body_when_it_is_not_given(name, event):
    assert ANY.sign({}, recorded(name), "secret", NOW)["x-discourse-event"] == event


def test_an_event_that_cannot_be_told_has_to_be_given():
    with pytest.raises(BadInput, match=r"^header X-Discourse-Event: "):
        ANY.sign({}, b"{}", "secret", NOW)


def test_what_is_signed_for_the_forum_of_the_settings_is_taken():
    ours, body = of(FORUM), recorded("post_created")
    assert len(ours.parse(ours.sign({}, body, "secret", NOW), body, NOW)) == 1


def test_headers_that_were_given_win_but_for_the_signature():
    given = {"X-Discourse-Event": "x", "X-Discourse-Event-Id": "7", "X-Discourse-Event-Signature": "s"}
    sent = ANY.sign(given, b"no JSON", "secret", NOW)
    assert (sent["x-discourse-event"], sent["x-discourse-event-id"]) == ("x", "7")
    assert ANY.verify(sent, b"no JSON", ["secret"], NOW) == 0


# ------------------------------------------------------------------------------------------- what a post says


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p>\n<p>two</p>", "one\n\ntwo"),
        ("<p>one<br>\ntwo</p>", "one\ntwo"),
        ("<h2>Title</h2><ul><li>a</li><li>b</li></ul>", "# Title\n\n- a\n- b"),
        ("<p>a <code>x = 1</code></p>", "a `x = 1`"),
        ("<pre><code>if x:\n    y\n\nz</code></pre><p>after</p>", "    if x:\n        y\n    z\n\nafter"),
        ("<blockquote><p>theirs</p></blockquote><p>mine</p>", "> theirs\n\nmine"),
        ("<aside class='onebox'><blockquote>a</blockquote>b</aside>c", "> a\n\n> b\n\nc"),
        ("<p>&lt;b&gt; &amp; <a href='https://evil.example'>a link</a></p>", "<b> & a link"),
        ("<p>hm <img class='emoji' alt=':thinking:'> <img alt='shot'></p>", "hm :thinking:"),
        ("<script>alert(1)</script><style>p{}</style><template>t</template>seen", "seen"),
        ("</blockquote></aside></pre>text", "text"),
        ("<p>1 < 2 and <unfinished", "1 < 2 and <unfinished"),
        ("<!-- c --><p>a</p><![CDATA[x]]>", "<!-- c -->\n\na\n\n<![CDATA[x]]>"),
    ],
)
def test_html_is_read_as_a_person_reads_it(html, text):
    assert text_of(html) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("mine", "mine"),
        ('[quote="ben, post:1, topic:2"]\ntheirs\nalso\n[/quote]\nmine', "> theirs\n> also\n\nmine"),
        ("a [quote]b[/quote] c", "a \n> b\n c"),
        ("[quote]a [QUOTE=x]b[/quote] c[/quote]mine", "> a b c\nmine"),
        ("[quote]mine, for it never ends", "[quote]mine, for it never ends"),
        ("[quote] mine [quote]theirs[/quote]", "[quote] mine \n> theirs"),
        ("mine[/quote]", "mine[/quote]"),
        ("[quote][/quote]mine", "mine"),
        ("![a|1x1](upload://a.png) text", "![a|1x1](upload://a.png) text"),
        ("![a|1x1](upload://a.png)\n<img src='b'>\n", ""),
        (" \n\t", ""),
    ],
)
def test_markdown_is_kept_and_what_others_said_is_marked(raw, text):
    assert said(raw, "<p>not this</p>") == text


A_LOT = 5.0  # seconds of the processor; what is read again and again takes much longer
HOSTILE = ["<a ", "<", "<!--", "</", '<a b="', '<a b="x" c=">', "&", "<blockquote>", "<pre>\n", "<script>", "<p/>"]
HOSTILE_MARKDOWN = ["[quote=", "[quote]", "[/quote]", "[quote][/quote]", "![", "![a](", "<img "]


@pytest.mark.parametrize("piece", HOSTILE)
def test_html_that_never_ends_is_soon_read(piece):
    assert seconds(lambda: text_of(piece * 100_000)) < A_LOT


@pytest.mark.parametrize("piece", HOSTILE_MARKDOWN)
def test_markdown_that_never_ends_is_soon_read(piece):
    assert seconds(lambda: said(piece * 200_000, None)) < A_LOT


def seconds(work):
    before = process_time()
    work()
    return process_time() - before


@settings(deadline=None)
@given(st.text(alphabet="<>/ab =\"'!-&;#x[]quote\n"), st.sampled_from(["", "<p>", "<a href=", "[quote]"]))
def test_any_text_is_read(text, before):
    assert isinstance(text_of(before + text) + said(before + text, None), str)


def test_references_to_no_character_are_replaced():
    assert said(None, "<p>a&#0;b&#xD800;c&#55296;d</p>") == "a\ufffdb\ufffdc\ufffdd"
