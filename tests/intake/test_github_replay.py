"""What GitHub could not deliver is found in its lists of deliveries; its API is recorded here as it answers."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import responses
from responses import matchers

from router.core.errors import SourceError
from router.intake.source import Setup, missed
from router.intake.sources.github import SOURCE
from router.intake.sources.github import replaying as github

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=1)
API = "https://api.github.com"
HOOK = "https://router.example.com/hooks/github"
REPOSITORY = "example-org/chat-server"
ELSEWHERE = {"id": 1, "name": "web", "active": True, "config": {"url": "https://ci.example.com/hook"}}
WITHOUT_ADDRESS = {"id": 2, "name": "web", "active": True, "config": {}}
OURS = {"id": 7, "name": "web", "active": True, "config": {"url": HOOK, "content_type": "form", "secret": "********"}}
SETUP = Setup(settings={"ROUTER_PUBLIC_URL": "https://router.example.com"}, repositories={"github": (REPOSITORY,)})
ORGANISATION = Setup(settings={"ROUTER_PUBLIC_URL": "https://router.example.com/"}, organisation="example-org")
OF_THE_REPOSITORY, OF_THE_ORGANISATION = f"{API}/repos/{REPOSITORY}/hooks", f"{API}/orgs/example-org/hooks"


@pytest.fixture(autouse=True)
def api():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as recorded:
        yield recorded


def attempt(number, status="OK", *, guid="", event="issues", action="opened", ago=60.0):
    """An entry of the list, `ago` minutes before now."""
    return {
        "id": 900 + number,
        "guid": guid or f"guid-{number}",
        "delivered_at": (NOW - timedelta(minutes=ago)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "redelivery": False,
        "duration": 0.02,
        "status": status,
        "status_code": 200 if status == "OK" else 503,
        "event": event,
        "action": action,
        "installation_id": None,
        "repository_id": 70010001,
        "throttled_at": None,
    }


def listed(api, *attempts, hooks=(ELSEWHERE, WITHOUT_ADDRESS, OURS), below=OF_THE_REPOSITORY):
    """Have GitHub know these attempts, newest first, and their bodies."""
    api.get(below, json=list(hooks))
    api.get(f"{below}/7/deliveries", json=list(attempts))
    for one in attempts:
        request = {"headers": {"X-GitHub-Event": one["event"]}, "payload": {"told": one["guid"]}}
        api.get(f"{below}/7/deliveries/{one['id']}", json=one | {"request": request, "response": {}})


def found(setup=SETUP, since=SINCE):
    return list(missed(SOURCE, "a-token", setup, since, NOW))


def told(deliveries):
    return [json.loads(one.body)["told"] for one in deliveries]


def refusal(setup=SETUP):
    with pytest.raises(SourceError) as refused:
        found(setup)
    return str(refused.value)


def test_what_did_not_arrive_is_found_oldest_first(api):
    listed(api, attempt(3, "failed to connect", ago=1), attempt(2, ago=2), attempt(1, "timed out", ago=3))
    assert told(found()) == ["guid-1", "guid-3"]


def test_a_delivery_that_was_missed_comes_as_github_would_send_it(api):
    listed(api, attempt(1, "timed out", event="issue_comment", action="created"))
    (one,) = found()
    assert one.headers == {
        "content-type": "application/json",
        "x-github-event": "issue_comment",
        "x-github-delivery": "guid-1",
    }
    assert (json.loads(one.body), one.at) == ({"told": "guid-1"}, NOW - timedelta(hours=1))


def test_github_is_asked_with_the_token(api):
    listed(api)
    found()
    assert {call.request.headers["Authorization"] for call in api.calls} == {"Bearer a-token"}


def test_github_is_asked_for_the_version_that_is_read_here(api):
    listed(api)
    found()
    asked = {(call.request.headers["Accept"], call.request.headers["X-GitHub-Api-Version"]) for call in api.calls}
    assert asked == {("application/vnd.github+json", "2022-11-28")}


@pytest.mark.parametrize("status", ["Invalid HTTP Response: 503", "Invalid HTTP Response: 401", "timed out", ""])
def test_whatever_is_not_said_to_be_well_did_not_arrive(api, status):
    listed(api, attempt(1, status))
    assert told(found()) == ["guid-1"]


def test_a_delivery_that_arrived_at_a_later_attempt_is_not_missed(api):
    listed(api, attempt(2, guid="same", ago=1), attempt(1, "timed out", guid="same", ago=2))
    assert found() == []


def test_a_delivery_that_failed_at_every_attempt_is_given_once_with_its_first_time(api):
    listed(api, attempt(2, "timed out", guid="same", ago=1), attempt(1, "timed out", guid="same", ago=2))
    (one,) = found()
    assert one.at == NOW - timedelta(minutes=2)


@pytest.mark.parametrize(
    ("event", "action"), [("ping", None), ("push", None), ("issues", "closed"), ("star", "created")]
)
def test_nothing_is_asked_of_what_is_not_read(api, event, action):
    listed(api, attempt(1, "timed out", event=event, action=action))
    assert found() == []
    assert [call.request.url for call in api.calls if call.request.url.endswith("/901")] == []


def test_what_was_deleted_after_something_was_missed_is_told_once_more(api):
    listed(
        api,
        attempt(3, event="issue_comment", action="deleted", ago=1),
        attempt(2, "timed out", event="issue_comment", action="created", ago=2),
        attempt(1, event="issue_comment", action="deleted", ago=3),
    )
    assert told(found()) == ["guid-2", "guid-3"]


def test_what_was_deleted_in_the_same_second_is_told_once_more_and_last(api):
    deleted = attempt(2, event="issue_comment", action="deleted", ago=1)
    listed(api, deleted, attempt(1, "timed out", event="issue_comment", action="created", ago=1))
    assert told(found()) == ["guid-1", "guid-2"]


def test_only_what_was_sent_since_then_is_looked_at(api):
    listed(api, attempt(2, "timed out", ago=60 * 24 - 1), attempt(1, "timed out", ago=60 * 24 + 1))
    assert told(found()) == ["guid-2"]


def test_the_list_is_read_page_by_page_no_further_than_needed(api):
    api.get(OF_THE_REPOSITORY, json=[OURS])
    pages = f"{OF_THE_REPOSITORY}/7/deliveries"
    link = f'<{pages}?per_page=100&cursor=v1_a%3D>; rel="next"'
    api.get(pages, json=[attempt(3)], headers={"Link": link}, match=[matchers.query_param_matcher({"per_page": "100"})])
    api.get(
        pages,
        json=[attempt(2), attempt(1, ago=60 * 25)],
        headers={"Link": f'<{pages}?per_page=100>; rel="prev", {link.replace("v1_a", "v1_b")}'},
        match=[matchers.query_param_matcher({"per_page": "100", "cursor": "v1_a="})],
    )
    assert found() == []
    assert len(api.calls) == 3


def test_a_list_without_end_is_given_up(api):
    api.get(OF_THE_REPOSITORY, json=[OURS])
    pages = f"{OF_THE_REPOSITORY}/7/deliveries"
    api.get(pages, json=[attempt(1)], headers={"Link": f'<{pages}?cursor=v1_again>; rel="next"'})
    assert re.fullmatch(r"GitHub tells of more than 50000 deliveries: ask for a shorter time", refusal())
    assert len(api.calls) == github.MOST_PAGES + 1


def test_a_link_to_another_host_is_not_followed(api):
    api.get(OF_THE_REPOSITORY, json=[OURS])
    pages = f"{OF_THE_REPOSITORY}/7/deliveries"
    link = {"Link": '<https://evil.example/?cursor=v1_x>; rel="next"'}
    api.get(pages, json=[attempt(2)], headers=link, match=[matchers.query_param_matcher({"per_page": "100"})])
    api.get(pages, json=[], match=[matchers.query_param_matcher({"per_page": "100", "cursor": "v1_x"})])
    found()
    assert {call.request.url.split("/")[2] for call in api.calls} == {"api.github.com"}


def test_the_organisations_webhooks_are_asked_too(api):
    listed(api, attempt(1, "timed out"), below=OF_THE_ORGANISATION)
    assert told(found(ORGANISATION)) == ["guid-1"]


BOTH = Setup(settings=SETUP.settings, repositories=SETUP.repositories, organisation="example-org")


def test_what_arrived_by_one_webhook_was_not_missed_by_another(api):
    listed(api, attempt(1, "timed out", guid="same"))
    listed(api, attempt(2, guid="same"), below=OF_THE_ORGANISATION)
    assert found(BOTH) == []


def test_an_organisation_that_is_not_shown_does_not_matter_where_repositories_have_webhooks(api):
    listed(api, attempt(1, "timed out"))
    api.get(OF_THE_ORGANISATION, status=404, json={"message": "Not Found"})
    assert told(found(BOTH)) == ["guid-1"]


def test_an_organisation_that_is_not_shown_is_said_where_nothing_else_leads_here(api):
    listed(api, hooks=[ELSEWHERE])
    api.get(OF_THE_ORGANISATION, status=404, json={"message": "Not Found"})
    assert refusal(BOTH).endswith(
        '"Webhooks" (read) for a fine-grained token, the scope admin:org_hook for a classic one'
    )


@pytest.mark.parametrize("status", [403, 404])
def test_a_token_without_the_right_is_told_which_one_it_needs(api, status):
    limits = {"X-RateLimit-Remaining": "4999", "X-RateLimit-Reset": str(int(NOW.timestamp()) + 3600)}
    api.get(OF_THE_REPOSITORY, status=status, headers=limits, json={"message": "Not Found"})
    assert refusal() == (
        "GitHub does not show the webhooks of example-org/chat-server to this token, which needs "
        '"Webhooks" (read) for a fine-grained token, the scope read:repo_hook or repo for a classic one'
    )


def test_a_refusal_is_told_for_what_it_is_where_it_was_the_last_question_allowed(api):
    limits = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW.timestamp()) + 3600)}
    api.get(OF_THE_REPOSITORY, status=404, headers=limits, json={"message": "Not Found"})
    assert refusal().startswith("GitHub does not show the webhooks")


def test_a_token_that_github_does_not_know_is_to_be_made_anew(api):
    api.get(OF_THE_REPOSITORY, status=401, json={"message": "Bad credentials"})
    assert "make a new one, and set GITHUB_REPLAY_TOKEN or GITHUB_TOKEN" in refusal()


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int((NOW + timedelta(minutes=5)).timestamp()))}),
        (429, {"Retry-After": "300"}),
        (403, {"Retry-After": "300", "X-RateLimit-Remaining": "12"}),
    ],
)
def test_when_github_wants_no_more_questions_it_is_said_until_when(api, status, headers):
    api.get(OF_THE_REPOSITORY, status=status, headers=headers, json={})
    assert refusal() == "GitHub answers no more questions before 2026-01-05 12:05 UTC: try again then"


@pytest.mark.parametrize("told", ["soon", "9" * 400, "-1e9", ""])
def test_a_time_that_is_none_does_not_hide_the_refusal(api, told):
    api.get(OF_THE_REPOSITORY, status=429, headers={"Retry-After": told}, json={})
    assert refusal() == "GitHub answered 429 about example-org/chat-server: try again later"


def test_what_was_fetched_before_github_wants_no_more_questions_is_given(api):
    listed(api, attempt(2, "timed out", ago=1), attempt(1, "timed out", ago=2))
    api.replace(responses.GET, f"{OF_THE_REPOSITORY}/7/deliveries/902", status=429, headers={"Retry-After": "60"})
    deliveries = missed(SOURCE, "a-token", SETUP, SINCE, NOW)
    assert told([next(deliveries)]) == ["guid-1"]
    with pytest.raises(SourceError, match="12:01 UTC"):
        next(deliveries)


@pytest.mark.parametrize("answer", [{"status": 404}, {"status": 500}, {"body": "<html>"}, {"json": {}}])
def test_a_delivery_that_github_does_not_give_hides_no_other_and_is_told_in_the_end(api, answer):
    listed(api, attempt(2, "timed out", ago=1), attempt(1, "timed out", ago=2))
    api.replace(responses.GET, f"{OF_THE_REPOSITORY}/7/deliveries/901", **answer)
    deliveries = missed(SOURCE, "a-token", SETUP, SINCE, NOW)
    assert told([next(deliveries)]) == ["guid-2"]
    with pytest.raises(SourceError, match=r"^1 of what was missed GitHub did not give: "):
        next(deliveries)


def test_where_github_gives_nothing_little_is_asked_for(api):
    attempts = [attempt(number, "timed out", ago=number) for number in range(1, 10)]
    listed(api, *attempts)
    for one in attempts:
        api.replace(responses.GET, f"{OF_THE_REPOSITORY}/7/deliveries/{one['id']}", status=500)
    assert refusal().startswith("5 of what was missed GitHub did not give: GitHub answered 500")
    assert len(api.calls) == 2 + 5


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_repository_that_was_renamed_is_to_be_named_anew(api, status):
    api.get(OF_THE_REPOSITORY, status=status, headers={"Location": f"{API}/repositories/1/hooks"}, json={})
    assert refusal() == f"{REPOSITORY} goes by another name on GitHub now: write that into the policy file"


@pytest.mark.parametrize("status", [500, 502, 418])
def test_an_answer_that_nobody_expects_is_told(api, status):
    api.get(OF_THE_REPOSITORY, status=status, body="<html>")
    assert refusal() == f"GitHub answered {status} about example-org/chat-server: try again later"


@pytest.mark.parametrize("document", ["no JSON", "{}", "[7]", '[{"id": "7", "config": {}}]', '[{"id": 7}]'])
def test_an_answer_of_another_shape_is_told(api, document):
    api.get(OF_THE_REPOSITORY, body=document)
    assert refusal().startswith("GitHub answered something unexpected: ")


def test_a_body_that_github_no_longer_has_is_damaged_and_hides_no_other(api):
    listed(api, attempt(1, "timed out"))
    gone = {"request": {"headers": None, "payload": None}}
    api.replace(responses.GET, f"{OF_THE_REPOSITORY}/7/deliveries/901", json=gone)
    assert [one.body for one in found()] == [b"null"]


def test_a_router_that_does_not_know_its_address_says_what_to_set():
    assert refusal(Setup(repositories=SETUP.repositories)).startswith("set ROUTER_PUBLIC_URL")


def test_a_policy_file_that_names_no_place_is_told_what_to_write():
    assert '[sources.github] repositories = ["owner/name"]' in refusal(Setup(settings=SETUP.settings))


def test_where_no_webhook_leads_here_it_is_said(api):
    listed(api, hooks=[ELSEWHERE])
    assert refusal() == f"no webhook of {REPOSITORY} leads to {HOOK}: set ROUTER_PUBLIC_URL to what GitHub sends to"


def test_an_organisation_of_any_name_stays_in_its_place(api):
    api.get(f"{API}/orgs/a%2F..%2Fb/hooks", json=[])
    setup = Setup(settings=SETUP.settings, organisation="a/../b")
    assert refusal(setup).startswith("no webhook of a/../b leads to")
