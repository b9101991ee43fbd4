"""The Mattermost server behind the port `Chat`, over a `Connection`. Nothing here sleeps or tries again by itself."""

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from router.core.errors import ChatError, ChatRefused, Refusal
from router.core.forms import Dialog
from router.mattermost import answers, bodies, dialogs, remedies
from router.mattermost.connection import DIRECT, IDS, TIMEOUT, USERNAMES, Connection
from router.mattermost.proofs import Proofs
from router.mattermost.refusals import garbage
from router.ports import ChatChannel, ChatPost, ChatUser, Rendered

PER_PAGE = 200  # the most that Mattermost gives

_POSTS = "/posts"
_ID = re.compile(r"[a-z0-9]{26}")
_CHANNEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class MattermostClient:
    """The server at `url`, as the bot that `token` belongs to; presses and forms go to the router's own `doors_url`.

    `url` is scheme, host and port, no path. Raises BadInput for one that is not, and for a token no header can hold.
    """

    def __init__(
        self, url: str, token: str, doors_url: str, proofs: Proofs, timeout: tuple[float, float] = TIMEOUT
    ) -> None:
        self._connection = Connection(url, token, timeout)
        self._driver = self._connection.driver
        self._doors_url = doors_url
        self._proofs = proofs
        self._me: ChatUser | None = None
        self._names: dict[str, str] = {}  # of channels by id, as last seen; for what people are told only
        self._direct_channels: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<MattermostClient {self._driver.client.url}>"

    def me(self) -> ChatUser:
        """The bot that the token belongs to; asked once."""
        if self._me is None:
            self._me = answers.user(self._driver.users.get_user("me"), "GET /users/me")
        return self._me

    def channel_named(self, team: str, channel: str) -> ChatChannel:
        """Look a channel up by name. Raises ChatRefused(ARCHIVED) for an archived one."""
        for name in (team, channel):
            _require(_CHANNEL_NAME, name, "team or channel name")
        path, what = f"/teams/name/{team}/channels/name/{channel}", "GET channel by name"
        try:
            found = answers.channel(self._driver.client.get(path, params={"include_deleted": "true"}), what)
        except ChatRefused as refused:
            refused.remedy = remedies.in_channel(refused.remedy, channel)
            raise
        if found.archived:
            raise ChatRefused(Refusal.ARCHIVED, what, remedy=remedies.in_channel(remedies.ARCHIVED, channel))
        return self._seen(found)

    def channel(self, channel_id: str) -> ChatChannel:
        """Look a channel up by id, archived or not."""
        _require(_ID, channel_id, "channel id")
        return self._seen(answers.channel(self._driver.channels.get_channel(channel_id), "GET channel"))

    def _seen(self, channel: ChatChannel) -> ChatChannel:
        self._names[channel.id] = channel.name
        return channel

    def members(self, channel_id: str, user_ids: Sequence[str]) -> Collection[str]:
        """Tell which of these accounts are in a channel."""
        _require(_ID, channel_id, "channel id")
        found = self._driver.channels.get_channel_members_by_ids(channel_id, sorted(set(user_ids)))
        return answers.members(found, "POST channel members by id")

    def add_member(self, channel_id: str, user_id: str) -> None:
        """Put somebody into a channel. Mattermost posts a line about it, which counts as one mention of that person."""
        _require(_ID, channel_id, "channel id")
        self._driver.channels.add_user(channel_id, options={"user_id": user_id})

    def user(self, user_id: str) -> ChatUser:
        """Look an account up."""
        _require(_ID, user_id, "user id")
        return answers.user(self._driver.users.get_user(user_id), "GET /users")

    def users(self, user_ids: Sequence[str]) -> Sequence[ChatUser]:
        """Look accounts up by id; unknown ids are left out."""
        wanted = sorted(set(user_ids))
        return answers.users(self._driver.users.get_users_by_ids(wanted), f"POST {IDS}") if wanted else ()

    def users_named(self, usernames: Sequence[str]) -> Sequence[ChatUser]:
        """Look accounts up by username, of any case; unknown names are left out."""
        names = sorted({name.lower() for name in usernames})
        if not names:
            return ()
        return answers.users(self._driver.users.get_users_by_usernames(names), f"POST {USERNAMES}")

    def direct_channel(self, user_id: str) -> str:
        """The channel of the bot's direct messages with somebody; made when there is none, and remembered."""
        if user_id not in self._direct_channels:
            _require(_ID, user_id, "user id")
            made = self._driver.channels.create_direct_message_channel([self.me().id, user_id])
            self._direct_channels[user_id] = answers.identified(made, f"POST {DIRECT}")
        return self._direct_channels[user_id]

    def create_post(
        self, channel_id: str, rendered: Rendered, *, key: str, pending_id: str, root_id: str = ""
    ) -> ChatPost:
        """Post, without the bot appearing online for it. What the server answers is the caller's to judge.

        An urgent root loses its priority where the server allows none (`PostPriority` off: 403), not its life.
        """
        common = bodies.post_body(rendered, channel_id, key, f"{self._doors_url}/action", self._proofs)
        body = bodies.new_post_body(common, channel_id, pending_id, root_id)
        try:
            return self._create_somehow(body, urgent=rendered.urgent and not root_id)
        except ChatRefused as refused:
            if refused.refusal is Refusal.FORBIDDEN and self._is_gone_channel(channel_id):
                gone, line = Refusal.ROOT_GONE if root_id else Refusal.NOT_FOUND, remedies.NO_CHANNEL
                raise ChatRefused(gone, "the channel was deleted", remedy=line) from refused
            self._name_channel(refused, channel_id)
            raise

    def _create_somehow(self, body: dict[str, Any], *, urgent: bool) -> ChatPost:
        if urgent:
            try:
                return self._create(bodies.urgent_body(body))
            except ChatRefused as refused:
                if refused.refusal is not Refusal.FORBIDDEN:
                    raise
        return self._create(body)

    def _name_channel(self, refused: ChatRefused, channel_id: str) -> None:
        if refused.remedy in {remedies.FORBIDDEN, remedies.ARCHIVED}:
            refused.remedy = remedies.in_channel(refused.remedy, self._names.get(channel_id, ""))

    def _is_gone_channel(self, channel_id: str) -> bool:
        """Mattermost says 403 for a channel that was deleted and for one that the bot is not in: reading it tells."""
        try:
            self.channel(channel_id)
        except ChatError as error:
            return isinstance(error, ChatRefused) and error.refusal is Refusal.NOT_FOUND
        return False

    def _create(self, body: dict[str, Any]) -> ChatPost:
        made = self._driver.client.post(_POSTS, options=body, params={"set_online": "false"})
        post = answers.post(made, f"POST {_POSTS}", changes=True)
        if post is None:
            raise garbage(f"POST {_POSTS}", "the new post is deleted", changes=True, remedy="")
        return post

    def update_post(self, post_id: str, channel_id: str, rendered: Rendered, *, key: str, erases: bool = False) -> None:
        """Replace text and buttons of a post of ours. Raises ChatRefused(ROOT_GONE) when it was deleted.

        Where the server limits the time in which a text may be edited (`PostEditTimeLimit`), the buttons at least are
        replaced: a patch without a message passes (found on a running 11.6 server). One that `erases` then deletes the
        post, which has no such limit.
        """
        body = bodies.post_body(rendered, channel_id, key, f"{self._doors_url}/action", self._proofs)
        try:
            self._patch(post_id, body)
        except ChatRefused as refused:
            self._name_channel(refused, channel_id)
            if refused.refusal is not Refusal.TOO_LATE:
                raise
            if erases:
                self._on_post(post_id, Refusal.ROOT_GONE, lambda: self._driver.posts.delete_post(post_id))
                raise ChatRefused(Refusal.ROOT_GONE, "the post was deleted, as its text can't be changed") from refused
            self._patch(post_id, {"props": body["props"]})

    def _patch(self, post_id: str, body: dict[str, Any]) -> None:
        self._on_post(post_id, Refusal.ROOT_GONE, lambda: self._driver.posts.patch_post(post_id, options=body))

    def post(self, post_id: str) -> ChatPost:
        """Read a post; a deleted one is not found."""
        _require(_ID, post_id, "post id")
        post = answers.post(self._driver.posts.get_post(post_id), f"GET {_POSTS}")
        if post is None:
            raise ChatRefused(Refusal.NOT_FOUND, "the post is deleted")
        return post

    def posts_since(self, channel_id: str, since: datetime) -> Iterable[ChatPost]:
        """Posts of a channel made then or later, newest first, deleted ones left out.

        `since` is by this machine's clock; posts carry the server's, so what the two differ by is added.
        """
        return self._posts(channel_id, lambda: since + self._connection.ahead)

    def posts_made_since(self, channel_id: str, made: datetime) -> Iterable[ChatPost]:
        """The same, for a time that is the server's."""
        return self._posts(channel_id, lambda: made)

    def _posts(self, channel_id: str, since: Callable[[], datetime]) -> Iterable[ChatPost]:
        """Read page by page until a post is older than `since`, asked for anew as each answer tells the server's time.

        By pages, since Mattermost's own `since` means "changed since" and stops at 1000. New posts push others to the
        next page, where they are passed over; one deleted meanwhile pulls them to the page before, where they would be
        missed: that is ChatUnavailable, "read again".
        """
        _require(_ID, channel_id, "channel id")
        what, older, seen = f"GET {_POSTS} of a channel", "", set[str]()
        for number in itertools.count():
            params = {"page": number, "per_page": PER_PAGE}
            page = answers.page(self._driver.posts.get_posts_for_channel(channel_id, params=params), what)
            by_server = since()
            if older and older not in page.ids:
                raise garbage(what, "posts were deleted while they were read", changes=False, remedy="")
            yield from (one for one in page.posts if one.created_at >= by_server and one.id not in seen)
            last = not page.older and len(page.ids) < PER_PAGE
            if last or any(one.created_at < by_server for one in page.posts):
                return
            seen.update(page.ids)
            older = page.older

    def my_channels(self) -> Sequence[ChatChannel]:
        """The channels that the bot is in, of all teams, archived ones left out."""
        return answers.channels(self._driver.client.get("/users/me/channels"), "GET /users/me/channels")

    def react(self, post_id: str, emoji: str) -> None:
        """Put the bot's reaction on a post. Raises ChatRefused(NOT_FOUND) when it was deleted."""
        body = {"user_id": self.me().id, "post_id": post_id, "emoji_name": emoji}
        self._on_post(post_id, Refusal.NOT_FOUND, lambda: self._driver.reactions.create_reaction(body))

    def open_dialog(self, trigger_id: str, dialog: Dialog) -> None:
        """Show a form to whoever the trigger id names, within 30 s of it. Raises ChatRefused(INVALID) for a bad one."""
        self._driver.integration_actions.open_dialog(
            dialogs.opening_body(trigger_id, dialog, f"{self._doors_url}/dialog")
        )

    def signing_key(self) -> str:
        """The key that the server signs trigger ids with: base64 of DER."""
        return answers.signing_key(self._client_config(), "GET /config/client")

    def site_url(self) -> str:
        """Where people reach the server, "" when it does not know."""
        return answers.site_url(self._client_config(), "GET /config/client")

    def _client_config(self) -> object:
        """Read what clients are told of the server; servers before 11.0 demand `format`."""
        config: object = self._driver.system.get_client_configuration(params={"format": "old"})
        return config

    def remark(self) -> str:
        """What people should know of the server's version; "" when it is right, or when nothing was asked yet."""
        version = self._connection.version
        return "" if version is None else remedies.of_version(version)

    def close(self) -> None:
        """Let go of the pooled connections."""
        self._connection.close()

    def _on_post(self, post_id: str, when_gone: Refusal, act: Callable[[], object]) -> None:
        """Act on a post. Mattermost says 403 for a deleted one and for a missing right alike: reading it tells."""
        _require(_ID, post_id, "post id", when_gone)
        try:
            act()
        except ChatRefused as refused:
            if refused.refusal in {Refusal.FORBIDDEN, Refusal.NOT_FOUND} and self._is_gone(post_id):
                raise ChatRefused(when_gone, "the post was deleted") from refused
            raise

    def _is_gone(self, post_id: str) -> bool:
        try:
            self.post(post_id)
        except ChatRefused as refused:
            return refused.refusal is Refusal.NOT_FOUND
        return False


def _require(shape: re.Pattern[str], given: str, what: str, refusal: Refusal = Refusal.NOT_FOUND) -> None:
    """Let nothing into a path that would lead elsewhere; no such thing exists anyway."""
    if not shape.fullmatch(given):
        raise ChatRefused(refusal, f"not a {what}")


if TYPE_CHECKING:
    from router import ports

    _fits: type[ports.Chat] = MattermostClient  # the checker's proof that the service can take it
