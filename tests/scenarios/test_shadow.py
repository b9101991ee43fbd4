"""A policy file that is only watched: what it would have said is reported, what is said is as without it."""

from pathlib import Path

import pytest
from world import POLICY_FILE, World, eventually, world

from router.service.shadow import Compared, compared

WATCHED = '\n[classifier]\nshadow_policy = "next.toml"\n'
TENTH = """
[[topics]]
id = "events"
title = "Events"
approved_responders = ["CEO"]
phrases = ["garden party"]
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A policy file, and beside it the next one, which has a topic more."""
    shipped = POLICY_FILE.read_text(encoding="utf-8")
    (tmp_path / "next.toml").write_text(shipped + TENTH, encoding="utf-8")
    (tmp_path / "policy.toml").write_text(shipped + WATCHED, encoding="utf-8")
    return tmp_path


def judged(desk: World, number: int) -> Compared:
    """What was compared, once that many signals were."""
    store = desk.router.desk.store
    eventually(lambda: compared(store).judged == number, f"{number} signals that both have judged")
    return compared(store)


def test_what_another_policy_file_would_have_said_is_reported(files: Path) -> None:
    with world(policy_file=files / "policy.toml", judge=True) as desk:
        assert desk.post("When is the next garden party?")["result"] == "not_sensitive"
        desk.post("Thanks, this is fixed now.", 2)
        ((active, shadow),) = judged(desk, 2).pairs
        assert (active.label, shadow.label, shadow.decision) == (None, "events", "escalate")


def test_a_faulty_policy_file_that_is_only_watched_stops_nothing(files: Path, caplog: pytest.LogCaptureFixture) -> None:
    (files / "next.toml").write_text("what?", encoding="utf-8")
    with world(policy_file=files / "policy.toml", judge=True) as desk:
        assert desk.post("When is the next garden party?")["result"] == "not_sensitive"
        assert desk.router.desk.shadow is None
        assert "the shadow of [classifier] does not run" in caplog.text
