"""From what is there to what is to be done: the plan of `setup`. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from router.cli.setup.present import Present, is_ours
from router.cli.setup.receipt import Receipt
from router.cli.setup.steps import Do, Plan, Step, at
from router.cli.setup.wanted import TRIGGER, Wanted
from router.mattermost.administration import Account, Channel, Command, Hook
from router.mattermost.demands import BOTS, COMMANDS, HOOKS

_PUBLIC, _PRIVATE = "O", "P"
_TOLD = "only members are told of a mention"


def plan_setup(wanted: Wanted, present: Present, receipt: Receipt, env_file: str, fixed: Mapping[str, str]) -> Plan:
    """Say what is to be done; `fixed` are the settings that the environment has, which win over the file's."""
    steps = tuple(_steps(wanted, present, env_file))
    in_the_way = tuple(_in_the_way(wanted, present, receipt, steps, fixed))
    return Plan(steps, in_the_way, tuple(_notes(wanted, present, env_file, steps)))


def _steps(wanted: Wanted, present: Present, env_file: str) -> Iterator[Step]:
    team, bot = wanted.team, present.bot.username if present.bot else wanted.bot
    if present.team:
        yield there(Do.MAKE_TEAM, f"the team {team}")
    else:
        yield Step(Do.MAKE_TEAM, f"make the team {team}, by invitation only", "the policy file names it", team)
    for name in wanted.channels:
        yield _channel_step(name, wanted, present.channels.get(name))
    yield _bot_step(bot, present.bot)
    if present.holder:
        yield there(Do.MAKE_TOKEN, f"its token in {env_file}")
    else:
        what, why = f"make a token for @{bot}, and write it into {env_file}", "the settings have none that works"
        yield Step(Do.MAKE_TOKEN, what, why, env_file, ("MATTERMOST_TOKEN",))
    yield _joining(Do.JOIN_TEAM, team, present.in_team, _accounts(wanted, present, wanted.channels, bot))
    for name in wanted.channels:
        inside = present.in_channel.get(name, frozenset())
        why = "it reads what is said there" if name in wanted.watched else _TOLD
        yield _joining(Do.JOIN_CHANNEL, name, inside, _accounts(wanted, present, [name], bot), why)
    yield _command_step(wanted, present.command)
    for name in hearing(wanted, present.channels):
        yield _hook_step(name, wanted, present.hooks.get(name))
    yield _settings_step(wanted, present, env_file)


def there(do: Do, what: str) -> Step:
    """A step that is done already; `what` names what is there."""
    return Step(do, what, "", done=True)


def _channel_step(name: str, wanted: Wanted, present: Channel | None) -> Step:
    private = name == wanted.committee
    kind = "private" if private else "public"
    if present and present.delete_at:
        return Step(Do.RESTORE_CHANNEL, f"restore the channel ~{name}", "it is archived", name)
    if present:
        return there(Do.MAKE_CHANNEL, f"the channel ~{name}")
    uses = {wanted.committee: "the committee's records are shown nowhere else"}
    uses |= dict.fromkeys(wanted.watched, "it is watched for what the community asks")
    why = uses.get(name, "escalations are posted there" if name == wanted.open[0] else "uncertain signals wait there")
    return Step(Do.MAKE_CHANNEL, f"make the {kind} channel ~{name}", why, name)


def _bot_step(bot: str, present: Account | None) -> Step:
    if present is None:
        return Step(Do.MAKE_BOT, f"make the bot account @{bot}", "it posts, and hears what is said to it", names=(bot,))
    if present.active:
        return there(Do.MAKE_BOT, f"the bot account @{bot}")
    why = "it is disabled, and its tokens are refused"
    return Step(Do.ENABLE_BOT, f"enable the bot account @{bot}", why, names=(bot,))


def _accounts(wanted: Wanted, present: Present, channels: Iterable[str], bot: str) -> dict[str, str]:
    """Give username and user id of those who belong somewhere and can be added; a bot to be has no id yet."""
    people = [one for name in channels for one in wanted.people_of(name)]
    found = [present.accounts[one.mattermost] for one in people if one.mattermost in present.accounts]
    return {bot: present.bot.id if present.bot else ""} | {one.username: one.id for one in found if one.active}


def _joining(do: Do, place: str, inside: frozenset[str], accounts: Mapping[str, str], why: str = _TOLD) -> Step:
    shown = f"~{place}" if do is Do.JOIN_CHANNEL else f"the team {place}"
    missing = tuple(name for name, user_id in accounts.items() if user_id not in inside)
    if not missing:
        return there(do, f"{len(accounts)} member{'' if len(accounts) == 1 else 's'} of {shown}")
    return Step(do, f"add to {shown}: {at(missing)}", why, place, missing)


def _command_step(wanted: Wanted, present: Command | None) -> Step:
    want = wanted.command()
    differs = [name for name in _COMPARED if present and getattr(present, name) != getattr(want, name)]
    if present and not differs:
        return there(Do.PUT_COMMAND, f"the slash command /{TRIGGER}")
    verb, why = ("make", "people give commands by it") if not present else ("change", f"differs: {', '.join(differs)}")
    return Step(Do.PUT_COMMAND, f"{verb} the slash command /{TRIGGER}, which calls {want.url}", why, TRIGGER)


_COMPARED = ("url", "method", "auto_complete", "auto_complete_desc", "auto_complete_hint")


def same_hook(present: Hook, want: Hook) -> bool:
    """Whether a webhook calls what it should, in the way it should."""
    return present.callback_urls == want.callback_urls and present.content_type == want.content_type


