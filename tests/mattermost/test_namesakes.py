"""Near misses of usernames: who is meant is suggested, and nobody at random."""

import pytest

from router.core.people import Person, PersonId
from router.mattermost.administration import Account
from router.mattermost.namesakes import likeliest, terms

JASON = Person(PersonId("jason-blais"), "Jason Blais", "jason.blais")


def account(username, first="", last="", **more):
    return Account(username, username, first, last, **more)


@pytest.mark.parametrize("username", ["jasonblais", "jason_blais", "jason-blais", "jason.blaiss"])
def test_a_username_of_the_same_letters_or_nearly_so_is_meant(username):
    assert likeliest(JASON, [account("jasper"), account(username)]) == username


def test_somebody_of_the_same_full_name_is_meant():
    assert likeliest(JASON, [account("jb", "Jason", "Blais"), account("jason")]) == "jb"


def test_the_same_letters_count_more_than_the_name():
    assert likeliest(JASON, [account("jb", "Jason", "Blais"), account("jasonblais")]) == "jasonblais"


@pytest.mark.parametrize("candidates", [[], [account("jason")], [account("jason.miller")]])
def test_somebody_else_is_not_meant(candidates):
    assert likeliest(JASON, candidates) is None


def test_a_bot_is_not_meant():
    assert likeliest(JASON, [account("jasonblais", is_bot=True)]) is None


def test_what_is_searched_for_are_the_parts_of_username_and_name():
    assert terms(Person(PersonId("x"), "Ann B. Archer", "aarcher")) == ["aarcher", "ann", "b.", "archer"]
