"""The parts of GitHub's bodies that are read: these fields and no others.

What is optional or may be null is what GitHub's schema says or reality does: accounts that are gone leave null, and so
do empty texts. Of an alert about a leaked secret only what never holds the secret is here, and of an edit's `changes`
nothing of the old text.
"""

import re

import msgspec

from router.core.errors import BadInput
from router.intake.bodies import Moment, Number

_FULL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")


class User(msgspec.Struct, frozen=True):
    """An account."""

    login: str
    type: str | None = None

    @property
    def is_bot(self) -> bool:
        """Whether no person speaks; somebody who uses an app does."""
        return self.type == "Bot" or self.login.endswith("[bot]")


class Repository(msgspec.Struct, frozen=True):
    """Where it happened."""

    full_name: str
    private: bool
    visibility: str | None = None
    owner: User | None = None

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it; `visibility` came later than `private`, and older servers don't send it."""
        return not self.private and self.visibility in {None, "public"}

    def name(self, path: str = "$.repository") -> str:
        """Give owner and name. Raises BadInput."""
        if not _FULL_NAME.fullmatch(self.full_name):
            raise BadInput(f"{path}.full_name", "expected owner/name")
        return self.full_name


class Label(msgspec.Struct, frozen=True):
    """What people put on an issue, a discussion or a pull request."""

    name: str


class Item(msgspec.Struct, frozen=True):
    """An issue, a discussion or a pull request: what others comment on. They share one sequence of numbers."""

    id: Number
    number: Number
    title: str
    html_url: str
    user: User | None = None
    body: str | None = None
    labels: tuple[Label, ...] | None = None
    author_association: str | None = None
    updated_at: Moment | None = None


class Remark(msgspec.Struct, frozen=True):
    """A comment or a review."""

    id: Number
    html_url: str
    user: User | None = None
    body: str | None = None
    commit_id: str | None = None
    author_association: str | None = None
    updated_at: Moment | None = None


class Advisory(msgspec.Struct, frozen=True):
    """Somebody's report of a vulnerability, or what was published about one; only a repository's has an address."""

    ghsa_id: str
    summary: str
    description: str | None = None
    html_url: str | None = None
    author: User | None = None


class Alert(msgspec.Struct, frozen=True):
    """A secret was found. What else GitHub sends may hold the secret itself, so none of it is here."""

    number: Number
    html_url: str
    secret_type_display_name: str | None = None
    secret_type: str | None = None
    updated_at: str | None = None


class Former(msgspec.Struct, frozen=True):
    """What an issue was before its transfer."""

    number: Number


class Destination(msgspec.Struct, frozen=True):
    """What an issue or a discussion is after its transfer."""

    number: Number
    html_url: str


class Changes(msgspec.Struct, frozen=True):
    """Of what an action changed, the transfers alone."""

    old_issue: Former | None = None
    old_repository: Repository | None = None
    new_issue: Destination | None = None
    new_discussion: Destination | None = None
    new_repository: Repository | None = None


class Body(msgspec.Struct, frozen=True):
    """A delivery; which of its parts must be there, the event says."""

    repository: Repository | None = None
    issue: Item | None = None
    discussion: Item | None = None
    pull_request: Item | None = None
    comment: Remark | None = None
    review: Remark | None = None
    label: Label | None = None
    changes: Changes | None = None
    repository_advisory: Advisory | None = None
    security_advisory: Advisory | None = None
    alert: Alert | None = None
