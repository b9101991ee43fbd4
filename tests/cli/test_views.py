"""An escalation as JSON, key by key."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from router.core.topics import Routing, Verdict
from router.core.units import PostRef
from router.storage import open_store
from router.views import escalation_json, rfc3339, shown_json, verdict_json

NOW = datetime(2026, 3, 2, 9, 30, 15, 250000, tzinfo=UTC)
URL = "https://github.com/example/chat/issues/1"


@pytest.fixture
def office(desk):
    """Return a desk over a store in memory."""
    return desk(open_store("memory://"))


def test_an_open_escalation(office, policy):
    case = office.opened()
    assert escalation_json(case, policy, None) == {
        "id": "ESC-1",
        "state": "open",
        "topic": "licensing",
        "candidates": [],
        "owner": "jason.blais",
        "responders": ["jason.blais", "katie.wiersgalla", "ian.tien"],
        "looped_in": [],
        "source": "github",
        "thread": "github:example/chat#1",
        "url": URL,
        "title": "May I resell it?",
        "opened_at": "2026-03-02T09:30:15.250Z",
        "deadline": "2026-03-02T13:30:15.250Z",
        "overdue": False,
        "acknowledged_at": None,
        "answered_at": None,
        "answer_url": None,
        "closed_at": None,
        "resolution": None,
        "post_id": None,
    }


def test_the_keys_stand_in_the_order_in_which_they_are_documented(office, policy):
    found = shown_json(office.opened(), policy, None, ())
    assert " ".join(found) == (
        "id state topic candidates owner responders looped_in source thread url title opened_at deadline overdue "
        "acknowledged_at answered_at answer_url closed_at resolution post_id verdict signals timeline"
    )


def test_one_in_triage_has_candidates_and_no_topic(office, unsure, policy):
    found = escalation_json(office.opened(unsure), policy, None)
    assert (found["state"], found["topic"]) == ("triage", None)
    assert found["candidates"] == ["packaging", "licensing"]
    assert (found["owner"], found["responders"][0]) == ("jason.blais", "katie.wiersgalla")


def test_what_people_did_shows_as_times_and_addresses(office, policy):
    case = office.commanded(office.opened(), "claim", NOW + timedelta(minutes=5))
    answer = f"{URL}#issuecomment-1"
    found = escalation_json(
        office.commanded(case, "answered", NOW + timedelta(hours=1), url=answer),
        policy,
        PostRef("post", "room", case.id),
    )
    assert (found["state"], found["owner"], found["post_id"]) == ("answered", "katie.wiersgalla", "post")
    assert found["acknowledged_at"] == "2026-03-02T09:35:15.250Z"
    assert (found["answered_at"], found["answer_url"]) == ("2026-03-02T10:30:15.250Z", answer)
    assert (found["closed_at"], found["resolution"]) == (None, None)


def test_a_closed_one_has_a_resolution_and_no_deadline(office, policy):
    case = office.commanded(office.opened(), "claim")
    case = office.commanded(case, "answered", url=f"{URL}#issuecomment-1")
    found = escalation_json(office.commanded(case, "close", NOW + timedelta(hours=2)), policy, None)
    assert (found["state"], found["resolution"], found["deadline"]) == ("closed", "answered", None)
    assert found["closed_at"] == "2026-03-02T11:30:15.250Z"


def test_nobody_as_owner_is_null(office, policy):
    assert escalation_json(replace(office.opened(), owner=None), policy, None)["owner"] is None


def test_those_who_follow_are_looped_in_once(office, policy, katie):
    case = office.commanded(office.opened(), "loop-in", user=katie)
    assert escalation_json(case, policy, None)["looped_in"] == ["katie.wiersgalla"]


def test_show_adds_verdict_signals_and_timeline(office, policy):
    case = office.commanded(office.opened(), "claim")
    found = shown_json(case, policy, None, office.store.timeline(case.id))
    assert found["verdict"] == {
        "label": "licensing",
        "decision": "escalate",
        "confidence": 0.7346,
        "evidence": ["open source licensing"],
    }
    assert found["signals"] == [
        {
            "identity": "github:github.com:issue/1",
            "kind": "issue",
            "url": URL,
            "author": "octocat",
            "title": "May I resell it?",
            "text": "We would like to know.",
            "at": "2026-03-02T09:30:15.250Z",
            "erased": False,
        }
    ]
    assert [list(entry) for entry in found["timeline"]] == [["seq", "at", "actor", "door", "event", "reason"]] * 2
    assert [list(entry.values())[:5] for entry in found["timeline"]] == [
        [1, "2026-03-02T09:30:15.250Z", "github", "hook", "opened"],
        [2, "2026-03-02T09:30:15.250Z", "katie.wiersgalla", "slash", "claim"],
    ]


def test_everything_fits_into_json(office, policy):
    case = office.opened()
    found = shown_json(case, policy, None, office.store.timeline(case.id))
    assert json.loads(json.dumps(found)) == found


def test_the_label_of_what_is_not_sensitive_is_none():
    assert verdict_json(Verdict(None, Routing.NONE, 1.0, ()))["label"] == "none"


def test_times_are_utc_and_of_one_length():
    berlin = datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=1)))
    assert rfc3339(berlin) == "2026-03-02T09:00:00.000Z"
    assert rfc3339(None) is None
