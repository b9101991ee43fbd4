"""What the router says is counted, written down by the tick, and reported while it runs."""

import json
from collections.abc import Mapping
from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from world import World, world

from router.cli import cli
from router.service.tally import VERDICTS, counted


def told(desk: World) -> Mapping[str, int]:
    """What is written down for today."""
    return counted(desk.router.desk.store, VERDICTS).get(desk.clock.at.date(), {})


def test_every_verdict_is_counted_and_nothing_else_is_kept_of_what_is_not_sensitive() -> None:
    with world() as desk:
        desk.post("thanks!")
        desk.post("[licensing] may we?", 2)
        desk.post("[?packaging,licensing] hm", 3)
        desk.post("[licensing] says a colleague", 4, author="jasonblais")
        desk.advance(seconds=1)
        assert told(desk) == {"none none": 1, "licensing escalate": 2, "packaging triage": 1}


def test_a_router_that_is_stopped_writes_down_what_it_has_counted(tmp_path: Path) -> None:
    with world(f"tinydb:///{tmp_path}/router.json") as desk:
        desk.post("thanks!")
        desk.restart()
        desk.post("thanks!")
        desk.restart()
        assert told(desk) == {"none none": 2}


def test_a_report_is_made_while_the_router_runs(tmp_path: Path) -> None:
    url = f"tinydb:///{tmp_path}/router.json"
    with world(url) as desk:
        desk.clock.at = datetime.now(UTC)
        case = desk.post("[licensing] a lint of licence headers")["escalation"]
        desk.press("katie.wiersgalla", case, "Not sensitive")
        desk.advance(seconds=1)
        (decided,) = report(url, tmp_path)["decided"]["cases"]
        assert (decided["label"], decided["decided"], decided["overturned"]) == ("licensing", "none", True)


def test_what_a_colleague_raised_is_no_verdict_of_the_router(tmp_path: Path) -> None:
    url = f"tinydb:///{tmp_path}/router.json"
    with world(url) as desk:
        desk.clock.at = datetime.now(UTC)
        desk.type("jason.blais", "raise is our licence fine? --topic licensing")
        desk.type("katie.wiersgalla", "dismiss ESC-1 not-sensitive")
        desk.advance(seconds=1)
        assert desk.case("ESC-1").state == "closed"
        assert report(url, tmp_path)["decided"]["cases"] == []


def report(url: str, folder: Path) -> Any:
    with chdir(folder):
        answer = CliRunner(env={"ROUTER_DATABASE_URL": url}).invoke(cli, ["report", "verdicts", "--json"])
    return json.loads(answer.stdout)
