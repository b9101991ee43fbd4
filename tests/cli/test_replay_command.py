"""`escalation-router replay`: what was missed arrives at the running router as its source would have sent it."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import click
import pytest
import recorded_github
from world import POLICY_FILE, SECRET, issue, world

from router.cli.replay import Course, Hook, replay
from router.core.errors import SourceError
from router.intake.source import Missed, sources

SINCE = datetime(2026, 3, 1, 9, tzinfo=UTC)
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def lost(text: str, number: int = 1) -> Missed:
    headers = {"x-github-event": "issues", "content-type": "application/json", "content-length": "7"}
    return Missed(headers, json.dumps(issue(text, number, issue_id=number)).encode(), AT)


DAMAGED = Missed({"x-github-event": "issues"}, b'{"action": 3}', AT)


@pytest.fixture(scope="module")
def url():
    with world() as desk:
        yield desk.url


@pytest.fixture
def door(url):
    return Hook(sources()["github"], url, SECRET)


@pytest.fixture
def course():
    return Course("github", SINCE, quiet=False)


def test_what_was_missed_is_posted_and_summed_up_with_its_cases(door, course):
    course.follow([lost("thanks!", 1), lost("[licensing] may we?", 2), lost("thanks!", 3)], door)
    (case,) = course.cases
    assert list(course.told()) == [f"3 missed: 1 escalated, 2 not sensitive ({case})"]


def test_it_may_be_repeated(door, course):
    course.follow([lost("[licensing] may we?", 11), lost("[licensing] may we?", 11)], door)
    assert (course.results, len(set(course.cases))) == ({"escalated": 1, "duplicate": 1}, 1)


def test_what_is_posted_in_the_place_of_a_source_ends_no_silence_of_its(course):
    with world() as desk:
        course.follow([lost("thanks!")], Hook(sources()["github"], desk.url, SECRET))
        assert (course.found, desk.router.listening.paces) == (1, {})


def test_nothing_missed_is_said(door, course):
    course.follow([], door)
    assert list(course.told()) == ["nothing was missed since 2026-03-01 09:00 UTC"]


def test_a_source_that_sends_it_again_by_itself_says_so(door, course):
    course.follow(["GitHub sends\x1b[31m it again"], door)
    assert list(course.told()) == ["GitHub sends it again"]


def test_a_damaged_delivery_is_refused_and_the_next_is_posted(door, course, capsys):
    course.follow([DAMAGED, lost("thanks!", 21)], door)
    assert list(course.told()) == ["2 missed: 1 not sensitive, 1 refused"]
    assert "2026-03-02 09:00 UTC: refused with 400: $" in capsys.readouterr().err


def test_a_router_that_refuses_the_secret_ends_it_at_once(url, course):
    with pytest.raises(click.ClickException, match="refused with 401"):
        course.follow([lost("thanks!"), lost("thanks!")], Hook(sources()["github"], url, "another"))
    assert (course.found, list(course.told())) == (0, [])


def test_broken_off_in_the_middle_it_says_how_far_it_came(door, course):
    def given() -> Iterator[Missed]:
        yield lost("thanks!", 31)
        raise SourceError("asked too often")

    with pytest.raises(SourceError):
        course.follow(given(), door)
    assert list(course.told()) == ["1 missed: 1 not sensitive; broken off there, run it again for the rest"]
    assert course.document()["complete"] is False


def test_progress_goes_to_standard_error(door, course, capsys):
    course.follow([lost("thanks!", 41)] * 21, door)
    first, *rest = capsys.readouterr().err.splitlines()
    assert first == "asking github for what was missed since 2026-03-01 09:00 UTC"
    assert rest == ["10 so far", "20 so far"]


def test_the_document_has_all_of_it_and_there_is_no_progress(door, capsys):
    course = Course("github", SINCE, quiet=True)
    course.follow([lost("[licensing] may we?", 51)] * 10, door)
    assert capsys.readouterr().err == ""
    assert course.document() == {
        "source": "github",
        "since": "2026-03-01T09:00:00.000Z",
        "complete": True,
        "found": 10,
        "results": {"escalated": 1, "duplicate": 9},
        "escalations": course.cases[:1],
        "told": [],
    }


def test_a_source_that_can_not_be_asked_is_wrong_usage(run):
    result = run("replay", "nowhere")
    assert result.exit_code == 2
    assert "nowhere can't be asked for what was missed; these can: " in result.stderr


@pytest.fixture
def asked(run, url, tmp_path):
    """Run the command against GitHub as it is recorded, and a running router."""
    policy = tmp_path / "responders.toml"
    policy.write_text(POLICY_FILE.read_text(encoding="utf-8") + recorded_github.POLICY, encoding="utf-8")
    settings = {
        "ROUTER_URL": url,
        "ROUTER_PUBLIC_URL": recorded_github.ADDRESS,
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "GITHUB_TOKEN": "a-token",
    }
    return lambda *options, **more: run("replay", "github", *options, **(settings | more))


def test_what_github_could_not_deliver_is_processed(asked):
    with recorded_github.lost(issue("[licensing] may we?", 61, issue_id=61), issue("thanks!", 62, issue_id=62)):
        result = asked()
        again = json.loads(asked("--since", "2h", "--json").stdout)
    assert (result.exit_code, result.stdout.startswith("2 missed: 1 escalated, 1 not sensitive (ESC-")) == (0, True)
    assert (again["found"], again["results"]["duplicate"]) == (2, 1)


def test_interrupted_it_says_how_far_it_came(asked):
    bodies = [issue("thanks!", number, issue_id=number) for number in (71, 72)]
    with recorded_github.lost(*bodies, interrupted=True):
        result = asked()
    assert (result.exit_code, result.stdout.partition("; broken off")[0]) == (130, "1 missed: 1 not sensitive")
    assert result.stderr.endswith("interrupted\n")


def test_without_a_token_it_says_what_to_set_and_where_the_right_is_told(asked):
    result = asked(GITHUB_TOKEN="")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: nothing to ask github with: set GITHUB_REPLAY_TOKEN or GITHUB_TOKEN; "
        "docs/sources/github.md says which right it needs\n"
    )


def test_a_source_that_refuses_is_told_with_its_reason(asked):
    with recorded_github.lost(rights=False):
        result = asked()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1].startswith("Error: GitHub does not show the webhooks of ")


def test_where_no_router_listens_it_says_how_to_start_one(asked):
    with socket.socket() as unused, recorded_github.lost(issue("thanks!")):
        unused.bind(("127.0.0.1", 0))
        result = asked("--url", f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "start a router with `escalation-router serve`" in result.stderr


@pytest.mark.parametrize("since", ["yesterday", "3", "0d", "99999 months", "-3d", "2999-01-01", "2026-13-01", ""])
def test_a_time_that_is_none_or_has_not_come_is_wrong_usage(run, since):
    result = run("replay", "github", "--since", since)
    assert result.exit_code == 2
    assert "expected how long ago, such as 6h or 3d" in result.stderr


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02T09:30:00+01:00", datetime(2026, 3, 2, 8, 30, tzinfo=UTC)),
        ("6h", timedelta(hours=6)),
        ("3d", timedelta(days=3)),
    ],
)
def test_since_is_how_long_ago_or_a_time(given, meant):
    found = replay.make_context("replay", ["github", "--since", given]).params["since"]
    expected = datetime.now(UTC) - meant if isinstance(meant, timedelta) else meant
    assert abs(found - expected) < timedelta(seconds=30)
