"""The plan of `setup --remove`: what the receipt names goes; without it, what surely is ours. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from router.cli.setup.plans import same_hook
from router.cli.setup.present import Present
from router.cli.setup.receipt import Receipt
from router.cli.setup.steps import Do, Plan, Step, at, key_of
from router.cli.setup.wanted import TRIGGER, Wanted

EVERYBODYS = "town-square"  # whoever is in the team is in it, and Mattermost lets nobody out


def plan_removal(wanted: Wanted, present: Present, receipt: Receipt, env_file: str) -> Plan:
    """Say what is to be undone."""
    steps = tuple(_steps(wanted, present, receipt))
    strip = tuple(_dead_settings(present, steps))
    if strip:
        why = "what they proved is gone; whatever else is in it stays"
        steps += (Step(Do.STRIP_SETTINGS, f"take {', '.join(strip)} out of {env_file}", why, env_file, strip),)
    if receipt.made:
        steps += (Step(Do.DISCARD_RECEIPT, f"remove {receipt.path}", "nothing of it is left", str(receipt.path)),)
    in_the_way = (
        (f"{receipt.path} is of another server, {receipt.server}",) if receipt.server not in {"", wanted.url} else ()
    )
    return Plan(steps, in_the_way, tuple(_notes(wanted, present, receipt)))


def with_made(wanted: Wanted, receipt: Receipt) -> Wanted:
    """Add the channels that have a webhook of ours and that the policy file names no more."""
    ours = f"{key_of(Do.PUT_HOOK, wanted.team)} "
    made = (key.removeprefix(ours) for key in receipt.made if key.startswith(ours))
    return replace(wanted, watched=(*wanted.watched, *(name for name in made if name not in wanted.channels)))


def _steps(wanted: Wanted, present: Present, receipt: Receipt) -> Iterator[Step]:
    team = wanted.team

    def made(do: Do, place: str = "", name: str = "") -> bool:
        return key_of(do, team, place, name) in receipt.made

    for name, hook in present.hooks.items():
        if made(Do.PUT_HOOK, name) or same_hook(hook, wanted.hook(hook.channel_id)):
            yield Step(Do.REMOVE_HOOK, f"remove the outgoing webhook of ~{name}", "it calls the router", name)
    command = present.command
    if command and (made(Do.PUT_COMMAND, TRIGGER) or command.url == wanted.command().url):
        yield Step(Do.REMOVE_COMMAND, f"remove the slash command /{TRIGGER}", "it calls the router", TRIGGER)
    yield from _channel_steps(wanted, present, receipt)
    bot = present.bot
    if bot is None or not bot.is_bot:
        return
    if any(one.description == receipt.token_description for one in present.tokens):
        yield Step(Do.REVOKE_TOKENS, f"revoke the token of @{bot.username}", "setup made it", names=(bot.username,))
    if made(Do.JOIN_TEAM, name=bot.username) and bot.id in present.in_team:
        yield Step(
            Do.LEAVE_TEAM, f"take @{bot.username} out of the team {team}", "setup added it", team, (bot.username,)
        )
    if made(Do.MAKE_BOT, name=bot.username) and bot.active:
        yield Step(
            Do.DISABLE_BOT,
            f"disable the bot account @{bot.username}",
            "setup made or enabled it; its posts stay",
            names=(bot.username,),
        )


def _channel_steps(wanted: Wanted, present: Present, receipt: Receipt) -> Iterator[Step]:
    """Archive channels that setup made; take whom it added out of those that were there before."""
    people = {one.mattermost for one in wanted.everybody} | ({present.bot.username} if present.bot else set())
    ids = {one.username: one.id for one in (*present.accounts.values(), *([present.bot] if present.bot else []))}
    for name, channel in present.channels.items():
        if key_of(Do.MAKE_CHANNEL, wanted.team, name) in receipt.made:
            if not channel.delete_at:
                yield Step(
                    Do.ARCHIVE_CHANNEL,
                    f"archive the channel ~{name}",
                    "setup made or restored it; what was said stays",
                    name,
                )
            continue
        if name == EVERYBODYS:
            continue
        inside = present.in_channel.get(name, frozenset())
        added = sorted(one for one in people if key_of(Do.JOIN_CHANNEL, wanted.team, name, one) in receipt.made)
        out = tuple(one for one in added if ids.get(one) in inside)
        if out:
            yield Step(Do.LEAVE_CHANNEL, f"take out of ~{name}: {at(out)}", "setup added them", name, out)


def _dead_settings(present: Present, steps: tuple[Step, ...]) -> Iterator[str]:
    doing, settings = {step.do for step in steps}, present.settings
    if settings.mattermost_token and (Do.REVOKE_TOKENS in doing or present.holder is None):
        yield "MATTERMOST_TOKEN"
    if settings.mattermost_command_token and (Do.REMOVE_COMMAND in doing or present.command is None):
        yield "MATTERMOST_COMMAND_TOKEN"
    if settings.mattermost_outgoing_token and (Do.REMOVE_HOOK in doing or not present.hooks):
        yield "MATTERMOST_OUTGOING_TOKEN"


def _notes(wanted: Wanted, present: Present, receipt: Receipt) -> Iterator[str]:
    if key_of(Do.MAKE_TEAM, wanted.team) in receipt.made and present.team and not present.team.delete_at:
        yield f"the team {wanted.team} stays, with its members: `mmctl team archive {wanted.team}` archives it"
    bot = present.bot
    if bot and bot.is_bot and bot.active and key_of(Do.MAKE_BOT, wanted.team, name=bot.username) not in receipt.made:
        yield f"the bot @{bot.username} stays: setup did not make it, as far as is known (Integrations > Bot Accounts)"
    if not receipt.made:
        yield f"there is no receipt {receipt.path}: only what calls this router's address goes"
