"""`/metrics`, as a monitor reads it: with its token, and nothing that is not for everybody."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from world import POLICY_FILE, World, eventually, world

from router.core.cases import Audience, Entry
from router.core.people import Door
from router.core.units import Unit
from router.service.shadow import compared

TOKEN = "a-token-of-the-monitor"
SAMPLE = re.compile(r'escalation_router_([a-z_]+)(?:\{((?:[a-z]+="[^"\\]*",?)+)\})? ([0-9.e+-]+)')


@pytest.fixture
def desk() -> Iterator[World]:
    with world(ROUTER_API_TOKEN=f"{TOKEN} the-one-before") as told:
        yield told


def ask(desk: World, authorization: str | None = f"Bearer {TOKEN}") -> requests.Response:
    headers = {"Authorization": authorization} if authorization else {}
    return requests.get(f"{desk.url}/metrics", headers=headers, timeout=5)


def metrics(desk: World) -> dict[str, float]:
    """Every sample by its name and labels; whatever is no comment must be one."""
    answer = ask(desk)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for line in answer.text.splitlines():
        if not line.startswith(("# HELP escalation_router_", "# TYPE escalation_router_")):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            found[" ".join([name, *re.findall('"([^"]*)"', labels or "")])] = float(value)
    return found


def test_verdicts_are_counted_by_topic_and_decision_from_the_start_on(desk: World) -> None:
    for number, text in enumerate(("thanks!", "thanks!", "[licensing] may we?", "[?packaging,licensing] hm"), 1):
        desk.post(text, number)
    found = metrics(desk)
    assert found["verdicts_total none none"] == 2
    assert found["verdicts_total licensing escalate"] == found["verdicts_total packaging triage"] == 1


def test_live_cases_are_counted_by_state(desk: World) -> None:
    desk.post("[licensing] may we?", 1)
    claimed = desk.post("[licensing] may we?", 2)["escalation"]
    desk.type("katie.wiersgalla", f"claim {claimed}")
    found = metrics(desk)
    assert (found["cases open"], found["cases acknowledged"]) == (1, 1)


def test_a_case_of_the_committee_is_in_no_number(desk: World) -> None:
    number = desk.post("[licensing] may we?", 1)["escalation"]
    desk.settle()
    desk.type("katie.wiersgalla", f"claim {number}")
    open_to_all = metrics(desk)
    case = desk.case(number)
    hidden = replace(case, audience=Audience.COMMITTEE, version=case.version + 1, entries=case.entries + 1)
    entry = Entry(case.entries + 1, desk.clock.at, "router", Door.CLI, "note", "")
    desk.router.desk.store.commit(Unit(cases=(hidden,), entries=((case.id, entry),)))
    desk.advance(minutes=5)
    assert open_to_all["cases acknowledged"] == open_to_all["decided_cases licensing escalate licensing"] == 1
    assert not [name for name in metrics(desk) if name.startswith(("cases", "decided"))]


def test_what_people_overturned_is_known_five_minutes_later(desk: World) -> None:
    case = desk.post("[licensing] a lint of licence headers")["escalation"]
    assert metrics(desk)["overturned_cases"] == 0
    desk.press("katie.wiersgalla", case, "Not sensitive")
    desk.advance(minutes=4)
    assert metrics(desk)["overturned_cases"] == 0
    desk.advance(minutes=1)
    found = metrics(desk)
    assert (found["overturned_cases"], found["decided_cases licensing escalate none"]) == (1, 1)


def test_the_triage_rate_is_that_of_the_last_days(desk: World) -> None:
    assert "triage_ratio" not in metrics(desk)
    for number, text in enumerate(("thanks!", "thanks!", "[licensing] may we?", "[?packaging,licensing] hm"), 1):
        desk.post(text, number)
    desk.advance(minutes=5)
    assert metrics(desk)["triage_ratio"] == 0.25


def test_drift_is_known_once_there_are_enough_verdicts(desk: World) -> None:
    def judged(text: str) -> None:
        for _ in range(100):
            desk.router.desk.verdicts.count(text, desk.clock.at.date())

    judged("none none")
    desk.advance(days=10)
    assert "drift_distance" not in metrics(desk)
    judged("licensing escalate")
    desk.advance(minutes=5)
    assert metrics(desk)["drift_distance"] == 1


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer ", "Bearer é"])
def test_without_the_token_there_are_no_numbers(desk: World, authorization: str | None) -> None:
    answer = ask(desk, authorization)
    assert (answer.status_code, "escalation_router" in answer.text) == (401, False)
    assert sum(desk.ready()["failed_proofs"].values()) == 1


def test_the_token_before_is_good_while_it_is_rotated(desk: World) -> None:
    assert ask(desk, "Bearer the-one-before").status_code == 200


def test_without_a_token_to_prove_it_by_it_says_what_to_set() -> None:
    with world() as desk:
        answer = ask(desk)
        assert answer.status_code == 503
        assert "ROUTER_API_TOKEN" in answer.json()["error"]


def test_what_is_watched_is_counted_by_what_came_of_it(tmp_path: Path) -> None:
    shipped = POLICY_FILE.read_text(encoding="utf-8")
    (tmp_path / "policy.toml").write_text(f'{shipped}\n[classifier]\nshadow_policy = "policy.toml"\n', encoding="utf-8")
    with world(policy_file=tmp_path / "policy.toml", judge=True, ROUTER_API_TOKEN=TOKEN) as desk:
        desk.post("thanks!")
        eventually(lambda: compared(desk.router.desk.store).judged == 1, "one signal that both have judged")
        assert metrics(desk)["shadow_total same"] == 1
