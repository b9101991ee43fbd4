"""The state diagram: what is drawn is what can happen, and ARCHITECTURE.md shows it."""

import re

from core_builders import HARMLESS, POLICY, actor, do, hear, in_state, opened, sensitive, triaged, uncertain, wait

from router.core.diagrams import state_diagram
from router.core.escalations import ROWS, Resolution, State, Word

ARROW = re.compile(r" {4}(\S+) --> (\S+)(?:: (.+))?")


def arrows():
    found = (ARROW.fullmatch(line) for line in state_diagram().splitlines()[1:])
    return {(one[1], one[2]): one[3] for one in found}


def starts():
    """Cases in every state, and a dismissed one."""
    yield from map(in_state, State)
    yield do(in_state("open"), "dismiss").case
    yield do(in_state("triage"), "dismiss", "eve").case


def happenings(case):
    """Everything that can happen next: the state after it, and the word for it."""
    given = {"user": actor("bob"), "url": "https://example.org/a", "text": "x", "resolution": Resolution.NO_ANSWER_DUE}
    for word in Word:
        for topic in ("privacy", None):
            decision = do(case, word, case.owner, topic=topic, **given)
            if decision.entries:
                yield decision.case.state, word
    for verdict in (sensitive(), uncertain("security"), HARMLESS):
        yield hear(case, verdict).case.state, "sensitive signal"
    for rules in (POLICY,):
        passed = case
        while passed.state == case.state and passed.deadline is not None and passed.entries < 9:
            passed = wait(passed, rules).case
        yield passed.state, ""


def test_what_can_happen_is_what_is_drawn():
    moves = {(case.state, after) for case in starts() for after, _ in happenings(case) if after != case.state}
    drawn = {arrow for arrow in arrows() if arrow[0] != arrow[1] and "[*]" not in arrow}
    assert moves == drawn


def test_a_case_begins_open_or_in_triage_and_ends_closed():
    ends = {arrow for arrow in arrows() if "[*]" in arrow}
    assert ends == {("[*]", opened().case.state), ("[*]", triaged().case.state), ("closed", "[*]")}


def test_every_command_that_leads_somewhere_is_drawn():
    words = {word for label in arrows().values() if label for word in label.split(", ")}
    assert {row.word for row in ROWS if row.to} <= words


def test_it_is_drawn_the_same_every_time():
    assert state_diagram() == state_diagram()
    assert state_diagram().startswith("stateDiagram-v2\n    [*] --> open: sensitive signal\n")


def test_the_document_shows_it(made):
    made("ARCHITECTURE.md", "state-diagram", f"```mermaid\n{state_diagram()}```\n")
