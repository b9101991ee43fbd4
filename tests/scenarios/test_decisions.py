"""What people decide about signals becomes examples, read from the record alone."""

from dataclasses import replace

from world import World

from router.core.units import Unit
from router.service.decisions import Decided, decided

MANAGER, APPROVED, OTHER = "jason.blais", "katie.wiersgalla", "daniel.schalla"
UNCERTAIN = "[?licensing,packaging] hm, ask jane@example.com"
SENSITIVE = "[licensing] may we?"


def examples(desk: World, case: str) -> list[Decided]:
    return [one for one in decided(desk.router.desk.store) if one.case == case]


def labels(desk: World, case: str) -> list[tuple[str | None, bool]]:
    return [(one.label, one.confirmed) for one in examples(desk, case)]


def test_a_topic_that_a_person_names_is_the_label_of_the_signal(desk: World, number: int) -> None:
    case = desk.post(UNCERTAIN, number)["escalation"]
    desk.press(MANAGER, case, "Packaging")
    (one,) = examples(desk, case)
    assert (one.label, one.confirmed, one.at) == ("packaging", False, desk.clock.at)
    assert (one.verdict.label, one.verdict.decision) == ("licensing", "triage")
    assert (one.source, one.kind) == ("github", "issue")
    assert one.identity.startswith("github:github.com:issue/")


def test_what_is_learnt_is_masked(desk: World, number: int) -> None:
    case = desk.post(UNCERTAIN, number, title="For jane@example.com")["escalation"]
    desk.press(MANAGER, case, "Packaging")
    (one,) = examples(desk, case)
    assert (one.title, one.text) == ("For [e-mail]", "[?licensing,packaging] hm, ask [e-mail]")


def test_not_sensitive_is_a_label_too(desk: World, number: int) -> None:
    case = desk.post(UNCERTAIN, number)["escalation"]
    desk.press(MANAGER, case, "Not sensitive")
    assert labels(desk, case) == [(None, False)]


def test_an_escalation_dismissed_as_not_sensitive_is_labelled_so_with_all_its_signals(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    desk.comment("[licensing] me too", number)
    desk.type(APPROVED, f"dismiss {case} not-sensitive a lint of headers")
    assert labels(desk, case) == [(None, False), (None, False)]


def test_the_latest_decision_counts(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    desk.type(MANAGER, f"topic {case} packaging")
    desk.type(APPROVED, f"topic {case} none")
    assert labels(desk, case) == [(None, False)]


def test_opening_it_again_takes_a_decision_back(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    desk.type(APPROVED, f"topic {case} none")
    desk.type(OTHER, f"reopen {case}")
    assert labels(desk, case) == []


def test_whoever_claims_a_case_confirms_its_label_for_what_it_was_opened_for(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    desk.comment("[licensing] me too", number)
    assert labels(desk, case) == []
    desk.type(APPROVED, f"claim {case}")
    assert labels(desk, case) == [("licensing", True)]


def test_a_case_without_a_due_answer_says_nothing_about_its_topic(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    desk.type(APPROVED, f"dismiss {case} no-answer-due")
    assert labels(desk, case) == []


def test_a_topic_that_the_router_took_is_no_decision(desk: World, number: int) -> None:
    case = desk.post(UNCERTAIN, number)["escalation"]
    desk.comment(SENSITIVE, number)
    assert desk.case(case).matter.topic == "licensing"
    assert labels(desk, case) == []


def test_a_signal_that_belongs_to_another_case_of_its_thread_has_that_topic(desk: World, number: int) -> None:
    first = desk.post("[packaging] free?", number)["escalation"]
    second = desk.comment(SENSITIVE, number)["escalation"]
    desk.type(MANAGER, f"topic {second} packaging")
    assert labels(desk, second) == [("packaging", False)]
    assert labels(desk, first) == []


def test_what_a_colleague_raised_is_no_example(desk: World) -> None:
    desk.type(MANAGER, "raise is our licence fine? --topic licensing")
    case = desk.router.desk.store.live()[-1].id
    desk.type(APPROVED, f"claim {case}")
    assert desk.case(case).state == "acknowledged"
    assert labels(desk, case) == []


def test_a_signal_without_its_text_is_no_example_any_more(desk: World, number: int) -> None:
    case = desk.post(UNCERTAIN, number)["escalation"]
    desk.press(MANAGER, case, "Packaging")
    stored = desk.case(case)
    (heard,) = stored.matter.signals
    erased = replace(stored.matter, signals=(replace(heard, title="", text=""),))
    desk.router.desk.store.commit(Unit(cases=(replace(stored, version=stored.version + 1, matter=erased),)))
    assert labels(desk, case) == []


def test_each_signal_is_an_example_once_and_the_latest_decision_is_the_last(desk: World) -> None:
    found = list(decided(desk.router.desk.store))
    assert len({one.identity for one in found}) == len(found)
    assert [one.at for one in found] == sorted(one.at for one in found)
