"""How the command line starts, and how every command ends."""

import json
import signal
import subprocess
import sys

import click
import pytest

from router import __version__
from router.cli import PLACES, cli

HEAVY = ["flask", "tinydb", "requests", "cryptography", "jinja2", "msgspec", "waitress", "apscheduler", "dotenv"]


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"], ["nonsense"]])
def test_help_is_given_without_importing_anything_heavy(arguments):
    script = (
        "import json, sys\nfrom router.cli import main\n"
        f"sys.argv[1:] = {arguments}\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    imported = set(json.loads(ended.stderr.splitlines()[-1]))
    assert imported.isdisjoint(HEAVY)
    assert {name for name in imported if name.startswith("router.")} == {
        "router.cli",
        "router.core",
        "router.core.errors",
    }


def test_help_names_every_command_with_what_it_does(run):
    shown = run("--help")
    assert shown.exit_code == 0
    for name, place in PLACES.items():
        assert f"  {name.ljust(8)}  {place.summary}\n" in shown.stdout


@pytest.mark.parametrize("name", PLACES)
def test_every_command_is_there_and_explains_itself(run, name):
    command = cli.get_command(click.Context(cli), name)
    assert isinstance(command, click.Command)
    assert command.help
    shown = run(name, "--help")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"Usage: escalation-router {name}")


def test_the_version_is_that_of_the_package(run):
    assert run("--version").stdout == f"escalation-router, version {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["--nonsense"], ["list", "--nonsense"], ["show"], ["classify", "nowhere"]]
)
def test_wrong_usage_is_exit_code_2(run, arguments):
    ended = run(*arguments)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "Error: " in ended.stderr


def test_faulty_settings_are_told_in_one_go(run):
    ended = run("list", ROUTER_URL="nowhere", MATTERMOST_URL="nowhere")
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Error: environment: ")
    assert ended.stderr.count("nowhere") == 0
    assert len(ended.stderr.splitlines()) == 2


def test_ctrl_c_ends_with_one_line_and_130(start):
    process = start("classify")
    process.stdin.write(b'{"id": 1}\n')
    process.stdin.flush()
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert process.stderr.read().decode().strip() == "escalation-router: interrupted"


def test_a_reader_that_goes_away_ends_it_with_one_line(start):
    process = start("classify")
    process.stdout.close()
    process.stdin.write(b'{"id": 1}\n')
    process.stdin.flush()
    assert process.wait(timeout=60) == 1
    assert process.stderr.read().decode() == "escalation-router: whatever read the output has gone away\n"


def test_a_file_that_cannot_be_read_is_one_line(run, tmp_path):
    (tmp_path / "folder").mkdir()
    ended = run("classify", "folder")
    assert ended.exit_code == 2
    assert "folder" in ended.stderr
    assert "Traceback" not in ended.stderr
