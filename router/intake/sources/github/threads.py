"""Thread keys of GitHub, and the addresses that lead to them."""

import re

from router.intake.bodies import web_parts

NAME = "github"

_HOSTS = frozenset({"github.com", "www.github.com"})
# An organisation's discussions have addresses of their own, which don't tell the repository behind them.
_PAGE = re.compile(
    r"/(?!orgs/)(?P<name>[\w.-]+/[\w.-]+)/"
    r"(?:(?:issues|pull|discussions)/(?P<number>[1-9]\d{0,17})|commit/(?P<commit>[0-9a-f]{64}|[0-9a-f]{40})"
    r"|security/secret-scanning/(?P<alert>[1-9]\d{0,17}))(?![\w-])",
    re.ASCII | re.IGNORECASE,
)
_ADVISORY_PAGE = re.compile(
    r"(?:/[\w.-]+/[\w.-]+/security)?/advisories/(?P<id>GHSA(?:-[0-9a-z]{4}){3})(?![\w-])", re.ASCII | re.IGNORECASE
)


def numbered(repository: str, number: int | str) -> str:
    """Name the thread of an issue, a discussion or a pull request: they share one sequence of numbers."""
    return _key(f"{repository}#{number}")


def of_commit(repository: str, commit: str) -> str:
    """Name the thread of what is said on a commit."""
    return _key(f"{repository}@{commit}")


def of_leak(repository: str, number: int | str) -> str:
    """Name the thread of a secret that was found in a repository."""
    return _key(f"{repository}/secret-scanning/{number}")


def of_advisory(ghsa_id: str) -> str:
    """Name the thread of an advisory, the same in its repository and in GitHub's database."""
    return _key(ghsa_id)


def _key(place: str) -> str:
    return f"{NAME}:{place}".lower()


def place_of(url: str) -> str | None:
    """Name the remark that an address leads to; mails and notifications add to it what nobody needs."""
    thread, remark = thread_of(url), url.partition("#")[2].removeprefix("discussion_")  # shorter beside the code
    return f"{thread}#{remark}" if thread and remark else None


def thread_of(url: str) -> str | None:
    """Give the thread key that an address on github.com belongs to: of the page, and of all below it."""
    parts = web_parts(url)
    if parts is None or parts.hostname not in _HOSTS:
        return None
    if advisory := _ADVISORY_PAGE.match(parts.path):
        return of_advisory(advisory["id"])
    page = _PAGE.match(parts.path)
    if page is None:
        return None
    if page["number"]:
        return numbered(page["name"], page["number"])
    return of_commit(page["name"], page["commit"]) if page["commit"] else of_leak(page["name"], page["alert"])
