"""What people type to the router where Mattermost has no door of its own: replies in threads, and direct messages.

However it was heard (by the outgoing webhook, the WebSocket, or read after a gap), it is stored under its post's id, so
that it acts once; then the post itself says who typed what, and where.
"""

from dataclasses import replace
from datetime import timedelta

from router.core.commands import said_directly, said_in_thread
from router.core.effects import Resolve
from router.core.errors import ChatUnavailable, KeySeen
from router.core.kinds import table
from router.core.people import Door
from router.core.units import Key, PostRef, Unit
from router.ports import Chat, ChatPost, Posted
from router.service.commanding import REMEMBERED, Commands, Request
from router.service.desk import Desk
from router.service.directory import Directory

SETTLING = timedelta(minutes=2)  # how long a reply may wait for its root post to be settled


class Overhearing:
    """Stores what reads as a command, and acts on it. May raise ChatUnavailable, ChatRefused, StoreUnavailable."""

    def __init__(self, desk: Desk, directory: Directory, chat: Chat, commands: Commands) -> None:
        self._desk = desk
        self._directory = directory
        self._chat = chat
        self._commands = commands

    def overhear(self, post_id: str, text: str) -> None:
        """Store a reply that reads as a command, to be resolved later; talk is left alone."""
        if self._command_in(text) is not None:
            self._store(Resolve(post_id))

    def hear(self, posted: Posted) -> None:
        """The same for a post that came whole: of those in channels only replies count."""
        post = posted.post
        if not _is_said(post) or post.user_id == self._directory.bot_id:
            return
        if posted.direct:
            self._store(Resolve(post.id, order=post.channel_id, direct=True))
        elif post.root_id and self._command_in(post.message) is not None:
            self._store(Resolve(post.id, order=post.root_id))

    def _store(self, resolve: Resolve) -> None:
        key = Key(f"reply/{resolve.post_id}", self._desk.real.now() + REMEMBERED)
        try:
            self._desk.store.commit(Unit(effects=(replace(resolve, key=key.name),), keys=(key,)))
        except KeySeen:
            return
        self._desk.wake()

    def resolve(self, effect: Resolve) -> None:
        """Act on what was stored. User, channel and root are those of the post; bots and webhooks command nothing."""
        post = self._chat.post(effect.post_id)
        if not _is_said(post) or not self._directory.may_speak(post.user_id):
            return
        if effect.direct:
            self._answer_directly(post)
        elif post.root_id:
            self._answer_in_thread(post)

    # ------------------------------------------------------------------------------------------- direct messages

    def _answer_directly(self, post: ChatPost) -> None:
        """The whole message is a command. That it was for us alone is not believed, but shown by where it stands."""
        if self._chat.direct_channel(post.user_id) != post.channel_id:
            return
        text = said_directly(post.message, self._directory.bot or "")
        self._commands.command(Request(post.id, post.user_id, Door.THREAD, None, text, direct=True))

    # ------------------------------------------------------------------------------------------- threads

    def _answer_in_thread(self, post: ChatPost) -> None:
        said = self._command_in(post.message)
        ref = self._root(post) if said is not None else None
        if said is not None and ref is not None:
            self._commands.command(Request(post.id, post.user_id, Door.THREAD, ref.case, said))

    def _root(self, post: ChatPost) -> PostRef | None:
        """The case of a thread. A root post of ours that is not settled yet will be: Raises ChatUnavailable."""
        ref = self._desk.store.by_post(post.root_id)
        young = post.created_at > self._desk.real.now() - SETTLING
        if ref is None and young and self._directory.is_ours(post.root_id):
            raise ChatUnavailable("the root post is not settled yet", unclear=False)
        return ref if ref is not None and ref.channel_id == post.channel_id else None

    def _command_in(self, text: str) -> str | None:
        return said_in_thread(text, self._directory.bot or "", table())


def _is_said(post: ChatPost) -> bool:
    """Whether somebody said it: neither a webhook, nor Mattermost in somebody's name."""
    return not post.from_webhook and not post.kind
