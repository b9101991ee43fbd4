"""Channels of this Mattermost where the community asks: what is said in them is taken in like any source's signals.

What was heard only tells whether a post can matter; who said what, and in which thread, is read from the post itself.
Of one that can't, nothing is written down.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from router.core.errors import ChatRefused
from router.core.signals import Deleted, Signal, excerpt, first_line, identity
from router.core.topics import Routing, Verdict
from router.ports import Chat, ChatPost, ChatUser, Classifier
from router.service.desk import Desk
from router.service.directory import Directory
from router.service.places import Places
from router.service.receiving import counted, receive

SOURCE = "mattermost"
POST, COMMENT = "post", "comment"
OPENING = timedelta(minutes=2)  # how long the case of a post may take to be there; what is said meanwhile may be its
_POST = re.compile("[a-z0-9]{26}")


class Watching:
    """Makes signals of posts. `url` is the server's; `glance` judges at once, without asking anybody else.

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
        self._opening_until: datetime | None = None

    def watches(self, channel_id: str) -> bool:
        """Whether this channel is watched."""
        return channel_id in self._places.watched

    def alarms(self, channel_id: str, text: str) -> bool:
        """Whether what was said may be sensitive, if it was said where it is watched; in which thread is not known."""
        judged = (self._glance(text, kind) for kind in (POST, COMMENT))
        return self.watches(channel_id) and any(one.decision is not Routing.NONE for one in judged)

    def matters(self, post: ChatPost) -> bool:
        """Whether a post is to be read: it may be sensitive, or belong to a live case. What is not, is counted."""
        if not self.watches(post.channel_id):
            return False
        verdict = self._glance(post.message, _kind(post))
        cases = self._desk.store.in_thread(_thread(post.root_id or post.id))
        if verdict.decision is not Routing.NONE or self._is_opening() or any(case.deadline for case in cases):
            return True
        counted(self._desk, self._signal(post), verdict)
        return False

    def held(self, channel_id: str, post_id: str, root_id: str) -> str:
        """The thread that a post is in, if a case may hold something of it; else ""."""
        thread = _thread(root_id or post_id)
        kept = self._is_opening() or self._desk.store.in_thread(thread)
        return thread if kept and self.watches(channel_id) else ""

    def all_held(self) -> Iterator[tuple[str, str]]:
        """The posts whose words live cases hold, each with its thread."""
        ours = identity(SOURCE, self._instance, "")
        for case in self._desk.store.live():
            for heard in case.matter.signals:
                if heard.identity.startswith(ours) and heard.text:
                    yield heard.identity.removeprefix(ours), case.matter.thread

    def take_in(self, post: ChatPost) -> None:
        """Take a post in as a signal. None are those of bots, and those in threads of our own."""
        if not self.watches(post.channel_id) or self._desk.store.by_post(post.root_id):
            return
        user = self._chat.user(post.user_id)
        if user.bot or self._is_known(post):
            return
        private = self._chat.channel(post.channel_id).private
        receive(self._desk, [replace(self._signal(post), author=self._author(user), confidential=private)])

    def deleted(self, post_id: str, thread: str) -> None:
        """Pass on that a post is deleted: with a root post, the whole thread."""
        gone = "" if thread == _thread(post_id) else post_id
        receive(self._desk, [Deleted(SOURCE, self._instance, gone, thread, self._desk.clock.now())])

    def thread_of(self, url: str) -> str | None:
        """The thread of a link to a post, whichever post of it that is."""
        place, _, post_id = url.rstrip("/").rpartition("/pl/")
        ours = (self._url, self._directory.site)
        if not _POST.fullmatch(post_id) or place.rpartition("/")[0].lower() not in map(str.lower, ours):
            return None
        try:
            return _thread(self._chat.post(post_id).root_id or post_id)
        except ChatRefused:  # not for us to read, or gone: then it is taken for the first of its thread
            return _thread(post_id)

    # ------------------------------------------------------------------------------------------- parts

    def _signal(self, post: ChatPost) -> Signal:
        return Signal(
            source=SOURCE,
            instance=self._instance,
            kind=_kind(post),
            object_id=post.id,
            thread=_thread(post.root_id or post.id),
            url=f"{self._directory.site or self._url}/{self._desk.policy.team}/pl/{post.id}",
            title="",
            headline=first_line(post.message),
            body=post.message,
            author=None,
            at=post.edited_at or post.created_at,
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

    def _is_opening(self) -> bool:
        return self._opening_until is not None and self._desk.real.now() < self._opening_until

    def _glance(self, text: str, kind: str) -> Verdict:
        verdict = self._classifier.classify("", text, source=SOURCE, kind=kind)
        if verdict.decision is not Routing.NONE:
            self._opening_until = self._desk.real.now() + OPENING
        return verdict


def _kind(post: ChatPost) -> str:
    return COMMENT if post.root_id else POST


def _thread(root_id: str) -> str:
    return f"{SOURCE}:{root_id}"
