"""What `check --live` asks: whether Mattermost has what the router needs, and whether each reaches the other.

Everything is asked with the bot's own token; an administrator's, when there is one, shows what bots may not see.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import requests

from router.cli.plain import plain
from router.cli.setup.plans import same_hook
from router.cli.setup.present import addresses_of, is_ours
from router.cli.setup.steps import at
from router.cli.setup.wanted import TRIGGER, Wanted, wanted
from router.cli.stores import stored_key
from router.config import Settings
from router.core.errors import ChatError, ChatRefused, Fault, Refusal, StoreError
from router.core.policy import Policy
from router.mattermost import remedies
from router.mattermost.administration import Account, Administration, Channel, Team
from router.mattermost.connection import Connection
from router.mattermost.demands import BOTS, COMMANDS, INTERNAL, SITE_URL, by_full_name, demands, internal_demand
from router.mattermost.namesakes import namesakes
from router.mattermost.proofs import Proofs
from router.mattermost.self_test import PATIENCE, Heard, ask
from router.web.doors import SELF_TEST

_SETUP = "Run escalation-router setup, which mends it."
_INVITE = "The router adds nobody to a team: run escalation-router setup, which does, or invite them."
_ADDED = "The router adds them before it mentions them, if Mattermost lets it; escalation-router setup does it now."
_PROBE_SECONDS = 5
# What the bot does in a channel, by the permission that it takes, and whether it can do without.
_DUTIES = {
    "create_post": ("post", False),
    "edit_post": ("keep its posts up to date", False),
    "add_reaction": ("answer a reply by a reaction", True),
    "create_direct_channel": ("answer anybody in private", True),
    "manage_public_channel_members": ("add people to the channel before it mentions them", True),
}
_ROLES = "Give it to the role under System Console > User Management > Permissions, or in the channel's moderation."


@dataclass(slots=True)
class Findings:
    """What was found on the server at `url`; `seen` says in a line what was reached."""

    url: str
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    seen: str = ""

    def fault(self, place: str, problem: str, remedy: str = _SETUP) -> None:
        """Note something without which the router does not do its work."""
        self.faults.append(Fault(self.url, 0, place, problem, remedy))

    def warn(self, place: str, problem: str, remedy: str = _SETUP) -> None:
        """Note something that it can do without."""
        self.warnings.append(Fault(self.url, 0, place, problem, remedy))

    def refused(self, place: str, error: ChatError) -> None:
        """Note what Mattermost would not do, in the words that name the remedy."""
        problem, _, remedy = error.told.partition(": ")
        self.fault(
            place, problem, f"{remedy[:1].upper()}{remedy[1:]}." if remedy else "Look into the log of Mattermost."
        )


def look(settings: Settings, policy: Policy, admin_token: str) -> Findings:
    """Ask everything; whatever can't be asked is a fault, too."""
    found = Findings(settings.mattermost_url or "environment")
    for name, value in (("MATTERMOST_URL", settings.mattermost_url), ("MATTERMOST_TOKEN", settings.mattermost_token)):
        if not value:
            found.fault(
                name, "is not set", "escalation-router setup writes it into a file, which ROUTER_ENV_FILE has to name."
            )
    if found.faults:
        return found
    want = wanted(policy, settings.mattermost_url, settings.public_url)
    with closing(Connection(settings.mattermost_url, settings.mattermost_token.first, PATIENCE)) as connection:
        try:
            _Look(found, settings, want, Administration(connection)).everything()
            _reach(found, settings, connection, _allowed(found, want, settings, admin_token))
        except ChatError as error:
            found.refused("MATTERMOST_URL", error)
    _tokens(found, settings)
    return found


