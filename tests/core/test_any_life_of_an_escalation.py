"""Whatever happens to an escalation, in whatever order, its promises hold after every step."""

from dataclasses import replace
from datetime import timedelta

import pytest
from core_builders import (
    ANSWER_CHASE,
    CHASE,
    GUEST,
    HARMLESS,
    MINUTE,
    NOW,
    POLICY,
    ROLES,
    SOURCE,
    STRANGER,
    actor,
    arrived,
    mentioned,
    opened,
    policy,
    remark,
    sensitive,
    step,
    told_backstop,
    triaged,
    uncertain,
)
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from router.core.cases import Outcome
from router.core.commands import Who
from router.core.deadlines import Do
from router.core.effects import Says
from router.core.escalations import (
    CLOCK_MOVES,
    ROWS,
    Commanded,
    DeadlinePassed,
    Erased,
    Given,
    Resolution,
    State,
    Word,
    decide,
    waits,
)
from router.core.people import Door, PersonId
from router.core.retries import overtaken
from router.core.topics import TopicId

TOPICS = ["security", "privacy", "licence", "law"]
SOMEBODY = ["ann", "bob", "cat", "dan", "eve", "fay", "gus", STRANGER, GUEST]
CHASES = [CHASE, CHASE[:1], CHASE[1:2], CHASE[2:], (step(Do.NOTIFY_BACKSTOP), step(Do.REMIND_OWNER, "2d"))]
ANSWER_CHASES = [
    ANSWER_CHASE,
    ANSWER_CHASE[:1],
    ANSWER_CHASE[1:],
    (step(Do.NOTIFY_ALL), step(Do.NOTIFY_BACKSTOP, "1h")),
]
VACANCIES = [{}, {"Guards": ()}, {"Manager": ()}, {"Guards": (PersonId("cat"),), "Manager": (PersonId("fay"),)}]
VERDICTS = [*map(sensitive, TOPICS), uncertain("security", "privacy"), uncertain(), HARMLESS]
UNMOVED = {Word.NOTE, Word.LOOP_IN}
FORWARD = {row.word: (set(row.states or State), set(row.to)) for row in ROWS}
FORWARD[Word.ASSIGN][1].add(State.ACKNOWLEDGED)  # to oneself: a claim


def policies(draw):
    chase, answer_chase, triage_chase = draw
    topics = [replace(one, chase=chase, answer_chase=answer_chase) for one in POLICY.topics.values()]
    return policy(*topics, triage_chase=triage_chase)


