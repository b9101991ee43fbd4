"""What is deleted at its source is gone here, too: from the store, from every post, from every direct message."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from world import POLICY_FILE, REPOSITORY, World, comment, eventually, issue, world

from router.core.quoting import WITHDRAWN
from router.core.signals import Deleted, Signal
from router.core.units import Register, Unit
from router.ports import Store
from router.sandbox import Fault
from router.service.decisions import decided
from router.service.deletions import DELETED, KEPT_DELETIONS
from router.service.receiving import Received, receive

TITLE = "About the swordfish"
TEXT = "[licensing] may we ship the swordfish?"
LATER = "[licensing] and the lamprey?"
THREAD = f"github:{REPOSITORY}#1"
POSTS = r"/api/v4/posts(\?|$)"
PATCHES = r"/api/v4/posts/[a-z0-9]+/patch"
OPENER, JOINER = "issue/1", "issue-comment/2"


@pytest.fixture
def desk() -> Iterator[World]:
    with world() as told:
        yield told


@pytest.fixture
def case(desk: World) -> str:
    """A case that quotes its two signals wherever it can: root post, reply, and answers in direct messages."""
    opened = str(desk.post(TEXT, title=TITLE)["escalation"])
    desk.comment(LATER)
    desk.settle()
    for question in ("list", f"show {opened}"):
        assert "swordfish" in desk.ask("a.colleague", question)
    return opened


def delete(desk: World, object_id: str = OPENER, thread: str = "") -> Received:
    return receive(desk.router.desk, [Deleted("github", "github.com", object_id, thread, desk.clock.now())])


def signal(desk: World, text: str, **more: object) -> Signal:
    at = desk.clock.now()
    url = f"https://github.com/{REPOSITORY}/issues/1"
    said = Signal("github", "github.com", "issue", OPENER, THREAD, url, TITLE, TITLE, text, "octo-reader", at)
    return replace(said, **more)


def ask(desk: World, fault: Fault) -> Fault:
    """Somebody asks the bot for a list, and a fault hits the answer."""
    reading = desk.sandbox.faults.add(
        Fault(kind="hang_before", method="GET", path=r"/api/v4/posts/[a-z0-9]+$", times=1)
    )
    desk.write("a.colleague", "list")
    assert reading.wait_until_held(10)
    desk.sandbox.faults.add(fault)
    reading.release()
    return fault


def take_in(desk: World, *, minutes: float) -> str:
    """What was said so many minutes from now comes in; gives what became of it."""
    at = desk.clock.now() + timedelta(minutes=minutes)
    return str(receive(desk.router.desk, [signal(desk, TEXT, at=at)]).result)


def readable(desk: World, word: str) -> list[str]:
    """Posts that hold a word, of all that people can read: by themselves, in lists, in threads."""
    found = set()
    for username in ("ian.tien", "a.colleague", "daniel.schalla", "jason.blais"):
        headers = {"Authorization": f"Bearer {desk.sandbox.token_of(username)}"}

        def read(path: str, headers: dict[str, str] = headers) -> object:
            return requests.get(f"{desk.sandbox.url}/api/v4{path}", headers=headers, timeout=5).json()

        for channel in read("/users/me/channels"):
            listed = read(f"/channels/{channel['id']}/posts?per_page=200")
            changed = read(f"/channels/{channel['id']}/posts?since=1")
            threads = [read(f"/posts/{one}/thread") for one in listed["order"]]
            posts = [post for page in (listed, changed, *threads) for post in page["posts"].values()]
            posts += [read(f"/posts/{one}") for one in listed["order"]]
            found |= {one["id"] for one in posts if word in json.dumps(one)}
            histories = {one: read(f"/posts/{one}/edit_history") for one in listed["order"]}
            found |= {one for one, history in histories.items() if word in json.dumps(history)}
    return sorted(found)


def stored(folder: Path, word: str) -> list[str]:
    return [one.name for one in sorted(folder.iterdir()) if word.encode() in content(one)]


def content(path: Path) -> bytes:
    """A file's bytes; none of one that was put in another's place meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


# ------------------------------------------------------------------------------------------- Mattermost


