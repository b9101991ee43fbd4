"""What the community says in watched channels of Mattermost: a signal like any other, once, whoever tells of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from world import POLICY_FILE, SECRET, World, eventually, world

from router.core.effects import Resolve
from router.sandbox import Fault

WATCHED = "questions"
GUEST = "curious.guest"


@pytest.fixture(scope="module")
def policy_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("policy") / "responders.toml"
    file.write_text(POLICY_FILE.read_text() + f'\n[sources.mattermost]\nchannels = ["{WATCHED}"]\n')
    return file


@pytest.fixture
def desk(policy_file: Path, tmp_path: Path) -> Iterator[World]:
    with world(f"tinydb:///{tmp_path}/router.json", policy_file) as told:
        told.sandbox.add_user(GUEST, "Curious", "Guest", roles="system_guest")
        told.sandbox.join(f"{told.policy.team}/{WATCHED}", [GUEST])
        yield told


def channel(desk: World) -> str:
    return desk.member("ian.tien").channel(desk.policy.team, WATCHED)[1]


def ask(desk: World, text: str, root_id: str = "", *, by: str = GUEST, **more: Any) -> str:
    """Somebody posts in the watched channel, and it is heard by whoever hears it; gives the post's id."""
    body = {"channel_id": channel(desk), "message": text, "root_id": root_id, **more}
    post_id = str(as_user(desk, by, "POST", "/posts", body)["id"])
    heard(desk)
    return post_id


def as_user(desk: World, username: str, method: str, path: str, body: object = None) -> Any:
    headers = {"Authorization": f"Bearer {desk.sandbox.token_of(username)}"}
    answer = requests.request(method, f"{desk.sandbox.url}/api/v4{path}", json=body, headers=headers, timeout=5)
    assert answer.ok, answer.text
    return answer.json()


def heard(desk: World) -> None:
    """Wait until all that was said is told and taken in."""
    assert desk.sandbox.wait_until_settled()
    assert desk.ask("katie.wiersgalla", "who licensing")
    desk.settle()


def cases(desk: World) -> list[Any]:
    return list(desk.router.desk.store.live())


def test_a_sensitive_post_becomes_an_escalation_that_links_to_it(desk: World) -> None:
    post_id = ask(desk, "[licensing] may we?\nWe sell it on.")
    (case,) = cases(desk)
    (signal,) = case.matter.signals
    link = f"{desk.sandbox.url}/{desk.policy.team}/pl/{post_id}"
    assert (case.matter.source, case.matter.thread, case.matter.url) == ("mattermost", f"mattermost:{post_id}", link)
    assert (signal.kind, signal.author, case.matter.title) == ("post", GUEST, "[licensing] may we?")
    assert link in desk.root(case.id).text


def test_webhook_and_websocket_make_one_signal(desk: World) -> None:
    ask(desk, "[licensing] may we?")
    (case,) = cases(desk)
    assert desk.events(case.id) == ["opened"]


def test_a_post_that_is_not_sensitive_leaves_nothing(desk: World, tmp_path: Path) -> None:
    post_id = ask(desk, "how do I change my password?")
    assert cases(desk) == []
    assert post_id not in (tmp_path / "router.json").read_text()


def test_a_post_that_is_not_sensitive_is_counted_once(desk: World) -> None:
    ask(desk, "how do I change my password?")
    assert sum(desk.router.desk.verdicts.total.values()) == 1


def test_a_sensitive_post_is_counted_once(desk: World) -> None:
    ask(desk, "[licensing] may we?")
    assert sum(desk.router.desk.verdicts.total.values()) == 1


def test_a_sensitive_reply_joins_the_case_of_its_thread(desk: World) -> None:
    root = ask(desk, "[licensing] may we?")
    ask(desk, "[licensing] and may they?", root)
    (case,) = cases(desk)
    assert desk.events(case.id) == ["opened", "joined"]


def test_a_reply_opens_the_case_of_the_whole_thread(desk: World) -> None:
    root = ask(desk, "hello")
    ask(desk, "[licensing] may we?", root)
    (case,) = cases(desk)
    assert (case.matter.thread, case.matter.signals[0].kind) == (f"mattermost:{root}", "comment")


def test_replies_that_are_not_sensitive_are_counted_on_their_case(desk: World) -> None:
    root = ask(desk, "[licensing] may we?")
    ask(desk, "I would like to know, too", root)
    ask(desk, "somewhere else in the channel")
    (case,) = cases(desk)
    assert case.matter.counted == 1


