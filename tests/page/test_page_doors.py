"""Who the page's server answers: its own page, under its own name; and what never leaves it."""

import re
import subprocess
import sys

import pytest
import requests

STATIC = ("app.js", "style.css", "icon.svg", "markdown.js")


def token_of(page):
    shell = requests.get(f"{page.url}/as/alice", timeout=10).text
    return re.search(r'name="csrf" content="([^"]+)"', shell)[1]


def say(page, path="/as/alice/api/v4/posts", **headers):
    return requests.post(f"{page.url}{path}", json={"channel_id": "x", "message": "hello"}, headers=headers, timeout=10)


def test_its_own_page_may_ask_and_acts_as_the_person(desk):
    headers = {"X-CSRF-Token": token_of(desk.page), "Origin": desk.page.url, "Sec-Fetch-Site": "same-origin"}
    body = {"channel_id": desk.channel_id, "message": "hello"}
    answer = requests.post(f"{desk.page.url}/as/bob/api/v4/posts", json=body, headers=headers, timeout=10)
    assert answer.status_code == 201
    assert answer.json()["user_id"] == desk.sandbox.id_of("bob")


def test_it_answers_to_localhost_as_well(desk):
    port = desk.page.url.rpartition(":")[2]
    assert requests.get(f"{desk.page.url}/as/alice", headers={"Host": f"localhost:{port}"}, timeout=10).ok


@pytest.mark.parametrize("path", ["/", "/as/alice", "/as/alice/events", "/as/alice/api/v4/users/me", "/static/app.js"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:{port}.evil.example"])
def test_another_host_name_is_refused_everywhere(desk, path, host):
    port = desk.page.url.rpartition(":")[2]
    answer = requests.get(f"{desk.page.url}{path}", headers={"Host": host.format(port=port)}, timeout=10)
    assert answer.status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRF-Token": "guessed"},
        {"X-CSRF-Token": "{token}", "Origin": "https://evil.example"},
        {"X-CSRF-Token": "{token}", "Origin": "null"},
        {"X-CSRF-Token": "{token}", "Sec-Fetch-Site": "cross-site"},
        {"X-CSRF-Token": "{token}", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_whatever_changes_something_needs_the_page_s_own_token_and_origin(desk, headers):
    token = token_of(desk.page)
    answer = say(desk.page, **{name: value.format(token=token) for name, value in headers.items()})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/as/alice/api/v4/users/me", "/as/alice/events", "/static/app.js"])
def test_another_site_s_page_may_not_even_read(desk, path):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert requests.get(f"{desk.page.url}{path}", headers=headers, timeout=10).status_code == 403


def test_a_link_from_elsewhere_may_lead_here(desk):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert requests.get(f"{desk.page.url}/as/alice", headers=headers, timeout=10).ok


@pytest.mark.parametrize("username", ["admin", "router", "nobody", "..", "alice%00"])
def test_only_the_people_named_can_be_acted_as(desk, username):
    assert requests.get(f"{desk.page.url}/as/{username}/api/v4/users/me", timeout=10).status_code == 404


@pytest.mark.parametrize(
    "path", ["../../sandbox/ephemeral", "%2e%2e/%2e%2e/sandbox/ephemeral", "..%2f..%2fsandbox/ephemeral"]
)
def test_nothing_beside_the_rest_api_can_be_asked(desk, path):
    url = f"{desk.page.url}/as/alice/api/v4/{path}"
    with requests.Session() as session:
        asked = requests.Request("GET", url).prepare()
        asked.url = url
        assert session.send(asked, timeout=10).status_code == 404


def test_every_answer_forbids_inline_scripts_other_origins_and_frames(desk):
    for path in ("/", "/as/alice", "/as/alice/api/v4/users/me", "/as/nobody", *(f"/static/{name}" for name in STATIC)):
        headers = requests.get(f"{desk.page.url}{path}", timeout=10, allow_redirects=False).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_access_token_reaches_the_browser(desk):
    token = desk.sandbox.token_of("alice")
    for path in ("/as/alice", "/as/alice/api/v4/users/me"):
        answer = requests.get(f"{desk.page.url}{path}", timeout=10)
        assert token not in answer.text + str(answer.headers)


def test_a_server_that_is_down_is_said_so(desk):
    desk.sandbox.stop_listening()
    answer = requests.get(f"{desk.page.url}/as/alice/api/v4/users/me", timeout=10)
    assert (answer.status_code, answer.json()["message"]) == (502, "The server can't be reached.")


def test_it_listens_on_this_machine_alone(desk):
    assert desk.page.url.startswith("http://127.0.0.1:")


def test_the_service_knows_nothing_of_the_page_nor_of_the_sandbox():
    asked = "import sys, router.cli.serve, router.bootstrap; print([one for one in sys.modules if 'sandbox' in one])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