def test_no_post_and_no_direct_message_holds_the_text_or_the_title_any_more(desk: World, case: str) -> None:
    assert len(readable(desk, "swordfish")) == 3
    assert delete(desk) == Received("erased", case)
    desk.settle()
    assert readable(desk, "swordfish") == []


def test_an_issue_that_is_deleted_on_github_is_gone_with_its_comments(desk: World, case: str) -> None:
    gone = issue(TEXT, title=TITLE, issue_id=1) | {"action": "deleted"}
    assert desk.deliver("issues", gone) == {"result": "erased", "escalation": case}
    assert desk.deliver("issues", gone) == {"result": "erased", "escalation": case}
    desk.settle()
    assert readable(desk, "swordfish") == readable(desk, "lamprey") == []


def test_a_comment_that_is_deleted_on_github_goes_alone(desk: World, case: str) -> None:
    gone = comment(LATER, comment_id=2) | {"action": "deleted"}
    assert desk.deliver("issue_comment", gone) == {"result": "erased", "escalation": case}
    desk.settle()
    assert readable(desk, "lamprey") == []
    assert len(readable(desk, "swordfish")) == 3


def test_nor_its_author_and_the_words_by_which_it_was_recognised(desk: World, case: str) -> None:
    delete(desk, object_id="", thread=THREAD)
    desk.settle()
    assert readable(desk, "octo-reader") == readable(desk, "“licensing”") == []


def test_what_others_said_in_the_thread_stays(desk: World, case: str) -> None:
    delete(desk)
    desk.settle()
    assert len(readable(desk, "lamprey")) == 1


def test_a_comment_goes_alone_and_its_reply_says_so(desk: World, case: str) -> None:
    assert delete(desk, JOINER) == Received("erased", case)
    desk.settle()
    assert readable(desk, "lamprey") == []
    assert len(readable(desk, "swordfish")) == 3
    assert desk.thread(case) == [WITHDRAWN]


def test_a_deleted_thread_takes_all_its_cases_along(desk: World, case: str) -> None:
    other = desk.comment("[security-vulnerability] the moat of the swordfish leaks")["escalation"]
    desk.settle()
    assert delete(desk, object_id="", thread=THREAD).result == "erased"
    desk.settle()
    assert readable(desk, "swordfish") == readable(desk, "lamprey") == []
    assert desk.events(case)[-1] == desk.events(other)[-1] == "erased"


def test_the_post_of_a_closed_case_loses_its_text_too_and_the_case_stays_closed(desk: World, case: str) -> None:
    desk.type("jason.blais", f"dismiss {case} no-answer-due")
    before = len(desk.thread(case))
    delete(desk)
    desk.settle()
    assert readable(desk, "swordfish") == []
    assert (desk.case(case).state, len(desk.thread(case))) == ("closed", before)


def test_an_erased_case_that_lives_says_so_without_a_mention_and_goes_on_to_ask(desk: World, case: str) -> None:
    before = desk.case(case)
    delete(desk)
    after = desk.case(case)
    assert "deleted at its source" in desk.thread(case)[-1]
    assert "@" not in desk.thread(case)[-1]
    assert (after.state, after.owner, after.deadline) == (before.state, before.owner, before.deadline)
    assert "is closed now" in desk.type("jason.blais", f"dismiss {case} no-answer-due")


def test_what_was_told_in_private_of_a_confidential_case_is_gone(desk: World) -> None:
    opened = receive(desk.router.desk, [signal(desk, TEXT, confidential=True)])
    desk.settle()
    assert len(readable(desk, "swordfish")) == 2
    assert delete(desk) == Received("erased", opened.case)
    desk.settle()
    assert readable(desk, "swordfish") == []


def test_a_root_that_moved_to_another_channel_leaves_no_title_behind(tmp_path: Path) -> None:
    file = tmp_path / "responders.toml"
    file.write_text(re.sub('triage_channel = ".*"', 'triage_channel = "sorting"', POLICY_FILE.read_text()))
    with world(policy_file=file) as desk:
        opened = desk.post("[?licensing] about the swordfish", title=TITLE)["escalation"]
        assert "is open now" in desk.type("jason.blais", f"topic {opened} licensing")
        assert len(readable(desk, "swordfish")) == 2
        delete(desk)
        desk.settle()
        assert readable(desk, "swordfish") == []


