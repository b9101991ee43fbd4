"""What was missed of a forum, and whether a deletion is one, read from recorded answers of its API."""

import json
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from router.core.errors import SourceError
from router.core.signals import Deleted, Signal
from router.intake.confirming import Confirming
from router.intake.source import Setup, configured, missed

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
KEY = "s3cr3t-k3y"
FORUM = "https://forum.example.org"
SETUP = Setup(settings={"DISCOURSE_URL": FORUM, "DISCOURSE_API_USERNAME": "reader"})
SOURCE = configured(SETUP)["discourse"]
ALWAYS = NOW - timedelta(days=30)


class Forum:
    """Answers as a forum does; `window` as older versions do, which look at so many ids and no further."""

    def __init__(self, posts, window=0):
        self.posts = sorted(posts, key=lambda post: -post["id"])
        self.window = window
        self.asked = []

    def answer(self, request):
        assert (request.headers["Api-Key"], request.headers["Api-Username"]) == (KEY, "reader")
        before = int(parse_qs(urlsplit(request.url).query).get("before", ["0"])[0])
        self.asked.append(before)
        return 200, {}, json.dumps({"latest_posts": self.page(before)})

    def page(self, before):
        if not self.window:
            return [post for post in self.posts if not before or post["id"] < before][:50]
        before = before or self.posts[0]["id"]
        return [post for post in self.posts if before - self.window < post["id"] <= before]


def written(number, minutes_ago=0, **more):
    return {
        "id": number,
        "username": "ada",
        "created_at": (NOW - timedelta(minutes=minutes_ago)).isoformat().replace("+00:00", "Z"),
        "cooked": f"<p>post {number}</p>",
        "raw": f"post {number}",
        "post_number": 2,
        "post_type": 1,
        "topic_id": 12,
        "topic_slug": "a-topic",
        "topic_title": "A topic",
        "topic_html_title": "A topic",
        "category_id": 6,
        "user_id": 71,
        "hidden": False,
        "deleted_at": None,
        "user_deleted": False,
        "user_birthdate": "1904-02-11",
    } | more


@pytest.fixture
def server():
    with responses.RequestsMock() as laid_out:
        yield laid_out


@pytest.fixture
def forum(server):
    def made(posts, window=0):
        one = Forum(posts, window)
        server.add_callback(responses.GET, f"{FORUM}/posts.json", one.answer)
        return one

    return made


def found(since=ALWAYS, setup=SETUP):
    return list(missed(SOURCE, KEY, setup, since, NOW))


def numbers(since=ALWAYS):
    return [json.loads(one.body)["post"]["id"] for one in found(since)]


def refusal(server, **answer):
    server.get(f"{FORUM}/posts.json", **answer)
    with pytest.raises(SourceError) as error:
        found()
    return str(error.value)


def test_what_was_written_comes_as_a_webhook_would_have_told_it(forum):
    forum([written(7)])
    (one,) = found()
    (signal,) = SOURCE.parse(one.headers, one.body, one.at)
    assert (signal.object_id, signal.thread, signal.body) == ("post/7", "discourse:forum.example.org/12", "post 7")
    assert (signal.url, signal.at, signal.recovered) == (f"{FORUM}/t/12/2", NOW, False)


def test_a_post_that_its_author_has_deleted_since_is_told_as_deleted(forum):
    forum([written(7, user_deleted=True)])
    (one,) = found()
    (told,) = SOURCE.parse(one.headers, one.body, one.at)
    assert told.object_id == "post/7"


def test_the_newest_posts_are_those_before_no_id(forum, server):
    forum([written(1)])
    found()
    assert server.calls[0].request.params == {}


def test_nothing_is_carried_over_but_what_is_read(forum):
    forum([written(7)])
    assert b"1904" not in found()[0].body


def test_a_hidden_post_whose_text_is_not_shown_is_left_out(forum):
    forum([written(7, hidden=True), written(6)])
    assert numbers() == [6]


@pytest.mark.parametrize("window", [0, 50], ids=["new", "old"])
def test_everything_of_many_pages_comes_once_and_the_oldest_first(forum, window):
    forum([written(number, 200 - number) for number in range(1, 171)], window)
    assert numbers() == list(range(1, 171))


