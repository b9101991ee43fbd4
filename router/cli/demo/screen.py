"""The channel on a terminal: posts and threads as they come, mentions highlighted."""

import threading
import time
from collections.abc import Sequence

import click

from router.cli.demo.member import Member, Seen
from router.cli.plain import readable

EVERY = 0.2  # seconds between two looks at the channel
PATIENCE = 2.0  # seconds; a post that takes longer is shown when it comes


class Screen:
    """Prints what is new in the channels, seen by one of their members."""

    def __init__(self, member: Member, channels: Sequence[str]) -> None:
        self._member = member
        self._channels = channels
        self._shown: dict[str, str] = {}
        self._cases: dict[str, str] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="screen", daemon=True)
        self._lock = threading.Lock()

    def start(self) -> None:
        """Look again and again, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Look a last time, and end."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
        self.look()

    def wait_for(self, case: str) -> None:
        """Look until the case's root post was shown, so that what belongs together stands together."""
        until = time.monotonic() + PATIENCE
        while case not in self._cases.values() and time.monotonic() < until:
            self.look()
            time.sleep(EVERY / 10)

    def look(self) -> None:
        """Print what is new since the last look."""
        with self._lock:
            for channel in self._channels:
                for post in self._member.posts(channel):
                    self._show(post)

    def _run(self) -> None:
        while not self._ending.wait(EVERY):
            try:
                self.look()
            except OSError as error:
                click.echo(f"the channel can't be read: {error}", err=True)

    def _show(self, post: Seen) -> None:
        before = self._shown.get(post.id)
        if before == post.text:
            return
        self._shown[post.id] = post.text
        if post.root_id:
            self._say(post, f"  ↳ {self._cases.get(post.root_id, '')} ", post.text)
        elif before is None:
            self._cases[post.id] = post.case or ""
            self._say(post, "● ", post.text)
        else:
            changed = [line for line in post.text.splitlines() if line not in before.splitlines()]
            self._say(post, f"✎ {self._cases[post.id]} ", "\n".join(changed))

    def _say(self, post: Seen, mark: str, text: str) -> None:
        lines = [line for line in text.splitlines() if line.strip()]
        buttons = " ".join(click.style(f"[{name}]", fg="blue") for _, name in post.buttons)
        click.echo(click.style(f"{mark}{post.author}", bold=True))
        for line in (*map(readable, lines), *([buttons] if buttons else [])):
            click.echo(f"    {line}")
