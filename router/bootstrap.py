"""Wiring: the only module that knows every class. Nothing starts before `Router.start`."""

import logging
import secrets
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from wsgiref.types import WSGIApplication

from router.classify import classifier_for
from router.classify.second_opinion import AdvisedClassifier, Adviser
from router.clocks import SystemClock
from router.config import Settings, examine_shadow
from router.core.errors import KeySeen, StoreError
from router.core.policy import Policy
from router.core.units import Key, Register, Unit
from router.delivery import Bell, Delivery
from router.delivery import Parts as DeliveryParts
from router.hearing import Hearing
from router.intake.confirming import Confirming
from router.intake.source import Setup, Source, configured, missed
from router.mattermost.client import MattermostClient
from router.mattermost.proofs import Proofs
from router.mattermost.websocket import MattermostEvents
from router.ports import Chat, Classifier, Clock, Store
from router.rendering import TemplateRenderer
from router.resources import data_folder
from router.scheduling import Ticker
from router.service.catching_up import CatchingUp
from router.service.commanding import Commands
from router.service.conditions import Conditions
from router.service.desk import Desk
from router.service.dialogs import Dialogs
from router.service.directory import Directory
from router.service.listening import Listening
from router.service.lookout import Lookout
from router.service.metrics import Metrics
from router.service.overhearing import Overhearing
from router.service.places import Places
from router.service.receiving import receive
from router.service.replaying import Replaying
from router.service.roster import Roster
from router.service.shadow import Shadow
from router.service.tally import Tally
from router.service.ticking import tick, write_down
from router.service.watching import Watching
from router.storage import open_store
from router.web import WebParts, create_app
from router.web.doors import Doors

log = logging.getLogger(__name__)
TICK, LOOK = 1.0, 120.0  # seconds between two looks at the deadlines, and at Mattermost's accounts and channels
LISTEN = 60.0  # and at what sources have brought, or could be asked for


@dataclass(frozen=True, slots=True)
class Router:
    """A wired router. `app` takes requests as soon as it is served; deadlines and posts need `start`."""

    app: WSGIApplication
    desk: Desk
    chat: Chat
    overhearing: Overhearing
    delivery: Delivery
    ticker: Ticker
    lookout: Lookout
    hearing: Hearing
    listening: Listening
    replaying: Replaying

    def start(self) -> None:
        """Begin to deliver, to tick and to listen."""
        self.delivery.start()
        self.ticker.start()
        self.hearing.start()
        self.replaying.look()

    def stop(self) -> None:
        """End in order: no more steps, what is under way is delivered, the store is closed."""
        self.hearing.stop()
        self.ticker.stop()
        self.replaying.stop()
        self.delivery.stop()
        with suppress(StoreError):
            write_down(self.desk)
        self.listening.look()
        self.desk.store.close()


@dataclass(frozen=True, slots=True)
class Replacements:
    """Parts to be used instead of the usual ones. `clock` is the rules' clock, `real` that of proofs and retries."""

    classifier: Classifier | None = None
    clock: Clock | None = None
    real: Clock | None = None


def build(
    settings: Settings,
    policy: Policy,
    *,
    public_url: str,
    private: bool = False,
    instead: Replacements = Replacements(),
) -> Router:
    """Wire a router; Mattermost reaches it at `public_url`, if `private` only this machine does. Raises StoreError."""
    store, bell = open_store(settings.database_url), Bell()
    key = secret_key(settings, store)
    first = instead.classifier or classifier_for(list(policy.topics.values()), policy.recognition, thorough=False)
    desk = _desk(settings, policy, store, key, bell, instead, first)
    real, proofs = desk.real, Proofs(key)
    doors_url = f"{public_url.rstrip('/')}/mattermost"
    chat = MattermostClient(settings.mattermost_url, settings.mattermost_token.first, doors_url, proofs)
    directory = Directory(store, chat, policy)
    conditions = Conditions(real)
    places, roster = Places(store, chat, policy, conditions), Roster(desk, chat, directory)
    lookout = Lookout(chat, directory, places, roster, conditions)
    watching = Watching(desk, directory, chat, places, settings.mattermost_url, first)
    commands = Commands(desk, directory, watching.thread_of)
    overhearing = Overhearing(desk, directory, chat, commands, watching)
    delivery = Delivery(
        DeliveryParts(
            store=store,
            chat=chat,
            renderer=desk.renderer,
            lookout=lookout,
            places=places,
            roster=roster,
            conditions=conditions,
            clock=real,
            pending_id=proofs.pending_id,
            resolve=overhearing.resolve,
            worker=uuid.uuid4().hex,
            bell=bell,
        )
    )
    events = MattermostEvents(settings.mattermost_url, settings.mattermost_token.first)
    hearing = Hearing(events, CatchingUp(desk, chat, places, overhearing), roster, real)
    listening, replaying = Listening(desk), _replaying(settings, policy, desk)
    doors = _doors(settings, desk, commands, overhearing, directory, proofs, chat, listening)
    app = create_app(_web_parts(settings, desk, doors, delivery, hearing, listening, replaying, private=private))
    ticker = _ticker(desk, lookout, listening, replaying)
    return Router(app, desk, chat, overhearing, delivery, ticker, lookout, hearing, listening, replaying)