@pytest.mark.parametrize("window", [0, 50], ids=["new", "old"])
def test_what_is_older_is_left_out_and_not_walked_through(forum, window):
    asked = forum([written(number, 2000 - number) for number in range(1, 1001)], window).asked
    assert numbers(NOW - timedelta(minutes=1010)) == list(range(990, 1001))
    assert len(asked) == 2


def test_ids_of_private_messages_alone_do_not_end_the_search_in_older_versions(forum):
    forum([written(500), written(120, 5), written(119, 6)], window=50)
    assert numbers() == [119, 120, 500]


def test_where_no_id_leads_to_a_post_for_long_there_is_none_in_older_versions(forum):
    asked = forum([written(5000), written(1)], window=50).asked
    assert numbers() == [5000]
    assert len(asked) < 30


def test_very_many_posts_are_read_to_the_first_and_no_further(forum):
    asked = forum([written(number) for number in range(1, 1201)]).asked
    assert numbers() == list(range(1, 1201))
    assert min(asked[1:]) > 1


def test_a_post_with_an_older_date_among_the_new_ones_does_not_end_the_search(forum):
    forum([written(number, 100_000 if number == 60 else 100 - number) for number in range(1, 100)])
    assert numbers(NOW - timedelta(days=1)) == [number for number in range(1, 100) if number != 60]


def test_a_forum_that_goes_on_without_end_is_given_up(server):
    def answer(request):
        before = int(parse_qs(urlsplit(request.url).query).get("before", ["1000000"])[0])
        return 200, {}, json.dumps({"latest_posts": [written(before - 1)]})

    server.add_callback(responses.GET, f"{FORUM}/posts.json", answer)
    with pytest.raises(SourceError, match=r"^forum\.example\.org has too many posts since 2025-12-06"):
        found()


def test_a_forum_that_asks_for_patience_is_asked_again(server):
    server.get(f"{FORUM}/posts.json", status=429, body="Slow down", headers={"Retry-After": "0"})
    server.get(f"{FORUM}/posts.json", json={"latest_posts": [written(1)]})
    assert numbers() == [1]


def test_a_forum_is_left_alone_as_long_as_it_asks_for(server):
    asked_at = []

    def answer(_):
        asked_at.append(monotonic())
        wait = {"errors": ["slow down"], "error_type": "rate_limit", "extras": {"wait_seconds": 0.2}}
        return (
            (429, {}, json.dumps(wait)) if len(asked_at) == 1 else (200, {}, json.dumps({"latest_posts": [written(1)]}))
        )

    server.add_callback(responses.GET, f"{FORUM}/posts.json", answer)
    found()
    assert asked_at[1] - asked_at[0] >= 0.2


@pytest.mark.parametrize("told", ["0", "-1", "nan"])
def test_a_forum_that_goes_on_asking_for_patience_is_asked_another_time(server, told):
    assert "others ask it with the same key; try again later" in refusal(
        server, status=429, headers={"Retry-After": told}
    )


@pytest.mark.parametrize("status", [302, 403])
def test_a_wrong_key_is_told_with_what_to_do(server, status):
    told = refusal(server, status=status, headers={"Location": f"{FORUM}/login"})
    assert "DISCOURSE_API_KEY must be a key of the user that DISCOURSE_API_USERNAME names" in told
    assert str(status) in told


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status": 404}, "DISCOURSE_URL leads to no forum"),
        ({"status": 301, "headers": {"Location": "https://x.example"}}, "DISCOURSE_URL must be the address"),
        ({"status": 502}, "forum.example.org answered 502"),
        ({"body": "<html>"}, "something else than its latest posts"),
        ({"json": {"latest_posts": [{"id": 1}]}}, "something else than its latest posts"),
        ({"json": {"latest_posts": []}}, "shows reader no posts"),
    ],
)
def test_whatever_else_is_answered_is_told(server, answer, told):
    assert told in refusal(server, **answer)


@pytest.mark.parametrize("lacking", ["DISCOURSE_URL", "DISCOURSE_API_USERNAME"])
def test_without_forum_or_user_it_is_said_what_is_missing(lacking):
    with pytest.raises(SourceError, match=lacking):
        found(setup=Setup(settings=dict(SETUP.settings) | {lacking: ""}))


def test_the_key_is_in_no_message(server):
    assert KEY not in refusal(server, status=403)


# ------------------------------------------------------------------------------------------- is it so?


