"""Who is behind a Mattermost account: people of the policy file are pinned to user ids on first contact.

Rights go by the pinned id, so that somebody who takes over a released username gets none of them. A pin holds for a
person under one username of the policy file: only a changed file binds the person to another account.
"""

from collections.abc import Mapping, Sequence

from router.core.errors import Impossible, KeySeen
from router.core.people import Actor, PersonId
from router.core.policy import Policy
from router.core.units import Key, Register, Unit
from router.ports import Chat, ChatUser, Store

PINS = "pin"
SERVER = "mattermost"


class Directory:
    """Knows accounts. Every method may raise ChatUnavailable, ChatRefused or StoreUnavailable."""

    def __init__(self, store: Store, chat: Chat, policy: Policy) -> None:
        self._store = store
        self._chat = chat
        self._policy = policy

    def introduce(self) -> None:
        """Read who we are, the server's signing key and its address for people, and remember all of it."""
        me, key, site = self._chat.me(), self._chat.signing_key(), self._chat.site_url()
        known = self._store.registers(SERVER)
        read = {"bot-id": me.id, "bot": me.username, "signing-key": key, "site": site}
        changed = tuple(Register(SERVER, name, value) for name, value in read.items() if known.get(name) != value)
        if changed:
            self._store.commit(Unit(registers=changed))

    @property
    def bot(self) -> str | None:
        """The bot's username, once it was read."""
        return self._store.register(SERVER, "bot")

    @property
    def bot_id(self) -> str | None:
        """The bot's user id, once it was read."""
        return self._store.register(SERVER, "bot-id")

    @property
    def signing_key(self) -> str | None:
        """The key of the server's trigger ids, once it was read."""
        return self._store.register(SERVER, "signing-key")

    @property
    def site(self) -> str:
        """Where people reach the server, once it was read; "" when it does not know that itself."""
        return self._store.register(SERVER, "site") or ""

    def pins(self) -> Mapping[PersonId, str]:
        """User ids of the policy file's people, as pinned under the usernames that it gives them."""
        kept = self._store.registers(PINS)
        names = {one.id: f"{one.id}/{one.mattermost}" for one in self._policy.people.values()}
        return {person: kept[name] for person, name in names.items() if name in kept}

    def actor(self, user_id: str) -> Actor:
        """Find out who acts. Raises Impossible for bots, and for accounts that are gone: they give no commands."""
        user = self._chat.user(user_id)
        if user.bot:
            raise Impossible("bots give no commands")
        if not user.active:
            raise Impossible("a deactivated account gives no commands")
        return self._actor(user)

    def named(self, username: str) -> Actor | None:
        """Find somebody by username, with or without @."""
        name = username.strip().lstrip("@").rstrip(".,:;!?").lower()
        found: Sequence[ChatUser] = self._chat.users_named([name]) if name else ()
        return self._actor(found[0]) if found else None

    def may_speak(self, user_id: str) -> bool:
        """Whether what an account says may be a command: no bot's, our own included, and nobody's who is gone."""
        if user_id == self.bot_id:
            return False
        user = self._chat.user(user_id)
        return user.active and not user.bot

    def is_ours(self, post_id: str) -> bool:
        """Whether the bot wrote a post."""
        return self._chat.post(post_id).user_id == self.bot_id

    def _actor(self, user: ChatUser) -> Actor:
        person = self.person(user)
        name = self._policy.name(person) if person else user.name
        return Actor(user.username, name, user.id, person, user.guest)

    def person(self, user: ChatUser) -> PersonId | None:
        """Whose account this is; pinned now if the policy file names it and it was not met before."""
        pins = self.pins()
        pinned = next((one for one, user_id in pins.items() if user_id == user.id), None)
        if pinned is not None:
            return pinned
        known = next((one.id for one in self._policy.people.values() if one.mattermost == user.username), None)
        if known is None or known in pins:
            return None
        return known if self._pin(known, user) else None

    def _pin(self, person: PersonId, user: ChatUser) -> bool:
        pin = f"{person}/{user.username}"
        try:
            self._store.commit(Unit(keys=(Key(f"pin/{pin}"),), registers=(Register(PINS, pin, user.id),)))
        except KeySeen:
            return self._store.register(PINS, pin) == user.id
        return True
