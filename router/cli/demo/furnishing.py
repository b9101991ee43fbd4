"""A sandbox made ready: team, channels, people, bot, slash command and outgoing webhook of a policy file."""

from dataclasses import dataclass

from router.core.policy import Policy
from router.sandbox import Sandbox

BOT = "escalations"
COLLEAGUE = "a.colleague"  # somebody of the company whom the policy file does not name
HINT = "help | raise TEXT-or-URL | claim ESC-1 | …"
ABOUT = "Bring a sensitive question to those who may answer it"


@dataclass(frozen=True, slots=True)
class Furnished:
    """What a router needs to know of the sandbox: tokens of its bot and integrations, as settings have them."""

    bot_token: str
    command_token: str
    outgoing_token: str


def everybody(policy: Policy) -> list[str]:
    """Usernames of all people on the server: the policy's, and somebody whom it does not name."""
    return [*(person.mattermost for person in policy.people.values()), COLLEAGUE]


def furnish(sandbox: Sandbox, policy: Policy, router_url: str) -> Furnished:
    """Do what an administrator does on a real server."""
    sandbox.add_team(policy.team, policy.team.replace("-", " ").title())
    sandbox.add_user(COLLEAGUE, "Any", "Colleague")
    for person in policy.people.values():
        first, _, last = person.name.partition(" ")
        sandbox.add_user(person.mattermost, first, last)
    bot_token = sandbox.add_bot(BOT, "Escalations")
    tokens: list[str] = []
    for channel in dict.fromkeys((policy.escalations_channel, policy.triage_channel, *policy.watched)):
        sandbox.add_channel(policy.team, channel, channel.replace("-", " ").title())
        sandbox.join(f"{policy.team}/{channel}", [BOT, *everybody(policy)])
        tokens.append(sandbox.add_outgoing_hook(policy.team, channel, f"{router_url}/mattermost/outgoing"))
    command_token = sandbox.add_command(policy.team, "escalation", f"{router_url}/mattermost/command", HINT, ABOUT)
    return Furnished(bot_token, command_token, " ".join(tokens))
