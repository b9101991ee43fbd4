"""What any source says, in one shape."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

RAISED = "raised"  # the instance of what colleagues put before responders
EXCERPT = 2000  # characters of a signal that are kept: more than any post quotes


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing somebody said in public.

    `instance` and `object_id` identify the object at its source, whatever delivery brought it. `thread` is the stable
    lower-case key of the conversation. `title` is the object's own ("" for a comment), `headline` the thread's, for
    people to read. `author` is None when the account is gone.
    """

    source: str
    instance: str
    kind: str
    object_id: str
    thread: str
    url: str
    title: str
    headline: str
    body: str
    author: str | None
    at: datetime

    @property
    def identity(self) -> str:
        """The object, across deliveries and versions."""
        return f"{self.source}:{self.instance}:{self.object_id}"

    def version(self, key: bytes) -> str:
        """Tell one wording of the object from another, without giving the wording away."""
        text = f"{self.title}\0{self.body}".encode("utf-8", "surrogatepass")
        return hmac.new(key, text, "sha256").hexdigest()[:32]


def excerpt(text: str) -> str:
    """What is kept of a text."""
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1].rstrip() + "…"


def same_address(one: str | None, other: str | None) -> bool:
    """Whether two addresses name the same place, however their host is spelt."""
    if not one or not other:
        return False
    try:
        left, right = urlsplit(one), urlsplit(other)
    except ValueError:  # such as "https://[oops": no address of anything
        return False
    return (left.netloc.lower(), left.path.rstrip("/"), left.query, left.fragment) == (
        right.netloc.lower(),
        right.path.rstrip("/"),
        right.query,
        right.fragment,
    )
