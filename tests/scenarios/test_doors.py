"""One claim, three doors: what people do in Mattermost, and what they see then."""

import pytest
from world import World

from router.core.effects import Resolve
from router.sandbox import Fault


def test_a_slash_command_claims(desk: World, case: str) -> None:
    answer = desk.type("katie.wiersgalla", f"claim {case}")
    assert "acknowledged" in answer
    assert "claimed by **Katie Wiersgalla**" in desk.root(case).text


def test_a_button_claims(desk: World, case: str) -> None:
    desk.press("ian.tien", case, "Claim")
    assert "claimed by **Ian Tien**" in desk.root(case).text


@pytest.mark.parametrize("words", ["claim", "Claim!", " CLAIM. ", "!claim", "@escalations claim", "**claim**"])
def test_a_reply_claims_and_is_answered_by_a_reaction(desk: World, case: str, words: str) -> None:
    reply = desk.say("jason.blais", case, words)
    assert "claimed by **Jason Blais**" in desk.root(case).text
    assert desk.member("jason.blais").reactions(reply) == ["white_check_mark"]


@pytest.mark.parametrize(
    "words", ["release is planned for Friday", "I claim that this is old", "note that down", "!!!"]
)
def test_ordinary_talk_in_a_thread_does_nothing(desk: World, case: str, words: str) -> None:
    desk.say("jason.blais", case, words)
    assert desk.events(case) == ["opened"]


def test_a_refusal_says_who_may_and_whom_to_ask(desk: World, case: str) -> None:
    answer = desk.type("chris.overton", f"claim {case}")
    assert "Jason Blais, Katie Wiersgalla, Ian Tien" in answer.replace("\\", "")
    assert "To become an approved responder, ask Jason Blais" in answer
    assert desk.case(case).state == "open"


def test_a_refused_reply_is_answered_by_direct_message(desk: World, case: str) -> None:
    before = len(desk.told("matt.harper"))
    desk.say("matt.harper", case, "claim")
    assert "only approved responders may claim" in desk.told("matt.harper")[before]
    assert desk.case(case).state == "open"


def test_somebody_without_the_right_is_entered_in_the_timeline(desk: World, case: str) -> None:
    desk.press("natalie.jew", case, "Claim")
    assert desk.events(case) == ["opened", "refused"]


def test_whoever_comes_second_is_told_who_has_it(desk: World, case: str) -> None:
    desk.type("ian.tien", f"claim {case}")
    assert "claimed by Ian Tien already" in desk.type("jason.blais", f"claim {case}")


def test_a_press_is_answered_for_who_pressed(desk: World, case: str) -> None:
    assert "Ian Tien answers it" in desk.press("ian.tien", case, "Claim")


def test_a_slash_command_in_a_thread_needs_no_id(desk: World, case: str) -> None:
    desk.type("ian.tien", "claim", desk.root(case).id)
    assert desk.case(case).state == "acknowledged"


def test_a_new_owner_is_told_by_a_new_reply(desk: World, case: str) -> None:
    _, channel_id = desk.places()
    before = desk.member("katie.wiersgalla").mention_count(channel_id)
    desk.type("jason.blais", f"assign {case} @katie.wiersgalla")
    assert desk.member("katie.wiersgalla").mention_count(channel_id) == before + 1
    assert "is yours now" in desk.thread(case)[-1]


def test_a_note_is_kept_and_shown(desk: World, case: str) -> None:
    desk.type("a.colleague", f"note {case} we promised an answer @all")
    assert "we promised an answer @\u200ball" in desk.thread(case)[-1]
    assert desk.events(case)[-1] == "note"


def test_whoever_is_looped_in_is_mentioned_once(desk: World, case: str) -> None:
    _, channel_id = desk.places()
    before = desk.member("tim.quock").mention_count(channel_id)
    desk.type("a.colleague", f"loop-in {case} @tim.quock")
    assert desk.member("tim.quock").mention_count(channel_id) == before + 1


def test_the_answer_closes_the_case_in_the_end(desk: World, case: str) -> None:
    desk.type("ian.tien", f"claim {case}")
    desk.type("ian.tien", f"answered {case} https://github.com/example-org/chat-server/issues/1#issuecomment-9")
    assert desk.case(case).state == "answered"
    desk.type("jason.blais", f"close {case}")
    assert "closed: **answered**" in desk.root(case).text


