"""What a Mattermost must have for the router, as the policy file and the options say."""

from collections.abc import Sequence
from dataclasses import dataclass

from router.core.kinds import table
from router.core.people import Person
from router.core.policy import Policy
from router.mattermost.administration import Command, Hook

BOT = "escalations"
TRIGGER = "escalation"
MADE_BY = "Made by escalation-router setup"
COMMAND_PATH, HOOK_PATH = "/mattermost/command", "/mattermost/outgoing"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where, and for whom. `open` are the channels of escalations and triage; no `committee` channel is "".

    `watched` are those in which the community asks; of these only the bot is made a member.
    """

    url: str
    public_url: str
    bot: str
    team: str
    open: tuple[str, ...]
    committee: str
    people: tuple[Person, ...]
    members: tuple[Person, ...]
    watched: tuple[str, ...] = ()

    @property
    def heard(self) -> tuple[str, ...]:
        """The channels that are to have an outgoing webhook."""
        return (*self.open, *self.watched)

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel, each once."""
        return (*self.heard, *([self.committee] if self.committee else []))

    @property
    def everybody(self) -> tuple[Person, ...]:
        """The people of all channels, each once."""
        return tuple({one.id: one for one in (*self.people, *self.members)}.values())

    def people_of(self, channel: str) -> Sequence[Person]:
        """Who belongs in a channel, the bot apart."""
        if channel in self.watched:
            return ()
        return self.members if channel == self.committee else self.people

    def command(self) -> Command:
        """The slash command, with the hints that people see while they type; the words are those of the one table."""
        return Command(
            trigger=TRIGGER,
            url=f"{self.public_url}{COMMAND_PATH}",
            auto_complete_desc="Sensitive questions of the community: who answers, and by when",
            auto_complete_hint=f"[{'|'.join(table())}]",
            display_name="Escalation router",
            description=MADE_BY,
        )

    def hook(self, channel_id: str) -> Hook:
        """The outgoing webhook of a channel: without trigger words, so that it tells whatever is said."""
        return Hook(
            channel_id,
            callback_urls=(f"{self.public_url}{HOOK_PATH}",),
            display_name="Escalation router",
            description=MADE_BY,
        )


def wanted(policy: Policy, url: str, public_url: str, bot: str = BOT) -> Wanted:
    """Read the policy file's part of it."""
    return Wanted(
        url=url,
        public_url=public_url,
        bot=bot,
        team=policy.team,
        open=tuple(dict.fromkeys((policy.escalations_channel, policy.triage_channel))),
        committee=policy.committee_channel,
        people=tuple(policy.people[one] for one in policy.channel_people()),
        members=tuple(policy.people[one] for one in policy.holders(policy.committee)),
        watched=tuple(dict.fromkeys(policy.watched)),
    )
