"""Faults on demand, and what a client meets."""

import json
import signal
import subprocess
import sys
import threading
from functools import partial

import pytest
import requests

from router.sandbox import Fault, Kind, RequestRecord, Sandbox

POSTS = "/api/v4/posts$"


@pytest.fixture
def in_background():
    threads = []

    def run(work):
        threads.append(threading.Thread(target=work))
        threads[-1].start()
        return threads[-1]

    yield run
    for thread in threads:
        thread.join(5)


def _post(desk, **fields):
    return desk.router.post("/posts", {"channel_id": desk.channel_id, "message": "x", **fields})


def _stored(desk):
    return desk.bob.get(f"/channels/{desk.channel_id}/posts").json()["order"]


def test_an_error_is_given_as_often_as_asked_and_carries_nothing_out(desk):
    desk.sandbox.faults.add(Fault(path=POSTS, status=503, error_id="some.id", times=2))
    answers = [_post(desk) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 201]
    assert (answers[0].json()["id"], answers[0].json()["status_code"]) == ("some.id", 503)
    assert len(_stored(desk)) == 1


def test_a_fault_without_times_lasts_until_it_is_cleared(desk):
    desk.sandbox.faults.add(Fault(method="POST", path=POSTS))
    assert [_post(desk).status_code for _ in range(3)] == [500] * 3
    desk.sandbox.faults.clear()
    assert _post(desk).status_code == 201


def test_a_fault_hits_only_its_method_and_path(desk):
    desk.sandbox.faults.add(Fault(method="PUT", path=POSTS))
    desk.sandbox.faults.add(Fault(path="/users/"))
    assert _post(desk).status_code == 201


def test_a_rate_limit_says_when_to_come_back_in_plain_text(desk):
    desk.sandbox.faults.add(Fault(Kind.RATE_LIMITED, retry_after=7))
    answer = _post(desk)
    assert (answer.status_code, answer.text.strip()) == (429, "limit exceeded")
    assert (answer.headers["Retry-After"], "X-Request-ID" in answer.headers) == ("7", False)


def test_a_rate_limit_that_is_switched_on_counts_every_request(desk):
    desk.sandbox.configure("RateLimitSettings", Enable=True, PerSec=1, MaxBurst=2)
    answers = [desk.router.get("/system/ping") for _ in range(4)]
    assert [answer.status_code for answer in answers[:3]] == [200] * 3
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers[:3]] == ["2", "1", "0"]
    assert (answers[3].status_code, answers[3].text.strip()) == (429, "limit exceeded")
    desk.clock.advance(int(answers[3].headers["Retry-After"]))
    assert desk.router.get("/system/ping").status_code == 200


def test_a_refused_request_gets_no_answer(desk):
    desk.sandbox.faults.add(Fault(Kind.REFUSED, path=POSTS, times=1))
    with pytest.raises(requests.ConnectionError):
        _post(desk)
    assert _post(desk).status_code == 201
    assert desk.sandbox.requests[-2:] == [
        RequestRecord("POST", "/api/v4/posts", 0),
        RequestRecord("POST", "/api/v4/posts", 201),
    ]


def test_a_server_that_stopped_listening_refuses_and_comes_back_on_its_port(desk):
    url, post = desk.sandbox.url, _post(desk).json()["id"]
    desk.sandbox.stop_listening()
    with pytest.raises(requests.ConnectionError):
        _post(desk)
    desk.sandbox.listen_again()
    assert desk.sandbox.url == url
    assert _stored(desk) == [post]


def test_a_post_whose_answer_is_held_is_stored(desk, in_background):
    fault = desk.sandbox.faults.add(Fault(Kind.HANG_AFTER, path=POSTS, times=1))
    answers = []
    thread = in_background(lambda: answers.append(_post(desk, pending_post_id="key")))
    assert fault.wait_until_held(5)
    stored = _stored(desk)
    repeated = desk.bob.post("/posts", {"channel_id": desk.channel_id, "pending_post_id": "key"}).json()["id"]
    fault.release()
    thread.join(5)
    assert stored == [repeated] == [answers[0].json()["id"]]


def test_a_client_that_gives_up_leaves_its_post_behind(desk):
    fault = desk.sandbox.faults.add(Fault(Kind.HANG_AFTER, path=POSTS, times=1))
    with pytest.raises(requests.ReadTimeout):
        desk.router.post("/posts", {"channel_id": desk.channel_id}, timeout=0.2)
    assert fault.wait_until_held(5)
    fault.release()
    assert fault.wait_until_let_go(5)
    assert len(_stored(desk)) == 1


