"""People and places are called as people call them, and nothing is said with a certainty that it has not got."""

from dataclasses import replace

import pytest
from core_builders import POLICY, hear, opened, replies, sensitive
from rendering_builders import RENDERER, told_posts

from router.ports import Reach, RootView
from router.rendering import place, short, who

LINK = "https://example.org/7"


def root_post(**verdict):
    case = opened("security").case
    judged = replace(case.matter, verdict=replace(case.matter.verdict, **verdict))
    return RENDERER.root(replace(case, matter=judged), RootView(Reach(POLICY))).message


@pytest.mark.parametrize(
    ("source", "called"),
    [("github", "GitHub"), ("x", "X"), ("discourse", "Discourse"), ("generic/shop", "shop"), ("generic/x", "x")],
)
def test_a_source_is_called_as_people_call_it_and_a_generic_sender_by_its_name(source, called):
    assert place(source) == called


@pytest.mark.parametrize(
    ("author", "called"),
    [("octocat", "octocat"), ("id:1777", "account 1777"), (None, "somebody"), ("a" * 61, "a" * 59 + "…")],
)
def test_an_author_is_called_by_name_or_by_the_number_of_the_account(author, called):
    assert who(author) == called


def test_what_a_label_or_the_source_itself_says_is_not_guessed():
    assert "Why: “labelled security”\n" in root_post(evidence=("labelled security",), confidence=1.0)


def test_what_was_guessed_is_never_wholly_sure():
    assert "Why: “phones home” (99% sure)\n" in root_post(evidence=("phones home",), confidence=0.9999)


def test_an_address_that_somebody_raises_is_shown_once_below_the_first_line():
    case = opened("security", kind="report", body=LINK, title="", headline=LINK, url=LINK).case
    assert RENDERER.root(case, RootView(Reach(POLICY))).message.partition("\n")[2].count(LINK) == 1


def test_an_address_that_somebody_adds_to_a_case_is_shown_once():
    decision = hear(opened("security").case, sensitive(), body=LINK, title="", url=LINK)
    (joined,) = replies(decision)
    assert RENDERER.reply(decision.case, joined, Reach(POLICY)).message.count(LINK) == 1


@pytest.mark.parametrize(("title", "headline"), [("", "Home it phones, every…"), ("Why home?", "Why home?")])
def test_what_is_told_in_private_has_a_title_where_the_text_does_not_begin_with_it(title, headline):
    told = told_posts(title=title, headline=headline, body="Home it phones, every night.")["confidential"]
    assert f"**{headline}**" in told.message or not title
    assert told.message.count("Home it phones") == 1


def test_the_dots_of_a_text_that_is_cut_are_no_part_of_an_address():
    assert short(f"see {LINK} and more", len(LINK) + 5) == f"see {LINK} …"
