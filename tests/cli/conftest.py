"""The command line, run within this process and as a process of its own; and cases to look at with it."""

import os
import subprocess
import sys
from contextlib import chdir, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from router.cli import cli
from router.config import examine_policy_file
from router.core.escalations import Arrived, Commanded, Given, Resolution, Word, decide, open_case
from router.core.people import Actor, Door, PersonId
from router.core.signals import Signal
from router.core.topics import Routing, TopicId, Verdict
from router.core.units import unit_of
from router.storage import open_store

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 9, 30, 15, 250000, tzinfo=UTC)
KATIE = Actor("katie.wiersgalla", "Katie Wiersgalla", "u1", PersonId("katie-wiersgalla"))
SURE = Verdict(TopicId("licensing"), Routing.ESCALATE, 0.73456, ("open source licensing",))
UNSURE = Verdict(
    TopicId("packaging"), Routing.TRIAGE, 0.45, ("free edition",), (TopicId("packaging"), TopicId("licensing"))
)


def _clean(settings):
    """Take the environment without settings of this machine."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "SYSTEMROOT"}}
    return kept | settings


@pytest.fixture
def run(tmp_path):
    """Run a command within this process, in an empty folder, with these settings and no others."""

    def run(*arguments, given=None, **settings):
        absent = dict.fromkeys(name for name in os.environ if name not in _clean({}))
        with chdir(tmp_path):
            return CliRunner(env=absent | settings).invoke(cli, [str(one) for one in arguments], input=given)

    return run


@pytest.fixture
def start(tmp_path):
    """Start a command as a process of its own, in an empty folder, with these settings and no others."""
    started = []

    def start(*arguments, **settings):
        command = [sys.executable, "-m", "router.cli", *map(str, arguments)]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        started.append(subprocess.Popen(command, cwd=tmp_path, env=_clean(settings), **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with suppress(BrokenPipeError):
                pipe.close()


@pytest.fixture
def at_terminal(tmp_path):
    """Run a command with these streams at a terminal, type something, and return what the terminal was sent.

    `seen` grows while the command runs, for who wants to look at it meanwhile.
    """

    def at_terminal(*arguments, typed=b"", shown=("stdin", "stdout", "stderr"), seen=None, **settings):
        seen = bytearray() if seen is None else seen
        command = [sys.executable, "-m", "router.cli", *map(str, arguments)]
        ours, theirs = os.openpty()
        with os.fdopen(ours, "r+b", buffering=0) as screen:
            streams = {"stdout": subprocess.DEVNULL} | dict.fromkeys(shown, theirs)
            with subprocess.Popen(command, cwd=tmp_path, env=_clean(settings | {"TERM": "xterm"}), **streams):
                os.close(theirs)
                screen.write(typed)
                with suppress(OSError):  # Linux says so when the other end is closed
                    while part := screen.read(65536):
                        seen += part
        return seen.decode()

    return at_terminal


@pytest.fixture(scope="session")
def policy():
    """Return the shipped policy."""
    return examine_policy_file(ROOT / "responders.toml").accepted()[0]


@pytest.fixture(scope="session")
def small():
    """Return the smallest policy file that is accepted."""
    return (ROOT / "tests/config/small.toml").read_text(encoding="utf-8")


@dataclass
class Desk:
    """Makes cases the way the service does, and puts them into a store."""

    policy: object
    store: object

    def opened(self, verdict=SURE, *, title="May I resell it?", at=NOW):
        """Open a case for an issue."""
        case_id = self.store.new_id("ESC")
        number = case_id.removeprefix("ESC-")
        signal = Signal(
            source="github",
            instance="github.com",
            kind="issue",
            object_id=f"issue/{number}",
            thread=f"github:example/chat#{number}",
            url=f"https://github.com/example/chat/issues/{number}",
            title=title,
            headline=title,
            body="We would like to know.",
            author="octocat",
            at=at,
        )
        return self.kept(open_case(case_id, Arrived(signal, verdict, Actor("github"), Door.HOOK), self.policy, at))

    def commanded(self, case, word, at=NOW, **given):
        """Have an approved responder give a command."""
        return self.kept(decide(case, Commanded(Word(word), KATIE, Door.SLASH, Given(**given)), self.policy, at))

    def kept(self, decision):
        """Commit a decision and give the case as it is now."""
        assert decision.entries, decision.reason
        self.store.commit(unit_of([decision]))
        return decision.case


@pytest.fixture
def desk(policy):
    """Return how to make cases in a store."""
    return lambda store: Desk(policy, store)


@pytest.fixture
def url(tmp_path):
    """Return the address of a store below an empty folder."""
    return f"tinydb:///{tmp_path}/data/router.json"


@pytest.fixture
def office(desk, url):
    """Return a desk over that store, which stays open."""
    store = open_store(url)
    yield desk(store)
    store.close()


@pytest.fixture
def dismissed():
    """Return how to open a case and dismiss it."""
    return lambda desk: desk.commanded(desk.opened(), "dismiss", resolution=Resolution.NOT_SENSITIVE)


@pytest.fixture
def unsure():
    """Return a verdict that a person has to decide."""
    return UNSURE


@pytest.fixture
def katie():
    """Return an approved responder."""
    return KATIE