def test_where_old_posts_cant_be_edited_they_are_deleted_and_the_case_gets_a_new_root(desk: World, case: str) -> None:
    old = desk.root(case)
    desk.as_admin("PUT", "/config/patch", {"ServiceSettings": {"PostEditTimeLimit": 0}})
    eventually(lambda: desk.sandbox._state.now() > old.created_at + 5, "the posts are too old")
    delete(desk)
    desk.settle()
    assert readable(desk, "swordfish") == []
    assert desk.root(case).id != old.id


def test_it_is_done_within_a_minute(desk: World, case: str) -> None:
    started = desk.router.desk.real.now()
    delete(desk)
    eventually(lambda: not readable(desk, "swordfish"), "the text is gone")
    assert (desk.router.desk.real.now() - started).total_seconds() < 60


# ------------------------------------------------------------------------------------------- what is under way


def test_a_reply_that_is_being_posted_while_its_text_is_deleted_ends_without_it(desk: World) -> None:
    desk.post(TEXT, title=TITLE)
    desk.settle()
    held = desk.sandbox.faults.add(Fault(kind="hang_storing", method="POST", path=POSTS, times=1))
    desk.comment(LATER)
    assert held.wait_until_held(10)
    delete(desk, JOINER)
    held.release()
    desk.settle()
    assert readable(desk, "lamprey") == []


@pytest.mark.parametrize("kind", ["hang_before", "hang_storing", "hang_after"])
def test_an_answer_that_is_under_way_while_the_text_is_deleted_ends_without_it(
    desk: World, case: str, kind: str
) -> None:
    held = ask(desk, Fault(kind=kind, method="POST", path=POSTS, times=1))
    assert held.wait_until_held(10)
    delete(desk)
    held.release()
    desk.settle()
    assert readable(desk, "swordfish") == []


def test_an_answer_that_is_tried_again_after_the_deletion_comes_without_it(desk: World, case: str) -> None:
    refused = ask(desk, Fault(status=503, method="POST", path=POSTS, times=2))
    eventually(lambda: refused.hits, "a try")
    delete(desk)
    desk.settle()
    assert readable(desk, "swordfish") == []


def test_a_post_whose_answer_never_came_is_found_and_loses_its_text(desk: World) -> None:
    desk.post(TEXT, title=TITLE)
    desk.settle()
    held = desk.sandbox.faults.add(Fault(kind="hang_after", method="POST", path=POSTS, times=1))
    desk.comment(LATER)
    assert held.wait_until_held(10)
    delete(desk, JOINER)
    eventually(lambda: desk.router.desk.store.backlog() == 0, "an empty outbox", 40)
    assert readable(desk, "lamprey") == []
    assert len([post for post in desk.posts if post.root_id]) == 1


def test_while_mattermost_is_away_the_erasure_waits_for_it(desk: World, case: str) -> None:
    desk.sandbox.stop_listening()
    assert delete(desk).result == "erased"
    desk.sandbox.listen_again()
    desk.settle()
    assert readable(desk, "swordfish") == []


def test_a_post_that_cant_be_changed_now_holds_up_no_other_and_is_changed_later(desk: World, case: str) -> None:
    archived = "api.post.patch_post.can_not_update_post_in_deleted.error"
    desk.sandbox.faults.add(Fault(status=400, error_id=archived, method="PUT", path=PATCHES, times=1))
    delete(desk)
    eventually(lambda: not readable(desk, "swordfish"), "the text is gone")


# ------------------------------------------------------------------------------------------- what comes afterwards


def test_what_was_deleted_already_is_erased_and_nothing_is_said_twice(desk: World, case: str) -> None:
    assert delete(desk) == delete(desk) == Received("erased", case)
    assert desk.events(case).count("erased") == 1
    assert len([text for text in desk.thread(case) if "deleted at its source, so" in text]) == 1


