"""Forms in place of typing: opened by a button or by a command without its argument, and sent in."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from world import World

from router.core.units import Register, Unit
from router.sandbox import Fault

FORMS = r"/api/v4/actions/dialogs/open"


def offered(form: dict[str, Any], name: str) -> dict[str, str]:
    """The options of a field: what is read, by what is sent."""
    (field,) = [one for one in form["dialog"]["elements"] if one["name"] == name]
    return {one["value"]: one["text"] for one in field["options"]}


def set_away(desk: World, person: str, until: str | None) -> None:
    desk.router.desk.store.commit(Unit(registers=(Register("away", person, until),)))


def doors(desk: World, case: str) -> list[str]:
    return [entry.door for entry in desk.router.desk.store.timeline(case)]


# ------------------------------------------------------------------------------------------------- dismiss


def test_a_case_is_dismissed_by_a_form_with_reason_and_remark(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Dismiss…")
    assert desk.send_in("ian.tien", form, reason="duplicate", text="of the one last week") == {}
    assert "closed: **duplicate**" in desk.root(case).text
    last = desk.router.desk.store.timeline(case)[-1]
    assert (last.door, last.event, last.reason) == ("dialog", "dismiss", "duplicate: of the one last week")


def test_a_form_says_what_it_is_about(desk: World, case: str) -> None:
    dialog = desk.form("ian.tien", case, "Dismiss…")["dialog"]
    assert dialog["title"] == f"Dismiss {case}"
    assert case in dialog["introduction_text"]
    assert "A question" in dialog["introduction_text"]


def test_a_remark_may_be_left_out_a_reason_may_not(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Dismiss…")
    assert desk.send_in("ian.tien", form) == {"errors": {"reason": "choose one"}}
    assert desk.send_in("ian.tien", form, reason="no-answer-due", text=None) == {}
    assert desk.case(case).matter.resolution == "no-answer-due"


def test_a_remark_of_several_lines_is_kept(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Dismiss…")
    desk.send_in("ian.tien", form, reason="not-sensitive", text="one\n\ntwo")
    assert "one two" in desk.router.desk.store.timeline(case)[-1].reason


@pytest.mark.parametrize(
    "command", ["dismiss {}", "dismiss  {} ", "Dismiss {}", "topic {}", "assign {}", "answered {}"]
)
def test_a_command_without_its_argument_opens_its_form(desk: World, case: str, command: str) -> None:
    form = desk.typed_form("jason.blais", command.format(case))
    assert form["dialog"]["title"].endswith(case)


def test_with_its_argument_it_is_carried_out_as_typed(desk: World, case: str) -> None:
    before = len(desk.forms("ian.tien"))
    assert "closed" in desk.type("ian.tien", f"dismiss {case} not-sensitive")
    assert len(desk.forms("ian.tien")) == before


def test_in_a_thread_a_slash_command_without_id_opens_the_form_of_its_case(desk: World, case: str) -> None:
    form = desk.typed_form("ian.tien", "dismiss", desk.root(case).id)
    desk.send_in("ian.tien", form, reason="not-sensitive")
    assert desk.case(case).state == "closed"


def test_elsewhere_a_command_without_id_asks_which_case(desk: World) -> None:
    before = len(desk.forms("ian.tien"))
    assert "which case?" in desk.type("ian.tien", "dismiss")
    assert len(desk.forms("ian.tien")) == before


def test_a_reply_without_its_argument_is_told_how_to_type_it(desk: World, case: str) -> None:
    before = len(desk.told("ian.tien"))
    desk.say("ian.tien", case, "!dismiss")
    assert "needs more" in desk.told("ian.tien")[before]


# ------------------------------------------------------------------------------------------------- topic


def test_a_case_gets_another_topic_by_a_form(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Topic…")
    assert "licensing" not in offered(form, "topic")
    assert offered(form, "topic")["none"] == "Not sensitive"
    assert desk.send_in("ian.tien", form, topic="packaging") == {}
    assert desk.case(case).matter.topic == "packaging"
    assert doors(desk, case)[-1] == "dialog"


def test_not_sensitive_is_one_of_the_topics_offered(desk: World, case: str) -> None:
    desk.send_in("ian.tien", desk.form("ian.tien", case, "Topic…"), topic="none")
    assert "closed: **not-sensitive**" in desk.root(case).text


def test_in_triage_any_other_topic_can_be_chosen(desk: World) -> None:
    waiting = desk.post("[?licensing,packaging] hm", number=70_000)["escalation"]
    form = desk.form("jason.blais", waiting, "Topic…")
    desk.send_in("jason.blais", form, topic="illicit-use")
    assert desk.case(waiting).matter.topic == "illicit-use"


# ------------------------------------------------------------------------------------------------- assign


def test_a_case_is_assigned_to_one_of_its_approved_responders_by_full_name(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Assign…")
    assert list(offered(form, "user").values()) == ["Jason Blais", "Katie Wiersgalla", "Ian Tien"]
    assert desk.send_in("ian.tien", form, user="katie.wiersgalla") == {}
    assert "is yours now" in desk.thread(case)[-1]


def test_choosing_oneself_claims(desk: World, case: str) -> None:
    desk.send_in("ian.tien", desk.form("ian.tien", case, "Assign…"), user="ian.tien")
    assert "claimed by **Ian Tien**" in desk.root(case).text


def test_an_answer_is_recorded_by_a_form(desk: World, case: str) -> None:
    desk.press("ian.tien", case, "Claim")
    form = desk.form("ian.tien", case, "Answered…")
    assert "https://" in desk.send_in("ian.tien", form, url="in the forum")["error"]
    assert desk.send_in("ian.tien", form, url="https://example.org/answer/1") == {}
    assert desk.case(case).state == "answered"


# ------------------------------------------------------------------------------------------------- raise


def test_a_matter_is_raised_by_a_form_and_the_person_is_told_where_it_went(desk: World) -> None:
    before = len(desk.told("a.colleague"))
    form = desk.typed_form("a.colleague", "raise")
    assert form["dialog"]["title"] == "Raise a matter"
    assert desk.send_in("a.colleague", form, text="somebody sells our images", topic="illicit-use") == {}
    assert "Illicit use" in desk.told("a.colleague")[before]
    assert any("sells our images" in post.text for post in desk.posts)


def test_without_a_topic_the_router_decides(desk: World) -> None:
    before = len(desk.told("a.colleague"))
    desk.send_in(
        "a.colleague", desk.typed_form("a.colleague", "raise"), text="[packaging] odd --topic talk", topic="packaging"
    )
    assert "Packaging" in desk.told("a.colleague")[before]
    desk.send_in("a.colleague", desk.typed_form("a.colleague", "raise"), text="something odd")
    assert "waits for Jason Blais" in desk.told("a.colleague")[before + 1]


def test_another_matter_of_a_cases_thread_is_raised_from_its_post(desk: World, case: str) -> None:
    form = desk.form("a.colleague", case, "Raise…")
    url = desk.case(case).matter.url
    (text,) = [one for one in form["dialog"]["elements"] if one["name"] == "text"]
    assert text["default"].strip() == url
    desk.send_in("a.colleague", form, text=f"{url}\nthey also sell it", topic="illicit-use")
    other = desk.router.desk.store.in_thread(desk.case(case).matter.thread)[-1]
    assert (other.id != case, other.matter.topic) == (True, "illicit-use")
    assert doors(desk, case) == ["hook"]


# ------------------------------------------------------------------------------------------------- answers


def test_who_looks_at_the_post_is_told_by_the_post_alone(desk: World, case: str) -> None:
    before = len(desk.told("ian.tien"))
    desk.send_in("ian.tien", desk.form("ian.tien", case, "Dismiss…"), reason="not-sensitive")
    assert len(desk.told("ian.tien")) == before


def test_who_looks_elsewhere_is_told_by_a_direct_message(desk: World, case: str) -> None:
    before = len(desk.told("ian.tien"))
    elsewhere = desk.sandbox.add_channel(desk.policy.team, "elsewhere")
    desk.sandbox.join(f"{desk.policy.team}/elsewhere", ["ian.tien"])
    form = desk.typed_form("ian.tien", f"dismiss {case}")
    desk.send_in("ian.tien", form, place=elsewhere, reason="not-sensitive")
    assert f"{case} is closed now" in desk.told("ian.tien")[before]


def test_what_the_rules_refuse_is_shown_in_the_form_and_can_be_mended(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Assign…")
    set_away(desk, "jason-blais", "2099-01-01T00:00:00+00:00")
    assert offered(desk.form("ian.tien", case, "Assign…"), "user")["jason.blais"] == "Jason Blais (away)"
    refused = desk.send_in("ian.tien", form, user="jason.blais")
    set_away(desk, "jason-blais", None)
    assert refused == {"error": "Jason Blais is away"}
    assert desk.send_in("ian.tien", form, user="katie.wiersgalla") == {}
    assert desk.case(case).owner == "katie-wiersgalla"


def test_what_is_not_offered_any_more_is_said_at_its_field(desk: World, case: str) -> None:
    form = desk.form("jason.blais", case, "Topic…")
    desk.type("jason.blais", f"topic {case} packaging")
    answer = desk.send_in("jason.blais", form, topic="packaging")
    assert answer == {"errors": {"topic": "choose one of those offered; this one is not, or not any more"}}


def test_a_form_sent_in_twice_acts_once(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Assign…")
    assert desk.send_in("ian.tien", form, user="katie.wiersgalla") == {}
    assert desk.send_in("ian.tien", form, user="jason.blais") == {"error": "this was done already"}
    assert desk.events(case) == ["opened", "assign"]


def test_a_raised_matter_sent_in_twice_is_raised_once(desk: World) -> None:
    form = desk.typed_form("a.colleague", "raise")
    before = len(desk.router.desk.store.live())
    answers = [desk.send_in("a.colleague", form, text=f"try {one}", topic="licensing") for one in (1, 2)]
    assert answers == [{}, {"error": "this was done already"}]
    assert len(desk.router.desk.store.live()) == before + 1


@pytest.mark.parametrize("word", ["dismiss", "raise"])
def test_a_form_sent_in_many_times_at_once_acts_once(desk: World, case: str, word: str) -> None:
    form = desk.typed_form("ian.tien", f"dismiss {case}" if word == "dismiss" else "raise")
    values = {"reason": "duplicate", "text": "one matter", "topic": "packaging"}
    before = len(desk.router.desk.store.live())
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: desk.send_in("ian.tien", form, **values), range(8)))
    assert answers.count({}) == 1
    assert all(one == {} or "error" in one for one in answers)
    assert len(desk.router.desk.store.live()) == before + (1 if word == "raise" else -1)


# ------------------------------------------------------------------------------------------------- rights


@pytest.mark.parametrize("label", ["Dismiss…", "Topic…", "Assign…"])
def test_who_may_not_is_told_at_once_and_sees_no_form(desk: World, case: str, label: str) -> None:
    before = len(desk.forms("a.colleague"))
    said = desk.press("a.colleague", case, label)
    assert "Only approved responders may" in said
    assert "To become an approved responder" in said
    assert len(desk.forms("a.colleague")) == before
    assert desk.events(case) == ["opened", "refused"]


def test_what_is_not_possible_now_is_told_at_once(desk: World, case: str) -> None:
    desk.type("ian.tien", f"dismiss {case} not-sensitive")
    assert "possible now: " in desk.type("ian.tien", f"assign {case}")


def test_rights_are_checked_again_when_the_form_is_sent_in(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Dismiss…")
    desk.type("ian.tien", f"topic {case} packaging")
    answer = desk.send_in("ian.tien", form, reason="not-sensitive")
    assert "only approved responders may dismiss" in answer["error"]
    assert desk.events(case)[-1] == "refused"
    assert desk.case(case).state == "open"


def test_a_form_for_what_was_done_meanwhile_says_what_is_possible(desk: World, case: str) -> None:
    form = desk.form("ian.tien", case, "Assign…")
    desk.type("jason.blais", f"dismiss {case} not-sensitive")
    assert "is closed; possible now" in desk.send_in("ian.tien", form, user="katie.wiersgalla")["error"]


# ------------------------------------------------------------------------------------------------- trouble


@pytest.mark.parametrize("kind", ["error", "refused"])
def test_when_no_form_can_be_shown_the_person_is_told_what_to_type(desk: World, case: str, kind: str) -> None:
    desk.sandbox.faults.add(Fault(kind=kind, method="POST", path=FORMS, times=1))
    said = desk.type("ian.tien", f"dismiss {case}").replace("\\", "")
    assert f"Type instead: dismiss {case} REASON [TEXT]" in said
    desk.sandbox.faults.add(Fault(kind=kind, method="POST", path=FORMS, times=1))
    assert "Type instead" in desk.press("ian.tien", case, "Topic…")


def test_a_press_of_claim_on_an_old_view_of_the_post_is_answered_in_words(desk: World, case: str) -> None:
    root = desk.root(case)
    claim = next(action for action, name in root.buttons if name == "Claim")
    desk.type("jason.blais", f"dismiss {case} not-sensitive")
    desk.settle()
    desk.member("ian.tien").press(root.id, claim)
    assert "is closed; possible now: " in desk.notices("ian.tien")[-1]


def test_close_and_reopen_are_buttons_of_what_was_answered(desk: World, case: str) -> None:
    desk.type("ian.tien", f"answered {case} https://example.org/answer/2")
    desk.press("ian.tien", case, "Close")
    assert desk.case(case).state == "closed"
    desk.press("a.colleague", case, "Reopen")
    assert desk.case(case).state == "open"
