"""Mentions arrive, or it is said whom they do not reach; whoever is gone is told of once, and their cases go on."""

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from world import World, eventually, world

from router.core.people import Absence, Gone, PersonId
from router.core.policy import Policy
from router.core.units import Unit
from router.sandbox import Fault
from router.service.desk import register_of

JASON, KATIE, IAN = "jason.blais", "katie.wiersgalla", "ian.tien"  # who may answer about licensing; Jason is first


@pytest.fixture
def desk() -> Iterator[World]:
    with world() as told:
        yield told


def put_out_of_channel(desk: World, username: str) -> None:
    desk.as_admin("DELETE", f"/channels/{desk.places()[1]}/members/{desk.sandbox.id_of(username)}")


def put_out_of_team(desk: World, username: str) -> None:
    desk.as_admin("DELETE", f"/teams/{desk.places()[0]}/members/{desk.sandbox.id_of(username)}")


def mentions(desk: World, *usernames: str) -> list[int]:
    channel_id = desk.places()[1]
    return [desk.member(name).mention_count(channel_id) for name in usernames]


def notices(desk: World) -> list[str]:
    """Root posts that belong to no case."""
    desk.settle()
    bot = desk.sandbox.id_of("escalations")
    posts = desk.as_admin("GET", f"/channels/{desk.places()[1]}/posts?per_page=200")["posts"].values()
    said = [one for one in posts if one["user_id"] == bot and not one["root_id"] and not one.get("type")]
    return [one["message"] for one in said if not one["message"].startswith("**ESC-")]


def found_gone(desk: World, *reasons: Gone) -> None:
    """Wait until what happened to accounts has been noticed."""
    eventually(lambda: sorted(one.why for one in desk.router.desk.rules()[0].gone.values()) == sorted(reasons), "it")
    desk.settle()


def calling(policy: Policy, person: str, username: str) -> Policy:
    """The policy file with another username for somebody."""
    changed = dataclasses.replace(policy.people[PersonId(person)], mattermost=username)
    return dataclasses.replace(policy, people={**policy.people, PersonId(person): changed})


# ------------------------------------------------------------------------------------------------- membership


def test_whoever_left_the_channel_is_added_before_the_mention(desk: World) -> None:
    put_out_of_channel(desk, JASON)
    desk.post("[licensing] may we?")
    desk.settle()
    # To be added counts as a mention of its own: it is Mattermost's line, said before the post, and once.
    assert mentions(desk, JASON, KATIE, IAN) == [2, 1, 1]


