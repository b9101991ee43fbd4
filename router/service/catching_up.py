"""What was posted while nobody heard it: read from where the hearing ended, and heard then.

How far was heard is kept by channel, all direct messages together, as the server's time of the latest post. It is
written now and then only: what is read once more was stored under its post's id and acts no second time.
"""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from router.core.effects import Channel
from router.core.errors import ChatRefused
from router.core.units import Register, Unit
from router.ports import Chat, ChatChannel, PostDeleted, Posted
from router.service.commanding import REMEMBERED
from router.service.desk import Desk
from router.service.overhearing import Overhearing
from router.service.places import Places

HEARD = "heard"
DIRECT = "direct"
MARGIN = timedelta(minutes=1)  # posts that are made at the same time are not told of in the order of their times
FURTHEST = REMEMBERED - timedelta(days=1)  # whatever is read once more is remembered still
UNWRITTEN = timedelta(minutes=5)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class CatchingUp:
    """For one thread. Every method may raise ChatUnavailable, ChatRefused or StoreUnavailable; then nothing is lost."""

    def __init__(self, desk: Desk, chat: Chat, where: Places, overhearing: Overhearing) -> None:
        self._desk = desk
        self._chat = chat
        self._where = where
        self._overhearing = overhearing
        self._written = {key: datetime.fromisoformat(at) for key, at in desk.store.registers(HEARD).items()}
        self._heard = dict(self._written)
        self._written_at = desk.real.now()

    def hear(self, heard: Posted | PostDeleted) -> None:
        """Hear of a post as it is made, edited or deleted."""
        self._overhearing.hear(heard)
        if isinstance(heard, Posted):
            key = DIRECT if heard.direct else heard.post.channel_id
            if key in self._heard:
                self._heard[key] = max(self._heard[key], heard.post.created_at)
        if self._desk.real.now() - self._written_at > UNWRITTEN:
            self.write()

    def catch_up(self) -> None:
        """Read what was posted since it was last heard, where it counts; in a channel that is new from now on."""
        places: dict[str, list[ChatChannel]] = defaultdict(list, {DIRECT: []})
        theirs = self._places()
        for channel in self._chat.my_channels():
            if channel.direct or channel.id in theirs:
                places[DIRECT if channel.direct else channel.id].append(channel)
        for key, channels in places.items():
            latest = max((one.last_post_at for one in channels), default=NEVER)
            heard = self._heard.get(key, latest)
            if key in self._heard:
                self._read(channels, max(heard - MARGIN, self._desk.real.now() - FURTHEST))
            self._heard[key] = max(heard, latest)
        self._overhearing.look_again()
        self.write()

    def write(self) -> None:
        """Write down how far was heard."""
        changed = {key: at for key, at in self._heard.items() if self._written.get(key) != at}
        if changed:
            registers = tuple(Register(HEARD, key, at.isoformat()) for key, at in changed.items())
            self._desk.store.commit(Unit(registers=registers))
        self._written |= changed
        self._written_at = self._desk.real.now()

    def _places(self) -> set[str]:
        """The channels where cases have their threads, and those that are watched."""
        store = self._desk.store
        roots = (store.root_of(case.id) for case in store.live())
        found = {root.channel_id for root in roots if root is not None} | self._where.find_watched()
        for channel in Channel:
            with suppress(ChatRefused):  # not made yet, archived or not for us: there is nothing to be heard
                found.add(self._where.channel_id(channel))
        return found

    def _read(self, channels: Iterable[ChatChannel], since: datetime) -> None:
        for channel in channels:
            if channel.last_post_at >= since:
                posts = list(self._chat.posts_made_since(channel.id, since))
                for post in reversed(posts):
                    self._overhearing.hear(Posted(post, channel.direct))
