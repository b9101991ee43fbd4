"""The two servers that the contract holds for: the sandbox, and a real Mattermost that is left as it was found."""

import os
import subprocess
import time
from contextlib import contextmanager

import pytest
from mattermost_clients import Person

from router.sandbox import Sandbox

URL, TOKEN, RESTART = "MATTERMOST_TEST_URL", "MATTERMOST_TEST_TOKEN", "MATTERMOST_TEST_RESTART"
PASSWORD = "Contract-2026"  # of accounts that exist as long as a test run
_LOOPBACK = "localhost 127.0.0.1 127.0.0.0/8"


class SandboxServer:
    """A look-alike of one's own."""

    name = "sandbox"

    def __init__(self):
        self.sandbox = Sandbox.start()
        self.url = self.sandbox.url
        self.admin = Person(self.url, self.sandbox.admin_token)

    def token_for(self, user):
        return self.sandbox.token_of(user["username"])

    def restart(self):
        """Be away for a moment, and forget what a restart forgets."""
        self.sandbox.stop_listening()
        self.sandbox.forget_pending_ids()
        self.sandbox.listen_again()

    def prepare(self):
        """Do nothing: the sandbox is started with what the tests need."""

    def forget_team(self, team_id):
        """Do nothing: all goes with the sandbox."""

    def forget_user(self, user_id):
        """Do nothing: all goes with the sandbox."""

    def close(self):
        self.admin.close()
        self.sandbox.close()


class RealServer:
    """The server that the environment names. It runs on this machine: it has to reach a listener on 127.0.0.1."""

    name = "real"

    def __init__(self):
        self.url = os.environ[URL].rstrip("/")
        self.admin = Person(self.url, os.environ[TOKEN])
        self._before = None

    def token_for(self, user):
        """Log in; the server takes ten log-ins at once and then five a second, from all of this machine."""
        while True:
            answer = self.admin.post("/users/login", {"login_id": user["username"], "password": PASSWORD})
            if answer.status_code != 429:
                assert answer.status_code == 200, answer.text
                return answer.headers["Token"]
            time.sleep(0.2)

    def restart(self):
        """Restart, where the environment says how."""
        if not os.environ.get(RESTART):
            pytest.skip(f"{RESTART} says no command that restarts the server")
        subprocess.run(os.environ[RESTART], shell=True, check=True, timeout=180)

    def prepare(self):
        """Switch on what the tests need: bots, and calls to this machine."""
        service = self.admin.get("/config").json()["ServiceSettings"]
        wanted = {}
        if not service["EnableBotAccountCreation"]:
            wanted["EnableBotAccountCreation"] = True
        if "127.0.0.1" not in service["AllowedUntrustedInternalConnections"].replace(",", " ").split():
            allowed = service["AllowedUntrustedInternalConnections"]
            wanted["AllowedUntrustedInternalConnections"] = f"{allowed} {_LOOPBACK}".strip()
        self._before = {name: service[name] for name in wanted}
        if wanted:
            done(self.admin.put("/config/patch", {"ServiceSettings": wanted}))

    def forget_team(self, team_id):
        self._delete(f"/teams/{team_id}")

    def forget_user(self, user_id):
        self._delete(f"/users/{user_id}")

    def _delete(self, path):
        """Delete for good where the server allows it; elsewhere archive or deactivate."""
        if self.admin.delete(f"{path}?permanent=true").status_code != 200:
            done(self.admin.delete(path))

    def close(self):
        if self._before:
            done(self.admin.put("/config/patch", {"ServiceSettings": self._before}))
        self.admin.close()


def real_server():
    """Return the server that the environment names; without one the test is skipped."""
    if not os.environ.get(URL) or not os.environ.get(TOKEN):
        pytest.skip(f"set {URL} to the address of a Mattermost of this machine and {TOKEN} to its admin's token")
    return RealServer()


def done(answer):
    """Return the JSON of an answer that is a success."""
    assert answer.status_code < 300, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    return answer.json()


@contextmanager
def changed_settings(server, section="ServiceSettings", **values):
    """Have the server configured otherwise for a moment."""
    before = done(server.admin.get("/config"))[section]
    done(server.admin.put("/config/patch", {section: values}))
    try:
        yield
    finally:
        done(server.admin.put("/config/patch", {section: {name: before[name] for name in values}}))