def test_a_reply_adds_whom_it_mentions_too(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    desk.settle()
    put_out_of_channel(desk, "a.colleague")
    desk.type(IAN, f"loop-in {case} @a.colleague")
    assert mentions(desk, "a.colleague") == [2]


def test_who_is_not_in_the_team_is_reported_in_the_post_and_mentioned_nowhere(desk: World) -> None:
    put_out_of_team(desk, JASON)
    case = desk.post("[licensing] may we?")["escalation"]
    lines = desk.root(case).text.splitlines()
    assert sorted(lines[1].split()) == [f"@{IAN}", f"@{KATIE}"]
    assert lines[2] == f"Not told, not in this team: @\u200b{JASON}."
    assert mentions(desk, KATIE, IAN) == [1, 1]


def test_the_root_post_goes_on_saying_who_was_not_told(desk: World) -> None:
    put_out_of_team(desk, JASON)
    case = desk.post("[licensing] may we?")["escalation"]
    desk.type(KATIE, f"claim {case}")
    assert f"Not told, not in this team: @\u200b{JASON}." in desk.root(case).text


def test_a_reply_that_reaches_nobody_names_them_and_says_so(desk: World) -> None:
    put_out_of_team(desk, KATIE)
    case = desk.post("[licensing] may we?")["escalation"]
    desk.settle()
    desk.type(JASON, f"assign {case} @{KATIE}")
    assert desk.thread(case)[-1].startswith("Katie Wiersgalla: **ESC-1**")
    assert desk.thread(case)[-1].endswith(f"Not told, not in this team: @\u200b{KATIE}.")


def test_who_has_come_into_the_team_is_told_the_next_time(desk: World) -> None:
    put_out_of_team(desk, JASON)
    desk.post("[licensing] may we?")
    desk.settle()
    team, user = desk.places()[0], desk.sandbox.id_of(JASON)
    desk.as_admin("POST", f"/teams/{team}/members", {"team_id": team, "user_id": user})
    second = desk.post("[licensing] and we?", 2)["escalation"]
    assert f"@{JASON}" in desk.root(second).text
    assert "Not told" not in desk.root(second).text
    assert mentions(desk, JASON) == [2]


def test_a_check_that_is_refused_keeps_no_post_back(desk: World) -> None:
    desk.sandbox.faults.add(Fault(status=403, error_id="api.context.permissions.app_error", path="/members/ids"))
    case = desk.post("[licensing] may we?")["escalation"]
    assert f"@{JASON}" in desk.root(case).text
    assert mentions(desk, JASON, KATIE, IAN) == [1, 1, 1]


def test_a_check_that_fails_for_now_is_made_again_and_the_post_comes_once(desk: World) -> None:
    desk.sandbox.faults.add(Fault(status=500, path="/members/ids", times=2))
    put_out_of_channel(desk, JASON)
    desk.post("[licensing] may we?")
    desk.settle()
    assert mentions(desk, JASON, KATIE, IAN) == [2, 1, 1]


def test_where_nobody_is_mentioned_nobody_is_looked_up(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    desk.root(case)
    before = len(desk.sandbox.requests)
    desk.comment("[licensing] another remark")
    desk.settle()
    asked = {one.path for one in desk.sandbox.requests[before:] if one.path.startswith("/api/v4")}
    assert not [path for path in asked if "/users" in path or "/members" in path]


def test_a_mention_takes_two_calls_before_the_post(desk: World) -> None:
    before = len(desk.sandbox.requests)
    desk.post("[licensing] may we?")
    desk.settle()
    asked = [f"{one.method} {one.path}" for one in desk.sandbox.requests[before:]]
    channel = desk.places()[1]
    expected = ["POST /api/v4/users/ids", f"POST /api/v4/channels/{channel}/members/ids", "POST /api/v4/posts"]
    assert [one for one in asked if one in expected] == expected
    assert not [one for one in asked if "/channels/name/" in one]


def test_around_the_clock_a_root_made_anew_is_urgent_too(desk: World) -> None:
    case = desk.post("[security-vulnerability] a hole")["escalation"]
    old = desk.root(case)
    desk.as_admin("DELETE", f"/posts/{old.id}")
    owner = desk.policy.username(desk.case(case).owner)
    desk.type(owner, f"claim {case}")
    new = desk.root(case)
    assert new.id != old.id
    assert desk.as_admin("GET", f"/posts/{new.id}")["metadata"]["priority"]["priority"] == "urgent"


# ------------------------------------------------------------------------------------------------- who is gone


def test_a_renamed_person_is_mentioned_by_the_present_name_and_the_taker_of_the_old_one_is_not(desk: World) -> None:
    desk.sandbox.rename(JASON, "jason.now")
    desk.sandbox.add_user(JASON, "Somebody", "Else")
    desk.sandbox.join(f"{desk.policy.team}/{desk.policy.escalations_channel}", [JASON])
    case = desk.post("[licensing] may we?")["escalation"]
    root = desk.root(case).text
    assert "@jason.now" in root
    assert f"@{JASON}" not in root
    assert mentions(desk, "jason.now", JASON) == [1, 0]
    assert "owner **Jason Blais**" not in root


def test_who_takes_over_a_released_name_has_no_rights_and_the_person_keeps_them(desk: World) -> None:
    desk.sandbox.rename(JASON, "jason.now")
    desk.sandbox.add_user(JASON, "Somebody", "Else")
    desk.sandbox.join(f"{desk.policy.team}/{desk.policy.escalations_channel}", [JASON])
    case = desk.post("[licensing] may we?")["escalation"]
    desk.settle()
    assert "only approved responders may" in desk.type(JASON, f"claim {case}")
    assert "is acknowledged now" in desk.type("jason.now", f"claim {case}")
    assert "claimed by **Jason Blais**" in desk.root(case).text


def test_a_renamed_person_is_told_of_once_to_somebody_who_can_mend_it(desk: World) -> None:
    desk.sandbox.rename(KATIE, "katie.now")
    found_gone(desk, Gone.RENAMED)
    for number in (1, 2, 3):
        desk.post("[licensing] may we?", number)
    (notice,) = notices(desk)
    assert notice.startswith(f"@{JASON}: ")  # the policy contact
    assert f"Katie Wiersgalla's account {KATIE} is called katie.now now" in notice


def test_of_a_policy_contact_who_is_gone_the_next_who_is_present_hears(desk: World) -> None:
    desk.sandbox.deactivate(JASON)
    found_gone(desk, Gone.DEACTIVATED)
    (notice,) = notices(desk)
    assert notice.startswith("@")
    assert f"@{JASON}" not in notice


def test_the_case_of_an_owner_who_is_deactivated_goes_to_the_next_at_once(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    desk.settle()
    assert desk.case(case).owner == "jason-blais"
    desk.sandbox.deactivate(JASON)
    found_gone(desk, Gone.DEACTIVATED)
    after = desk.case(case)
    assert after.owner not in {None, "jason-blais"}
    assert "is yours now" in desk.thread(case)[-1]
    entry = desk.router.desk.store.timeline(case)[-1]
    assert (entry.event, entry.actor) == ("chased", "router")
    assert entry.reason.startswith(f"Jason Blais's account {JASON} is deactivated: handed over to ")


def test_a_claimed_case_of_an_owner_who_is_gone_is_open_again(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    desk.settle()
    desk.type(KATIE, f"claim {case}")
    desk.sandbox.deactivate(KATIE)
    found_gone(desk, Gone.DEACTIVATED)
    assert (desk.case(case).state, desk.case(case).owner) == ("open", "jason-blais")
    assert any(f"Katie Wiersgalla's account {KATIE} is deactivated" in text for text in desk.thread(case))


def test_a_deactivated_person_is_mentioned_nowhere(desk: World) -> None:
    desk.sandbox.deactivate(KATIE)
    found_gone(desk, Gone.DEACTIVATED)
    case = desk.post("[licensing] may we?")["escalation"]
    root = desk.root(case).text
    assert f"@{KATIE}" not in root
    assert f"Not told, deactivated: @\u200b{KATIE}." in root


def test_who_is_found_gone_while_a_post_is_on_its_way_is_not_its_owner_any_more(desk: World) -> None:
    held = desk.sandbox.faults.add(Fault(kind="hang_before", path="/users/ids", times=1))
    case = desk.post("[licensing] may we?")["escalation"]
    assert held.wait_until_held(10)
    desk.sandbox.deactivate(JASON)
    held.release()
    root = desk.root(case)
    assert "owner **Jason Blais**" not in root.text
    assert desk.case(case).owner != "jason-blais"
    assert len(notices(desk)) == 1


def known_gone(desk: World, person: str) -> None:
    """It is known of somebody, and those who found it out have handed on all cases that they saw."""
    gone = register_of(PersonId(person), Absence(Gone.DEACTIVATED))
    desk.router.desk.store.commit(Unit(registers=(gone,)))


def test_a_case_that_was_opened_while_its_owner_was_being_found_gone_is_posted_with_the_next_one(desk: World) -> None:
    """What is decided by then knows nothing of it yet, and what hands on the cases does not see this one."""
    held = desk.sandbox.faults.add(Fault(kind="hang_before", path="/users/ids", times=1))
    case = desk.post("[licensing] may we?")["escalation"]
    assert held.wait_until_held(10)
    known_gone(desk, "jason-blais")
    desk.sandbox.deactivate(JASON)
    held.release()
    assert "owner **Katie Wiersgalla**" in desk.root(case).text
    assert (desk.case(case).owner, notices(desk)) == ("katie-wiersgalla", [])


def test_a_case_that_was_opened_while_its_owner_was_being_found_gone_is_handed_on_soon(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    desk.settle()
    known_gone(desk, "jason-blais")
    desk.sandbox.deactivate(JASON)
    assert desk.case(case).owner == "jason-blais"
    assert desk.router.lookout.look()
    desk.settle()
    assert desk.case(case).owner == "katie-wiersgalla"
    assert (desk.events(case), notices(desk)) == (["opened", "chased"], [])


def test_who_claims_under_a_new_name_keeps_the_case(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    desk.settle()
    desk.sandbox.rename(KATIE, "katie.w")
    found_gone(desk, Gone.RENAMED)
    desk.type("katie.w", f"claim {case}")
    assert desk.router.lookout.look()
    desk.settle()
    assert (desk.case(case).state, desk.case(case).owner) == ("acknowledged", "katie-wiersgalla")


def test_what_many_find_out_at_once_is_told_once(desk: World) -> None:
    desk.router.hearing.stop()
    case = desk.post("[licensing] may we?")["escalation"]
    desk.settle()
    desk.sandbox.deactivate(JASON)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: desk.router.lookout.look(), range(8)))
    assert len(notices(desk)) == 1
    assert desk.events(case) == ["opened", "chased"]


def test_a_notice_whose_answer_never_came_is_not_posted_again(desk: World) -> None:
    held = desk.sandbox.faults.add(Fault(kind="hang_after", method="POST", path=r"/api/v4/posts(\?|$)", times=1))
    desk.sandbox.deactivate(JASON)
    assert held.wait_until_held(10)
    eventually(lambda: desk.router.desk.store.backlog() == 0, "an empty outbox", 60)
    assert len(notices(desk)) == 1


def test_an_account_that_comes_back_is_present_again(desk: World) -> None:
    desk.sandbox.deactivate(JASON)
    found_gone(desk, Gone.DEACTIVATED)
    desk.sandbox.activate(JASON)
    found_gone(desk)
    case = desk.post("[licensing] may we?")["escalation"]
    desk.settle()
    assert desk.case(case).owner == "jason-blais"
    assert mentions(desk, JASON)[0] >= 1
    assert len(notices(desk)) == 1


def test_what_happened_while_the_router_was_away_is_told_when_it_starts(tmp_path) -> None:
    with world(f"tinydb:///{tmp_path / 'router.json'}") as desk:
        case = desk.post("[licensing] may we?")["escalation"]
        desk.settle()
        desk.running.end()
        desk.sandbox.rename(JASON, "jason.now")
        desk.running = desk.run(desk.policy, int(desk.url.rsplit(":", 1)[1]))
        desk.router = desk.running.router
        found_gone(desk, Gone.RENAMED)
        assert desk.case(case).owner != "jason-blais"
        desk.restart()
        assert len(notices(desk)) == 1


def test_a_policy_file_with_the_present_name_mends_it(tmp_path) -> None:
    with world(f"tinydb:///{tmp_path / 'router.json'}") as desk:
        desk.sandbox.rename(JASON, "jason.now")
        found_gone(desk, Gone.RENAMED)
        desk.restart(calling(desk.policy, "jason-blais", "jason.now"))
        found_gone(desk)
        case = desk.post("[licensing] may we?")["escalation"]
        desk.settle()
        assert "is acknowledged now" in desk.type("jason.now", f"claim {case}")


def test_a_changed_policy_file_binds_a_person_to_another_account_and_to_no_other(tmp_path) -> None:
    with world(f"tinydb:///{tmp_path / 'router.json'}") as desk:
        case = desk.post("[licensing] may we?")["escalation"]
        desk.settle()
        desk.sandbox.add_user("jason.second", "Jason", "Blais")
        desk.sandbox.join(f"{desk.policy.team}/{desk.policy.escalations_channel}", ["jason.second"])
        desk.restart(calling(desk.policy, "jason-blais", "jason.second"))
        assert "only approved responders may" in desk.type(JASON, f"claim {case}")
        assert "is acknowledged now" in desk.type("jason.second", f"claim {case}")


def test_a_name_that_nobody_has_is_reported_once_and_not_asked_for_at_every_post(tmp_path) -> None:
    with world(f"tinydb:///{tmp_path / 'router.json'}") as desk:
        desk.restart(calling(desk.policy, "jason-blais", "jason.blaiss"))
        found_gone(desk, Gone.NO_ACCOUNT)
        assert len(notices(desk)) == 1
        before = len(desk.sandbox.requests)
        case = desk.post("[licensing] may we?")["escalation"]
        assert "Not told, no account of that name: @\u200bjason.blaiss." in desk.root(case).text
        assert not [one for one in desk.sandbox.requests[before:] if one.path.endswith("/users/usernames")]
