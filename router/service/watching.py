"""Channels of this Mattermost where the community asks: what is said in them is taken in like any source's signals.

What was heard only tells whether a post can matter; who said what, and in which thread, is read from the post itself.
Of one that can't, nothing is written down.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock
from urllib.parse import urlsplit

from router.core.errors import ChatRefused
from router.core.escalations import Esc
from router.core.signals import Deleted, Signal, excerpt, identity
from router.core.topics import Routing, Verdict
from router.ports import Chat, ChatPost, ChatUser, Classifier
from router.service.desk import Desk
from router.service.directory import Directory
from router.service.places import Places
from router.service.receiving import counted, receive

SOURCE = "mattermost"
OPENING = timedelta(minutes=2)  # how long the case of a post may take to be there; what is said meanwhile may be its
RECENT = 128  # posts that are judged once, although two tell of them
_POST = "[a-z0-9]{26}"
_THREAD = re.compile(f"{SOURCE}:{_POST}")


class Watching:
    """Makes signals of posts. `url` is the server's, `glance` judges whether a post is to be read.

    May raise ChatUnavailable, ChatRefused, StoreUnavailable.
    """

    def __init__(
        self, desk: Desk, directory: Directory, chat: Chat, places: Places, url: str, glance: Classifier
    ) -> None:
        self._desk = desk
        self._directory = directory
        self._chat = chat
        self._places = places
        self._url = url
        self._instance = urlsplit(url).hostname or url
        self._classifier = glance
        self._glance = lru_cache(RECENT)(self._judge)
        self._count_once = lru_cache(RECENT)(self._count)
        self._counting = Lock()
        self._opening_until: datetime | None = None

    def matters(self, channel_id: str, post_id: str, text: str) -> bool:
        """Whether a post in a watched channel may be sensitive, or belong to a case."""
        if channel_id not in self._places.watched:
            return False
        if self._glance(post_id, text).decision is not Routing.NONE:
            self._opening_until = self._desk.real.now() + OPENING
        elif not self._is_opening() and not any(self._cases()):
            with self._counting:
                self._count_once(post_id, text)
            return False
        return True

    def held(self, channel_id: str, post_id: str, root_id: str) -> str:
        """The thread that a post is in, if a case may hold something of it; else ""."""
        thread = _thread(root_id or post_id)
        kept = self._is_opening() or self._desk.store.in_thread(thread)
        return thread if kept and channel_id in self._places.watched else ""

    def all_held(self) -> Iterator[tuple[str, str]]:
        """The posts whose words live cases hold, each with its thread."""
        ours = identity(SOURCE, self._instance, "")
        for case in self._cases():
            for heard in case.matter.signals:
                if heard.identity.startswith(ours) and heard.text:
                    yield heard.identity.removeprefix(ours), case.matter.thread

    def take_in(self, post: ChatPost) -> None:
        """Take a post in as a signal. None are those of bots, and those in threads of our own."""
        if post.channel_id not in self._places.watched or self._desk.store.by_post(post.root_id):
            return
        user = self._chat.user(post.user_id)
        if user.bot or self._is_known(post):
            return
        private = self._chat.channel(post.channel_id).private
        signal = self._signal(post.id, post.root_id, post.message, post.created_at, self._author(user), private=private)
        receive(self._desk, [signal])

    def deleted(self, post_id: str, thread: str) -> None:
        """Pass on that a post is deleted: with a root post, the whole thread."""
        gone = "" if thread == _thread(post_id) else post_id
        receive(self._desk, [Deleted(SOURCE, self._instance, gone, thread, self._desk.clock.now())])

    def thread_of(self, url: str) -> str | None:
        """The thread of a link to a post, whichever post of it that is."""
        place, _, post_id = url.rstrip("/").rpartition("/pl/")
        ours = (self._url, self._directory.site)
        if not re.fullmatch(_POST, post_id) or place.rpartition("/")[0].lower() not in map(str.lower, ours):
            return None
        try:
            return _thread(self._chat.post(post_id).root_id or post_id)
        except ChatRefused:  # not for us to read, or gone: then it is taken for the first of its thread
            return _thread(post_id)

    # ------------------------------------------------------------------------------------------- parts

    def _signal(
        self, post_id: str, root_id: str, text: str, at: datetime, author: str | None = None, *, private: bool = False
    ) -> Signal:
        return Signal(
            source=SOURCE,
            instance=self._instance,
            kind="comment" if root_id else "post",
            object_id=post_id,
            thread=_thread(root_id or post_id),
            url=f"{self._directory.site or self._url}/{self._desk.policy.team}/pl/{post_id}",
            title="",
            headline=text.strip().partition("\n")[0][:140],
            body=text,
            author=author,
            at=at,
            confidential=private,
        )

    def _author(self, user: ChatUser) -> str:
        """The username, for colleagues that of the policy file. Who only took over such a name goes by the user id."""
        person = self._directory.person(user)
        if person is not None:
            return self._desk.policy.people[person].mattermost
        return user.id if self._desk.policy.colleague(SOURCE, user.username) else user.username

    def _is_known(self, post: ChatPost) -> bool:
        """Whether a case holds the post as it is."""
        named, text = identity(SOURCE, self._instance, post.id), excerpt(post.message)
        cases = self._desk.store.in_thread(_thread(post.root_id or post.id))
        return any(one.identity == named and one.text == text for case in cases for one in case.matter.signals)

    def _cases(self) -> Iterator[Esc]:
        return (case for case in self._desk.store.live() if _THREAD.fullmatch(case.matter.thread))

    def _is_opening(self) -> bool:
        return self._opening_until is not None and self._desk.real.now() < self._opening_until

    def _judge(self, _post_id: str, text: str) -> Verdict:
        return self._classifier.classify("", text, source=SOURCE, kind="post")

    def _count(self, post_id: str, text: str) -> None:
        signal = self._signal(post_id, "", text, self._desk.clock.now())
        counted(self._desk, signal, self._glance(post_id, text))


def _thread(root_id: str) -> str:
    return f"{SOURCE}:{root_id}"
