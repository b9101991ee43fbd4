"""Every post as people read it, kept in tests/posts; `--update` writes them anew."""

from dataclasses import replace
from itertools import pairwise

import pytest
from core_builders import NOW, POLICY, in_state, remark
from rendering_builders import RENDERER, TEMPLATES, reply_posts, root_cases, root_posts, told_posts, unreached_posts

from router.core.cases import Audience
from router.core.commands import Malformed, parse
from router.core.effects import Announces, Confides, Says
from router.core.escalations import State
from router.core.kinds import kinds, table
from router.ports import Reach, RootView
from router.service.dialogs import FORMS

ROOTS, REPLIES, TOLD, UNREACHED = root_posts(), reply_posts(), told_posts(), unreached_posts()
MEANT_FOR_TRIAGE = ["new-owner-triage", "notify-backstop-triage", "nobody-left-triage"]


def shown(rendered):
    buttons = "".join(
        f"[{one.label}] {one.word} {one.argument}".rstrip() + ("" if not one.disabled else " (disabled)") + "\n"
        for one in rendered.buttons
    )
    return rendered.message + "\n" + (f"\n{buttons}" if buttons else "")


@pytest.mark.parametrize("name", ROOTS)
def test_the_root_post_of_each_state_is_as_it_was_read(name, golden, root):
    golden(root / "tests" / "posts" / f"{name}.md", shown(ROOTS[name][1]))


def test_what_is_probably_not_sensitive_is_asked_about_and_says_so():
    case = root_cases()["root-triage"]
    doubted = replace(case, matter=replace(case.matter, verdict=replace(case.matter.verdict, label=None)))
    message = RENDERER.root(doubted, RootView(Reach(POLICY))).message
    assert "Why: “hm” (50% sure that it is not sensitive); perhaps Security or Privacy" in message


@pytest.mark.parametrize("name", REPLIES)
def test_each_reply_is_as_it_was_read(name, golden, root):
    golden(root / "tests" / "posts" / f"reply-{name}.md", shown(REPLIES[name][1]))


@pytest.mark.parametrize("name", TOLD)
def test_each_message_to_one_person_is_as_it_was_read(name, golden, root):
    golden(root / "tests" / "posts" / f"told-{name}.md", shown(TOLD[name]))


@pytest.mark.parametrize("name", UNREACHED)
def test_each_post_that_does_not_reach_all_is_as_it_was_read(name, golden, root):
    golden(root / "tests" / "posts" / f"{name}.md", shown(UNREACHED[name]))


def test_no_golden_post_is_left_over(root):
    kept = {path.stem for path in (root / "tests" / "posts").glob("*.md")}
    assert kept == {*ROOTS, *(f"reply-{name}" for name in REPLIES), *(f"told-{name}" for name in TOLD), *UNREACHED}


def test_every_reply_and_every_state_is_among_them():
    assert {reply.says for reply, _ in REPLIES.values()} == set(Says)
    assert {case.state for case, _ in ROOTS.values()} == set(State)


def test_everything_that_is_said_has_a_template_and_no_template_is_idle():
    assert {path.name.removesuffix(".md.j2") for path in (TEMPLATES / "posts").iterdir()} == {
        *Says,
        *Confides,
        *Announces,
        *kinds(),
        "moved",
    }


@pytest.mark.parametrize("name", root_cases())
def test_the_first_line_has_what_a_phone_shows(name):
    case, rendered = ROOTS[name]
    first = rendered.message.splitlines()[0]
    title = "Is this sensitive?" if case.matter.topic is None else case.terms.title
    about = "Data sent home?" if case.audience is Audience.COMPANY else "confidential"
    if case.matter.signals[0].erased:
        about = "deleted at its source"
    assert all(part in first for part in (case.id, title, about))
    assert "@" not in first
    if case.deadline:
        assert case.deadline.strftime("%d %b %Y, %H:%M UTC") in first
        assert (POLICY.name(case.owner) if case.owner else "nobody present") in first