def test_list_show_who_and_help_answer(desk: World, case: str) -> None:
    assert case in desk.type("a.colleague", "list open")
    assert "opened" in desk.type("a.colleague", f"show {case}")
    assert "Daniel Schalla" in desk.type("a.colleague", "who security-vulnerability")
    assert "claim" in desk.type("a.colleague", "help")


def test_what_changes_no_state_is_answered_without_one(desk: World, case: str) -> None:
    assert desk.type("a.colleague", f"note {case} they wrote again").replace("\\", "") == f"{case}: they wrote again"


def test_a_list_of_nothing_says_of_what(desk: World) -> None:
    assert desk.type("a.colleague", "list overdue") == "No live case for “overdue”."


def test_a_raised_text_goes_to_triage_and_a_named_topic_to_its_people(desk: World) -> None:
    assert "waits for Jason Blais" in desk.type("a.colleague", "raise somebody asked me something odd")
    assert "Daniel Schalla" in desk.type("a.colleague", "who security-vulnerability")
    answer = desk.type("a.colleague", "raise https://example.org/post/7 looks bad --topic illicit-use")
    assert "Illicit use" in answer


def test_an_address_alone_is_not_said_to_be_harmless(desk: World) -> None:
    answer = desk.type("a.colleague", "raise https://example.org/post/8").replace("\\", "")
    root = desk.root(answer.partition(" ")[0]).text
    assert "Why: “raised by Any Colleague”" in root
    assert "sure" not in root
    assert "not sensitive" not in desk.type("a.colleague", f"show {answer.partition(' ')[0]}")


def test_a_link_to_a_known_thread_joins_it(desk: World, case: str) -> None:
    url = desk.case(case).matter.url
    assert case in desk.type("a.colleague", f"raise {url} again")
    assert desk.events(case)[-1] == "joined"


@pytest.mark.parametrize("words", ["!dismiss", "!topic nowhere", "!show", "claim"])
def test_a_reply_that_is_resolved_twice_is_answered_once(desk: World, case: str, words: str) -> None:
    before = len(desk.told("tim.quock"))
    reply = desk.say("tim.quock", case, words)
    desk.router.overhearing.resolve(Resolve(reply))
    desk.settle()
    assert len(desk.told("tim.quock")) == before + 1


def test_a_claim_in_a_thread_of_somebody_elses_does_nothing(desk: World) -> None:
    _, channel_id = desk.places()
    root = desk.member("a.colleague").say(channel_id, "who has the keys?")
    desk.member("jason.blais").say(channel_id, "claim", root)
    assert desk.sandbox.wait_until_settled()
    desk.settle()
    assert desk.router.delivery.trouble is None


def test_a_claim_typed_before_the_root_post_is_settled_is_carried_out_then(desk: World) -> None:
    held = desk.sandbox.faults.add(Fault(kind="hang_after", method="POST", path=r"/api/v4/posts(\?|$)", times=1))
    desk.signals += 1
    fresh = desk.post("[licensing] may we?", number=1000 + desk.signals)["escalation"]
    assert held.wait_until_held(10)
    (root,) = [post for post in desk.posts if post.case == fresh]
    desk.member("ian.tien").say(desk.places()[1], "claim", root.id)
    assert desk.sandbox.wait_until_settled()
    held.release()
    desk.settle()
    assert desk.case(fresh).state == "acknowledged"


def test_a_raised_matter_says_who_raised_it(desk: World) -> None:
    desk.type("a.colleague", "raise somebody wants the source under another licence --topic licensing")
    root = [post for post in desk.posts if "another licence" in post.text][-1]
    assert "raised by Any Colleague" in root.text


@pytest.mark.parametrize("words", ["--topic licensing", f"https://example.org/{'x' * 2000}"])
def test_nothing_is_raised_without_a_matter(desk: World, words: str) -> None:
    before = len(desk.router.desk.store.live())
    assert "say what it is about" in desk.type("a.colleague", f"raise {words}")
    assert len(desk.router.desk.store.live()) == before
