"""A Mattermost to be a customer on: a real server, or the sandbox; people are made there, and gone afterwards."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import requests
from mattermost_clients import Person
from mattermost_servers import PASSWORD, RealServer, SandboxServer
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from router.cli.demo.member import Member

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
    """A server, and the teams and people who were made there for a story."""

    server: SandboxServer | RealServer
    users: dict[str, str] = field(default_factory=dict)
    teams: list[str] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return str(self.server.url)

    @property
    def admin_token(self) -> str:
        return str(self.server.admin.token)

    def token_of(self, username: str) -> str:
        """A token of somebody who was made here."""
        if username not in self.tokens:
            self.tokens[username] = self.server.token_for({"username": username})
        return self.tokens[username]

    def admin(
        self, method: str, path: str, body: Any = None, *, by: str = "", fine: tuple[int, ...] = (200, 201)
    ) -> Any:
        """Do something as the administrator, or as somebody else."""
        person = Person(self.url, self.token_of(by)) if by else self.server.admin
        answer = person.call(method, path, body)
        if by:
            person.close()
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
        """Take teams and people away again."""
        for team in self.teams:
            found = self.admin("GET", f"/teams/name/{team}", fine=(200, 404))
            if found.get("name") == team:
                self.server.forget_team(found["id"])
        for user_id in self.users.values():
            self.server.forget_user(user_id)
        self.teams.clear()
        self.users.clear()
