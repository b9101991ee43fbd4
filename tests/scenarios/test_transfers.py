"""An issue is transferred: GitHub tells its old repository, its new one or both, in any order."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from world import World, comment, issue

from router.core.units import Register, Unit
from router.service.moves import MOVED

SENSITIVE = "[licensing] may we?"


def at(repository: str, body: dict[str, Any]) -> dict[str, Any]:
    """The same body, of another repository."""
    body["repository"]["full_name"] = repository
    number = body["issue"]["number"]
    body["issue"]["html_url"] = f"https://github.com/{repository}/issues/{number}"
    return body


def here(number: int, text: str = SENSITIVE) -> dict[str, Any]:
    return issue(text, number, issue_id=50_000 + number)


def there(number: int, text: str = SENSITIVE) -> dict[str, Any]:
    return at("example-org/help-desk", issue(text, number + 500, issue_id=60_000 + number))


def leaves(number: int) -> dict[str, Any]:
    new = there(number)
    changes = {"new_issue": new["issue"], "new_repository": new["repository"]}
    return here(number) | {"action": "transferred", "changes": changes}


def comes(number: int) -> dict[str, Any]:
    old = here(number)
    return there(number) | {"changes": {"old_issue": old["issue"], "old_repository": old["repository"]}}


def is_back(number: int) -> dict[str, Any]:
    old = there(number)
    return here(number) | {"changes": {"old_issue": old["issue"], "old_repository": old["repository"]}}


def returns(number: int) -> dict[str, Any]:
    old = here(number)
    changes = {"new_issue": old["issue"], "new_repository": old["repository"]}
    return there(number) | {"action": "transferred", "changes": changes}


@pytest.mark.parametrize(
    "told", [(leaves,), (comes,), (leaves, comes), (comes, leaves), (leaves, comes, leaves, comes)], ids=len
)
def test_the_case_follows_and_nothing_is_said_twice(desk: World, number: int, told: tuple[Any, ...]) -> None:
    case = desk.deliver("issues", here(number))["escalation"]
    for body in told:
        assert desk.deliver("issues", body(number))["result"] in {"joined", "duplicate", "ignored"}
    assert desk.case(case).matter.thread == f"github:example-org/help-desk#{number + 500}"
    assert [one for one in desk.thread(case) if SENSITIVE in one] == []


def test_both_repositories_may_tell_of_it_at_once_and_more_than_once(desk: World, number: int) -> None:
    case = desk.deliver("issues", here(number))["escalation"]
    barrier = Barrier(8)

    def tell(body: dict[str, Any]) -> str:
        barrier.wait()
        return str(desk.deliver("issues", body)["result"])

    with ThreadPoolExecutor(8) as tellers:
        results = list(tellers.map(tell, [leaves(number), comes(number)] * 4))
    assert "escalated" not in results
    assert desk.case(case).matter.thread == f"github:example-org/help-desk#{number + 500}"
    assert desk.events(case) == ["opened", "transferred"]


def test_what_is_said_at_the_new_place_joins_the_case(desk: World, number: int) -> None:
    case = desk.deliver("issues", here(number))["escalation"]
    desk.deliver("issues", leaves(number))
    said = at("example-org/help-desk", comment("[licensing] me too", number + 500, comment_id=70_000 + number))
    assert desk.deliver("issue_comment", said) == {"result": "joined", "escalation": case}


def test_a_transfer_that_only_the_new_repository_tells_escalates_what_is_new_to_the_router(
    desk: World, number: int
) -> None:
    assert desk.deliver("issues", comes(number))["result"] == "escalated"


def test_a_thread_may_come_to_where_there_is_a_case_of_its_topic(desk: World, number: int) -> None:
    told = (here(number), there(number, f"{SENSITIVE} Or else?"), leaves(number))
    cases = [desk.deliver("issues", body)["escalation"] for body in told]
    assert cases[0] == cases[2] != cases[1]
    assert len({desk.case(one).matter.thread for one in cases}) == 1


def test_a_transfer_of_what_was_never_sensitive_is_ignored(desk: World, number: int) -> None:
    assert desk.deliver("issues", leaves(number)) == {"result": "ignored", "escalation": None}


def left_long_ago(desk: World, number: int) -> str:
    """A case that left its thread so long ago that where it went is forgotten."""
    case = str(desk.deliver("issues", here(number))["escalation"])
    thread = desk.case(case).matter.thread
    desk.deliver("issues", leaves(number))
    desk.router.desk.store.commit(Unit(registers=(Register(MOVED, thread, None),)))
    return case


def test_what_arrives_very_late_from_the_old_place_is_taken_in(desk: World, number: int) -> None:
    case = left_long_ago(desk, number)
    late = desk.deliver("issue_comment", comment("[licensing] hm?", number, comment_id=70_000 + number))
    assert late["result"] == "escalated"
    assert late["escalation"] != case


def test_the_topic_of_a_case_that_left_long_ago_is_free_for_another(desk: World, number: int) -> None:
    left_long_ago(desk, number)
    late = desk.deliver("issue_comment", comment("[packaging] hm?", number, comment_id=70_000 + number))["escalation"]
    desk.type("katie.wiersgalla", f"topic {late} licensing")
    assert desk.case(late).matter.topic == "licensing"


def test_a_case_that_comes_back_is_where_it_was(desk: World, number: int) -> None:
    case = desk.deliver("issues", here(number))["escalation"]
    desk.deliver("issues", leaves(number))
    desk.deliver("issues", returns(number))
    assert desk.comment("[licensing] still", number) == {"result": "joined", "escalation": case}


@pytest.mark.parametrize("text", [SENSITIVE, "[packaging] may we?"], ids=["the same", "another topic"])
def test_what_a_case_comes_back_with_is_said_where_it_is(desk: World, number: int, text: str) -> None:
    case = desk.deliver("issues", here(number))["escalation"]
    desk.deliver("issues", leaves(number))
    told = is_back(number)
    told["issue"]["body"] = text
    told["issue"]["title"] = text
    other = desk.deliver("issues", told)["escalation"]
    assert desk.case(other).matter.thread == desk.case(case).matter.thread
