"""What any source tells: what somebody said, in one shape, and what became of it there."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from router.core.topics import TopicId

RAISED = "raised"  # the instance of what colleagues put before responders
HEADLINE = 80  # characters of a text that stand for a title: the text follows below
LONGEST_URL = 2000  # characters: more than any sender makes
EXCERPT = 2000  # characters of a signal that are kept: more than any post quotes


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing somebody said in public.

    `instance` and `object_id` identify the object at its source, whatever delivery brought it. `thread` is the stable
    lower-case key of the conversation. `title` is the object's own ("" for a comment), `headline` the thread's, for
    people to read. `author` is None when the account is gone. `at` is when it was last changed, where the source tells
    that, else when it came: an earlier wording may arrive later.

    `confidential` when not everybody may read it there. `topic` is set where the source itself says what it is about
    (an advisory is about security), so that nothing has to be guessed. `labels` are what people put on it there; where
    it was only `labelled`, nothing but these counts, since its text was judged before. `member_of` names the
    organisation that the source knows the author to belong to. `recovered` when it was deleted and is back. `alias` is
    another id of the object, where each wording has one of its own: what is deleted may be named by it.
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
    confidential: bool = False
    topic: TopicId | None = None
    labels: tuple[str, ...] = ()
    member_of: str = ""
    recovered: bool = False
    alias: str = ""
    labelled: bool = False

    @property
    def identity(self) -> str:
        """The object, across deliveries and versions."""
        return identity(self.source, self.instance, self.object_id)

    def version(self, key: bytes) -> str:
        """Tell one wording of the object from another, without giving the wording away."""
        text = f"{self.title}\0{self.body}".encode("utf-8", "surrogatepass")
        return hmac.new(key, text, "sha256").hexdigest()[:32]


def first_line(text: str) -> str:
    """Give what may stand for a title where there is none, cut between words where that is possible."""
    line = " ".join(text.strip().partition("\n")[0].split())
    if len(line) <= HEADLINE:
        return line
    cut = line[: HEADLINE - 1]
    words = cut if line[len(cut)] == " " else cut.rpartition(" ")[0]
    return f"{words if len(words) > HEADLINE // 2 else cut}…"


@dataclass(frozen=True, slots=True)
class Deleted:
    """Something was deleted at its source: one object, or the whole of a thread where `object_id` is "".

    `thread` is "" where the source does not tell it.
    """

    source: str
    instance: str
    object_id: str
    thread: str
    at: datetime

    @property
    def identity(self) -> str:
        """That of its signals; "" for a whole thread."""
        return identity(self.source, self.instance, self.object_id) if self.object_id else ""


@dataclass(frozen=True, slots=True)
class Moved:
    """A thread is another one now, at `url`, where perhaps not everybody may read it."""

    source: str
    thread: str
    to: str
    url: str
    confidential: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Flagged:
    """Somebody reported at the source that a post breaks the rules there."""

    source: str
    instance: str
    object_id: str
    url: str
    at: datetime


Incoming = Signal | Deleted | Moved | Flagged


def identity(source: str, instance: str, object_id: str) -> str:
    """Name an object of a source, across deliveries and versions."""
    return f"{source}:{instance}:{object_id}"


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