def test_the_deletion_of_what_is_not_here_is_ignored_and_changes_no_case(desk: World, case: str) -> None:
    before = desk.case(case)
    assert delete(desk, "issue/99") == Received("ignored")
    assert delete(desk, "", "github:elsewhere/x#1") == Received("ignored")
    assert desk.case(case) == before


@pytest.mark.parametrize("text", [TEXT, "[licensing] may we ship the swordfish, please?"])
def test_a_delivery_of_the_creation_that_comes_again_brings_nothing_back(desk: World, case: str, text: str) -> None:
    delete(desk)
    desk.signals = 0
    assert desk.post(text, title=TITLE)["result"] == "erased"
    desk.settle()
    assert readable(desk, "swordfish") == []


def test_what_its_source_recovered_is_heard_again_once(desk: World, case: str) -> None:
    delete(desk)
    back = signal(desk, TEXT, recovered=True)
    assert receive(desk.router.desk, [back]) == Received("joined", case)
    assert receive(desk.router.desk, [back]) == Received("duplicate", case)
    assert TITLE in desk.root(case).text
    assert delete(desk) == Received("erased", case)
    desk.settle()
    assert readable(desk, "swordfish") == []


def test_what_comes_back_with_another_topic_stays_in_the_case_that_forgot_it(desk: World, case: str) -> None:
    delete(desk)
    back = signal(desk, "[security-vulnerability] of the swordfish", recovered=True)
    assert receive(desk.router.desk, [back]) == Received("joined", case)


def test_what_was_deleted_before_it_was_known_is_heard_when_it_comes_back(desk: World) -> None:
    delete(desk)
    back = signal(desk, TEXT, recovered=True, at=desk.clock.now() - timedelta(minutes=1))
    assert receive(desk.router.desk, [back]).result == "escalated"


def test_one_body_may_tell_of_a_new_text_and_of_a_deletion(desk: World, case: str) -> None:
    told = [signal(desk, TEXT, object_id="issue-comment/9"), Deleted("github", "github.com", OPENER, "", desk.clock.at)]
    assert receive(desk.router.desk, told).result == "joined"
    assert desk.events(case)[-2:] == ["joined", "erased"]


def test_what_comes_together_with_its_own_deletion_is_told_to_nobody(desk: World) -> None:
    gone = Deleted("github", "github.com", OPENER, "", desk.clock.at)
    receive(desk.router.desk, [signal(desk, TEXT), gone])
    desk.settle()
    assert readable(desk, "swordfish") == []


# ------------------------------------------------------------------------------------------- the store


def test_the_folder_of_the_store_holds_the_text_nowhere_and_the_record_stays(tmp_path: Path) -> None:
    with world(f"tinydb:///{tmp_path / 'router.json'}") as desk:
        case = str(desk.post(TEXT, title=TITLE)["escalation"])
        desk.ask("a.colleague", "list")
        desk.settle()
        assert "router.json" in stored(tmp_path, "swordfish")
        delete(desk)
        assert stored(tmp_path, "swordfish") == stored(tmp_path, "octo-reader") == []
        desk.restart()
        desk.settle()
        assert readable(desk, "swordfish") == []
        assert desk.events(case) == ["opened", "erased"]
        assert desk.case(case).matter.signals[0].url.endswith("/issues/1")


def test_a_decision_about_what_was_deleted_is_no_example_any_more(desk: World, case: str) -> None:
    desk.type("jason.blais", f"dismiss {case} not-sensitive")
    store = desk.router.desk.store
    assert len(list(decided(store))) == 2
    delete(desk)
    assert [one.text for one in decided(store)] == [LATER]


@pytest.mark.parametrize(("object_id", "thread"), [(OPENER, ""), ("", THREAD)], ids=["object", "thread"])
def test_what_comes_after_its_own_deletion_is_told_to_nobody(desk: World, object_id: str, thread: str) -> None:
    assert delete(desk, object_id, thread).result == "ignored"
    assert take_in(desk, minutes=-1) == "erased"
    assert not desk.router.desk.store.in_thread(THREAD)