@pytest.mark.parametrize("name", root_cases())
def test_those_meant_are_mentioned_once_each_in_the_second_line(name):
    case, rendered = ROOTS[name]
    people = [*case.terms.approved, *case.terms.loop_in]
    if case.matter.topic is None:
        people = list(case.terms.managers)
    names = [*(POLICY.username(one) for one in dict.fromkeys(people)), *case.matter.followers]
    second = rendered.message.splitlines()[1]
    assert second == " ".join(f"@{one}" for one in names)
    assert rendered.message.count("@") == len(names)


@pytest.mark.parametrize("name", root_cases())
def test_what_the_router_says_is_not_read_as_part_of_the_quotation(name):
    """In Markdown a line that follows a quoted one belongs to the quotation, unless an empty line is between."""
    lines = ROOTS[name][1].message.splitlines()
    after = [below for above, below in pairwise(lines) if above.startswith(">")]
    assert all(not line or line.startswith(">") for line in after)


@pytest.mark.parametrize("name", MEANT_FOR_TRIAGE)
def test_nobody_is_asked_to_claim_or_assign_in_triage_where_neither_is_possible(name):
    message = REPLIES[name][1].message.lower()
    assert "claim" not in message
    assert "assign" not in message


@pytest.mark.parametrize("name", REPLIES)
def test_no_reply_begins_with_the_colon_of_a_mention_that_is_not_there(name):
    assert not REPLIES[name][1].message.startswith(":")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("triage", ["topic", "topic", "topic"]),
        ("open", ["claim", "dismiss", "dismiss", "topic", "assign", "raise"]),
        ("acknowledged", ["answered", "release", "dismiss", "topic", "assign"]),
        ("answered", ["close", "reopen"]),
        ("closed", ["reopen"]),
    ],
)
def test_buttons_offer_what_is_possible_now(state, words):
    case = in_state(state)
    plain = (kept for kept in ROOTS.values() if not kept[0].matter.candidates[1:] and not kept[0].matter.offers)
    rendered = next(one for kept, one in plain if kept.state == case.state)
    found = [button.word for button in rendered.buttons if not button.disabled]
    assert found == words
    rows = table()
    assert all(not rows[word].states or state in rows[word].states for word in found)


@pytest.mark.parametrize("name", root_cases())
def test_a_button_whose_word_needs_more_opens_a_form_and_says_so(name):
    for button in ROOTS[name][1].buttons:
        read = parse(f"{button.word} {button.argument}", table())
        asked = read.lacking.word in FORMS if isinstance(read, Malformed) and read.lacking else False
        assert asked == button.label.endswith("…")
        assert asked or not isinstance(read, Malformed)


@pytest.mark.parametrize("name", [name for name, case in root_cases().items() if case.state != "triage"])
def test_a_press_of_claim_that_is_under_way_finds_its_button_in_whatever_state(name):
    assert ("claim", "") in [(button.word, button.argument) for button in ROOTS[name][1].buttons]


@pytest.mark.parametrize("name", ["root-open-perhaps-answered", "root-acknowledged-perhaps-answered"])
def test_to_confirm_an_answer_is_the_first_button_and_names_it(name):
    first = ROOTS[name][1].buttons[0]
    assert (first.label, first.word, first.argument) == ("Confirm answer", "answered", "https://example.org/9")


@pytest.mark.parametrize("url", ["", "https://example.org/two words", "javascript:alert(1)"])
def test_what_no_command_takes_for_an_address_is_no_button(url):
    case = remark(in_state("open"), url=url).case
    assert RENDERER.root(case, RootView(Reach(POLICY))).buttons[0].label == "Claim"


def test_what_has_no_address_offers_no_other_matter_of_its_thread():
    assert not [one for one in root_posts(url="")["root-open"][1].buttons if one.word == "raise"]


def test_a_second_likely_topic_is_a_button():
    buttons = ROOTS["root-open-second-topic"][1].buttons
    assert [(one.label, one.argument) for one in buttons if one.word == "topic" and one.argument] == [
        ("It is Privacy", "privacy")
    ]


def test_a_moved_case_has_no_buttons_and_mentions_nobody():
    rendered = ROOTS["root-moved"][1]
    assert (rendered.buttons, "@" in rendered.message) == ((), False)


def test_the_posts_do_not_depend_on_when_they_are_rendered():
    assert NOW.year == 2026
    assert root_posts()["root-open"][1] == ROOTS["root-open"][1]
