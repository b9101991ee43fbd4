"""Where the router posts: the channels of the policy file, found by name and remembered by id.

A channel that is renamed goes on by its id, after a restart, too; one made anew under the name takes its place.
"""

import logging
from contextlib import suppress

from router.core.effects import Channel
from router.core.errors import ChatRefused, Refusal
from router.core.policy import Policy
from router.core.units import Register, Unit
from router.ports import Chat, ChatChannel, Store
from router.service.conditions import Conditions

CHANNELS = "channel"
log = logging.getLogger(__name__)


class Places:
    """Knows the ids of channels."""

    def __init__(self, store: Store, chat: Chat, policy: Policy, conditions: Conditions) -> None:
        self._store = store
        self._chat = chat
        self._policy = policy
        self._conditions = conditions
        self._names = {
            Channel.ESCALATIONS: policy.escalations_channel,
            Channel.TRIAGE: policy.triage_channel,
        }
        self._watched = policy.watched
        self._remarks: dict[str, str] = {}

    @property
    def remarks(self) -> list[str]:
        """What people should know of the channels although the router does its work."""
        return list(self._remarks.values())

    def channel_id(self, channel: Channel) -> str:
        """The id of a channel, looked up by name on first need. Raises ChatError, StoreUnavailable."""
        name = self._names[channel]
        return self._known(name) or self._found(name)

    @property
    def watched(self) -> frozenset[str]:
        """The ids of the channels where the community speaks, as far as they were found."""
        return frozenset(filter(None, map(self._known, self._watched)))

    def find_watched(self) -> frozenset[str]:
        """The same; those not found yet are looked up by name. Raises ChatError, StoreUnavailable."""
        for name in self._watched:
            with suppress(ChatRefused):  # not made yet, archived or not for us: there is nothing to be heard
                self._known(name) or self._found(name)
        return self.watched

    def is_one(self, channel_id: str) -> bool:
        """Whether the router posts in that channel now."""
        return channel_id in {self._known(name) for name in self._names.values()}

    def look_again(self) -> None:
        """Look all channels up: by name, or else by the remembered id. Raises ChatError, StoreUnavailable."""
        for name in dict.fromkeys((*self._names.values(), *self._watched)):
            try:
                present = self._present_name(name)
            except ChatRefused as refused:
                if refused.refusal is Refusal.CREDENTIALS:
                    raise
                if name in self._watched:
                    self._remark(name, f"the channel {name} is not watched: {refused.told}")
                else:
                    self._conditions.begin(_scope(name), refused)
            else:
                renamed = f"the channel {name} is called {present} now: put that into the policy file"
                self._remark(name, renamed if present != name else "")
                self._conditions.end(_scope(name))

    def well(self, channel_id: str) -> None:
        """Note that something was posted there."""
        self._conditions.end(*(_scope(name) for name in self._names.values() if self._known(name) == channel_id))

    def _present_name(self, name: str) -> str:
        try:
            self._found(name)
        except ChatRefused as refused:
            known = self._known(name)
            if refused.refusal is not Refusal.NOT_FOUND or known is None:
                raise
            channel = self._by_id(known)
            if channel is None or channel.archived:
                raise
            return channel.name
        return name

    def _by_id(self, channel_id: str) -> ChatChannel | None:
        try:
            return self._chat.channel(channel_id)
        except ChatRefused:
            return None

    def _remark(self, name: str, line: str) -> None:
        """Keep what is to be known of a channel, told to the log once; "" for nothing."""
        if not line:
            self._remarks.pop(name, None)
            return
        if self._remarks.get(name) != line:
            log.warning("%s", line)
        self._remarks[name] = line

    def _known(self, name: str) -> str | None:
        return self._store.register(CHANNELS, f"{self._policy.team}/{name}")

    def _found(self, name: str) -> str:
        """Look a channel up by name, and remember it."""
        found = self._chat.channel_named(self._policy.team, name)
        if found.id != self._known(name):
            self._store.commit(Unit(registers=(Register(CHANNELS, f"{self._policy.team}/{name}", found.id),)))
        return found.id


def _scope(name: str) -> str:
    return f"channel/{name}"