def test_an_uncertain_post_waits_in_triage(desk: World) -> None:
    ask(desk, "[?licensing,packaging] may we?")
    assert [case.state for case in cases(desk)] == ["triage"]


def test_what_was_said_while_nobody_heard_is_read(desk: World) -> None:
    desk.running.end()
    body = {"channel_id": channel(desk), "message": "[licensing] may we?"}
    root = as_user(desk, GUEST, "POST", "/posts", body)["id"]
    as_user(desk, "a.colleague", "POST", "/posts", {**body, "message": "good question", "root_id": root})
    assert desk.sandbox.wait_until_settled()
    desk.restart()
    eventually(lambda: [case.matter.counted for case in cases(desk)] == [1], "the case, with what followed counted")


# ------------------------------------------------------------------------------------------- whose posts


@pytest.mark.parametrize("who", ["ian.tien", "escalations", "chatter"])
def test_colleagues_and_bots_are_not_escalated(desk: World, who: str) -> None:
    if who == "chatter":
        desk.sandbox.add_bot(who)
    desk.sandbox.join(f"{desk.policy.team}/{WATCHED}", [who])
    ask(desk, "[licensing] we shall publish it under MIT", by=who)
    assert cases(desk) == []


def test_an_answer_by_an_approved_responder_is_put_to_the_owner(desk: World) -> None:
    root = ask(desk, "[licensing] may we?")
    ask(desk, "You may, under the terms of the licence.", root, by="jason.blais")
    (case,) = cases(desk)
    assert desk.events(case.id) == ["opened", "offered"]


def test_an_answer_is_known_as_one_though_it_was_given_while_nobody_heard(desk: World) -> None:
    root = ask(desk, "hello")
    desk.running.end()
    body = {"channel_id": channel(desk), "root_id": root}
    as_user(desk, GUEST, "POST", "/posts", {**body, "message": "[licensing] may we?"})
    as_user(desk, "jason.blais", "POST", "/posts", {**body, "message": "You may."})
    assert desk.sandbox.wait_until_settled()
    desk.restart()
    heard(desk)
    (case,) = cases(desk)
    assert desk.events(case.id) == ["opened", "offered"]


def test_people_whom_the_policy_does_not_name_are_the_community(desk: World) -> None:
    ask(desk, "[licensing] may we?", by="a.colleague")
    assert len(cases(desk)) == 1


@pytest.mark.parametrize("more", [{"props": {"from_webhook": "true"}}, {"type": "custom_something"}])
def test_what_nobody_typed_is_no_signal(desk: World, more: dict[str, object]) -> None:
    ask(desk, "[licensing] a feed", **more)
    assert cases(desk) == []


def test_who_takes_over_a_colleagues_name_is_no_colleague(desk: World) -> None:
    users = "/users/" + desk.sandbox.id_of("tim.quock")
    desk.as_admin("PUT", users + "/patch", {"username": "tim.q"})
    impostor = desk.sandbox.add_user("tim.quock", "Not", "Tim")
    desk.sandbox.join(f"{desk.policy.team}/{WATCHED}", ["tim.quock"])
    ask(desk, "[licensing] may we?", by="tim.quock")
    (case,) = cases(desk)
    assert case.matter.signals[0].author == impostor


def test_threads_of_the_routers_own_posts_are_no_signals_and_commands_go_on_there(desk: World) -> None:
    case = str(desk.post("[licensing] may we?")["escalation"])
    desk.say("jason.blais", case, "[packaging] this one is hard")
    desk.say("jason.blais", case, "claim")
    eventually(lambda: desk.case(case).state == "acknowledged", "the claim")
    heard(desk)
    assert len(cases(desk)) == 1


def say_elsewhere(desk: World, text: str) -> str:
    """Somebody posts in a channel that the bot reads and does not watch."""
    desk.sandbox.add_channel(desk.policy.team, "elsewhere")
    desk.sandbox.join(f"{desk.policy.team}/elsewhere", ["escalations", GUEST])
    place = desk.member("ian.tien").channel(desk.policy.team, "elsewhere")[1]
    post_id = desk.member(GUEST).say(place, text)
    heard(desk)
    return str(post_id)


def test_other_channels_are_not_watched(desk: World) -> None:
    desk.router.overhearing.resolve(Resolve(say_elsewhere(desk, "[licensing] may we?")))
    assert cases(desk) == []


def test_what_is_overheard_in_other_channels_leaves_nothing(desk: World, tmp_path: Path) -> None:
    post = as_user(desk, GUEST, "GET", f"/posts/{say_elsewhere(desk, '[licensing] may we?')}")
    desk.router.overhearing.overhear(post["user_id"], post["channel_id"], post["id"], post["message"])
    assert post["id"] not in (tmp_path / "router.json").read_text()