class Overtaken:
    """A store in which something else is stored in the moment before its first unit is."""

    def __init__(self, store: Store, meanwhile: Callable[[], object]) -> None:
        self._store = store
        self._meanwhile: list[Callable[[], object]] = [meanwhile]

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def commit(self, unit: Unit) -> None:
        while self._meanwhile:
            self._meanwhile.pop()()
        self._store.commit(unit)


def at_once(desk: World, said: Signal, gone: Deleted, first: str) -> str:
    """Have both come at the same moment, and the `first` of them stored last; gives what became of that."""
    router, both = desk.router.desk, [said, gone] if first == "said" else [gone, said]
    overtaken = replace(router, store=Overtaken(router.store, lambda: receive(router, [both[1]])))
    return str(receive(overtaken, [both[0]]).result)


def texts(desk: World) -> list[str]:
    """What the cases of the thread hold."""
    cases = desk.router.desk.store.in_thread(THREAD)
    return [heard.text for case in cases for heard in case.matter.signals if heard.text]


@pytest.mark.parametrize("first", ["said", "deleted"])
@pytest.mark.parametrize(("object_id", "thread"), [(OPENER, ""), ("", THREAD)], ids=["object", "thread"])
def test_of_something_and_its_deletion_at_once_no_text_is_left(
    desk: World, first: str, object_id: str, thread: str
) -> None:
    gone = Deleted("github", "github.com", object_id, thread, desk.clock.now() + timedelta(minutes=1))
    assert at_once(desk, signal(desk, TEXT), gone, first) == "erased"
    assert texts(desk) == []


@pytest.mark.parametrize("first", ["said", "deleted"])
@pytest.mark.parametrize(("object_id", "gone"), [(JOINER, ""), (OPENER, OPENER)], ids=["thread", "edited"])
def test_of_another_topic_and_its_deletion_at_once_no_text_is_left(
    desk: World, first: str, object_id: str, gone: str
) -> None:
    assert take_in(desk, minutes=0) == "escalated"
    said = signal(desk, "[packaging] or the lamprey?", object_id=object_id)
    later = desk.clock.now() + timedelta(minutes=1)
    at_once(desk, said, Deleted("github", "github.com", gone, "" if gone else THREAD, later), first)
    assert texts(desk) == []


@pytest.mark.parametrize("first", ["said", "deleted"])
def test_of_a_remark_and_the_deletion_of_an_erased_thread_at_once_no_text_is_left(desk: World, first: str) -> None:
    assert take_in(desk, minutes=0) == "escalated"
    delete(desk)
    gone = Deleted("github", "github.com", "", THREAD, desk.clock.now() + timedelta(minutes=1))
    at_once(desk, signal(desk, LATER, object_id=JOINER), gone, first)
    assert texts(desk) == []


def test_what_is_said_after_a_deletion_is_heard(desk: World) -> None:
    delete(desk)
    assert take_in(desk, minutes=1) == "escalated"


def test_a_deletion_of_an_object_is_none_of_a_thread_that_is_called_the_same(desk: World) -> None:
    delete(desk)
    said = signal(desk, TEXT, object_id="issue/9", at=desk.clock.now() - timedelta(minutes=1))
    assert receive(desk.router.desk, [replace(said, thread=f"github:github.com:{OPENER}")]).result == "escalated"


def test_of_very_many_deletions_the_latest_are_remembered(desk: World) -> None:
    def ago(minutes: int) -> Register:
        return Register(DELETED, f"{minutes} minutes ago", (desk.clock.now() - timedelta(minutes=minutes)).isoformat())

    desk.router.desk.store.commit(Unit(registers=tuple(ago(minutes) for minutes in range(1, KEPT_DELETIONS + 1))))
    delete(desk, "issue/last")
    known = desk.router.desk.store.registers(DELETED)
    latest = [f"{minutes} minutes ago" for minutes in range(1, KEPT_DELETIONS)]
    assert sorted(known) == sorted([*latest, "object/github:github.com:issue/last"])


def test_a_deletion_that_nothing_came_after_is_forgotten_in_the_end(desk: World) -> None:
    delete(desk, "issue/2")
    desk.advance(days=8)
    delete(desk)
    assert list(desk.router.desk.store.registers(DELETED)) == [f"object/github:github.com:{OPENER}"]
