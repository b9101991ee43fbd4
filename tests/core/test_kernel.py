"""What all kinds of cases share: entries, versions, audiences, units of work, errors."""

from dataclasses import replace

import pytest
from core_builders import GUEST, NOW, STRANGER, do, hear, in_state, opened, sensitive, wait

from router.core.cases import Audience, may_see
from router.core.effects import Reaction
from router.core.errors import (
    BadInput,
    ChatRefused,
    ChatUnavailable,
    Fault,
    KeySeen,
    PolicyFaulty,
    ProofFailed,
    ProofFault,
    Refusal,
)
from router.core.units import Key, Register, unit_of


def test_every_decision_that_is_entered_raises_entries_and_version_by_one():
    case = in_state("acknowledged")
    decision = do(case, "note", text="x")
    assert (decision.case.entries, decision.case.version, decision.entries[0].seq) == (3, 3, 3)


def test_an_entry_says_who_by_which_door_and_when():
    entry = do(in_state("open"), "claim").entries[0]
    assert (entry.actor, entry.door, entry.event, entry.reason) == ("ann.mm", "slash", "claim", "Ann Alder answers it")
    assert entry.at > NOW


def test_a_unit_holds_the_case_the_entry_and_the_effects_of_a_decision():
    decision = do(in_state("open"), "release")
    unit = unit_of([decision])
    assert (unit.cases, unit.effects) == ((decision.case,), decision.effects)
    assert unit.entries == (("ESC-1", decision.entries[0]),)


def test_a_decision_without_an_entry_changes_nothing():
    unit = unit_of([do(in_state("closed"), "claim")])
    assert (unit.cases, unit.entries, unit.effects) == ((), (), ())


def test_a_refused_right_is_stored_too():
    assert unit_of([do(in_state("open"), "note", GUEST, text="x")]).entries[0][1].event == "refused"


def test_a_case_that_was_decided_on_three_times_rises_by_one_version():
    first = opened()
    second = hear(first.case, sensitive(), number=2)
    third = hear(second.case, sensitive(), number=3)
    unit = unit_of([first, second, third])
    assert [(one.version, one.entries) for one in unit.cases] == [(1, 3)]
    assert [entry.seq for _, entry in unit.entries] == [1, 2, 3]


def test_a_unit_of_two_cases_keeps_both():
    assert [one.id for one in unit_of([opened(), opened("privacy", case_id="ESC-2")]).cases] == ["ESC-1", "ESC-2"]


def test_a_door_adds_effects_keys_and_registers_of_its_own():
    effect, key, register = Reaction("p", "e", "k"), Key("n"), Register("n", "k", None)
    unit = unit_of([opened()], effects=(effect,), keys=(key,), registers=(register,))
    assert (unit.effects[-1], unit.keys, unit.registers) == (effect, (key,), (register,))


@pytest.mark.parametrize(
    ("audience", "viewers"),
    [
        (Audience.COMPANY, {"ann", "gus", "dan", None}),
        (Audience.RESPONDERS, {"ann", "gus"}),
        (Audience.COMMITTEE, set()),
    ],
)
def test_only_its_audience_may_see_a_case(audience, viewers):
    case = in_state("open")
    assert {one for one in ("ann", "gus", "dan", None) if may_see(audience, case, one)} == viewers


def test_errors_say_what_is_wrong_and_where():
    assert str(BadInput("$.issue.title", "expected str")) == "$.issue.title: expected str"
    assert str(ProofFailed(ProofFault.EXPIRED, "signature")) == "signature: expired"
    assert KeySeen("k").key == "k"
    assert (ChatUnavailable("away", unclear=True).unclear, ChatUnavailable("away", unclear=True).retry_after) == (
        True,
        None,
    )
    assert str(ChatRefused(Refusal.ARCHIVED, "no")) == "channel archived: no"


def test_a_policy_is_faulty_with_every_fault():
    faults = [Fault("f.toml", line, "a.b", "wrong", "Mend it.") for line in (1, 2)]
    assert str(PolicyFaulty(faults)) == "f.toml:1: a.b: wrong. Mend it.\nf.toml:2: a.b: wrong. Mend it."
    assert PolicyFaulty(faults).faults == tuple(faults)


def test_a_case_is_never_changed_in_place():
    case = in_state("open")
    kept = replace(case)
    wait(case)
    do(case, "note", STRANGER, text="x")
    assert case == kept