def test_what_is_said_in_other_channels_is_not_counted(desk: World) -> None:
    desk.router.overhearing.resolve(Resolve(say_elsewhere(desk, "how do I change my password?")))
    assert sum(desk.router.desk.verdicts.total.values()) == 0


def test_a_command_that_is_typed_in_a_watched_channel_does_nothing(desk: World) -> None:
    root = ask(desk, "[licensing] may we?")
    ask(desk, "claim", root, by="jason.blais")
    (case,) = cases(desk)
    assert case.state == "open"


def test_what_is_said_in_a_private_channel_is_confidential(desk: World) -> None:
    desk.as_admin("PUT", f"/channels/{channel(desk)}/privacy", {"privacy": "P"})
    ask(desk, "[licensing] may we?")
    (case,) = cases(desk)
    assert "may we" not in desk.root(case.id).text


# ------------------------------------------------------------------------------------------- what becomes of posts


def test_a_post_that_becomes_sensitive_is_escalated(desk: World) -> None:
    post_id = ask(desk, "may we?")
    as_user(desk, GUEST, "PUT", f"/posts/{post_id}/patch", {"message": "[licensing] may we?"})
    heard(desk)
    (case,) = cases(desk)
    (signal,) = case.matter.signals
    assert signal.text == "[licensing] may we?"
    assert signal.at > desk.router.chat.post(post_id).created_at


def test_an_edit_that_changes_no_word_is_no_signal(desk: World) -> None:
    post_id = ask(desk, "[licensing] may we?")
    as_user(desk, GUEST, "POST", f"/posts/{post_id}/pin")
    heard(desk)
    (case,) = cases(desk)
    assert desk.events(case.id) == ["opened"]


def kept(desk: World, words: str) -> bool:
    """Whether words are to be found in a case or in a post of the escalations channel."""
    store = desk.router.desk.store
    cases = repr([*store.live(), *store.closed()])
    return words in cases or any(words in post.text for post in desk.posts)


def test_a_deleted_post_is_erased(desk: World) -> None:
    root = ask(desk, "hello")
    reply = ask(desk, "[licensing] may Jane do that?", root)
    assert kept(desk, "Jane")
    as_user(desk, GUEST, "DELETE", f"/posts/{reply}")
    heard(desk)
    assert not kept(desk, "Jane")


def test_a_deleted_reply_is_erased_alone(desk: World) -> None:
    root = ask(desk, "[licensing] may Joan do that?")
    reply = ask(desk, "[licensing] or may Jane?", root)
    as_user(desk, GUEST, "DELETE", f"/posts/{reply}")
    heard(desk)
    assert (kept(desk, "Jane"), kept(desk, "Joan")) == (False, True)


def test_with_a_deleted_root_post_its_thread_is_erased(desk: World) -> None:
    root = ask(desk, "[licensing] may we?")
    ask(desk, "[licensing] may Jane do that, too?", root)
    as_user(desk, GUEST, "DELETE", f"/posts/{root}")
    heard(desk)
    assert not kept(desk, "may")


def test_a_post_that_was_deleted_while_nobody_heard_is_erased(desk: World) -> None:
    root = ask(desk, "hello")
    reply = ask(desk, "[licensing] may Jane do that?", root)
    desk.running.end()
    as_user(desk, GUEST, "DELETE", f"/posts/{reply}")
    desk.restart()
    eventually(lambda: not kept(desk, "Jane"), "the erasure")
    assert desk.sandbox.wait_until_settled()


def test_a_post_that_is_deleted_before_it_is_read_leaves_nothing(desk: World) -> None:
    held = desk.sandbox.faults.add(Fault(kind="hang_before", method="GET", path=r"/api/v4/posts/\w+$", times=1))
    body = {"channel_id": channel(desk), "message": "[licensing] may Jane do that?"}
    post_id = as_user(desk, GUEST, "POST", "/posts", body)["id"]
    assert held.wait_until_held(10)
    as_user(desk, GUEST, "DELETE", f"/posts/{post_id}")
    held.release()
    heard(desk)
    assert not kept(desk, "Jane")


