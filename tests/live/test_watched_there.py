"""A watched channel on sandbox and real server: `setup` makes it so, and what the community says there comes once."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from live.desk import Desk, desk_on
from live.place import Place
from world import eventually

from router.cli.demo.member import Seen

WATCHED = "town-square"
QUESTION = "May we use the AGPL edition commercially, or do we need a commercial licence?"
OUTSIDER = "a.colleague"  # whom the policy file does not name


@pytest.fixture(scope="module")
def watching(place: Place) -> Iterator[Desk]:
    """An installation that watches a channel."""
    with desk_on(place) as made:
        policy = made.folder / "responders.toml"
        policy.write_text(policy.read_text("utf-8") + f'\n[sources.mattermost]\nchannels = ["{WATCHED}"]\n', "utf-8")
        code, said = made.set_up("--yes")
        assert code == 0, said
        made.start()
        team = place.admin("GET", f"/teams/name/{made.policy.team}")["id"]
        user = place.users[made.named(OUTSIDER)]
        place.admin("POST", f"/teams/{team}/members", {"team_id": team, "user_id": user})
        yield made


def ask(desk: Desk, text: str, root_id: str = "") -> str:
    """The outsider says something in the watched channel; gives the post's id."""
    return desk.member(OUTSIDER).say(desk.places(WATCHED)[1], text, root_id)


def root_of(desk: Desk, post_id: str) -> Seen:
    """Wait for the root post that links to a post."""

    def found() -> list[Seen]:
        return [post for post in desk.posts() if post.case and f"/{desk.policy.team}/pl/{post_id}" in post.text]

    (root,) = eventually(found, "a root post with the link", 60)
    return root


def shown(desk: Desk, case: str) -> dict[str, Any]:
    code, said = desk.command("show", case, "--json")
    assert code == 0, said
    found: dict[str, Any] = json.loads(said)
    return found


def test_check_live_has_nothing_to_say_against_it(watching: Desk) -> None:
    code, said = watching.command("check", "--live", MATTERMOST_ADMIN_TOKEN=watching.place.admin_token)
    assert (code, WATCHED in said) == (0, False), said


def test_a_question_and_its_thread_make_one_case_although_webhook_and_websocket_tell_of_both(watching: Desk) -> None:
    question = ask(watching, QUESTION)
    case = str(root_of(watching, question).case)
    ask(watching, f"Same here. {QUESTION}", question)
    eventually(lambda: watching.timeline(case) == ["opened", "joined"], "the reply to join", 60)
    told = shown(watching, case)
    assert (told["source"], told["thread"]) == ("mattermost", f"mattermost:{question}")
    assert [one["author"] for one in told["signals"]] == [watching.named(OUTSIDER)] * 2


def test_a_link_to_a_reply_joins_the_case_of_its_thread(watching: Desk) -> None:
    question = ask(watching, QUESTION)
    case = str(root_of(watching, question).case)
    reply = ask(watching, "I would like to know, too", question)
    link = f"{watching.wire.url}/{watching.policy.team}/pl/{reply}"
    watching.type("ian.tien", f"raise {link} --topic licensing")
    eventually(lambda: "joined" in watching.timeline(case), "the report to join", 60)


def test_a_question_that_is_edited_is_judged_again(watching: Desk) -> None:
    question = ask(watching, "How do I change my picture?")
    body = {"message": QUESTION}
    watching.place.admin("PUT", f"/posts/{question}/patch", body, by=watching.named(OUTSIDER))
    assert QUESTION.split(",", maxsplit=1)[0] in root_of(watching, question).text


def test_a_question_that_is_deleted_is_erased(watching: Desk) -> None:
    question = ask(watching, QUESTION)
    case = str(root_of(watching, question).case)
    watching.place.admin("DELETE", f"/posts/{question}", by=watching.named(OUTSIDER))
    eventually(lambda: "erased" in watching.timeline(case), "the erasure", 60)
    eventually(lambda: "AGPL" not in watching.root(case).text, "a root post without the words", 60)
    assert "AGPL" not in json.dumps(shown(watching, case))


def test_a_question_asked_while_the_router_is_killed_is_heard_afterwards(watching: Desk) -> None:
    watching.stop(kill=True)
    question = ask(watching, QUESTION)
    watching.start()
    case = str(root_of(watching, question).case)
    assert watching.timeline(case) == ["opened"]


def test_a_claim_in_the_cases_thread_goes_on_working(watching: Desk) -> None:
    case = str(root_of(watching, ask(watching, QUESTION)).case)
    owner = next(one.mattermost for one in watching.policy.people.values() if one.name in watching.root(case).text)
    watching.say(owner.removesuffix(f"-{watching.tag}"), case, "claim")
    eventually(lambda: "claim" in watching.timeline(case), "the claim", 60)


def test_setup_takes_its_webhook_away_again_and_leaves_the_channel(watching: Desk) -> None:
    channel = watching.places(WATCHED)[1]
    code, said = watching.set_up("--remove", "--yes")
    assert code == 0, said
    hooks = watching.place.admin("GET", "/hooks/outgoing?per_page=200")
    assert channel not in {one["channel_id"] for one in hooks}
    assert watching.place.admin("GET", f"/channels/{channel}")["delete_at"] == 0
