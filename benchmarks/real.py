"""A real Mattermost to measure on: the one that MATTERMOST_TEST_URL names, with the administrator's token.

A team of its own with the people of the policy file, made ready by `setup`; all of it is taken away again.
"""

import os
import re
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
from dotenv import dotenv_values

from benchmarks.processes import HOST, Chat, command_line, free_port
from router.config import examine_policy_file
from router.resources import data_folder

PASSWORD = secrets.token_hex(12)


@contextmanager
def mattermost() -> Iterator[Chat | None]:
    """Make the real server ready; None where none is given."""
    url, token = os.environ.get("MATTERMOST_TEST_URL", "").rstrip("/"), os.environ.get("MATTERMOST_TEST_TOKEN")
    if not url or not token:
        yield None
        return
    server = _Server(url, token)
    try:
        with TemporaryDirectory(prefix="benchmark-") as folder:
            yield server.ready(Path(folder))
    finally:
        server.leave()


class _Server:
    """The server, and what was made there; names end in a tag, so that nothing else is met."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self._tag = secrets.token_hex(3)
        self._users: list[str] = []

    def ready(self, folder: Path) -> Chat:
        """Make people, and a team for them."""
        text = (data_folder() / "responders.toml").read_text(encoding="utf-8")
        text = text.replace('"private-core"', f'"benchmark-{self._tag}"')
        text = re.sub(r'^mattermost = "(.+)"$', rf'mattermost = "\1-{self._tag}"', text, flags=re.MULTILINE)
        file = folder / "responders.toml"
        file.write_text(text, encoding="utf-8")
        policy, _ = examine_policy_file(file).accepted()
        reader, *_ = [self._account(person.mattermost) for person in policy.people.values()]
        port = free_port()
        self._set_up(file, port)
        made = dotenv_values(folder / "router.env")
        return Chat(
            router_port=port,
            url=self._url,
            bot_token=str(made["MATTERMOST_TOKEN"]),
            command_token=str(made["MATTERMOST_COMMAND_TOKEN"]),
            outgoing_token=str(made["MATTERMOST_OUTGOING_TOKEN"]),
            reader=reader,
            team=policy.team,
            channel=policy.escalations_channel,
            policy=file,
        )

    def leave(self) -> None:
        """Take it all away again."""
        team = requests.get(f"{self._url}/api/v4/teams/name/benchmark-{self._tag}", headers=self._headers, timeout=30)
        if team.ok:
            self._call("DELETE", f"/teams/{team.json()['id']}?permanent=true")
        for user_id in self._users:
            self._call("DELETE", f"/users/{user_id}?permanent=true")

    def _account(self, username: str) -> str:
        """Make an account; gives a token of it."""
        body = {"username": username, "email": f"{username}@example.test", "password": PASSWORD}
        self._users.append(self._call("POST", "/users", body).json()["id"])
        return self._call("POST", "/users/login", {"login_id": username, "password": PASSWORD}).headers["Token"]

    def _set_up(self, policy: Path, port: int) -> None:
        where = ("--url", self._url, "--public-url", f"http://{HOST}:{port}", "--bot", f"benchmark-{self._tag}")
        command = [*command_line(), "setup", "--yes", *where, "--env-file", str(policy.parent / "router.env")]
        environ = {**os.environ, "MATTERMOST_ADMIN_TOKEN": self._token, "ROUTER_POLICY": str(policy)}
        subprocess.run(command, env=environ, check=True, cwd=policy.parent, stdout=subprocess.DEVNULL, timeout=300)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _call(self, method: str, path: str, body: Any = None) -> requests.Response:
        answer = requests.request(method, f"{self._url}/api/v4{path}", json=body, headers=self._headers, timeout=60)
        answer.raise_for_status()
        return answer