def test_a_post_held_before_it_is_carried_out_is_not_stored_yet(desk, in_background):
    fault = desk.sandbox.faults.add(Fault(Kind.HANG_BEFORE, path=POSTS, times=1))
    thread = in_background(lambda: _post(desk))
    assert fault.wait_until_held(5)
    assert _stored(desk) == []
    fault.release()
    thread.join(5)
    assert len(_stored(desk)) == 1


def test_a_pending_id_in_flight_is_an_error_for_who_repeats_it(desk, in_background):
    fault = desk.sandbox.faults.add(Fault(Kind.HANG_STORING, path=POSTS, times=1))
    in_background(lambda: _post(desk, pending_post_id="key"))
    assert fault.wait_until_held(5)
    answer = desk.bob.post("/posts", {"channel_id": desk.channel_id, "pending_post_id": "key"})
    fault.release()
    assert (answer.status_code, answer.json()["id"]) == (500, "api.post.deduplicate_create_post.pending")


def test_a_request_is_held_no_longer_than_asked(desk):
    fault = desk.sandbox.faults.add(Fault(Kind.HANG_AFTER, path=POSTS, hold_seconds=0.01))
    assert _post(desk).status_code == 201
    assert fault.held == 0


def test_closing_lets_held_requests_go(clock, in_background):
    sandbox = Sandbox.start(clock=clock)
    fault = sandbox.faults.add(Fault(Kind.HANG_BEFORE))

    def ask():
        with pytest.raises(requests.ConnectionError):
            requests.get(sandbox.url, timeout=5)

    in_background(ask)
    assert fault.wait_until_held(5)
    sandbox.stop_listening()
    sandbox.close()
    assert fault.wait_until_let_go(5)


def test_a_closed_sandbox_refuses(clock):
    with Sandbox.start(clock=clock) as sandbox:
        url = sandbox.url
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_faults_are_switched_over_http_by_an_admin(desk, in_background):
    fault = desk.admin.post("/sandbox/faults", {"kind": "hang_after", "path": POSTS}).json()["id"]
    in_background(lambda: _post(desk))
    assert desk.admin.get(f"/sandbox/faults/{fault}/held", timeout=5).json()["is_held"] is True
    assert desk.admin.get("/sandbox/faults").json()[0]["hits"] == 1
    assert desk.admin.post(f"/sandbox/faults/{fault}/release").status_code == 200
    assert desk.admin.delete("/sandbox/faults").status_code == 200
    assert desk.admin.get("/sandbox/faults").json() == []


@pytest.mark.parametrize("body", [{"kind": "nonsense"}, {"other": 1}, {"path": "("}, {"held": 1}])
def test_a_fault_that_is_none_is_refused(desk, body):
    assert desk.admin.post("/sandbox/faults", body).status_code == 400


def test_the_controls_are_for_admins(desk):
    asked = [("POST", "faults"), ("DELETE", "faults"), ("POST", "forget"), ("GET", "requests")]
    assert {desk.router.call(method, f"/sandbox/{name}", {}).status_code for method, name in asked} == {403}


def test_the_pending_ids_are_forgotten_over_http(desk):
    first = _post(desk, pending_post_id="key").json()["id"]
    desk.admin.post("/sandbox/forget")
    assert _post(desk, pending_post_id="key").json()["id"] != first


def test_the_log_counts_calls_and_leaves_the_controls_out(desk):
    _post(desk)
    desk.admin.get("/sandbox/requests")
    assert desk.sandbox.requests == [RequestRecord("POST", "/api/v4/posts", 201)]


def test_many_clients_are_served_at_once_over_kept_connections(desk, in_background):
    clients = [desk.person(name) for name in ("alice", "bob", "router") * 8]

    def talk(client):
        for number in range(5):
            desk.say(client, str(number))

    for thread in [in_background(partial(talk, client)) for client in clients]:
        thread.join(5)
    assert len(desk.admin.get(f"/channels/{desk.channel_id}/posts", per_page=200).json()["order"]) == 120


def test_it_runs_as_a_program_that_says_where_it_is():
    program = subprocess.Popen(
        [sys.executable, "-m", "router.sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    with program:
        told = json.loads(program.stdout.readline())
        headers = {"Authorization": f"Bearer {told['admin_token']}"}
        answer = requests.get(told["url"] + "/api/v4/users/me", headers=headers, timeout=5)
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
    assert "system_admin" in answer.json()["roles"]