@dataclass(frozen=True, slots=True)
class _Look:
    """Asking as the bot."""

    found: Findings
    settings: Settings
    want: Wanted
    bot: Administration

    def everything(self) -> None:
        """Ask for server, people, team and channels. Raises ChatError where nothing more can be asked."""
        me = self.bot.me()
        config = self.bot.client_config()
        version = config.get("Version", "")
        self.found.seen = f"Mattermost {plain(version)}, as @{me.username}"
        if not me.is_bot:
            self.found.warn("MATTERMOST_TOKEN", f"belongs to @{me.username}, who is a person", "Use a bot of its own.")
        if told := remedies.of_version(version):
            self.found.warn("version", told, "Upgrade Mattermost.")
        for demand in demands(by_full_name(config), self.settings.mattermost_url):
            if demand.setting != BOTS:
                note = self.found.fault if demand.setting in {SITE_URL, COMMANDS} else self.found.warn
                note(demand.setting, demand.why, f"{demand.remedy}.")
        accounts = self._people()
        if team := self._team():
            self._in_team(team, accounts)
            for name in self.want.channels:
                self._channel(team, name, accounts, me)
            if TRIGGER not in self.bot.offered(team.id):
                self.found.fault(f"team {team.name}", f"has no slash command /{TRIGGER}")

    def _people(self) -> dict[str, Account]:
        """Look up everybody of the policy file; give those with an active account, by username."""
        everybody = self.want.everybody
        accounts = self.bot.accounts(one.mattermost for one in everybody)
        missing = [one for one in everybody if one.mattermost not in accounts]
        meant = namesakes(self.bot, missing)
        for person in missing:
            near = meant.get(person.mattermost)
            remedy = f"Did you mean {near}?" if near else "Correct the username in the policy file, or invite them."
            self.found.fault(f"people.{person.id}", f"nobody has the username {person.mattermost}", remedy)
        for person in everybody:
            account = accounts.get(person.mattermost)
            if account and not account.active:
                remedy = "They count as away: activate the account, or take them out of the policy file."
                self.found.warn(f"people.{person.id}", f"@{account.username} is deactivated", remedy)
        return {name: one for name, one in accounts.items() if one.active}

    def _team(self) -> Team | None:
        name = self.want.team
        try:
            team = self.bot.team(name)
        except ChatRefused as refused:
            if refused.refusal is not Refusal.FORBIDDEN:
                raise
            self.found.fault(f"team {name}", "the bot is no member of it")
            return None
        if team is None:
            self.found.fault(f"team {name}", "there is none of this name")
            return None
        if team.delete_at:
            self.found.fault(f"team {name}", "it is archived", f"Restore it: mmctl team restore {name}.")
            return None
        return team

    def _in_team(self, team: Team, accounts: dict[str, Account]) -> None:
        inside = self.bot.in_team(team.id, [one.id for one in accounts.values()])
        if out := [name for name, one in accounts.items() if one.id not in inside]:
            self.found.warn(f"team {team.name}", f"not in it: {at(out)}", _INVITE)

    def _channel(self, team: Team, name: str, accounts: dict[str, Account], me: Account) -> None:
        place = f"channel {name}"
        channel = self.bot.channel(team.id, name)
        if channel is None:
            self.found.fault(place, "there is none, or it is private and the bot no member of it")
            return
        if channel.delete_at:
            self.found.fault(place, "it is archived")
            return
        self._kind(place, name, channel)
        people = {
            one.mattermost: accounts[one.mattermost] for one in self.want.people_of(name) if one.mattermost in accounts
        }
        inside = self._inside(channel, [me.id, *(one.id for one in people.values())])
        if me.id not in inside:
            self.found.fault(place, "the bot is no member of it")
            return
        if name not in self.want.watched:
            self._rights(place, me, team, channel)
        if out := [username for username, one in people.items() if one.id not in inside]:
            self.found.warn(place, f"not in it: {at(out)}", _ADDED)

    def _inside(self, channel: Channel, user_ids: list[str]) -> frozenset[str]:
        """Which of these accounts are in a channel; as a rule only members may ask that."""
        try:
            return self.bot.in_channel(channel.id, user_ids)
        except ChatRefused as refused:
            if refused.refusal is not Refusal.FORBIDDEN:
                raise
            return frozenset()

    def _rights(self, place: str, me: Account, team: Team, channel: Channel) -> None:
        allowed = self.bot.permissions(me, team.id, channel.id)
        for permission, (duty, spare) in _DUTIES.items():
            needed = permission.replace("public", "private") if channel.type == "P" else permission
            if needed not in allowed:
                note = self.found.warn if spare else self.found.fault
                note(place, f"the bot may not {duty}: {needed} is missing", _ROLES)

    def _kind(self, place: str, name: str, channel: Channel) -> None:
        if name == self.want.committee and channel.type != "P":
            self.found.fault(
                place, "it is public", "Convert it to a private one: records of conduct are for the committee."
            )
        if name != self.want.committee and channel.type != "O":
            self.found.warn(place, "it is private: no outgoing webhook hears it", "The bot's own connection does.")


def _allowed(found: Findings, want: Wanted, settings: Settings, admin_token: str) -> str | None:
    """Look with an administrator's token, if there is one, at what bots may not see.

    Gives the addresses that Mattermost may call, None when that is not known.
    """
    if not admin_token:
        return None
    with closing(Connection(want.url, admin_token)) as connection:
        admin = Administration(connection)
        try:
            for place, problem in _integrations(admin, want, settings):
                found.fault(place, problem)
            return admin.config().get(INTERNAL)
        except ChatError as error:
            found.warn("MATTERMOST_ADMIN_TOKEN", error.told, "Less was looked at.")
            return None