def _hook_step(name: str, wanted: Wanted, present: Hook | None) -> Step:
    want = wanted.hook("")
    if present and same_hook(present, want):
        return there(Do.PUT_HOOK, f"the outgoing webhook of ~{name}")
    heard = "what is asked there is heard by it" if name in wanted.watched else "replies in threads are heard by it"
    verb, why = ("change", "it calls otherwise") if present else ("make", heard)
    what = f"{verb} the outgoing webhook of ~{name}, which calls {want.callback_urls[0]}"
    return Step(Do.PUT_HOOK, what, why, name)


def _settings_step(wanted: Wanted, present: Present, env_file: str) -> Step:
    names = tuple(missing_settings(wanted, present))
    if not names and not present.file_open:
        return there(Do.WRITE_SETTINGS, f"the settings in {env_file}")
    what = f"write {', '.join(names)} into {env_file}" if names else f"make {env_file} readable by you alone"
    why = "readable by you alone; whatever else is in it stays" if names else "it holds secrets"
    return Step(Do.WRITE_SETTINGS, what, why, env_file, names)


def missing_settings(wanted: Wanted, present: Present) -> Iterator[str]:
    """Name the settings that are not as they should be, the bot's token apart."""
    settings = present.settings
    if settings.mattermost_url != wanted.url:
        yield "MATTERMOST_URL"
    if settings.public_url != wanted.public_url:
        yield "ROUTER_PUBLIC_URL"
    if present.command is None or present.command.token not in settings.mattermost_command_token.values:
        yield "MATTERMOST_COMMAND_TOKEN"
    if {_hook_token(name, present) for name in hearing(wanted, present.channels)} - set(
        settings.mattermost_outgoing_token.values
    ):
        yield "MATTERMOST_OUTGOING_TOKEN"
    if not settings.github_webhook_secret:
        yield "GITHUB_WEBHOOK_SECRET"
    if not settings.secret_key and not present.stored_key:
        yield "ROUTER_SECRET_KEY"


def hearing(wanted: Wanted, channels: Mapping[str, Channel]) -> tuple[str, ...]:
    """The channels with an outgoing webhook: the public ones."""
    return tuple(name for name in wanted.heard if name not in channels or channels[name].type == _PUBLIC)


def _hook_token(name: str, present: Present) -> str:
    hook = present.hooks.get(name)
    return hook.token if hook else ""


def _in_the_way(
    wanted: Wanted, present: Present, receipt: Receipt, steps: tuple[Step, ...], fixed: Mapping[str, str]
) -> Iterator[str]:
    if receipt.server not in {"", wanted.url}:
        yield (
            f"{receipt.path} is of another server, {receipt.server}: remove that one first (--remove --url "
            f"{receipt.server}), or name another --env-file"
        )
    if present.team and present.team.delete_at:
        yield (
            f"the team {wanted.team} is archived: restore it (`mmctl team restore {wanted.team}`), or name another "
            "under [mattermost] in the policy file"
        )
    yield from _bot_in_the_way(present)
    committee = present.channels.get(wanted.committee)
    if committee and committee.type != _PRIVATE:
        yield (
            f"~{committee.name} is public, and the committee's records are private: convert it, or name another "
            "committee_channel under [mattermost] in the policy file"
        )
    if present.command and not is_ours(present.command):
        yield (
            f"there is a slash command /{TRIGGER} already, which calls {present.command.url}: remove it under "
            "Integrations > Slash Commands"
        )
    needed = {Do.MAKE_BOT: BOTS, Do.PUT_COMMAND: COMMANDS, Do.PUT_HOOK: HOOKS}
    blocked = {needed[step.do] for step in steps if step.do in needed and not step.done}
    yield from (str(demand) for demand in present.demands if demand.setting in blocked)
    for name in (
        name for step in steps if not step.done and step.do in _WRITING for name in step.names if name in fixed
    ):
        yield f"{name} is set in the environment, which wins over the file: unset it there"


def _bot_in_the_way(present: Present) -> Iterator[str]:
    if present.holder and not present.holder.is_bot:
        yield f"MATTERMOST_TOKEN belongs to @{present.holder.username}, who is a person: take it out of the settings"
    elif present.bot and not present.bot.is_bot:
        yield (f"@{present.bot.username} is a person: name another username for the bot by --bot")


_WRITING = (Do.MAKE_TOKEN, Do.WRITE_SETTINGS)


def _notes(wanted: Wanted, present: Present, env_file: str, steps: tuple[Step, ...]) -> Iterator[str]:
    for person in wanted.everybody:
        account = present.accounts.get(person.mattermost)
        if account is None or not account.active:
            yield _absent(person.mattermost, person.name, account, present.namesakes.get(person.mattermost))
    for name in wanted.heard:
        if name not in hearing(wanted, present.channels):
            yield f"~{name} is private: no outgoing webhook hears it, and the bot's own connection does"
    made = {Do.MAKE_BOT} if any(step.do is Do.MAKE_BOT and not step.done for step in steps) else set()
    yield from (f"advice: {one}" if one.advice else str(one) for one in present.demands if made or one.setting != BOTS)
    writes = {name for step in steps if not step.done for name in step.names}
    if "GITHUB_WEBHOOK_SECRET" in writes:
        yield (
            f"at GitHub, under Settings > Webhooks: payload URL {wanted.public_url}/hooks/github, content type "
            f"application/json, secret that of GITHUB_WEBHOOK_SECRET in {env_file}; "
            "docs/sources/github.md lists the events"
        )


def _absent(username: str, name: str, account: Account | None, meant: str | None) -> str:
    if account is not None:
        return f"@{username} ({name}) is deactivated: activate the account, or correct the policy file"
    hint = (
        f"did you mean @{meant}? Correct it in the policy file" if meant else "invite them, or correct the policy file"
    )
    return f"@{username} ({name}) has no account here: {hint}, and run setup again"
