"""What people say where Mattermost has no door of its own: replies in threads, direct messages, watched channels.

However it was heard (by the outgoing webhook, the WebSocket, or read after a gap), it is stored under its post's id, so
that it acts once; then the post itself says who typed what, and where.
"""

import hmac
from dataclasses import replace
from datetime import timedelta

from router.core.commands import said_directly, said_in_thread
from router.core.effects import Resolve
from router.core.errors import ChatRefused, ChatUnavailable, KeySeen, Refusal
from router.core.kinds import table
from router.core.people import Door
from router.core.units import Key, PostRef, Unit
from router.ports import Chat, ChatPost, PostDeleted, Posted
from router.service.commanding import REMEMBERED, Commands, Request
from router.service.desk import Desk
from router.service.directory import Directory
from router.service.watching import Watching

SETTLING = timedelta(minutes=2)  # how long a reply may wait for its root post to be settled


class Overhearing:
    """Stores what is to be read, and acts on it. May raise ChatUnavailable, ChatRefused, StoreUnavailable."""

    def __init__(self, desk: Desk, directory: Directory, chat: Chat, commands: Commands, watching: Watching) -> None:
        self._desk = desk
        self._directory = directory
        self._chat = chat
        self._commands = commands
        self._watching = watching

    def watches(self, channel_id: str) -> bool:
        """Whether what is said in a channel may be a signal."""
        return self._watching.watches(channel_id)

    def overhear(self, user_id: str, channel_id: str, post_id: str, text: str) -> None:
        """Store what reads as a command or may be a signal, to be resolved later; talk is left alone."""
        if user_id != self._directory.bot_id and (
            self._command_in(text) is not None or self._watching.alarms(channel_id, text)
        ):
            self._store(Resolve(post_id, order=post_id))

    def hear(self, heard: Posted | PostDeleted) -> None:
        """The same for a post that came whole: of those in channels that are not watched only replies count."""
        if isinstance(heard, PostDeleted):
            self._hear_of_deletion(heard)
            return
        post = heard.post
        if not _is_said(post) or post.user_id == self._directory.bot_id:
            return
        order = post.root_id or post.id
        if heard.edited:
            if self._watching.matters(post):
                wording = hmac.new(
                    self._desk.version_key, post.message.encode("utf-8", "replace"), "sha256"
                ).hexdigest()
                self._store(Resolve(post.id, order=order), f"edited/{post.id}/{wording}")
        elif heard.direct:
            self._store(Resolve(post.id, order=post.channel_id, direct=True))
        elif (post.root_id and self._command_in(post.message) is not None) or self._watching.matters(post):
            self._store(Resolve(post.id, order=order))

    def look_again(self) -> None:
        """Have what live cases hold read again: it may have been edited or deleted while nobody heard."""
        now = self._desk.real.now().isoformat()
        for post_id, thread in self._watching.all_held():
            self._store(Resolve(post_id, order=_root(thread), thread=thread), f"again/{post_id}/{now}")

    def _hear_of_deletion(self, gone: PostDeleted) -> None:
        thread = self._watching.held(gone.channel_id, gone.post_id, gone.root_id)
        if not thread:
            return
        for order in dict.fromkeys((_root(thread), gone.post_id)):  # after the post itself, whoever told of that
            self._store(Resolve(gone.post_id, order=order, thread=thread), f"deleted/{gone.post_id}/{order}")

    def _store(self, resolve: Resolve, name: str = "") -> None:
        key = Key(name or f"reply/{resolve.post_id}", self._desk.real.now() + REMEMBERED)
        try:
            self._desk.store.commit(Unit(effects=(replace(resolve, key=key.name),), keys=(key,)))
        except KeySeen:
            return
        self._desk.wake()

    def resolve(self, effect: Resolve) -> None:
        """Act on what was stored. User, channel and root are those of the post; webhooks say nothing."""
        try:
            post = self._chat.post(effect.post_id)
        except ChatRefused as refused:
            if not effect.thread or refused.refusal not in {Refusal.NOT_FOUND, Refusal.FORBIDDEN}:
                raise
            if refused.refusal is Refusal.NOT_FOUND:
                self._watching.deleted(effect.post_id, effect.thread)
            return
        if not _is_said(post):
            return
        if effect.direct:
            self._answer_directly(post)
        elif not self._answer_in_thread(post):
            self._watching.take_in(post)

    # ------------------------------------------------------------------------------------------- direct messages

    def _answer_directly(self, post: ChatPost) -> None:
        """The whole message is a command. That it was for us alone is not believed, but shown by where it stands."""
        if not self._directory.may_speak(post.user_id) or self._chat.direct_channel(post.user_id) != post.channel_id:
            return
        text = said_directly(post.message, self._directory.bot or "")
        self._commands.command(Request(post.id, post.user_id, Door.THREAD, None, text, direct=True))

    # ------------------------------------------------------------------------------------------- threads

    def _answer_in_thread(self, post: ChatPost) -> bool:
        """Act on a command in the thread of a case; whether it was one."""
        said = self._command_in(post.message) if post.root_id else None
        ref = self._root(post) if said is not None and self._directory.may_speak(post.user_id) else None
        if said is None or ref is None:
            return False
        self._commands.command(Request(post.id, post.user_id, Door.THREAD, ref.case, said))
        return True

    def _root(self, post: ChatPost) -> PostRef | None:
        """The case of a thread. A root post of ours that is not settled yet will be: Raises ChatUnavailable."""
        ref = self._desk.store.by_post(post.root_id)
        young = post.created_at > self._desk.real.now() - SETTLING
        if ref is None and young and self._directory.is_ours(post.root_id):
            raise ChatUnavailable("the root post is not settled yet", unclear=False)
        return ref if ref is not None and ref.channel_id == post.channel_id else None

    def _command_in(self, text: str) -> str | None:
        return said_in_thread(text, self._directory.bot or "", table())


def _root(thread: str) -> str:
    return thread.partition(":")[2]


def _is_said(post: ChatPost) -> bool:
    """Whether somebody said it: neither a webhook, nor Mattermost in somebody's name."""
    return not post.from_webhook and not post.kind