def _desk(
    settings: Settings,
    policy: Policy,
    store: Store,
    key: bytes,
    bell: Bell,
    instead: Replacements,
    first: Classifier,
) -> Desk:
    real = instead.real or SystemClock()
    clock = instead.clock or real
    return Desk(
        store=store,
        policy=policy,
        classifier=_advised(settings, policy, first),
        renderer=TemplateRenderer(data_folder() / "templates"),
        sources=configured(setup(settings, policy)),
        clock=clock,
        real=real,
        version_key=key,
        wake=bell.ring,
        shadow=_shadow(policy, store, clock),
    )


def setup(settings: Settings, policy: Policy) -> Setup:
    """What sources may know of this installation."""
    return Setup(
        settings={
            "DISCOURSE_URL": settings.discourse_url,
            "DISCOURSE_API_USERNAME": settings.discourse_api_username,
            "ROUTER_PUBLIC_URL": settings.public_url,
        },
        senders=tuple(settings.generic_secrets),
        organisation=policy.organisation,
        repositories={name: one.repositories for name, one in policy.sources.items()},
        fields={name: one.fields for name, one in policy.sources.items()},
    )


def _advised(settings: Settings, policy: Policy, first: Classifier) -> Classifier:
    topics, terms = list(policy.topics.values()), policy.recognition
    if terms.second_opinion is None:
        return first
    return AdvisedClassifier(first, Adviser(terms.second_opinion, settings.second_opinion_api_key.first, topics))


def _ticker(desk: Desk, lookout: Lookout, listening: Listening, replaying: Replaying) -> Ticker:
    beside = ((desk.shadow.catch_up, TICK),) if desk.shadow else ()
    return Ticker(
        (lambda: tick(desk), TICK), (lookout.look, LOOK), (listening.look, LISTEN), (replaying.look, LISTEN), *beside
    )


def _replaying(settings: Settings, policy: Policy, desk: Desk) -> Replaying:
    known = setup(settings, policy)
    askable = ((one, replay_token(one, settings)) for one in configured(known).values() if one.replay)
    asks = {one.name: partial(missed, one, token, known) for one, token in askable if token}
    uncounted = replace(desk, verdicts=Tally("missed"), shadow=None)  # most of it may have been judged before
    return Replaying(desk, partial(receive, uncounted), asks)


def replay_token(source: Source, settings: Settings) -> str:
    """The token with which a source is asked for what was missed; "" when none is set."""
    return next((settings.secret(name).first for name in source.tokens if settings.secret(name)), "")


def _shadow(policy: Policy, store: Store, clock: Clock) -> Shadow | None:
    """Make what judges beside the active classifier; whatever is wrong with it stops nothing."""
    watched = policy.recognition
    files = [Path(one) for one in (watched.shadow, watched.shadow_policy) if one]
    if not files:
        return None
    try:
        examined = examine_shadow(policy)
        other = examined.accepted()[0] if examined else policy
        terms = replace(other.recognition, model=watched.shadow or other.recognition.model)
        classifier = classifier_for(list(other.topics.values()), terms, thorough=False)
        name = sha256(b"\0".join((repr(terms).encode(), *(one.read_bytes() for one in files)))).hexdigest()
    except Exception:
        log.exception("the shadow of [classifier] does not run")
        return None
    return Shadow(classifier, name, store, clock)


def _doors(
    settings: Settings,
    desk: Desk,
    commands: Commands,
    overhearing: Overhearing,
    directory: Directory,
    proofs: Proofs,
    chat: Chat,
    listening: Listening,
) -> Doors:
    return Doors(
        commands=commands,
        overhearing=overhearing,
        dialogs=Dialogs(desk, commands),
        chat=chat,
        directory=directory,
        store=desk.store,
        proofs=proofs,
        clock=desk.real,
        command_tokens=settings.mattermost_command_token.values,
        outgoing_tokens=settings.mattermost_outgoing_token.values,
        proved=listening.heard,
        failed_proofs=Counter(),
    )


def _web_parts(
    settings: Settings,
    desk: Desk,
    doors: Doors,
    delivery: Delivery,
    hearing: Hearing,
    listening: Listening,
    replaying: Replaying,
    *,
    private: bool,
) -> WebParts:
    confirming = Confirming(setup(settings, desk.policy), partial(replay_token, settings=settings))
    return WebParts(
        receive=lambda incoming: receive(desk, confirming.confirmed(incoming)),
        proved=listening.heard,
        doors=doors,
        sources=desk.sources,
        secrets=lambda setting: settings.secret(setting).values,
        clock=desk.real,
        backlog=desk.store.backlog,
        given_up=lambda: len(desk.store.given_up()),
        trouble=lambda: delivery.trouble,
        deaf=lambda: hearing.deaf,
        remarks=lambda: [*delivery.remarks, *listening.remarks, *replaying.remarks],
        measure=Metrics(desk, listening, replaying, doors.failed_proofs).measure,
        api_tokens=settings.api_token.values,
        private=private,
        failed_proofs=doors.failed_proofs,
    )


def secret_key(settings: Settings, store: Store) -> bytes:
    """The key that signs contexts and digests: the setting, else one made once with the store."""
    if settings.secret_key:
        return settings.secret_key.first.encode()
    made = Register("secret", "key", secrets.token_hex(32))
    try:
        store.commit(Unit(keys=(Key("secret/key"),), registers=(made,)))
    except KeySeen:
        return (store.register("secret", "key") or "").encode()
    return (made.value or "").encode()
