"""From where to where is read what nobody heard: values in a store, a server of two lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from world import ManualClock

from router.core.effects import Channel
from router.core.errors import ChatRefused, ChatUnavailable, Refusal
from router.core.units import Register, Unit
from router.ports import ChatChannel, ChatPost, Posted, Store
from router.service.catching_up import DIRECT, FURTHEST, HEARD, MARGIN, UNWRITTEN, CatchingUp
from router.storage import open_store

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NAME = "escalations"
WATCHED = "questions"


@dataclass
class Server:
    """Channels and posts, and what was read of them."""

    channels: list[ChatChannel] = field(default_factory=list)
    posts: list[ChatPost] = field(default_factory=list)
    down: bool = False
    read: list[tuple[str, datetime]] = field(default_factory=list)

    def my_channels(self) -> Sequence[ChatChannel]:
        return self.channels

    def posts_made_since(self, channel_id: str, made: datetime) -> Iterable[ChatPost]:
        if self.down:
            raise ChatUnavailable("down", unclear=False)
        self.read.append((channel_id, made))
        found = [post for post in self.posts if post.channel_id == channel_id and post.created_at >= made]
        return sorted(found, key=lambda post: post.created_at, reverse=True)

    def say(self, channel_id: str, at: datetime, *, direct: bool = False) -> ChatPost:
        """Somebody says something; the channel is there from then on."""
        post = ChatPost(f"p{len(self.posts)}", channel_id, "u", "r", "claim", None, from_webhook=False, created_at=at)
        self.posts.append(post)
        self.channels = [one for one in self.channels if one.id != channel_id]
        self.channels.append(ChatChannel(channel_id, direct, at))
        return post


@dataclass
class Places:
    """Where cases have their threads, as long as the bot is there."""

    server: Server

    def channel_id(self, channel: Channel) -> str:
        if not any(one.id == NAME for one in self.server.channels):
            raise ChatRefused(Refusal.NOT_FOUND, channel)
        return NAME

    def find_watched(self) -> frozenset[str]:
        return frozenset([WATCHED])


@dataclass
class Listener:
    """Takes down what is heard."""

    heard: list[Posted] = field(default_factory=list)
    looked_again: int = 0

    def hear(self, posted: Posted) -> None:
        self.heard.append(posted)

    def look_again(self) -> None:
        self.looked_again += 1

    @property
    def posts(self) -> list[ChatPost]:
        return [one.post for one in self.heard]


@dataclass
class Desk:
    store: Store
    real: ManualClock


@dataclass
class Place:
    """One router after the other, over one store and one server."""

    server: Server
    desk: Desk
    listener: Listener = field(default_factory=Listener)

    def start(self) -> CatchingUp:
        self.listener = Listener()
        return CatchingUp(self.desk, self.server, Places(self.server), self.listener)

    def written(self) -> dict[str, datetime]:
        return {key: datetime.fromisoformat(at) for key, at in self.desk.store.registers(HEARD).items()}


@pytest.fixture
def place() -> Place:
    made = Place(Server(), Desk(open_store("memory://"), ManualClock()))
    made.server.channels = [ChatChannel(NAME, direct=False, last_post_at=NOW - MINUTE)]
    return made


def test_the_first_start_hears_from_now_on(place: Place) -> None:
    place.server.say(NAME, NOW - MINUTE)
    place.server.say("dm", NOW - MINUTE, direct=True)
    place.start().catch_up()
    assert place.listener.heard == []


def test_what_was_posted_between_two_runs_is_heard_oldest_first(place: Place) -> None:
    place.start().catch_up()
    said = [place.server.say(NAME, NOW + n * MINUTE) for n in range(3)]
    direct = place.server.say("dm", NOW, direct=True)
    place.start().catch_up()
    assert [one for one in place.listener.posts if one.channel_id == NAME] == said
    assert Posted(direct, direct=True) in place.listener.heard


def test_a_direct_message_is_heard_though_there_was_none_at_the_first_start(place: Place) -> None:
    place.start().catch_up()
    first = place.server.say("dm", NOW, direct=True)
    place.start().catch_up()
    assert first in place.listener.posts


def test_a_little_more_is_read_than_was_missed(place: Place) -> None:
    """Two posts of one moment may be told of in the wrong order."""
    place.start().catch_up()
    late = place.server.say(NAME, NOW - MINUTE - MARGIN / 2)
    place.server.say(NAME, NOW)
    place.start().catch_up()
    assert late in place.listener.posts


def test_direct_messages_with_nothing_new_are_not_read(place: Place) -> None:
    place.server.say("old", NOW - timedelta(days=1), direct=True)
    place.server.say("new", NOW, direct=True)
    place.start().catch_up()
    place.start().catch_up()
    assert [channel for channel, _ in place.server.read if channel != NAME] == ["new"]


def test_other_channels_of_the_bot_are_not_read(place: Place) -> None:
    place.start().catch_up()
    place.server.say("town-square", NOW)
    place.start().catch_up()
    assert place.listener.heard == []


def test_watched_channels_are_read_like_those_of_cases(place: Place) -> None:
    place.server.say(WATCHED, NOW - MINUTE)
    place.start().catch_up()
    missed = place.server.say(WATCHED, NOW)
    place.start().catch_up()
    assert place.listener.posts[-1] == missed


def test_what_cases_hold_is_looked_at_again(place: Place) -> None:
    place.start().catch_up()
    assert place.listener.looked_again == 1


def test_what_is_older_than_keys_are_remembered_is_not_read(place: Place) -> None:
    at = NOW - timedelta(days=30)
    place.desk.store.commit(Unit(registers=(Register(HEARD, NAME, at.isoformat()),)))
    place.server.say(NAME, NOW - timedelta(days=8))
    known = place.server.say(NAME, NOW - timedelta(days=5))
    place.start().catch_up()
    assert place.listener.posts == [known]
    assert place.server.read == [(NAME, NOW - FURTHEST)]


def test_a_channel_that_the_bot_is_out_of_is_read_from_where_it_was_when_it_is_back(place: Place) -> None:
    catching_up = place.start()
    catching_up.catch_up()
    channels, place.server.channels = place.server.channels, []
    catching_up.catch_up()
    missed = place.server.say(NAME, NOW)
    assert len(channels) == 1
    catching_up.catch_up()
    assert place.listener.posts == [missed]


def test_a_reading_that_failed_is_done_again(place: Place) -> None:
    catching_up = place.start()
    catching_up.catch_up()
    missed = place.server.say(NAME, NOW)
    place.server.down = True
    with pytest.raises(ChatUnavailable):
        catching_up.catch_up()
    place.server.down = False
    catching_up.catch_up()
    assert place.listener.posts == [missed]


def test_how_far_was_heard_is_written_now_and_then(place: Place) -> None:
    catching_up = place.start()
    catching_up.catch_up()
    catching_up.hear(Posted(place.server.say(NAME, NOW), direct=False))
    assert place.written()[NAME] == NOW - MINUTE
    place.desk.real.at += UNWRITTEN + MINUTE
    catching_up.hear(Posted(place.server.say(NAME, NOW + MINUTE), direct=False))
    assert place.written()[NAME] == NOW + MINUTE


def test_how_far_was_heard_is_written_at_the_end(place: Place) -> None:
    catching_up = place.start()
    catching_up.catch_up()
    catching_up.hear(Posted(place.server.say("dm", NOW, direct=True), direct=True))
    catching_up.write()
    assert place.written()[DIRECT] == NOW
