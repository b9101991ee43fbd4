"""The sandbox as a Python object: start it, fill it, disturb it, look into it."""

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from router.sandbox import bots, channels, commands, hooks, people, teams
from router.sandbox.application import Application
from router.sandbox.events import Subscription
from router.sandbox.faults import Faults
from router.sandbox.listener import HOST, Listener
from router.sandbox.outbound import Dispatcher
from router.sandbox.records import Channel, Json, Team
from router.sandbox.routing import Server
from router.sandbox.state import Clock, RequestRecord, State, wall_clock
from router.sandbox.websocket import WebSockets

_TIMEOUT_SECONDS = 30.0


class Sandbox:
    """A look-alike Mattermost that listens from its start until `close`. Names, not ids, go in here.

    The conveniences change the same state as the REST API, but quietly: nobody is notified and no line is posted.
    """

    def __init__(self, port: int, clock: Clock, integration_timeout: float) -> None:
        self._state = State(clock, integration_timeout)
        self.faults = Faults()
        self._dispatcher = Dispatcher()
        self._admin = people.create_user(self._state, "admin", roles="system_user system_admin")
        self.admin_token = self._state.token_of(self._admin)
        server = Server(self._state, self.faults, self._dispatcher)
        self._websockets = WebSockets(self._state)
        self._listener = Listener(port, Application(server, self._websockets))
        self.configure(SiteURL=self.url)

    @classmethod
    def start(cls, port: int = 0, *, clock: Clock = wall_clock, integration_timeout: float = _TIMEOUT_SECONDS) -> Self:
        """Return a sandbox that listens, on any free port for 0.

        `clock` gives Unix milliseconds; `integration_timeout` is how many seconds an integration may take.
        """
        return cls(port, clock, integration_timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening, cut every connection and let held requests go."""
        self.faults.clear()
        self._websockets.thaw()
        self._state.hub.close()
        self._listener.close()
        self._dispatcher.close()

    @property
    def url(self) -> str:
        """Where it listens; its SiteURL too."""
        return f"http://{HOST}:{self._listener.port}"

    @property
    def requests(self) -> list[RequestRecord]:
        """The latest requests, oldest first; those to `/sandbox` are left out."""
        return list(self._state.requests)

    def events_of(self, username: str) -> Subscription:
        """Return what the person's client hears from now on: a context manager with a blocking `next(timeout)`.

        `next` returns an event as Mattermost's WebSocket sends it, numbered from 1, or None when the time is up. Once
        `closed` is true nothing comes any more, be it that too many events waited: read the state anew, ask again.
        """
        with self._state.lock:
            return self._state.hub.subscribe(self._state.user_named(username).id)

    def stop_listening(self) -> None:
        """Refuse connections and cut the open ones, as a server that is down does; WebSockets can't be resumed."""
        self._listener.stop()
        self._websockets.cut()
        self._websockets.forget()

    def listen_again(self) -> None:
        """Listen on the same port as before."""
        self._listener.start()

    def cut_websockets(self) -> None:
        """Break every WebSocket, as a network does; who comes back in time misses nothing."""
        self._websockets.cut()

    def freeze_websockets(self) -> None:
        """Let every WebSocket stand open without a sign of life: no event, no pong."""
        self._websockets.freeze()

    def thaw_websockets(self) -> None:
        """Let the frozen WebSockets go on, with what they held back."""
        self._websockets.thaw()

    def forget_pending_ids(self) -> None:
        """Forget every `pending_post_id`, as a restart of the real server does."""
        with self._state.lock:
            self._state.pending.forget()

    def wait_until_settled(self, timeout: float = 30.0) -> bool:
        """Wait until no outgoing webhook is under way; False when that takes longer than `timeout` seconds."""
        return self._dispatcher.wait_until_settled(timeout)

    def configure(self, section: str = "ServiceSettings", **values: str | bool | int) -> None:
        """Change settings as who edits the configuration file does: REST refuses to empty a SiteURL, this does not."""
        with self._state.lock:
            self._state.settings.set(section, values)

    def forbid(self, role: str, permission: str) -> None:
        """Take a permission out of what a role is said to be allowed."""
        with self._state.lock:
            self._state.permissions[role].discard(permission)

    def make_trigger_id(self, user_id: str, at_ms: int | None = None) -> str:
        """Return a trigger id with a genuine signature, of any user and time."""
        return self._state.signer.sign(user_id, self._state.now() if at_ms is None else at_ms)[1]

    def token_of(self, username: str) -> str:
        """Return a token of a person or bot, made at need."""
        with self._state.lock:
            return self._state.token_of(self._state.user_named(username))

    def id_of(self, username: str) -> str:
        """Return the id of a person or bot."""
        with self._state.lock:
            return self._state.user_named(username).id

    def add_team(self, name: str, display_name: str = "") -> str:
        """Make a team with its default channels and return its id."""
        with self._state.lock:
            return teams.create_team(self._state, name, display_name or name).id

    def add_channel(self, team: str, name: str, display_name: str = "", *, private: bool = False) -> str:
        """Make a channel without members and return its id."""
        with self._state.lock:
            team_id = self._state.team_named(team).id
            return channels.create_channel(self._state, team_id, name, display_name or name, private=private).id

    def add_user(self, username: str, first_name: str = "", last_name: str = "", roles: str = "system_user") -> str:
        """Make an account and return its id."""
        with self._state.lock:
            return people.create_user(self._state, username, first_name, last_name, roles=roles).id

    def add_bot(self, username: str, display_name: str = "") -> str:
        """Make a bot that belongs to the admin and return its token."""
        with self._state.lock:
            bot = bots.create_bot(self._state, self._admin, username, display_name or username)
            return self._state.token_of(bot)

    def join(self, place: str, usernames: Iterable[str]) -> None:
        """Make people members of a team (`"desk"`) or of a channel and its team (`"desk/escalations"`)."""
        with self._state.lock:
            team, channel = self._place(place)
            for user in [self._state.user_named(username) for username in usernames]:
                self._state.add_to_team(team, user)
                if channel is not None:
                    self._state.add_to_channel(channel, user)

    def _place(self, place: str) -> tuple[Team, Channel | None]:
        team_name, _, channel_name = place.partition("/")
        team = self._state.team_named(team_name)
        return team, self._state.channel_named(team.id, channel_name) if channel_name else None

    def make_team_admin(self, team: str, username: str) -> None:
        """Give somebody the rights of a team admin."""
        with self._state.lock:
            found = self._state.team_named(team)
            self._state.add_to_team(found, self._state.user_named(username)).scheme_admin = True

    def add_command(self, team: str, trigger: str, url: str, hint: str = "", description: str = "") -> str:
        """Make a slash command, suggested with `hint` and `description` to whoever types it, and return its token."""
        with self._state.lock:
            body: Json = {"team_id": self._state.team_named(team).id, "trigger": trigger, "url": url, "method": "P"}
            body |= {"auto_complete": True, "auto_complete_hint": hint, "auto_complete_desc": description}
            return commands.create_command(self._state, self._admin, body).token

    def add_outgoing_hook(self, team: str, channel: str, url: str, content_type: str = "application/json") -> str:
        """Make an outgoing webhook without words on a public channel and return its token."""
        with self._state.lock:
            team_id = self._state.team_named(team).id
            body: Json = {"team_id": team_id, "channel_id": self._state.channel_named(team_id, channel).id}
            body |= {"callback_urls": [url], "content_type": content_type}
            return hooks.create_hook(self._state, self._admin, body).token

    def deactivate(self, username: str) -> None:
        """Deactivate an account: its token is refused, its memberships stay."""
        self._set_active(username, active=False)

    def activate(self, username: str) -> None:
        """Activate an account again."""
        self._set_active(username, active=True)

    def _set_active(self, username: str, *, active: bool) -> None:
        with self._state.lock:
            people.set_active(self._state, self._state.user_named(username), active=active)

    def rename(self, old: str, new: str) -> None:
        """Give an account another name."""
        with self._state.lock:
            people.rename_user(self._state, self._state.user_named(old), new)
