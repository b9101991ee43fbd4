"""From an empty Mattermost to a desk, and back: `setup`, `setup` again, `check --live`, `setup --remove`."""

from collections.abc import Iterator

import pytest
from live.desk import Desk, desk_on
from live.place import Place


@pytest.fixture
def bare(place: Place) -> Iterator[Desk]:
    """People and a policy file; nothing is set up."""
    with desk_on(place) as made:
        yield made


def team_of(desk: Desk) -> str | None:
    """Id of the policy's team, if it is there."""
    found = desk.place.admin("GET", f"/teams/name/{desk.policy.team}", fine=(200, 404))
    return found["id"] if found.get("name") == desk.policy.team else None


def bots_of(desk: Desk) -> list[bool]:
    """Whether each bot of the desk's name is active."""
    bots = desk.place.admin("GET", "/bots?per_page=200&include_deleted=true")
    return [not bot["delete_at"] for bot in bots if bot["username"] == desk.named("escalations")]


def test_a_dry_run_shows_the_plan_and_changes_nothing(bare: Desk) -> None:
    code, said = bare.set_up("--dry-run")
    assert code == 0, said
    assert bare.policy.escalations_channel in said
    assert (team_of(bare), bots_of(bare), bare.settings_file.exists()) == (None, [], False)


def test_a_second_run_finds_nothing_to_do(bare: Desk) -> None:
    assert bare.set_up("--yes")[0] == 0
    settings = bare.settings_file.read_text()
    code, said = bare.set_up("--yes")
    assert code == 0, said
    assert "nothing to do" in said.lower()
    assert bare.settings_file.read_text() == settings
    assert bare.settings_file.stat().st_mode & 0o777 == 0o600


def test_a_live_check_finds_no_fault_while_the_router_serves(bare: Desk) -> None:
    bare.set_up("--yes")
    bare.start()
    code, said = bare.command("check", "--live", MATTERMOST_ADMIN_TOKEN=bare.place.admin_token)
    assert code == 0, said
    assert bare.health()["failed_proofs"] == {}


def test_a_live_check_names_a_router_that_is_not_reached(bare: Desk) -> None:
    bare.set_up("--yes")
    code, said = bare.command("check", "--live")
    assert code == 1
    assert bare.url in said


def test_a_removal_takes_away_what_was_made(bare: Desk) -> None:
    assert bare.set_up("--yes")[0] == 0
    team_id = team_of(bare)
    code, said = bare.set_up("--remove", "--yes")
    assert code == 0, said
    assert bots_of(bare) == [False]
    hooks = bare.place.admin("GET", f"/hooks/outgoing?team_id={team_id}&per_page=200")
    commands = bare.place.admin("GET", f"/commands?team_id={team_id}&custom_only=true")
    assert (hooks or [], commands or []) == ([], [])