THREAD = "discourse:forum.example.org/12"
POST, TOPIC = f"{FORUM}/posts/7.json", f"{FORUM}/t/12.json"
GONE = Deleted("discourse", "forum.example.org", "post/7", THREAD, NOW)
ALL_GONE = Deleted("discourse", "forum.example.org", "", THREAD, NOW)
SAID = Signal(
    source="discourse",
    instance="forum.example.org",
    kind="post",
    object_id="post/7",
    thread=THREAD,
    url=f"{FORUM}/t/12/2",
    title="",
    headline="A topic",
    body="post 7",
    author="ada",
    at=NOW,
)
BACK = replace(SAID, recovered=True)
THERE = {"json": {"id": 7, "deleted_at": None, "user_deleted": False}}
NOT_THERE = [
    {"status": 404, "json": {"errors": []}},
    {"status": 410},
    {"json": {"id": 7, "deleted_at": "2026-01-05T10:20:00.000Z", "user_deleted": False}},
    {"json": {"id": 7, "deleted_at": None, "user_deleted": True}},
]
NO_ANSWER = [{"status": 302}, {"status": 403}, {"status": 429}, {"status": 502}, {"body": "<html>"}]


def confirmed(told, setup=SETUP, token=KEY):
    return Confirming(setup, lambda source: token if source.name == "discourse" else "").confirmed([told])


@pytest.mark.parametrize("answer", NOT_THERE)
def test_a_deletion_is_one_when_the_forum_has_the_post_no_more(server, answer):
    server.get(POST, **answer)
    assert confirmed(GONE) == [GONE]


def test_a_deletion_is_none_while_the_forum_shows_the_post(server):
    server.get(POST, **THERE)
    assert confirmed(GONE) == []


def test_of_a_whole_topic_the_topic_is_asked_for(server):
    server.get(TOPIC, json={"id": 12, "deleted_at": None})
    assert confirmed(ALL_GONE) == []


def test_a_recovery_is_one_when_the_forum_shows_the_post(server):
    server.get(POST, **THERE)
    assert confirmed(BACK) == [BACK]


@pytest.mark.parametrize("answer", NOT_THERE)
def test_a_recovery_is_none_while_the_forum_does_not_show_the_post(server, answer):
    server.get(POST, **answer)
    assert confirmed(BACK) == []


@pytest.mark.parametrize("told", [GONE, BACK], ids=["deleted", "recovered"])
@pytest.mark.parametrize("answer", NO_ANSWER)
def test_what_the_forum_does_not_say_is_believed(server, told, answer):
    server.get(POST, **answer)
    assert confirmed(told) == [told]


def test_a_forum_that_is_not_reached_is_believed(server):
    server.get(POST, body=requests.ConnectionError())
    assert confirmed(GONE) == [GONE]


def test_a_forum_that_does_not_answer_in_time_is_left_alone_for_a_while():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        here = dict(SETUP.settings) | {"DISCOURSE_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        asks = Confirming(Setup(settings=here), lambda _: KEY)
        assert [asks.confirmed([GONE]), asks.confirmed([GONE])] == [[GONE], [GONE]]
        asked, _ = silent.accept()
        asked.close()
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_a_forum_that_refuses_at_once_is_asked_the_next_time(server):
    server.get(POST, status=502)
    server.get(POST, **THERE)
    asks = Confirming(SETUP, lambda _: KEY)
    assert [asks.confirmed([GONE]), asks.confirmed([GONE])] == [[GONE], []]


def test_what_is_said_anew_is_not_asked_back(server):
    assert confirmed(SAID) == [SAID]
    assert len(server.calls) == 0


@pytest.mark.parametrize("lacking", ["DISCOURSE_URL", "DISCOURSE_API_USERNAME"])
def test_without_forum_or_user_nothing_is_asked_back(server, lacking, caplog):
    assert confirmed(GONE, Setup(settings=dict(SETUP.settings) | {lacking: ""})) == [GONE]
    assert (len(server.calls), caplog.messages) == (0, [])


def test_without_a_key_nothing_is_asked_back(server):
    assert confirmed(GONE, token="") == [GONE]
    assert len(server.calls) == 0


def test_of_other_sources_nothing_is_asked_back(server):
    elsewhere = replace(GONE, source="github")
    assert confirmed(elsewhere) == [elsewhere]
    assert len(server.calls) == 0
