"""`serve` as an operator meets it: how it starts, refuses to, runs out of disk, and stops."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import requests
from server_process import KEY, Server
from world import POLICY_FILE, eventually, issue

from router.cli.demo.furnishing import furnish
from router.core.policy import Policy
from router.sandbox import Sandbox
from router.web.app import LARGEST_BODY


@pytest.fixture
def server(tmp_path: Path, sandbox: Sandbox, policy: Policy) -> Iterator[Server]:
    prepared = Server(tmp_path, sandbox.url, furnish(sandbox, policy, "http://127.0.0.1:9"))
    yield prepared
    prepared.close()


def sensitive(number: int, text: str = "") -> bytes:
    title = "May we use the source under the AGPL in a commercial product?"
    return json.dumps(issue(text, number, title=title, issue_id=number)).encode()


def serve(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    bare = {
        name: value for name, value in os.environ.items() if not name.startswith(("ROUTER_", "MATTERMOST_", "GITHUB_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "router.cli", "serve", "--port", "0"],
        cwd=folder,
        env=bare | settings,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_it_starts_answers_and_stops_cleanly(server: Server) -> None:
    server.start()
    assert requests.get(f"{server.url}/healthz", timeout=5).json() == {"status": "ok"}
    assert server.end() == 0


def test_it_classifies_without_the_library_that_models_are_trained_with(server: Server, tmp_path: Path) -> None:
    server.settings = {"PYTHONPROFILEIMPORTTIME": "1"}
    server.start()
    assert server.hook("issues", sensitive(1)).json()["escalation"]
    assert server.end() == 0
    log = (tmp_path / "log.txt").read_text()
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in log.splitlines() if "import time:" in line
    }
    assert "numpy" in imported
    assert imported.isdisjoint({"sklearn", "scipy", "joblib", "torch"})


def test_its_metrics_are_open_while_only_this_machine_reaches_it(server: Server) -> None:
    server.start()
    answer = requests.get(f"{server.url}/metrics", timeout=5)
    assert answer.status_code == 200
    assert "escalation_router_overturned_cases 0" in answer.text


def test_it_starts_and_accepts_while_mattermost_does_not_answer(server: Server, sandbox: Sandbox) -> None:
    sandbox.stop_listening()
    server.start()
    assert server.hook("issues", sensitive(1)).json()["result"] == "escalated"
    assert requests.get(f"{server.url}/readyz", timeout=5).json()["status"] == "degraded"


def test_connections_on_which_nothing_is_asked_keep_nobody_out(server: Server) -> None:
    server.start()
    with ExitStack() as idle:
        for _ in range(120):
            idle.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        assert requests.get(f"{server.url}/healthz", timeout=5).ok


on_linux = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux tells how much memory a process had"
)


@on_linux
def test_large_bodies_that_nobody_signed_fill_no_memory_though_they_come_together_and_often(server: Server) -> None:
    server.start()
    before = most_memory(server)
    body = bytes(LARGEST_BODY - 2**20)  # of a little less than the most a thread would keep the memory
    headers = {"x-github-event": "issues", "x-hub-signature-256": f"sha256={'0' * 64}"}
    with ThreadPoolExecutor(8) as strangers:
        told = (
            strangers.submit(requests.post, f"{server.url}/hooks/github", body, headers=headers, timeout=60)
            for _ in range(40)
        )
        statuses = {one.result().status_code for one in list(told)}
    assert statuses == {401}
    assert most_memory(server) < before + 5 * LARGEST_BODY


@on_linux
@pytest.mark.parametrize(
    "begun",
    [
        b"POST /hooks/github HTTP/1.1\r\nContent-Length: 400000\r\n\r\n" + bytes(399_999),
        b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 250_000,
    ],
    ids=["a body", "headers"],
)
def test_many_requests_that_do_not_come_to_their_end_fill_no_memory(server: Server, begun: bytes) -> None:
    server.start()
    before = most_memory(server)
    with ExitStack() as strangers:
        lines = [
            strangers.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30))
            for _ in range(100)
        ]
        for line in lines:
            with suppress(ConnectionError):  # it may have been refused by now
                line.sendall(begun)
        for line in lines:
            with suppress(ConnectionError):
                line.sendall(b"\n\r\n\r\n")
                line.recv(1)
    assert most_memory(server) < before + 100 * len(begun) // 2


def most_memory(server: Server) -> int:
    """The most bytes of memory that the process ever had."""
    assert server.process
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{server.process.pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def test_it_refuses_a_faulty_policy_file_and_says_where(tmp_path: Path) -> None:
    (tmp_path / "responders.toml").write_text("[community]\nname = 7\n")
    refused = serve(tmp_path, MATTERMOST_URL="http://127.0.0.1:9", MATTERMOST_TOKEN="t" * 26)
    assert refused.returncode == 1
    assert "responders.toml:2: community.name" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_it_refuses_to_start_without_a_mattermost_and_says_what_to_set(tmp_path: Path) -> None:
    refused = serve(tmp_path, ROUTER_POLICY=str(POLICY_FILE))
    assert refused.returncode == 1
    assert "MATTERMOST_URL and MATTERMOST_TOKEN" in refused.stderr


def test_a_second_process_on_the_same_store_is_told_who_has_it(server: Server, tmp_path: Path) -> None:
    server.start()
    second = serve(
        tmp_path,
        **{name: value for name, value in server.environment().items() if name.startswith(("ROUTER_", "MATTERMOST_"))},
    )
    assert second.returncode == 1
    assert "router.json" in second.stderr
    assert "Traceback" not in second.stderr


def test_list_works_while_the_service_runs(server: Server) -> None:
    server.start()
    server.hook("issues", sensitive(1))
    listed = subprocess.run(
        [sys.executable, "-m", "router.cli", "list", "--json"],
        env=server.environment(),
        cwd=server.folder,
        capture_output=True,
        check=True,
    )
    assert [case["id"] for case in json.loads(listed.stdout)] == ["ESC-1"]


def test_a_full_disk_is_answered_503_and_leaves_nothing_half_written(server: Server) -> None:
    server.largest_file = 60_000
    server.start()
    answers = []
    for number in range(1, 60):
        answers.append(server.hook("issues", sensitive(number, "word " * 400)))
        if answers[-1].status_code != 200:
            break
    assert answers[-1].status_code == 503
    assert int(answers[-1].headers["Retry-After"]) > 0
    acknowledged = [answer.json()["escalation"] for answer in answers[:-1]]
    server.end(9)
    server.largest_file = None
    server.start()
    listed = subprocess.run(
        [sys.executable, "-m", "router.cli", "list", "--json"],
        env=server.environment(),
        cwd=server.folder,
        capture_output=True,
        check=True,
    )
    assert sorted(case["id"] for case in json.loads(listed.stdout)) == sorted(acknowledged)
    assert server.hook("issues", sensitive(len(answers))).json()["result"] == "escalated"


def test_of_what_was_refused_the_log_says_where_and_why_and_nothing_else(server: Server) -> None:
    server.start()
    body = sensitive(1, "my secret wish is xyzzy")
    refused = requests.post(
        f"{server.url}/hooks/github",
        data=body,
        headers={"X-GitHub-Event": "issues", "X-Hub-Signature-256": "sha256=" + "0" * 64},
        timeout=5,
    )
    assert refused.status_code == 401
    server.end()
    assert "refused: /hooks/github: X-Hub-Signature-256: wrong\n" in server.logged()
    assert "xyzzy" not in server.logged()


def test_no_secret_is_ever_logged(server: Server, sandbox: Sandbox) -> None:
    server.start()
    server.hook("issues", sensitive(1))
    eventually(lambda: requests.get(f"{server.url}/readyz", timeout=5).json()["outbox"] == 0, "an empty outbox")
    sandbox.stop_listening()
    server.hook("issues", sensitive(2))
    server.end()
    for secret in (KEY, server.furnished.bot_token, server.furnished.command_token, server.furnished.outgoing_token):
        assert secret not in server.logged()
