"""What X sent and nobody took: asked of X's own API, whose answers are of the shape that its documentation shows."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import responses

from router.core.errors import SourceError
from router.intake.api import Api
from router.intake.source import Missed, Setup
from router.intake.sources.x import SOURCE, parse

API = "https://api.x.com/2"
NOW = datetime(2026, 8, 20, 12, 30, 45, tzinfo=UTC)
HOOK, OTHER_HOOK = "1950000000000000001", "1950000000000000002"
US, OTHERS, AUTHOR = "1500000000000000001", "1500000000000000009", "1600000000000000002"
ADDRESS = "https://router.example.com/hooks/x"
SETUP = Setup(settings={"ROUTER_PUBLIC_URL": "https://router.example.com"})


@pytest.fixture
def x():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as api:
        yield api


def webhook(url=ADDRESS, hook_id=HOOK, *, valid=True):
    return {"id": hook_id, "url": url, "valid": valid, "created_at": "2026-01-15T12:00:00.000Z"}


def has_webhooks(x, *hooks):
    x.get(f"{API}/webhooks", json={"data": list(hooks), "meta": {"result_count": len(hooks)}})


def takes_jobs(x, status=200, **answer):
    given = answer or {"data": {"job_id": "1950000000000000003", "created_at": "2026-08-20T12:30:46.000Z"}}
    x.post(f"{API}/webhooks/replay", json=given, status=status)


def has_subscriptions(x, *subscriptions):
    told = [
        {"subscription_id": str(number), "event_type": event, "filter": {"user_id": user}, "webhook_id": hook}
        for number, (event, user, hook) in enumerate(subscriptions)
    ]
    x.get(f"{API}/activity/subscriptions", json={"data": told, "meta": {"total_subscriptions": len(told)}})


def post(number, minutes, **more):
    at = NOW - timedelta(minutes=minutes)
    return {
        "id": f"19{number:017}",
        "text": f"@example_chat question {number}",
        "author_id": AUTHOR,
        "created_at": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
    } | more


def page(*posts, following=None):
    users = [{"id": AUTHOR, "username": "fjord_admin", "name": "Fjord Admin"}]
    meta = {"result_count": len(posts)} | ({"next_token": following} if following else {})
    return {"data": list(posts), "includes": {"users": users}, "meta": meta} if posts else {"meta": meta}


def has_mentions(x, *answers, user=US):
    for answer in answers:
        x.get(f"{API}/users/{user}/mentions", json=answer)


def tells_what_is_asked_for(x, *posts, protected=False):
    """Have X tell these mentions as it does: nothing of a post or an account that was not asked for by its name."""
    author = {"id": AUTHOR, "username": "fjord_admin", "protected": protected, "verified": False}

    def answer(request):
        asked = {
            name: request.params.get(name, "").split(",") for name in ("tweet.fields", "expansions", "user.fields")
        }
        told = [chosen(one, "id", "text", *asked["tweet.fields"]) for one in posts]
        users = [chosen(author, "id", "username", *asked["user.fields"])] if "author_id" in asked["expansions"] else []
        most = int(request.params.get("max_results", "10"))
        return 200, {}, json.dumps({"data": told[:most], "includes": {"users": users}, "meta": {}})

    x.add_callback(responses.GET, f"{API}/users/{US}/mentions", answer)


def chosen(whole, *names):
    return {name: whole[name] for name in names if name in whole}


def ask(setup=SETUP, **since):
    with Api("the-token") as api:
        return list(SOURCE.replay(api, setup, NOW - timedelta(**since), NOW))


def asked_of(x, path):
    return [call.request for call in x.calls if call.request.url.partition("?")[0] == f"{API}{path}"]


def job(x):
    (request,) = asked_of(x, "/webhooks/replay")
    return json.loads(request.body)


def bodies(answers):
    return [parse(one.headers, one.body, NOW)[0].body for one in answers if isinstance(one, Missed)]


def refused(x, **since):
    with pytest.raises(SourceError) as refusal:
        ask(**since or {"hours": 2})
    return str(refusal.value)


def test_x_is_asked_to_send_again_and_the_answer_says_so(x):
    has_webhooks(x, webhook())
    takes_jobs(x)
    assert ask(hours=3) == ["X sends again what it sent from 2026-08-20T09:30Z to 2026-08-20T12:20Z"]
    assert job(x) == {"webhook_id": HOOK, "from_date": "202608200930", "to_date": "202608201220"}


def test_every_request_carries_the_token(x):
    has_webhooks(x, webhook())
    takes_jobs(x)
    ask(hours=3)
    assert {call.request.headers["Authorization"] for call in x.calls} == {"Bearer the-token"}


def test_a_job_begins_half_an_hour_ago_at_the_latest_as_x_wants_it(x):
    has_webhooks(x, webhook())
    takes_jobs(x)
    ask(minutes=5)
    assert job(x)["from_date"] == "202608201159"


def test_a_job_reaches_back_a_day_and_what_is_older_is_read_from_the_mentions(x):
    has_webhooks(x, webhook())
    takes_jobs(x)
    has_subscriptions(x, ("post.mention.create", US, HOOK))
    has_mentions(x, page(post(1, 2000)))
    older, sentence = ask(days=3)
    assert bodies([older]) == ["@example_chat question 1"]
    assert "from 2026-08-19T12:32Z" in sentence
    (request,) = asked_of(x, f"/users/{US}/mentions")
    assert (request.params["start_time"], request.params["end_time"]) == (
        "2026-08-17T12:30:45Z",
        "2026-08-19T12:32:45Z",
    )


def test_without_the_right_to_a_job_all_is_read_from_the_mentions_oldest_first(x):
    has_webhooks(x, webhook())
    takes_jobs(x, 403, title="Forbidden")
    has_subscriptions(x, ("post.mention.create", US, HOOK))
    has_mentions(x, page(post(3, 5), post(2, 60), following="more"), page(post(1, 90)))
    found = ask(hours=2)
    assert bodies(found) == [f"@example_chat question {number}" for number in (1, 2, 3)]
    assert [one.at for one in found] == sorted(one.at for one in found)


def test_the_second_page_is_asked_for_by_the_token_of_the_first(x):
    has_webhooks(x, webhook())
    takes_jobs(x, 403)
    has_subscriptions(x, ("post.mention.create", US, HOOK))
    has_mentions(x, page(post(2, 5), following="more"), page(post(1, 6)))
    ask(hours=2)
    tokens = [request.params.get("pagination_token") for request in asked_of(x, f"/users/{US}/mentions")]
    assert tokens == [None, "more"]


def test_pages_without_end_are_not_followed_without_end(x):
    has_webhooks(x, webhook())
    takes_jobs(x, 403)
    has_subscriptions(x, ("post.mention.create", US, HOOK))
    has_mentions(x, page(post(1, 5), following="more"))
    assert len(ask(hours=2)) == 8


def test_a_mention_is_read_as_x_activity_would_have_told_it(x):
    has_webhooks(x, webhook())
    takes_jobs(x, 403)
    has_subscriptions(x, ("post.mention.create", US, HOOK))
    has_mentions(x, page(post(1, 5, conversation_id="1900000000000000009")))
    (missed,) = ask(hours=2)
    (signal,) = parse(missed.headers, missed.body, NOW)
    assert (signal.thread, signal.author) == ("x:1900000000000000009", "fjord_admin")


@pytest.fixture
def mentions_alone(x):
    """X, where the app may read the mentions and nothing else."""
    has_webhooks(x, webhook())
    takes_jobs(x, 403)
    has_subscriptions(x, ("post.mention.create", US, HOOK))
    return x


@pytest.mark.parametrize(
    ("more", "field", "read"),
    [
        ({}, "author", "fjord_admin"),
        ({"conversation_id": "1900000000000000009"}, "thread", "x:1900000000000000009"),
        (
            {"referenced_tweets": [{"type": "replied_to", "id": "1900000000000000008"}]},
            "thread",
            "x:1900000000000000008",
        ),
        (
            {"edit_history_tweet_ids": ["1900000000000000007", "1900000000000000001"]},
            "object_id",
            "1900000000000000007",
        ),
        ({"note_tweet": {"text": "the whole of it"}}, "body", "the whole of it"),
        (
            {
                "text": "see https://t.co/abc",
                "entities": {"urls": [{"url": "https://t.co/abc", "expanded_url": "https://example.org/"}]},
            },
            "body",
            "see https://example.org/",
        ),
    ],
)
def test_all_that_a_mention_is_read_from_is_asked_for(mentions_alone, more, field, read):
    tells_what_is_asked_for(mentions_alone, post(1, 5, **more))
    (missed,) = ask(hours=2)
    (signal,) = parse(missed.headers, missed.body, NOW)
    assert getattr(signal, field) == read


@pytest.mark.parametrize(("more", "protected"), [({"withheld": {"country_codes": ["XY"]}}, False), ({}, True)])
def test_a_mention_that_not_everybody_may_read_is_not_heard(mentions_alone, more, protected):
    tells_what_is_asked_for(mentions_alone, post(1, 5, **more), protected=protected)
    (missed,) = ask(hours=2)
    assert parse(missed.headers, missed.body, NOW) == []


def test_mentions_are_asked_for_up_to_a_minute_ago_as_x_wants_it(mentions_alone):
    has_mentions(mentions_alone, page())
    ask(hours=2)
    (request,) = asked_of(mentions_alone, f"/users/{US}/mentions")
    assert (request.params["start_time"], request.params["end_time"]) == (
        "2026-08-20T10:30:45Z",
        "2026-08-20T12:29:45Z",
    )


def test_mentions_come_by_the_hundred(mentions_alone):
    tells_what_is_asked_for(mentions_alone, *(post(number, 5) for number in range(1, 151)))
    assert len(ask(hours=2)) == 100


def test_what_the_watched_account_said_of_itself_is_not_heard(x):
    has_webhooks(x, webhook())
    takes_jobs(x, 403)
    has_subscriptions(x, ("post.mention.create", US, HOOK))
    has_mentions(x, page(post(1, 5, author_id=US)))
    (missed,) = ask(hours=2)
    assert parse(missed.headers, missed.body, NOW) == []


def test_nothing_that_was_missed_is_nothing(x):
    has_webhooks(x, webhook())
    takes_jobs(x, 403)
    has_subscriptions(x, ("post.mention.create", US, HOOK))
    has_mentions(x, page())
    assert ask(hours=2) == []


def test_only_accounts_are_asked_for_whose_posts_this_webhook_hears_of(x):
    has_webhooks(x, webhook())
    takes_jobs(x, 403)
    has_subscriptions(
        x,
        ("post.reply.create", US, HOOK),
        ("post.quote.create", US, HOOK),
        ("post.mention.create", OTHERS, OTHER_HOOK),
        ("profile.update.bio", OTHERS, HOOK),
        ("post.mention.create", None, HOOK),
    )
    has_mentions(x, page(post(1, 5)))
    assert len(ask(hours=2)) == 1


def test_with_neither_a_job_nor_an_account_it_is_said_what_is_missing(x):
    has_webhooks(x, webhook())
    takes_jobs(x, 403)
    has_subscriptions(x)
    assert "no right to a replay job" in refused(x)


def test_where_the_mentions_cannot_be_read_the_job_is_asked_for_and_what_is_lacking_is_said(x):
    has_webhooks(x, webhook())
    takes_jobs(x)
    has_subscriptions(x)
    lacking, sentence = ask(days=3)
    assert lacking.startswith("what X sent before 2026-08-19T12:32Z can't be had: X Activity watches nobody")
    assert sentence.startswith("X sends again")


# ------------------------------------------------------------------------------------------- which webhook


@pytest.mark.parametrize("address", [ADDRESS, "https://Router.Example.com/hooks/x", f"{ADDRESS}/"])
def test_of_several_webhooks_the_one_of_this_router_is_meant(x, address):
    has_webhooks(x, webhook("https://test.example.com/hooks/x", OTHER_HOOK), webhook(address))
    takes_jobs(x)
    ask(hours=2)
    assert job(x)["webhook_id"] == HOOK


def test_the_only_webhook_is_meant_even_if_x_knows_the_router_by_another_address(x):
    has_webhooks(x, webhook("https://elsewhere.example.com/hooks/x"), webhook("https://example.com/bot", OTHER_HOOK))
    takes_jobs(x)
    ask(hours=2)
    assert job(x)["webhook_id"] == HOOK


@pytest.mark.parametrize(
    "addresses", [(), ("https://example.com/bot",), ("https://a.example/hooks/x", "https://b.example/hooks/x")]
)
def test_where_it_is_not_clear_which_webhook_is_meant_nothing_is_asked(x, addresses):
    has_webhooks(x, *(webhook(address) for address in addresses))
    takes_jobs(x)
    assert ADDRESS in refused(x)
    assert asked_of(x, "/webhooks/replay") == []


def test_a_webhook_that_x_holds_to_be_invalid_is_told_of_with_the_remedy(x):
    has_webhooks(x, webhook(valid=False))
    assert f"PUT {API}/webhooks/{HOOK}" in refused(x)


# ------------------------------------------------------------------------------------------- when X says no


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, "bearer token of the app that has the webhook"),
        (403, "no right to it"),
        (429, "15 minutes"),
        (500, "no reason given"),
        (302, "no reason given"),
    ],
)
def test_a_refusal_is_told_with_what_to_do(x, status, remedy):
    x.get(f"{API}/webhooks", status=status)
    told = refused(x)
    assert f"its webhooks, X answered {status}" in told
    assert remedy in told


def test_a_refused_job_is_told_with_the_reason_of_x_on_one_line(x):
    has_webhooks(x, webhook())
    takes_jobs(x, 400, title="Conflict", detail="a job is\nin progress\x1b[31m")
    assert refused(x) == "asked for a replay job, X answered 400: a job is in progress[31m"


def test_a_refused_job_without_details_is_told_with_its_title(x):
    has_webhooks(x, webhook())
    takes_jobs(x, 400, title="Conflict")
    assert refused(x) == "asked for a replay job, X answered 400: Conflict"


@pytest.mark.parametrize("answer", ["[]", '{"data": [7]}', '{"data": [{"id": "../x", "url": ""}]}', "no JSON", ""])
def test_an_answer_that_is_none_is_told_and_no_fault_of_ours(x, answer):
    x.get(f"{API}/webhooks", body=answer)
    assert "its webhooks, X answered what can't be read" in refused(x)


@pytest.mark.parametrize("created_at", [None, "yesterday", "2026-08-20T12:00:00"])
def test_a_mention_without_a_time_is_told_and_no_fault_of_ours(x, created_at):
    has_webhooks(x, webhook())
    takes_jobs(x, 403)
    has_subscriptions(x, ("post.mention.create", US, HOOK))
    has_mentions(x, page(post(1, 5, created_at=created_at)))
    assert "the mentions" in refused(x)