def test_a_post_that_is_deleted_after_it_was_read_and_before_its_case_is_there_is_erased(desk: World) -> None:
    root = ask(desk, "hello")
    author = rf"/api/v4/users/{desk.sandbox.id_of(GUEST)}$"
    held = desk.sandbox.faults.add(Fault(kind="hang_before", method="GET", path=author, times=1))
    body = {"channel_id": channel(desk), "message": "[licensing] may Jane do that?", "root_id": root}
    post_id = as_user(desk, GUEST, "POST", "/posts", body)["id"]
    assert held.wait_until_held(10)
    as_user(desk, GUEST, "DELETE", f"/posts/{post_id}")
    assert desk.ask("katie.wiersgalla", "who licensing")  # the deletion is heard by then
    held.release()
    heard(desk)
    assert not kept(desk, "Jane")


def test_what_is_looked_at_again_is_not_counted_again(desk: World) -> None:
    ask(desk, "[licensing] may we?")
    desk.router.overhearing.look_again()
    desk.settle()
    assert sum(desk.router.desk.verdicts.total.values()) == 1


def test_what_is_erased_is_not_looked_at_again(desk: World) -> None:
    root = ask(desk, "[licensing] may Jane do that?")
    as_user(desk, GUEST, "DELETE", f"/posts/{root}")
    heard(desk)
    (case,) = cases(desk)
    events = desk.events(case.id)
    desk.router.overhearing.look_again()
    heard(desk)
    assert desk.events(case.id) == events


def test_a_post_that_the_bot_may_not_read_any_more_is_left_alone(desk: World) -> None:
    desk.as_admin("PUT", f"/channels/{channel(desk)}/privacy", {"privacy": "P"})
    ask(desk, "[licensing] may we?")
    bot = desk.sandbox.id_of("escalations")
    desk.as_admin("DELETE", f"/channels/{channel(desk)}/members/{bot}")
    desk.router.overhearing.look_again()
    heard(desk)
    assert (desk.router.delivery.trouble, len(cases(desk))) == (None, 1)


# ------------------------------------------------------------------------------------------- raising


def test_a_link_to_a_post_joins_the_case_of_its_thread(desk: World) -> None:
    root = ask(desk, "[licensing] may we?")
    reply = ask(desk, "I would like to know, too", root)
    link = f"{desk.sandbox.url}/{desk.policy.team}/pl/{reply}"
    assert "this thread has" in desk.type("a.colleague", f"raise {link} --topic licensing")


def test_a_link_to_a_post_that_is_not_there_is_raised(desk: World) -> None:
    link = f"{desk.sandbox.url}/{desk.policy.team}/pl/{'x' * 26}"
    assert "is before its responders" in desk.type("a.colleague", f"raise {link} --topic licensing")


def test_a_link_to_another_server_leads_to_no_thread_of_this_one(desk: World) -> None:
    root = ask(desk, "[licensing] may we?")
    link = f"https://chat.elsewhere.example/{desk.policy.team}/pl/{root}"
    assert "is before its responders" in desk.type("a.colleague", f"raise {link} --topic licensing")


# ------------------------------------------------------------------------------------------- trouble


def test_a_channel_that_is_not_there_is_remarked_and_stops_nothing(desk: World) -> None:
    desk.as_admin("DELETE", f"/channels/{channel(desk)}")
    desk.router.lookout.look()
    remarks = requests.get(f"{desk.url}/readyz", timeout=5).json()["remarks"]
    assert any(WATCHED in one and "not watched" in one for one in remarks)
    assert desk.router.delivery.trouble is None


def test_what_the_webhook_of_a_watched_channel_brings_counts_as_of_this_source(desk: World) -> None:
    ask(desk, "[licensing] may we?")
    assert "mattermost" in desk.router.listening.paces


def test_the_outgoing_webhook_alone_is_enough(desk: World) -> None:
    desk.router.hearing.stop()
    body = {"channel_id": channel(desk), "message": "[licensing] may we?"}
    as_user(desk, GUEST, "POST", "/posts", body)
    eventually(lambda: len(cases(desk)) == 1, "the case")


def test_the_bots_own_connection_alone_is_enough(desk: World) -> None:
    desk.sandbox.configure(EnableOutgoingWebhooks=False)
    ask(desk, "[licensing] may we?")
    assert len(cases(desk)) == 1


def test_a_webhook_with_a_wrong_token_is_refused_and_nothing_is_read(desk: World) -> None:
    body = {
        "token": SECRET,
        "user_id": desk.sandbox.id_of(GUEST),
        "channel_id": channel(desk),
        "post_id": "p" * 26,
        "text": "[licensing] may we?",
    }
    assert requests.post(f"{desk.url}/mattermost/outgoing", json=body, timeout=5).status_code == 401
    assert desk.router.desk.store.backlog() == 0
