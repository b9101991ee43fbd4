"""A Mattermost as an administrator meets it before `setup`: people with accounts, and nothing else."""

import dataclasses
import os
import subprocess
import sys
from contextlib import chdir, closing
from pathlib import Path

from click.testing import CliRunner

from router.cli import cli
from router.config.settings_file import edit
from router.mattermost.administration import Administration
from router.mattermost.connection import Connection
from router.sandbox import Sandbox

PUBLIC_URL = "https://router.example.com"
POLICY = """
[community]
name = "Example"

[mattermost]
team = "staff"
escalations_channel = "escalations"
triage_channel = "triage"
committee_channel = "committee"
members = ["dan"]

[sources.default]
manager = "ann"

[people.ann]
name = "Ann Archer"
mattermost = "ann"

[people.bob]
name = "Bob Baker"
mattermost = "bob.baker"

[people.cat]
name = "Cat Cook"
mattermost = "cat"

[people.dan]
name = "Dan Draper"
mattermost = "dan"

[escalation]
triage_within = "4h"
acknowledge_within = "4h"
answer_within = "2d"
close_after = "7d"
chase = [{ do = "remind-owner" }, { do = "notify-all" }]
answer_chase = [{ do = "remind-owner" }, { do = "reopen" }]
backstop = "ann"

[[topics]]
id = "licensing"
title = "Licensing"
approved_responders = ["ann", "bob"]

[conduct]
committee = ["cat", "ann"]
"""


@dataclasses.dataclass
class Ground:
    """A sandbox with Ann, Bob, Cat and Dan, and a folder with their policy file."""

    sandbox: Sandbox
    folder: Path
    more: dict[str, str | None] = dataclasses.field(default_factory=dict)
    port: int = 0

    @property
    def env_file(self):
        return self.folder / "router.env"

    @property
    def receipt(self):
        return self.folder / "router.env.setup.json"

    @property
    def settings(self):
        return self.env_file.read_text(encoding="utf-8") if self.env_file.exists() else ""

    def write(self, **settings):
        self.env_file.write_text(edit(self.settings, settings), encoding="utf-8")

    def watch(self, *channels):
        """Have the policy file name channels to be watched."""
        table = f"\n[sources.mattermost]\nchannels = {list(channels)}\n"
        (self.folder / "responders.toml").write_text(POLICY + table, encoding="utf-8")

    def environment(self, **more):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        given = {"MATTERMOST_ADMIN_TOKEN": self.sandbox.admin_token, "ROUTER_ENV_FILE": "router.env"}
        return {**kept, **given, "MATTERMOST_URL": self.sandbox.url, "ROUTER_PUBLIC_URL": PUBLIC_URL} | self.more | more

    def start(self, *arguments, **more):
        """Start a command as a process of its own; a setting given as None is absent."""
        environ = {name: value for name, value in self.environment(**more).items() if value is not None}
        command = [sys.executable, "-m", "router.cli", *map(str, arguments)]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments, **more):
        """Run a command within this process: exit code, output, diagnostics."""
        environ = dict.fromkeys(os.environ) | self.environment(**more)
        with chdir(self.folder):
            done = CliRunner(env=environ).invoke(cli, [str(one) for one in arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        return done.exit_code, done.stdout, done.stderr

    def administration(self):
        return closing(_Administration(self.sandbox))


class _Administration(Administration):
    def __init__(self, sandbox):
        self.connection = Connection(sandbox.url, sandbox.admin_token)
        super().__init__(self.connection)

    def close(self):
        self.connection.close()


def ground(folder):
    """Give the ground in a context."""
    sandbox = Sandbox.start()
    for username, first, last in (("ann", "Ann", "Archer"), ("bob.baker", "Bob", "Baker"), ("cat", "Cat", "Cook")):
        sandbox.add_user(username, first, last)
    sandbox.add_user("dan", "Dan", "Draper")
    (folder / "responders.toml").write_text(POLICY, encoding="utf-8")
    return Ground(sandbox, folder)
