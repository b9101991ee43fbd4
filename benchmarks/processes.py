"""The processes that are measured: `serve` as it is used, the bare view, and the sandbox; started, watched, ended."""

import http.client
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.bodies import SECRET
from router.resources import data_folder

HOST = "127.0.0.1"
STORE = "router.json"
PATIENCE = 30.0  # seconds until a process has to be ready, or gone
_OURS = re.compile(r"(ROUTER|MATTERMOST|GITHUB|DISCOURSE|X|SLACK|GENERIC|SMTP)_")


@dataclass(frozen=True, slots=True)
class Running:
    """A router that serves.

    `answering` and `ready` are seconds from its start to the first answer, and to being introduced to Mattermost.
    """

    url: str
    pid: int
    answering: float
    ready: float

    def health(self) -> Mapping[str, Any]:
        """Ask it how it is."""
        return _get(self.url, "/readyz")

    def wait_for_deliveries(self) -> float:
        """Wait until its outbox is empty; give the seconds that took."""
        start = time.perf_counter()
        _eventually(lambda: self.health()["outbox"] == 0, "an empty outbox", every=0.02)
        return time.perf_counter() - start

    def memory(self) -> float:
        """Resident memory in MB (of 1,000,000 bytes)."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6


@dataclass(frozen=True, slots=True)
class Chat:
    """A furnished Mattermost and the port that is kept for its router; `reader` is a member of the channel."""

    router_port: int
    url: str
    bot_token: str
    command_token: str
    outgoing_token: str
    reader: str
    team: str
    channel: str
    policy: Path = field(default_factory=lambda: data_folder() / "responders.toml")


@contextmanager
def store_folder() -> Iterator[Path]:
    """Make a folder for a store, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        yield Path(folder)


def tinydb(folder: Path) -> str:
    """Name the store of a folder."""
    return f"tinydb:///{folder / STORE}"


@contextmanager
def sandbox() -> Iterator[Chat]:
    """Start a sandbox."""
    port = free_port()
    with _process([sys.executable, "-m", "benchmarks.server", f"http://{HOST}:{port}"], os.environ) as started:
        yield Chat(router_port=port, **_first_line(started))


@contextmanager
def bare() -> Iterator[str]:
    """Start the bare view; gives its address."""
    with _process([sys.executable, "-m", "benchmarks.bare"], os.environ) as started:
        yield _first_line(started)["url"]


@contextmanager
def router(chat: Chat, database: str) -> Iterator[Running]:
    """Start `serve` on a database, and wait until it is ready."""
    url = f"http://{HOST}:{chat.router_port}"
    start = time.perf_counter()
    command = [*command_line(), "serve", "--host", HOST, "--port", str(chat.router_port)]
    with _process(command, environment(chat, database)) as started:
        _eventually(lambda: bool(_get(url, "/healthz")), "an answer of serve", started)
        answering = time.perf_counter() - start
        _eventually(lambda: _get(url, "/readyz")["status"] == "ready", "a ready router", started)
        yield Running(url, started.pid, answering, time.perf_counter() - start)


def command_line() -> list[str]:
    """Name the installed command, else the module behind it."""
    installed = Path(sys.executable).parent / "escalation-router"
    return [str(installed)] if installed.exists() else [sys.executable, "-m", "router.cli"]


def environment(chat: Chat, database: str) -> dict[str, str]:
    """Make the settings, without any that the caller's shell may have."""
    inherited = {name: value for name, value in os.environ.items() if not _OURS.match(name)}
    return inherited | {
        "ROUTER_POLICY": str(chat.policy),
        "ROUTER_DATABASE_URL": database,
        "ROUTER_SECRET_KEY": secrets.token_hex(32),
        "MATTERMOST_URL": chat.url,
        "MATTERMOST_TOKEN": chat.bot_token,
        "MATTERMOST_COMMAND_TOKEN": chat.command_token,
        "MATTERMOST_OUTGOING_TOKEN": chat.outgoing_token,
        "GITHUB_WEBHOOK_SECRET": SECRET,
    }


def free_port() -> int:
    """Find a port that nobody has."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def _process(command: Sequence[str], environ: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process; what it logs is shown only if it comes to a bad end."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=dict(environ), stdout=subprocess.PIPE, stderr=log)
        assert process.stdout is not None
        try:
            with process.stdout:
                yield process
            _still_there(process)
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read()[-3000:].decode(errors="replace"))
            raise
        finally:
            _end(process)


def _still_there(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        raise RuntimeError(f"{process.args!r} ended by itself with {process.returncode}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _first_line(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a process ended before it said where it is")
    told: dict[str, Any] = json.loads(line)
    return told


def _get(url: str, path: str) -> Mapping[str, Any]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer: Mapping[str, Any] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return answer


def _eventually(
    condition: Callable[[], bool], what: str, process: subprocess.Popen[bytes] | None = None, every: float = 0.005
) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if condition():
                return
        except ConnectionRefusedError:
            if process is not None and process.poll() is not None:
                raise RuntimeError(f"it ended with {process.returncode} before there was {what}") from None
        time.sleep(every)
    raise RuntimeError(f"{PATIENCE:g} seconds without {what}")