def _integrations(admin: Administration, want: Wanted, settings: Settings) -> Iterator[tuple[str, str]]:
    team = admin.team(want.team)
    if team is None:
        return
    url = want.command().url
    for command in admin.commands(team.id):
        if command.trigger == TRIGGER and command.url != url:
            yield f"/{TRIGGER}", f"it calls another address than {url}"
        elif command.trigger == TRIGGER and command.token not in settings.mattermost_command_token.values:
            yield "MATTERMOST_COMMAND_TOKEN", f"is not the token of /{TRIGGER}"
    hooks = [one for one in admin.hooks(team.id) if is_ours(one)]
    for name in want.heard:
        channel = admin.channel(team.id, name)
        if channel is None or channel.type != "O":
            continue
        calling = [one for one in hooks if one.channel_id == channel.id and same_hook(one, want.hook(""))]
        if not calling:
            yield f"channel {name}", "no outgoing webhook of it calls the router"
        if any(one.token not in settings.mattermost_outgoing_token.values for one in calling):
            yield "MATTERMOST_OUTGOING_TOKEN", f"lacks the token of the outgoing webhook of ~{name}"


def _tokens(found: Findings, settings: Settings) -> None:
    if not settings.mattermost_command_token:
        found.fault("MATTERMOST_COMMAND_TOKEN", "is not set, so slash commands are refused")
    if not settings.mattermost_outgoing_token:
        found.warn("MATTERMOST_OUTGOING_TOKEN", "is not set, so outgoing webhooks are refused")


def _reach(found: Findings, settings: Settings, connection: Connection, allowed: str | None) -> None:
    """Have Mattermost call the router, and say what is in the way."""
    if not settings.public_url:
        found.fault("ROUTER_PUBLIC_URL", "is not set", "Set it to the address at which Mattermost reaches the router.")
        return
    key = _key(found, settings)
    if not key:
        return
    url = f"{settings.public_url}/mattermost/action"
    heard = ask(connection, Proofs(key.encode()), url, SELF_TEST)
    if heard is Heard.STRANGER:
        remedy = "Give `serve` and this command the same settings, and see where ROUTER_PUBLIC_URL leads."
        found.fault("ROUTER_PUBLIC_URL", f"{url} does not lead to a router with this secret key", remedy)
    elif heard is Heard.NOTHING:
        _unreachable(found, settings, url, allowed)
    else:
        found.seen += f"; it reaches the router at {settings.public_url}"


def _key(found: Findings, settings: Settings) -> str:
    try:
        key = settings.secret_key.first or stored_key(settings.database_url)
    except StoreError as error:
        found.fault(
            "ROUTER_DATABASE_URL", str(error), "Set ROUTER_SECRET_KEY, or ask as a user who may read the store."
        )
        return ""
    if not key:
        found.fault(
            "ROUTER_SECRET_KEY", "there is none yet, so no button can be tried", "Set it, or start `serve` once."
        )
    return key


def _unreachable(found: Findings, settings: Settings, url: str, allowed: str | None) -> None:
    """Tell a router that is not there from one that Mattermost may not call, as well as can be seen from here."""
    place = "ROUTER_PUBLIC_URL"
    try:
        status = requests.post(url, data=b"", timeout=_PROBE_SECONDS, allow_redirects=False).status_code
    except requests.exceptions.SSLError:
        found.fault(
            place, f"Mattermost can't call {url}: its certificate is not trusted", "Renew it, with its whole chain."
        )
        return
    except (requests.RequestException, OSError):
        found.fault(
            place,
            f"nothing answers at {url}, neither to Mattermost nor from here",
            "Start `serve`, or correct the address or the proxy.",
        )
        return
    if status != requests.codes.bad_request:
        found.fault(
            place,
            f"what answers at {url} is no router (status {status})",
            "Correct the address, or the proxy in front of it.",
        )
        return
    server = addresses_of(settings.mattermost_url)
    unlisted = internal_demand(allowed or "", settings.public_url, addresses_of(settings.public_url), server)
    problem = f"the router answers at {url} from here, and Mattermost can't call it"
    if unlisted:
        found.fault(place, problem, f"{unlisted[0].why}. {unlisted[0].setting}: {unlisted[0].remedy}.")
    else:
        found.fault(
            place,
            problem,
            "From Mattermost's machine, look at name server, firewall and certificates; its log says more.",
        )
