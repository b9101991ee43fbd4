"""Carrying out the plan of `setup --remove`, step by step; the receipt goes last, so that a second run can go on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from router.cli.setup.present import Present
from router.cli.setup.receipt import Receipt
from router.cli.setup.settings_files import change
from router.cli.setup.steps import Do, Step
from router.mattermost.administration import Administration


@dataclass(frozen=True, slots=True)
class Unmaking:
    """What was there when the plan was made."""

    admin: Administration
    present: Present
    receipt: Receipt
    env_file: Path

    def carry_out(self, step: Step) -> None:
        """Undo one thing. Raises ChatError, OSError."""
        self._ways()[step.do](step)

    def _ways(self) -> Mapping[Do, Callable[[Step], None]]:
        return {
            Do.REMOVE_HOOK: lambda one: self.admin.remove_hook(self.present.hooks[one.place].id),
            Do.REMOVE_COMMAND: self._remove_command,
            Do.ARCHIVE_CHANNEL: lambda one: self.admin.archive_channel(self.present.channels[one.place].id),
            Do.LEAVE_CHANNEL: self._leave_channel,
            Do.REVOKE_TOKENS: self._revoke_tokens,
            Do.LEAVE_TEAM: self._leave_team,
            Do.DISABLE_BOT: lambda one: self.admin.set_bot(self._id(one.names[0]), active=False),
            Do.STRIP_SETTINGS: lambda one: change(self.env_file, dict.fromkeys(one.names)),
            Do.DISCARD_RECEIPT: lambda _: self.receipt.discard(),
        }

    def _remove_command(self, _: Step) -> None:
        if self.present.command:
            self.admin.remove_command(self.present.command.id)

    def _leave_channel(self, step: Step) -> None:
        for name in step.names:
            self.admin.remove_from_channel(self.present.channels[step.place].id, self._id(name))

    def _leave_team(self, step: Step) -> None:
        if self.present.team:
            self.admin.remove_from_team(self.present.team.id, self._id(step.names[0]))

    def _revoke_tokens(self, _: Step) -> None:
        for token in self.present.tokens:
            if token.description == self.receipt.token_description:
                self.admin.revoke(token.id)

    def _id(self, username: str) -> str:
        bot = self.present.bot
        return bot.id if bot and bot.username == username else self.present.accounts[username].id
