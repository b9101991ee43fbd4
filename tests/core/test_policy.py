"""The policy as the rules ask it: who a name stands for, who is present, what a case keeps."""

from dataclasses import replace
from datetime import timedelta

import pytest
from core_builders import HOUR, NOW, PEOPLE, POLICY, TOPICS, actor, opened, policy

from router.config import read_policy
from router.core.deadlines import duration
from router.core.people import Actor
from router.core.topics import TopicId


def test_roles_and_people_are_resolved_in_order_and_once_each():
    assert POLICY.holders(["dan", "Guards", "ann", "dan"]) == ("dan", "ann", "bob", "cat")


def test_vacant_roles_and_unknown_names_give_nobody():
    assert POLICY.holders(["Lawyer", "nobody"]) == ()


def test_a_role_goes_before_a_person_of_the_same_name():
    assert policy(roles={"ann": ("bob",)}).holders(["ann"]) == ("bob",)


def test_a_person_is_away_until_the_moment_they_said():
    rules = replace(POLICY, away={"ann": NOW + HOUR})
    assert not rules.present("ann", NOW + HOUR - timedelta.resolution)
    assert rules.present("ann", NOW + HOUR)


def test_somebody_who_has_left_the_file_is_away():
    assert not POLICY.present("zoe", NOW)


def test_acting_ends_an_absence_for_that_one_decision():
    rules = policy(away=["ann", "bob"])
    assert set(rules.acted_by("ann").away) == {"bob"}
    assert rules.acted_by(None) is rules
    assert rules.acted_by("dan") is rules


def test_a_case_keeps_the_terms_of_its_topic():
    terms = POLICY.terms(TopicId("privacy"), "github")
    assert (terms.title, terms.approved, terms.loop_in) == ("Privacy", ("ann", "dan"), ("gus", "ann"))
    assert (terms.managers, terms.backstop, terms.vacant) == (("eve",), ("fay",), ())
    assert not terms.around_the_clock
    assert POLICY.terms(TopicId("security"), "github").around_the_clock


def test_a_topic_may_have_a_backstop_of_its_own():
    rules = policy(replace(TOPICS[0], backstop="dan"))
    assert rules.terms(TopicId("security"), "github").backstop == ("dan",)


@pytest.mark.parametrize(
    ("names", "vacant"), [(("Lawyer", "dan"), ("Lawyer",)), (("dan", "Lawyer"), ()), (("Lawyer",), ("Lawyer",))]
)
def test_only_vacant_roles_before_the_first_filled_one_are_named(names, vacant):
    rules = policy(replace(TOPICS[2], approved=names))
    assert rules.terms(TopicId("licence"), "github").vacant == vacant


def test_terms_of_triage_are_those_of_the_manager_and_the_candidates():
    terms = POLICY.triage_terms([TopicId("licence"), TopicId("privacy")], "github")
    assert (terms.approved, terms.loop_in, terms.managers, terms.vacant) == (("dan", "ann"), (), ("eve",), ())
    assert (terms.acknowledge_within, terms.title) == (duration("3h"), "Is this sensitive?")


def test_a_changed_policy_does_not_reach_open_cases():
    case = opened().case
    assert case.terms.approved == ("ann", "bob", "cat")
    assert policy(roles={}).terms(TopicId("security"), "github").approved == ()


def test_a_generic_sender_without_a_manager_of_its_own_has_that_of_all_of_them():
    managed = replace(POLICY, managers={**POLICY.managers, "generic": "Shopkeeper", "generic/town": "Mayor"})
    assert (managed.manager_of("generic/shop"), managed.manager_of("generic/town")) == ("Shopkeeper", "Mayor")
    assert POLICY.manager_of("generic/shop") == POLICY.manager_of("default")


def test_a_source_without_a_manager_of_its_own_has_the_default_one():
    assert (POLICY.manager_of("discourse"), POLICY.manager_of("x")) == ("Forum manager", "Manager")


def test_a_colleague_is_known_by_a_public_account():
    assert POLICY.colleague("github", "Ann").id == "ann"
    assert POLICY.colleague("x", "ann") is None
    assert POLICY.colleague("github", None) is None


@pytest.mark.parametrize("words", ["security", "Security", " SECURITY "])
def test_a_topic_is_called_by_id_or_title_in_any_case(words):
    assert POLICY.topic_called(words) == "security"
    assert policy().topic_called("Licences") == "licence"
    assert POLICY.topic_called("none") is None


def test_names_of_those_who_have_left_are_their_ids():
    assert (POLICY.name("ann"), POLICY.username("ann")) == ("Ann Alder", "ann.mm")
    assert (POLICY.name("zoe"), POLICY.username("zoe")) == ("zoe", "zoe")


def test_an_actor_is_called_by_name_or_else_by_username():
    assert (actor("ann").called, Actor("bot").called) == ("Ann Alder", "bot")
    assert len(PEOPLE) == 7


@pytest.fixture(scope="module")
def shipped(root):
    return read_policy((root / "responders.toml").read_text(encoding="utf-8"), "responders.toml")[0]


def test_every_topic_of_the_shipped_policy_opens_with_somebody_or_tells_the_backstop(shipped):
    for name in shipped.topics:
        decision = opened(name, shipped)
        assert decision.case.owner is not None or len(decision.effects) == 2


def test_the_shipped_topic_that_begins_with_a_vacant_role_says_so(shipped):
    case = opened("government-request", shipped).case
    assert (case.terms.vacant, case.owner) == (("Head of Legal",), "ian-tien")


def test_who_belongs_in_the_channels_is_whoever_a_case_can_turn_to_and_the_members():
    given = policy(members=("Lawyer", "bob"))
    assert set(given.channel_people()) == {"ann", "bob", "cat", "gus", "dan", "eve", "fay"}


def test_nobody_belongs_in_the_channels_whom_nothing_names():
    alone = policy(members=(), topics={}, managers={"default": "ann"}, backstop="ann")
    assert alone.channel_people() == ("ann",)