class Life(RuleBasedStateMachine):
    """One case, its policy, and the time; each rule decides once and looks at what was decided."""

    @initialize(
        chases=st.tuples(st.sampled_from(CHASES), st.sampled_from(ANSWER_CHASES), st.sampled_from(CHASES)),
        vacant=st.sampled_from(VACANCIES),
        away=st.sets(st.sampled_from(SOMEBODY[:7]), max_size=5),
        topic=st.sampled_from([*TOPICS, None]),
    )
    def begin(self, chases, vacant, away, topic):
        self.rules = replace(policies(chases), roles=ROLES | vacant)
        self.now = NOW
        self.keys = set()
        self.number = 1
        self.leave(away)
        decision = opened(topic, self.rules) if topic else triaged("security", "licence", rules=self.rules)
        self.case = decision.case
        assert (self.case.version, self.case.entries, decision.entries[0].seq) == (1, 1, 1)
        assert self.case.deadline > self.now
        self.expect_an_owner_or_the_backstop(decision, self.rules)
        self.expect_new_keys(decision)

    def leave(self, away):
        self.rules = replace(self.rules, away={PersonId(one): self.now + timedelta(days=3) for one in away})

    @rule(away=st.sets(st.sampled_from(SOMEBODY[:7]), max_size=6))
    def people_come_and_go(self, away):
        self.leave(away)

    @precondition(lambda self: self.case.owner is not None)
    @rule()
    def the_owner_goes_away(self):
        self.rules = replace(self.rules, away={**self.rules.away, self.case.owner: self.now + timedelta(days=30)})

    @rule(minutes=st.integers(1, 5000))
    def time_passes_unnoticed(self, minutes):
        self.now += MINUTE * minutes

    @rule(
        word=st.sampled_from(Word),
        by=st.sampled_from(SOMEBODY),
        user=st.sampled_from(SOMEBODY),
        topic=st.sampled_from([*TOPICS, None]),
        resolution=st.sampled_from(sorted(set(Resolution) - {Resolution.ANSWERED})),
    )
    def somebody_says(self, word, by, user, topic, resolution):
        self.say(word, by, user, topic, resolution)

    @precondition(lambda self: self.case.terms.approved)
    @rule(data=st.data(), word=st.sampled_from([Word.CLAIM, Word.ASSIGN, Word.ANSWERED, Word.CLOSE, Word.RELEASE]))
    def somebody_approved_says(self, data, word):
        by = data.draw(st.sampled_from(self.case.terms.approved))
        self.say(word, by, data.draw(st.sampled_from(self.case.terms.approved)), None, Resolution.DUPLICATE)

    def say(self, word, by, user, topic, resolution):
        by, user = (actor(one) if isinstance(one, str) else one for one in (by, user))
        given = Given(user, TopicId(topic) if topic else None, "words", "https://example.org/a", resolution)
        before = self.case
        decision = decide(before, Commanded(word, by, "slash", given), self.rules, self.now)
        if not self.has_the_right(word, by):
            assert decision.outcome is Outcome.REFUSED
            assert decision.case == replace(before, entries=before.entries + 1, version=before.version + 1)
        if decision.outcome is Outcome.DONE:
            states, to = FORWARD[word]
            assert before.state in states
            assert decision.case.state in (to or {before.state})
        elif decision.entries:
            assert (decision.entries[0].event, decision.effects) == ("refused", ())
        self.take(
            decision, self.rules.acted_by(by.person), moved=decision.outcome is Outcome.DONE and word not in UNMOVED
        )

    def has_the_right(self, word, by):
        terms, person = self.case.terms, by.person
        approved = person in terms.approved
        candidates = [self.rules.topics[one] for one in self.case.matter.candidates]
        of_candidates = self.rules.holders(name for one in candidates for name in one.approved)
        manager = person in terms.managers
        return {
            Who.ANYONE: not by.guest,
            Who.APPROVED: approved,
            Who.OWNER: person is not None and person == self.case.owner,
            Who.ASSIGNER: approved or person in terms.backstop,
            # the owner of a triage case has been asked to decide it
            Who.DECIDER: approved or manager or person in of_candidates or self.decides(person),
            Who.DISMISSER: approved or (self.case.state == State.TRIAGE and (manager or self.decides(person))),
        }[next(row.who for row in ROWS if row.word == word)]

    def decides(self, person):
        return self.case.state == State.TRIAGE and person is not None and person == self.case.owner

    @precondition(lambda self: self.case.state != State.CLOSED)
    @rule(verdict=st.sampled_from(VERDICTS))
    def one_more_signal(self, verdict):
        self.hear(verdict)

    @precondition(lambda self: self.case.matter.topics)
    @rule(data=st.data())
    def one_more_of_its_topics(self, data):
        self.hear(sensitive(data.draw(st.sampled_from(self.case.matter.topics))))

    def hear(self, verdict):
        self.number += 1
        self.heard(decide(self.case, arrived(verdict, self.number, SOURCE), self.rules, self.now))

    @precondition(lambda self: self.case.state != State.CLOSED)
    @rule(by=st.sampled_from(SOMEBODY[:7]), again=st.integers(0, 3))
    def a_colleague_writes(self, by, again):
        """Something new, or something that was written before, in other words."""
        self.number += not again
        self.heard(remark(self.case, by, 1000 + self.number - again, self.rules, self.now))

    @precondition(lambda self: self.case.state != State.CLOSED)
    @rule(data=st.data(), verdict=st.sampled_from([HARMLESS, sensitive("security")]))
    def what_was_said_is_edited(self, data, verdict):
        heard = data.draw(st.sampled_from(self.case.matter.signals))
        self.heard(
            decide(self.case, arrived(verdict, int(heard.identity.rsplit("o", 1)[1]), SOURCE), self.rules, self.now)
        )

    @rule(data=st.data())
    def something_is_deleted(self, data):
        matter = self.case.matter
        identity = data.draw(st.sampled_from(["", *(one.identity for one in (*matter.signals, *matter.offers))]))
        decision = decide(self.case, Erased(identity, SOURCE, Door.HOOK), self.rules, self.now)
        assert decision.case.state == self.case.state
        gone = [one for one in decision.case.matter.signals if identity in {"", one.identity}]
        assert all(one.erased and not (one.title or one.text or one.author) for one in gone)
        self.take(decision, self.rules, moved=False)

    def heard(self, decision):
        before = self.case
        event = decision.entries[0].event
        moves = {
            "counted": {before.state},
            "ceased": {before.state},
            "offered": {before.state} & {State.OPEN, State.ACKNOWLEDGED},
            "joined": {before.state},
            "topic": {State.OPEN} if before.state == State.TRIAGE else set(),
            "reopen": {State.OPEN} if before.state in {State.ANSWERED, State.CLOSED} else set(),
        }
        assert decision.case.state in moves[event]
        self.take(decision, self.rules, moved=event in {"topic", "reopen", "offered"})

    @precondition(lambda self: self.case.state != State.CLOSED)
    @rule(late=st.sampled_from([0, 1, 60, 100_000]))
    def the_deadline_passes(self, late):
        self.now = max(self.now, self.case.deadline + timedelta(seconds=late))
        before = self.case
        decision = decide(before, DeadlinePassed(), self.rules, self.now)
        after = decision.case
        assert before.state == after.state or (before.state, after.state) in {move[:2] for move in CLOCK_MOVES}
        assert after.pulse > before.pulse
        self.take(decision, self.rules, moved=True)

    def take(self, decision, rules, *, moved):
        """Look at a decision, then let it be what is true."""
        before, after = self.case, decision.case
        assert decision.reason
        assert all(entry.reason and entry.event for entry in decision.entries)
        rise = len(decision.entries)
        assert rise in {0, 1}
        assert (after.entries, after.version) == (before.entries + rise, before.version + rise)
        assert [entry.seq for entry in decision.entries] == [after.entries] * rise
        if not rise:
            assert (after, decision.effects) == (before, ())
        if moved and after.state != State.CLOSED:
            assert after.deadline > self.now
        else:
            sooner = waits(before) and not waits(after) and after.deadline < before.deadline  # the question was deleted
            assert after.state == State.CLOSED or after.deadline == before.deadline or sooner
        if moved and after.state in {State.TRIAGE, State.OPEN, State.ACKNOWLEDGED}:
            self.expect_an_owner_or_the_backstop(decision, rules)
        assert set(before.matter.topics) <= set(after.matter.topics)
        self.expect_new_keys(decision)
        self.case = after

    def expect_an_owner_or_the_backstop(self, decision, rules):
        case = decision.case
        if case.owner is None or not rules.present(case.owner, self.now):
            assert told_backstop(decision) or mentioned(decision, Says.CONFIRM_ANSWER) == list(case.terms.backstop)
            assert not all(
                overtaken(one, case) for one in decision.effects if getattr(one, "people", ()) == case.terms.backstop
            )

    def expect_new_keys(self, decision):
        keys = [effect.key for effect in decision.effects]
        assert len(keys) == len(set(keys))
        assert all(keys)
        assert self.keys.isdisjoint(keys)
        self.keys.update(keys)

    @invariant()
    def a_live_case_has_a_deadline_and_a_closed_one_none(self):
        if hasattr(self, "case"):
            assert (self.case.deadline is None) == (self.case.state == State.CLOSED)
            assert (self.case.matter.resolution is None) == (self.case.state != State.CLOSED)

    @invariant()
    def the_chase_is_within_its_bounds(self):
        if hasattr(self, "case"):
            case = self.case
            steps = case.terms.answer_chase if case.state == State.ACKNOWLEDGED else case.terms.chase
            assert 0 <= case.step < len(steps)
            assert len(case.had) == len(set(case.had))
            assert set(case.had) <= {*case.terms.approved, *case.terms.managers, *case.terms.backstop}

    @invariant()
    def a_question_waits_only_where_an_answer_is_due_and_for_words_of_the_approved(self):
        if hasattr(self, "case"):
            matter = self.case.matter
            assert not matter.offers or self.case.state in {State.OPEN, State.ACKNOWLEDGED}
            assert {one.by for one in matter.offers} <= set(self.case.terms.approved)
            assert all(one.pulse <= self.case.pulse for one in matter.offers)

    @invariant()
    def only_an_approved_one_has_it_once_it_has_a_topic(self):
        if hasattr(self, "case") and self.case.state in {State.OPEN, State.ACKNOWLEDGED, State.ANSWERED}:
            assert self.case.owner in {None, *self.case.terms.approved}
            assert self.case.state == State.OPEN or self.case.owner is not None


Life.TestCase.settings = settings(
    derandomize=True,
    max_examples=250,
    stateful_step_count=30,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestAnyLife = Life.TestCase


@pytest.mark.parametrize("name", TOPICS)
def test_a_case_that_nobody_touches_is_asked_for_without_end(name):
    decision = opened(name)
    for _ in range(50):
        case = decision.case
        decision = decide(case, DeadlinePassed(), POLICY, case.deadline)
        assert decision.case.deadline > case.deadline
        assert len(decision.effects) > 1
