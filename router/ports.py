"""What the service and the delivery need from the outside, as Protocols; adapters satisfy them."""

from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from router.core.cases import CaseId, Entry
from router.core.effects import Notice, Reply, Tell
from router.core.forms import Dialog
from router.core.people import PersonId
from router.core.policy import Policy
from router.core.signals import Incoming
from router.core.topics import Verdict
from router.core.units import AnyCase, Outcome, PendingEffect, PostRef, Unit


class Clock(Protocol):
    """Tells the time; aware, in UTC."""

    def now(self) -> datetime:
        """Give the present moment."""


class Classifier(Protocol):
    """Decides which topic a text is about; safe to use from many threads."""

    def classify(self, title: str, body: str, *, source: str = "", kind: str = "") -> Verdict:
        """Judge one signal."""


class Source(Protocol):
    """A place where the community speaks: how its webhooks are proved and read. Header names are lower case."""

    @property
    def name(self) -> str:
        """Its word in paths, thread keys and the policy file."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The settings that hold its secrets, by name."""

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> int:
        """Say which of the secrets signed this. Raises ProofFailed."""

    def parse(self, headers: Mapping[str, str], body: bytes, received_at: datetime) -> Sequence[Incoming]:
        """Read a proved body: what was said, deleted, moved; nothing of what is to be ignored. Raises BadInput."""

    def thread_of(self, url: str) -> str | None:
        """The thread key that an address of this source belongs to."""

    def same_place(self, one: str, other: str) -> bool:
        """Whether two addresses lead to one thing that was said, however they are written."""

    @property
    def challenge(self) -> Callable[[Mapping[str, str], bytes, Sequence[str]], dict[str, str] | None] | None:
        """Answers the sender's set-up question, out of query, body and secrets; None when it asks none."""

    @property
    def largest(self) -> int:
        """Bytes of a body."""

    @property
    def tokens(self) -> tuple[str, ...]:
        """The settings with whose token it can be asked for what was missed; none where it can't."""

    def sign(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> dict[str, str]:
        """Make the headers with which this source would send that body."""


class Store(Protocol):
    """Keeps everything. Every method may raise StoreUnavailable; what was acknowledged is on disk."""

    @property
    def installation(self) -> str:
        """The id made with the store; part of every effect's key."""

    def new_id(self, prefix: str) -> CaseId:
        """Reserve the next id of a kind; one that is never stored is given again after a restart."""

    def get(self, case_id: CaseId) -> AnyCase:
        """Read a case. Raises CaseNotFound."""

    def timeline(self, case_id: CaseId) -> Sequence[Entry]:
        """Read a case's entries, oldest first."""

    def in_thread(self, thread: str) -> Sequence[AnyCase]:
        """All cases of a thread, closed ones too, oldest first."""

    def holding(self, identity: str) -> Sequence[AnyCase]:
        """Cases that hold an object of a source, were offered it or quote it in a post; closed too, oldest first."""

    def by_post(self, post_id: str) -> PostRef | None:
        """Find the case that a root post belongs to."""

    def root_of(self, case_id: CaseId) -> PostRef | None:
        """The case's present root post; None until it was posted."""

    def live(self) -> Sequence[AnyCase]:
        """Cases that are not closed, oldest first."""

    def closed(self) -> Sequence[AnyCase]:
        """Closed cases, oldest first."""

    def due(self, now: datetime) -> Sequence[CaseId]:
        """Live cases whose deadline is `now` or earlier, the most overdue first."""

    def register(self, name: str, key: str) -> str | None:
        """Read a small value."""

    def registers(self, name: str) -> Mapping[str, str]:
        """Read all small values of that name, by key."""

    def commit(self, unit: Unit) -> None:
        """Write a unit, all or nothing. Raises StaleCase, or KeySeen with the first key that is taken."""

    def forget(self, now: datetime) -> None:
        """Drop keys whose time has passed."""

    def take(self, now: datetime, limit: int, lease: timedelta, worker: str) -> Sequence[PendingEffect]:
        """Lease effects that are due, oldest first; of a lane only the earliest, and none while one is leased.

        The try is on disk when this returns: `tries`, `last_try`, `worker`, and `unclear_since` if it was None are set
        in the store, while the returned values are those from before this try.
        """

    def settle(self, key: str, outcome: Outcome) -> None:
        """End a lease. Twice is once. A retry that is not unclear takes back the `unclear_since` of its own try."""

    def next_effect(self) -> datetime | None:
        """When the next effect of the outbox may be tried, None while it is empty."""

    def backlog(self) -> int:
        """How many effects wait."""

    def given_up(self) -> Sequence[tuple[str, str]]:
        """Key and reason of effects that can never be delivered."""

    def close(self) -> None:
        """Let go of files and locks."""


@dataclass(frozen=True, slots=True)
class ChatUser:
    """Somebody with an account on the Mattermost server."""

    id: str
    username: str
    name: str
    bot: bool = False
    guest: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class ChatPost:
    """A post as Mattermost tells it. `key` is the effect key in its props, whoever put it there.

    `kind` is empty for what is said; else it is what Mattermost says in somebody's name ("system_auto_responder").
    `edited_at` is when its text was last changed, None while it never was.
    """

    id: str
    channel_id: str
    user_id: str
    root_id: str
    message: str
    key: str | None
    from_webhook: bool
    created_at: datetime
    kind: str = ""
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChatChannel:
    """A channel, `direct` for messages between two; `last_post_at` by the server's clock, `name` the present one."""

    id: str
    direct: bool
    last_post_at: datetime
    name: str = ""
    archived: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """Somebody posted, `direct` when to the bot alone; `edited` when the post was there and was changed."""

    post: ChatPost
    direct: bool
    edited: bool = False


@dataclass(frozen=True, slots=True)
class PostDeleted:
    """A post was deleted; of a root post, all its thread with it."""

    post_id: str
    channel_id: str
    root_id: str


@dataclass(frozen=True, slots=True)
class Missed:
    """What happened until now may have been missed: what counts has to be read."""


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """An account is not as it was: its name, its picture, whether it is active. What it is now, is to be read."""

    user_id: str


Happening = Posted | PostDeleted | Missed | AccountChanged


@dataclass(frozen=True, slots=True)
class Button:
    """One button of a root post: a row of the command table, and its argument.

    A disabled one can't be pressed any more, yet a press that is under way still finds it, and is answered.
    """

    label: str
    word: str
    argument: str = ""
    style: str = "default"
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """A post ready to be sent: safe Markdown, and the buttons under it. `case` is what the buttons act on."""

    message: str
    buttons: tuple[Button, ...] = ()
    case: CaseId | None = None
    urgent: bool = False


class Chat(Protocol):
    """The Mattermost server. Every method raises ChatUnavailable or ChatRefused, and nothing else."""

    def me(self) -> ChatUser:
        """The bot that the token belongs to."""

    def channel_named(self, team: str, channel: str) -> ChatChannel:
        """Look a channel up by name; ARCHIVED for an archived one."""

    def channel(self, channel_id: str) -> ChatChannel:
        """Look a channel up by id, archived or not."""

    def members(self, channel_id: str, user_ids: Sequence[str]) -> Collection[str]:
        """Tell which of these accounts are in a channel; asked as one of its members."""

    def add_member(self, channel_id: str, user_id: str) -> None:
        """Put somebody into a channel; NOT_FOUND for whoever is not in its team. Who is in already stays in."""

    def user(self, user_id: str) -> ChatUser:
        """Look an account up."""

    def users(self, user_ids: Sequence[str]) -> Sequence[ChatUser]:
        """Look accounts up by id; unknown ids are left out."""

    def users_named(self, usernames: Sequence[str]) -> Sequence[ChatUser]:
        """Look accounts up by username; unknown names are left out."""

    def direct_channel(self, user_id: str) -> str:
        """The channel of the bot's direct messages with somebody."""

    def create_post(
        self, channel_id: str, rendered: Rendered, *, key: str, pending_id: str, root_id: str = ""
    ) -> ChatPost:
        """Post, with the effect key in the props. The answer is what the server says, even of another channel."""

    def update_post(self, post_id: str, channel_id: str, rendered: Rendered, *, key: str, erases: bool = False) -> None:
        """Replace text and buttons of a post of ours; with `erases`, delete one that can't be changed (ROOT_GONE)."""

    def post(self, post_id: str) -> ChatPost:
        """Read a post."""

    def posts_since(self, channel_id: str, since: datetime) -> Iterable[ChatPost]:
        """Posts of a channel made since then by the server's clock, deleted ones left out."""

    def posts_made_since(self, channel_id: str, made: datetime) -> Iterable[ChatPost]:
        """The same, for a time that is the server's: newest first, deleted ones left out."""

    def my_channels(self) -> Sequence[ChatChannel]:
        """The channels that the bot is in, archived ones left out."""

    def react(self, post_id: str, emoji: str) -> None:
        """Put the bot's reaction on a post."""

    def open_dialog(self, trigger_id: str, dialog: Dialog) -> None:
        """Show a form to whoever pressed or typed; `trigger_id` is that of the request, while it is answered."""

    def signing_key(self) -> str:
        """The key that the server signs trigger ids with: base64 of DER."""

    def site_url(self) -> str:
        """Where people reach the server, "" when it does not know."""

    def remark(self) -> str:
        """What people should know of the server although it answers: that its version is not the right one; or ""."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a post can reach: the policy with everybody's present username, and of others why they are not told.

    `missed` goes by username, that of the policy file for its people.
    """

    policy: Policy
    missed: Mapping[str, str] = field(default_factory=dict)


class Events(Protocol):
    """What happens on the Mattermost server, as it happens."""

    def listen(self) -> Generator[Happening, None, None]:
        """Connect and tell, first of all Missed, until the connection ends. Raises ChatUnavailable, ChatRefused."""

    def close(self) -> None:
        """End what listens, in whatever thread; for good."""


@dataclass(frozen=True, slots=True)
class RootView:
    """What a root post shows beyond its case: names and links come from the policy, `linked` from the thread."""

    reach: Reach
    linked: tuple[CaseId, ...] = ()
    moved: bool = False


class Renderer(Protocol):
    """Makes texts out of cases and effects; hostile text leaves it harmless."""

    def root(self, case: AnyCase, view: RootView) -> Rendered:
        """The root post as the case stands now."""

    def reply(self, case: AnyCase, reply: Reply, reach: Reach) -> Rendered:
        """A reply in the case's thread."""

    def tell(self, case: AnyCase, tell: Tell) -> Rendered:
        """What is said of a case to one person alone."""

    def notice(self, notice: Notice, people: Sequence[PersonId], reach: Reach) -> Rendered:
        """What is said to those people of no case."""

    def answer(self, template: str, facts: Mapping[str, object]) -> str:
        """What a command's door says to the person who gave it."""
