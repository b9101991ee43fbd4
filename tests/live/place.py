"""A Mattermost to be a customer on: a real server, or the sandbox; people are made there, and gone afterwards."""

import functools
import json
import os
import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from router.cli.demo.member import Member
from router.sandbox import Sandbox

PASSWORD = secrets.token_hex(12)
PATIENCE = 20.0  # seconds


class Client:
    """Somebody's own connection, which keeps what Mattermost shows this person alone."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._changed = threading.Condition()
        self._events: list[dict[str, Any]] = []
        self._ending: Callable[[], None] | None = None
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        self._take("hello", lambda _: True)

    def whispered(self, words: str) -> str:
        """Wait for a message that only this person sees, with these words in it."""
        data = self._take("ephemeral_message", lambda data: words in json.loads(data["post"])["message"])
        return str(json.loads(data["post"])["message"])

    def dialog(self) -> dict[str, Any]:
        """Wait for a dialog to open."""
        opened: dict[str, Any] = json.loads(self._take("open_dialog", lambda _: True)["dialog"])
        return opened

    def submit(self, opened: dict[str, Any], places: tuple[str, str], **values: Any) -> Any:
        """Submit a dialog through Mattermost's own API, as its client does; gives what the dialog shows then."""
        team_id, channel_id = places
        body = {"type": "dialog_submission", "url": opened["url"], "submission": values, "team_id": team_id}
        body |= {"state": opened["dialog"].get("state", ""), "channel_id": channel_id}
        path = f"{self._url}/api/v4/actions/dialogs/submit"
        answer = requests.post(path, json=body, headers=self._headers, timeout=35)
        assert answer.ok, answer.text
        return answer.json()

    def close(self) -> None:
        """Let the connection go."""
        assert self._ending is not None
        self._ending()
        self._reading.join()

    def _read(self) -> None:
        address = f"{self._url.replace('http', 'ws', 1)}/api/v4/websocket"
        with connect(address, additional_headers=self._headers, max_size=None) as opened, suppress(ConnectionClosed):
            self._ending = opened.close
            for frame in opened:
                with self._changed:
                    self._events.append(json.loads(frame))
                    self._changed.notify_all()

    def _take(self, event: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        def found() -> list[dict[str, Any]]:
            return [one for one in self._events if one.get("event") == event and wanted(one["data"])]

        with self._changed:
            assert self._changed.wait_for(lambda: bool(found()), PATIENCE), f"no {event} came"
            one = found()[0]
            self._events.remove(one)
            data: dict[str, Any] = one["data"]
            return data


@dataclass
class Place:
    """A server, its administrator's token, and the people who were made there."""

    url: str
    admin_token: str
    token_of: Callable[[str], str]
    restart: Callable[[], None]
    users: dict[str, str] = field(default_factory=dict)
    teams: list[str] = field(default_factory=list)

    def admin(
        self, method: str, path: str, body: Any = None, *, by: str = "", fine: tuple[int, ...] = (200, 201)
    ) -> Any:
        """Do something as the administrator, or as somebody else."""
        token = self.token_of(by) if by else self.admin_token
        answer = requests.request(
            method,
            f"{self.url}/api/v4{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        assert answer.status_code in fine, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def make(self, username: str, name: str) -> None:
        """Make an account."""
        first, _, last = name.partition(" ")
        body = {"username": username, "email": f"{username}@example.test", "password": PASSWORD}
        made = self.admin("POST", "/users", {**body, "first_name": first, "last_name": last})
        self.users[username] = made["id"]

    def member(self, username: str) -> Member:
        """Be somebody."""
        return Member(self.url, self.token_of(username), username)

    def client(self, username: str) -> Client:
        """Open somebody's own connection."""
        return Client(self.url, self.token_of(username))

    def leave(self) -> None:
        """Take teams and people away again: for good where the server allows it, else archived and deactivated."""
        for team in self.teams:
            found = self.admin("GET", f"/teams/name/{team}", fine=(200, 404))
            if found.get("name") == team:
                self.admin("DELETE", f"/teams/{found['id']}?permanent=true", fine=(200, 401, 404))
        for user_id in self.users.values():
            self.admin("DELETE", f"/users/{user_id}?permanent=true", fine=(200, 400, 401, 404))
            self.admin("DELETE", f"/users/{user_id}", fine=(200, 400, 404))


@contextmanager
def sandbox_place() -> Iterator[Place]:
    """Start a sandbox."""
    with Sandbox.start() as sandbox:

        def restart() -> None:
            sandbox.stop_listening()
            sandbox.forget_pending_ids()
            sandbox.listen_again()

        yield Place(sandbox.url, sandbox.admin_token, sandbox.token_of, restart)


def real_place() -> Place | None:
    """Name the real server of the environment; None when there is none."""
    url, token = os.environ.get("MATTERMOST_TEST_URL", "").rstrip("/"), os.environ.get("MATTERMOST_TEST_TOKEN")
    return Place(url, token, functools.partial(_log_in, url), _restart) if url and token else None


def _restart() -> None:
    """Restart the real server, where the environment says how."""
    command = os.environ.get("MATTERMOST_TEST_RESTART")
    if not command:
        pytest.skip("MATTERMOST_TEST_RESTART says no command that restarts the server")
    subprocess.run(command, shell=True, check=True, timeout=180)


@functools.cache
def _log_in(url: str, username: str) -> str:
    login = {"login_id": username, "password": PASSWORD}
    answer = requests.post(f"{url}/api/v4/users/login", json=login, timeout=30)
    assert answer.ok, answer.text
    return answer.headers["Token"]
