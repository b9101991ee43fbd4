"""Webhook bodies as GitHub sends them: what was said, amid the hundred addresses that nobody reads."""

import itertools
import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from router.intake.source import sources

SECRET = "a-secret-that-GitHub-knows"
REPOSITORY = "example-org/chat-server"
_API = f"https://api.github.com/repos/{REPOSITORY}"
_SITE = f"https://github.com/{REPOSITORY}"
_USER_LINKS = [
    "followers",
    "following{/other_user}",
    "gists{/gist_id}",
    "starred{/owner}{/repo}",
    "subscriptions",
    "orgs",
    "repos",
    "events{/privacy}",
    "received_events",
]
_REPOSITORY_LINKS = [
    "forks",
    "keys{/key_id}",
    "collaborators{/collaborator}",
    "teams",
    "hooks",
    "issue_events",
    "events",
    "assignees{/user}",
    "branches{/branch}",
    "tags",
    "git_blobs{/sha}",
    "git_tags{/sha}",
    "git_refs{/sha}",
    "trees{/sha}",
    "statuses/{sha}",
    "languages",
    "stargazers",
    "contributors",
    "subscribers",
    "subscription",
    "commits{/sha}",
    "git_commits{/sha}",
    "comments{/number}",
    "issue_comment{/number}",
    "contents/{+path}",
    "compare/{base}...{head}",
    "merges",
    "archive",
    "downloads",
    "issues{/number}",
    "pulls{/number}",
    "milestones{/number}",
    "notifications",
    "labels{/name}",
    "releases{/id}",
    "deployments",
]
_FLAGS = [
    "has_issues",
    "has_projects",
    "has_downloads",
    "has_wiki",
    "has_pages",
    "has_discussions",
    "archived",
    "disabled",
    "fork",
]

_TEXTS = tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))
ORDINARY, SENSITIVE = (tuple((one["title"], one["body"]) for one in _TEXTS[name]) for name in ("ordinary", "sensitive"))
_numbers = itertools.count(1)


def issue(title: str, body: str, number: int) -> dict[str, Any]:
    """Make the body of an opened issue, of about the size of a real one."""
    thing = {
        "url": f"{_API}/issues/{number}",
        "html_url": f"{_SITE}/issues/{number}",
        "id": 2_000_000_000 + number,
        "node_id": f"I_kwDOB{number:08}",
        "number": number,
        "title": title,
        "user": _user("octo-reader", 583231),
        "labels": [{"id": one, "name": f"label {one}", "color": "d73a4a", "default": True} for one in range(3)],
        "state": "open",
        "assignees": [_user("octo-helper", 583232)],
        "comments": 0,
        "created_at": "2026-03-02T09:00:00Z",
        "author_association": "NONE",
        "body": body,
        "reactions": dict.fromkeys(("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"), 0),
    }
    sender = _user("octo-reader", 583231)
    return {"action": "opened", "issue": thing, "repository": _repository(), "sender": sender}


def small_issue(title: str, body: str, number: int) -> dict[str, Any]:
    """Make a body with nothing but what is read."""
    url = f"{_SITE}/issues/{number}"
    user = {"login": "octo-reader", "type": "User"}
    thing = {"id": number, "number": number, "title": title, "body": body, "user": user, "html_url": url}
    return {"action": "opened", "issue": thing, "repository": {"full_name": REPOSITORY, "private": False}}


def deliveries(texts: tuple[tuple[str, str], ...], count: int, *, small: bool = False) -> Iterator[bytes]:
    """Make signed requests, each of an issue of its own, ready to be sent to `/hooks/github`."""
    make = small_issue if small else issue
    for title, text in itertools.islice(itertools.cycle(texts), count):
        body = json.dumps(make(title, text, next(_numbers) + 100_000)).encode()
        yield request(body)


def request(body: bytes) -> bytes:
    """Sign a body and write the whole request."""
    signed = sources()["github"].sign({"x-github-event": "issues"}, body, SECRET, datetime.now(UTC))
    headers = {
        "host": "127.0.0.1",
        "user-agent": "GitHub-Hookshot/044aadd",
        "accept": "*/*",
        "content-length": str(len(body)),
        **signed,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /hooks/github HTTP/1.1\r\n{head}\r\n".encode() + body


def _user(login: str, number: int) -> dict[str, Any]:
    base = f"https://api.github.com/users/{login}"
    links = {f"{_name(one)}_url": f"{base}/{one}" for one in _USER_LINKS}
    known = {"login": login, "id": number, "node_id": f"MDQ6VXNlc{number}", "type": "User", "site_admin": False}
    return known | {"avatar_url": f"https://avatars.example.org/u/{number}?v=4", "url": base} | links


def _repository() -> dict[str, Any]:
    links = {f"{_name(one)}_url": f"{_API}/{one}" for one in _REPOSITORY_LINKS}
    known = {"id": 1296269, "name": "chat-server", "full_name": REPOSITORY, "private": False, "visibility": "public"}
    return known | {"owner": _user("example-org", 583000), "html_url": _SITE} | links | dict.fromkeys(_FLAGS, False)


def _name(link: str) -> str:
    return link.partition("{")[0].strip("/")
