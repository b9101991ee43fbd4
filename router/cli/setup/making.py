"""Carrying out the plan of `setup`, step by step; each thing is entered in the receipt before it is made."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from router.cli.setup.plans import hearing
from router.cli.setup.present import Present
from router.cli.setup.receipt import Receipt
from router.cli.setup.settings_files import change
from router.cli.setup.steps import Do, Step, key_of
from router.cli.setup.wanted import MADE_BY, Wanted
from router.core.errors import ChatRefused, Refusal
from router.mattermost.administration import Administration, Channel, Command, Hook


@dataclass(slots=True)
class Making:
    """Where things stand while they are made; it begins with what was there."""

    admin: Administration
    wanted: Wanted
    receipt: Receipt
    env_file: Path
    team_id: str
    bot_id: str
    channels: dict[str, Channel]
    command: Command | None
    hooks: dict[str, Hook]
    ids: dict[str, str]
    trouble: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, admin: Administration, wanted: Wanted, present: Present, receipt: Receipt, env_file: Path) -> "Making":
        """Begin with what is there."""
        bot = present.bot
        ids = {one.username: one.id for one in (*present.accounts.values(), *([bot] if bot else []))}
        return cls(
            admin,
            wanted,
            receipt,
            env_file,
            present.team.id if present.team else "",
            bot.id if bot else "",
            dict(present.channels),
            present.command,
            dict(present.hooks),
            ids,
        )

    def carry_out(self, step: Step) -> None:
        """Do one step. Raises ChatError, OSError."""
        self._ways()[step.do](step)

    def _ways(self) -> Mapping[Do, Callable[[Step], None]]:
        return {
            Do.MAKE_TEAM: self._make_team,
            Do.MAKE_CHANNEL: self._make_channel,
            Do.RESTORE_CHANNEL: self._restore_channel,
            Do.MAKE_BOT: self._make_bot,
            Do.ENABLE_BOT: self._enable_bot,
            Do.MAKE_TOKEN: self._make_token,
            Do.JOIN_TEAM: self._join,
            Do.JOIN_CHANNEL: self._join,
            Do.PUT_COMMAND: self._put_command,
            Do.PUT_HOOK: self._put_hook,
            Do.WRITE_SETTINGS: lambda one: change(self.env_file, {name: self._value(name) for name in one.names}),
        }

    @contextmanager
    def _entered(self, do: Do, place: str = "", name: str = "") -> Iterator[None]:
        """Enter something into the receipt, then make it; after a refusal, which is certain, it is struck again."""
        key = key_of(do, self.wanted.team, place, name)
        known = key in self.receipt.made
        self.receipt.enter(key)
        try:
            yield
        except ChatRefused:
            if not known:
                self.receipt.strike(key)
            raise

    def _make_team(self, step: Step) -> None:
        """Make the team; some channels, such as ~town-square, come with it."""
        with self._entered(step.do):
            self.team_id = self.admin.make_team(step.place).id
        found = {name: self.admin.channel(self.team_id, name) for name in self.wanted.channels}
        self.channels = {name: one for name, one in found.items() if one}

    def _make_channel(self, step: Step) -> None:
        if step.place in self.channels:
            return
        private = step.place == self.wanted.committee
        with self._entered(step.do, step.place):
            self.channels[step.place] = self.admin.make_channel(self.team_id, step.place, MADE_BY, private=private)

    def _restore_channel(self, step: Step) -> None:
        """Restore a channel; what was archived before is archived again by the removal."""
        with self._entered(Do.MAKE_CHANNEL, step.place):
            self.admin.restore_channel(self.channels[step.place].id)

    def _make_bot(self, step: Step) -> None:
        (username,) = step.names
        with self._entered(step.do, name=username):
            self.bot_id = self.ids[username] = self.admin.make_bot(username, "Escalations", MADE_BY)

    def _enable_bot(self, step: Step) -> None:
        with self._entered(Do.MAKE_BOT, name=step.names[0]):
            self.admin.set_bot(self.bot_id, active=True)

    def _make_token(self, step: Step) -> None:
        """Make the token and keep it; an earlier one of ours, whose value was never written down, is of no use."""
        ours = self.receipt.token_description
        with self._entered(step.do):
            for token in self.admin.tokens(self.bot_id):
                if token.description == ours:
                    self.admin.revoke(token.id)
            change(self.env_file, {step.names[0]: self.admin.make_token(self.bot_id, ours).token})

    def _join(self, step: Step) -> None:
        """Add people, each alone: one whom Mattermost refuses does not keep out the others."""
        place = step.place if step.do is Do.JOIN_CHANNEL else ""
        for name in step.names:
            try:
                with self._entered(step.do, place, name):
                    self._add(place, self.ids[name])
            except ChatRefused as refused:
                if refused.refusal is Refusal.CREDENTIALS:
                    raise
                self.trouble.append(f"@{name} could not be added to {step.place}: {refused}")

    def _add(self, channel: str, user_id: str) -> None:
        if channel:
            self.admin.add_to_channel(self.channels[channel].id, user_id)
        else:
            self.admin.add_to_team(self.team_id, user_id)

    def _put_command(self, step: Step) -> None:
        """Make the command; one that is only changed was made by somebody else, and is not entered."""
        want = self.wanted.command()
        if self.command:
            want = replace(want, id=self.command.id, token=self.command.token)
        with nullcontext() if want.id else self._entered(step.do, step.place):
            self.command = self.admin.put_command(self.team_id, want)

    def _put_hook(self, step: Step) -> None:
        there, want = self.hooks.get(step.place), self.wanted.hook(self.channels[step.place].id)
        if there:
            want = replace(want, id=there.id, token=there.token)
        with nullcontext() if want.id else self._entered(step.do, step.place):
            self.hooks[step.place] = self.admin.put_hook(self.team_id, want)

    def _value(self, name: str) -> str:
        """Give what a setting is to be."""
        match name:
            case "MATTERMOST_URL":
                return self.wanted.url
            case "ROUTER_PUBLIC_URL":
                return self.wanted.public_url
            case "MATTERMOST_COMMAND_TOKEN":
                return self.command.token if self.command else ""
            case "MATTERMOST_OUTGOING_TOKEN":
                return " ".join(self.hooks[channel].token for channel in hearing(self.wanted, self.channels))
            case _:
                return secrets.token_hex(32)
