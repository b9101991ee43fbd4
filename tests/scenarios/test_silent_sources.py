"""A source that has fallen silent is told of once, whatever happens to the router; and which secret proved what."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import requests
from world import SECRET, ManualClock, World, eventually, issue, world

from router.core.errors import StoreUnavailable
from router.core.policy import SourceTerms
from router.core.units import Unit
from router.ports import Store
from router.service.listening import WRITTEN_ANYWAY, Listening, brought

TOKEN = "a-token-of-the-monitor"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    real = ManualClock()
    with world(f"tinydb:///{tmp_path}/router.json", real=real, ROUTER_API_TOKEN=TOKEN) as told:
        told.clock = real
        yield told


def listen(desk: World, length: timedelta) -> None:
    """Let time pass for the router, which looks every minute or so."""
    until = desk.clock.at + length
    while desk.clock.at < until:
        desk.clock.at = min(until, desk.clock.at + 4 * MINUTE)
        desk.router.listening.look()


def known(desk: World, source: str = "github") -> None:
    """A source brings something every six hours for nine days."""
    for _ in range(36):
        desk.router.listening.heard(source, 0)
        listen(desk, 6 * HOUR)
    desk.router.listening.heard(source, 0)


def told(desk: World) -> list[str]:
    desk.settle()
    return [post.text for post in desk.posts if "nothing has come from" in post.text]


def metrics(desk: World) -> dict[str, float]:
    answer = requests.get(f"{desk.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=5).text
    found = re.findall(r'^escalation_router_(\w+)\{source="(.+?)"(?:,secret="(\d)")?\} (\S+)$', answer, re.MULTILINE)
    return {" ".join(filter(None, labels)): float(value) for *labels, value in found}


def test_a_silent_source_is_told_of_once_to_who_can_mend_it(desk: World) -> None:
    known(desk)
    listen(desk, 12 * HOUR)
    assert told(desk) == []
    listen(desk, 4 * MINUTE)
    (text,) = told(desk)
    assert text.startswith("@jason.blais: nothing has come from **GitHub** for 12h 4m.")
    assert desk.ready()["remarks"] == ["nothing has come from github since 11 Mar 2026, 09:00 UTC"]
    listen(desk, 2 * DAY)
    assert len(told(desk)) == 1


def test_how_to_take_in_what_was_missed_is_told_of_a_source_that_can_be_asked(desk: World) -> None:
    known(desk)
    listen(desk, 13 * HOUR)
    assert "`escalation-router replay github`" in told(desk)[0]


def test_a_silence_that_was_told_is_not_told_again_after_a_restart(desk: World) -> None:
    known(desk)
    listen(desk, 13 * HOUR)
    desk.restart()
    listen(desk, 13 * HOUR)
    assert len(told(desk)) == 1


def test_whatever_comes_ends_the_silence_and_the_next_one_is_told_again(desk: World) -> None:
    known(desk)
    listen(desk, 13 * HOUR)
    assert desk.hook("ping", b'{"zen": "Keep it simple.", "hook_id": 1}').status_code == 200
    assert metrics(desk)["source_silent github"] == 0
    listen(desk, 13 * HOUR)
    assert len(told(desk)) == 2


def test_what_is_not_proved_ends_no_silence(desk: World) -> None:
    known(desk)
    listen(desk, 13 * HOUR)
    assert desk.hook("ping", b"{}", secret="somebody-else's").status_code == 401
    assert metrics(desk)["source_silent github"] == 1


def test_what_a_command_posts_in_the_place_of_the_source_ends_no_silence(desk: World) -> None:
    known(desk)
    listen(desk, 13 * HOUR)
    assert desk.hook("ping", b'{"zen": "Keep it simple.", "hook_id": 1}', x_router_replayed="1").status_code == 200
    assert metrics(desk)["source_silent github"] == 1


def test_while_the_router_is_down_no_source_is_silent(desk: World) -> None:
    known(desk)
    listen(desk, 6 * HOUR)
    desk.clock.at += 5 * DAY
    desk.restart()
    listen(desk, 6 * HOUR)
    assert told(desk) == []
    listen(desk, 4 * MINUTE)
    assert len(told(desk)) == 1


def test_a_source_that_this_router_does_not_know_any_more_is_not_told_of(desk: World) -> None:
    known(desk, "generic/gone")
    listen(desk, 2 * DAY)
    assert told(desk) == []


def test_mattermost_may_be_silent_unless_its_channels_are_watched(desk: World) -> None:
    known(desk, "mattermost")
    listen(desk, 13 * HOUR)
    assert told(desk) == []
    terms = SourceTerms(manager="", channels=("town-square",))
    desk.restart(replace(desk.policy, sources={**desk.policy.sources, "mattermost": terms}))
    listen(desk, HOUR)
    (text,) = told(desk)
    assert "replay" not in text


def test_the_routers_own_posts_end_no_silence_of_watched_channels(desk: World) -> None:
    known(desk, "mattermost")
    terms = SourceTerms(manager="", channels=("town-square",))
    desk.restart(replace(desk.policy, sources={**desk.policy.sources, "mattermost": terms}))
    listen(desk, 13 * HOUR)
    assert len(told(desk)) == 1
    eventually(lambda: any("mattermost/outgoing" in one for one in metrics(desk)), "the webhook of that post")
    assert metrics(desk)["source_silent mattermost"] == 1


def test_a_source_of_which_nothing_has_come_for_four_weeks_is_forgotten(desk: World) -> None:
    known(desk)
    listen(desk, 29 * DAY)
    assert "source_silent github" not in metrics(desk)
    assert desk.router.desk.store.registers("pace") == {}


@dataclass
class Watched:
    """A store whose disk may be full; keeps what was committed."""

    store: Store
    full: bool = False
    units: list[Unit] = field(default_factory=list)

    def commit(self, unit: Unit) -> None:
        if self.full:
            raise StoreUnavailable("no space left")
        self.units.append(unit)
        self.store.commit(unit)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@pytest.fixture
def disk(desk: World) -> Watched:
    """The store of a router that has just fallen silent on GitHub and did not look yet."""
    known(desk)
    listen(desk, 12 * HOUR)
    return Watched(desk.router.desk.store)


def look_again(desk: World, disk: Watched) -> None:
    listening = Listening(replace(desk.router.desk, store=cast("Store", disk)))
    for _ in range(4):
        desk.clock.at += 4 * MINUTE
        listening.look()


def test_the_notice_and_that_it_was_made_are_one_commit(desk: World, disk: Watched) -> None:
    """Whenever a kill comes, there is both or neither."""
    look_again(desk, disk)
    (unit,) = [one for one in disk.units if one.effects]
    assert [json.loads(one.value or "")["silent"] for one in unit.registers] == [True]


def test_what_could_not_be_written_is_told_later(desk: World, disk: Watched) -> None:
    disk.full = True
    look_again(desk, disk)
    assert told(desk) == []
    disk.full = False
    look_again(desk, disk)
    assert len(told(desk)) == 1


def test_deliveries_cost_no_write_each(desk: World) -> None:
    disk = Watched(desk.router.desk.store)
    listening = Listening(replace(desk.router.desk, store=cast("Store", disk)))
    for _ in range(100):
        listening.heard("github", 0)
    assert disk.units == []
    listening.look()
    written = len(disk.units)
    listening.look()
    assert len(disk.units) == written <= 2


def test_what_was_brought_is_written_down_at_the_next_look(desk: World) -> None:
    desk.router.listening.heard("github", 1)
    desk.router.listening.look()
    (one,) = brought(desk.router.desk.store, desk.clock.at)
    assert (one.source, one.last, one.by_secret) == ("github", desk.clock.at, {2: 1})


def test_a_kill_forgets_at_most_the_last_minutes_of_quiet(desk: World) -> None:
    known(desk)
    listen(desk, 12 * HOUR)
    again = Listening(desk.router.desk)  # as after a kill: what was not written down is gone
    assert 12 * HOUR - WRITTEN_ANYWAY <= again.paces["github"].quiet <= 12 * HOUR


def test_deliveries_are_counted_by_the_secret_that_proved_them() -> None:
    with world(GITHUB_WEBHOOK_SECRET=f"the-new-one {SECRET}", ROUTER_API_TOKEN=TOKEN) as desk:
        desk.deliver("issues", issue("hello"))
        assert desk.hook("ping", b"{}", secret="the-new-one").status_code == 200
        assert desk.hook("ping", b"{}", secret="the-new-one").status_code == 200
        found = metrics(desk)
        assert (found["deliveries_total github 1"], found["deliveries_total github 2"]) == (2, 1)


def test_refused_deliveries_are_counted_by_source_and_reason() -> None:
    with world(ROUTER_API_TOKEN=TOKEN) as desk:
        desk.hook("ping", b"{}", secret="somebody-else's")
        desk.hook("ping", b"{}", secret="somebody-else's")
        answer = requests.get(f"{desk.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=5).text
        assert 'escalation_router_failed_proofs_total{door="github",reason="wrong"} 2' in answer
        assert desk.ready()["failed_proofs"] == {"wrong": 2}


def test_tokens_of_mattermost_are_counted_too() -> None:
    with world(ROUTER_API_TOKEN=TOKEN) as desk:
        desk.type("katie.wiersgalla", "list")
        case = desk.deliver("issues", issue("[licensing] may we?"))["escalation"]
        desk.say("katie.wiersgalla", case, "looks fine")
        found = metrics(desk)
        assert found["deliveries_total mattermost/command 1"] == 1
        assert found["deliveries_total mattermost/outgoing 1"] >= 1
