"""The real server as a process of its own, beside a sandbox in the test's."""

import os
import re
import resource
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import requests
from world import POLICY_FILE, SECRET

from router.cli.demo.furnishing import Furnished
from router.intake.source import sources

KEY = secrets.token_hex(32)
START = (sys.executable, "-W", "error", "-m", "router.cli", "serve")


@dataclass
class Server:
    """`escalation-router serve`. Its port is free at first, and the same at every restart."""

    folder: Path
    mattermost_url: str
    furnished: Furnished
    port: int = 0
    largest_file: int | None = None
    process: subprocess.Popen[str] | None = None
    url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        given = {
            "ROUTER_POLICY": str(POLICY_FILE),
            "ROUTER_DATABASE_URL": f"tinydb:///{self.folder / 'router.json'}",
            "ROUTER_SECRET_KEY": KEY,
            "MATTERMOST_URL": self.mattermost_url,
            "MATTERMOST_TOKEN": self.furnished.bot_token,
            "MATTERMOST_COMMAND_TOKEN": self.furnished.command_token,
            "MATTERMOST_OUTGOING_TOKEN": self.furnished.outgoing_token,
            "GITHUB_WEBHOOK_SECRET": SECRET,
        }
        return {**os.environ, **given, **self.settings}

    def start(self) -> None:
        """Start, and wait until it listens."""
        self.log = (self.folder / "log.txt").open("a")
        self.process = subprocess.Popen(
            [*START, "--port", str(self.port)],
            env=self.environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        if self.largest_file:
            limit = (self.largest_file, self.largest_file)
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, limit)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert found, f"it did not start: {line} {(self.folder / 'log.txt').read_text()}"
        self.url, self.port = found[0], int(found[1])

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, and wait until the process is gone."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()
        self.process = None
        return code

    def close(self) -> None:
        """End it if it runs."""
        if self.process is not None:
            self.end(signal.SIGKILL)

    def hook(self, event: str, body: bytes) -> requests.Response:
        """Send a signed GitHub delivery."""
        headers = sources()["github"].sign({"x-github-event": event}, body, SECRET, datetime.now(UTC))
        return requests.post(f"{self.url}/hooks/github", data=body, headers=headers, timeout=30)

    def logged(self) -> str:
        """All that it wrote to its log."""
        return (self.folder / "log.txt").read_text()
