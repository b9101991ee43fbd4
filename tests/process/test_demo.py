"""`demo`, as it is typed."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from router.cli.demo.performance import has_browser

DEMO = [sys.executable, "-W", "error", "-m", "router.cli", "demo"]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ROUTER_")}


def test_once_sends_the_samples_and_judges_what_is_seen(tmp_path: Path) -> None:
    done = subprocess.run(
        [*DEMO, "--once"], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "16 as expected, 0 not" in done.stdout
    assert "browser" not in done.stdout
    assert "\x1b" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_once_fails_where_the_policy_file_makes_something_else_happen(tmp_path: Path) -> None:
    """The vulnerability sample is expected to reach its topic's people; a file without that topic can't."""
    text = (Path(__file__).parent.parent.parent / "responders.toml").read_text()
    start = text.index('[[topics]]\nid = "packaging"')
    end = text.index("[[topics]]", start + 1)
    (tmp_path / "responders.toml").write_text(text[:start] + text[end:])
    done = subprocess.run(
        [*DEMO, "--once"], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr


def test_lines_typed_as_anybody_are_commands_and_replies_and_time_can_run_faster(tmp_path: Path) -> None:
    playing = subprocess.Popen(
        [*DEMO, "--speed", "3600"],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert playing.stdin is not None
    assert playing.stdout is not None
    until(playing, "as expected")
    address = re.search(r"http://127\.0\.0\.1:\d+", until(playing, "in a browser"))
    assert address is not None
    assert 'name="me" content="ian.tien"' in requests.get(address[0], timeout=10).text
    playing.stdin.write("katie.wiersgalla: claim ESC-4\n")
    until(playing, "ESC-4 is acknowledged now")
    playing.stdin.write("natalie.jew > ESC-5: claim\n")
    until(playing, "claimed by Natalie Jew")
    playing.stdin.write("nobody.here: list\n")
    until(playing, "there is nobody called")
    playing.stdin.write("ian.tien: help\n")
    assert "claim" not in until(playing, "make an approved responder the owner")
    until(playing, "waits for you")
    playing.send_signal(signal.SIGINT)
    assert playing.wait(timeout=30) == 0
    playing.stdin.close()
    playing.stdout.close()


@pytest.mark.parametrize(
    ("environ", "platform", "is_terminal", "opens"),
    [
        ({"DISPLAY": ":0"}, "linux", True, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True, True),
        ({}, "darwin", True, True),
        ({}, "linux", True, False),
        ({"DISPLAY": ":0"}, "linux", False, False),
        ({"DISPLAY": ":10", "SSH_CONNECTION": "a b"}, "linux", True, False),
    ],
)
def test_the_page_is_opened_only_where_somebody_sits_at_a_screen(environ, platform, is_terminal, opens) -> None:
    assert has_browser(environ, platform, is_terminal=is_terminal) is opens


def until(playing: subprocess.Popen[str], words: str) -> str:
    """Read on until a line holds the words, and give it."""
    assert playing.stdout is not None
    for line in playing.stdout:
        if words in line:
            return line
    raise AssertionError(f"never printed: {words}")
