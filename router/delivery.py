"""Delivery: drains the outbox. Render, send, settle; back off for as long as it takes; never say a thing twice.

It is woken, it does not poll: whoever commits rings the bell, and between that it sleeps until the next retry is due.
"""

import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from router.core.cases import CaseId
from router.core.effects import (
    Channel,
    DirectMessage,
    Notice,
    Reaction,
    Reply,
    Resolve,
    RootPost,
    RootUpdate,
    Tell,
    Withdraw,
    lane,
)
from router.core.errors import ChatError, ChatRefused, ChatUnavailable, Refusal, StoreError
from router.core.kinds import kinds
from router.core.quoting import WITHDRAWN, quoted
from router.core.retries import LOOK_BACK, SETTLED, Move, failed, next_move, overtaken
from router.core.units import AnyCase, Done, GivenUp, Outcome, PendingEffect, PostRef, Retry, Said
from router.ports import Chat, ChatPost, Clock, Reach, Rendered, Renderer, RootView, Store
from router.service.conditions import SERVER, Conditions
from router.service.lookout import Lookout
from router.service.places import Places
from router.service.roster import Roster

AT_ONCE = 16
LAGGING = 2  # tries more to read what was just heard of: three seconds in all
BREATH = 0.5  # seconds before trying again when the store itself can't be read
INTRODUCTION = 5.0  # seconds between tries to be introduced
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the delivery works with. `pending_id` makes Mattermost's guard against doubles from key and channel."""

    store: Store
    chat: Chat
    renderer: Renderer
    lookout: Lookout
    places: Places
    roster: Roster
    conditions: Conditions
    clock: Clock
    pending_id: Callable[[str, str], str]
    resolve: Callable[[Resolve], None]
    worker: str
    bell: "Bell"


class Bell:
    """Wakes the delivery; rung by whoever commits, heard by whoever waits."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.rung = False

    def ring(self) -> None:
        """Say that there is something to do."""
        with self.changed:
            self.rung = True
            self.changed.notify_all()


class Delivery:
    """Carries effects out, several at once, those of one case in order."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._awake = parts.bell.changed
        self._stopping = False
        self._free = AT_ONCE
        self._introduced = False
        self._quiet_until: datetime | None = None
        self._shown: dict[CaseId, int] = {}
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    # ------------------------------------------------------------------------------------------- life

    @property
    def trouble(self) -> str | None:
        """What keeps something from being delivered, with the remedy; None when all is well."""
        worst = self._parts.conditions.worst
        return worst if worst or self._introduced else "not yet introduced to Mattermost"

    @property
    def remarks(self) -> list[str]:
        """What people should know although everything is delivered."""
        return self._parts.lookout.remarks

    def start(self) -> None:
        """Begin, in threads of its own."""
        self._parts.bell.ring()
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way, and end."""
        with self._awake:
            self._stopping = True
            self._awake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="deliver") as pool:
            while self._wait():
                try:
                    self._introduce()
                    for pending in self._take():
                        pool.submit(self._carry, pending)
                except StoreError:
                    log.exception("the outbox could not be read")
                    self._rest(BREATH)

    def _wait(self) -> bool:
        """Sleep until woken or until the next retry; False when it is time to end."""
        with self._awake:
            if not self._stopping and not self._parts.bell.rung:
                wait = self._until_next()
                if wait is None or wait > 0:
                    self._awake.wait(wait)
            self._parts.bell.rung = False
            return not self._stopping

    def _until_next(self) -> float | None:
        if self._free < AT_ONCE // 2:
            return None
        try:
            at = self._parts.store.next_effect()
        except StoreError:
            return BREATH
        at = max(at, self._quiet_until) if at is not None and self._quiet_until is not None else at
        waits = [] if at is None else [(at - self._parts.clock.now()).total_seconds()]
        return min([*waits, *([] if self._introduced else [INTRODUCTION])], default=None)

    def _rest(self, seconds: float) -> None:
        with self._awake:
            if not self._stopping:
                self._awake.wait(seconds)

    def _take(self) -> list[PendingEffect]:
        with self._awake:
            free = self._free
        if free < AT_ONCE // 2:
            return []  # each take is a write of its own: rather a few effects at once than one by one
        now = self._parts.clock.now()
        if self._quiet_until is not None and now < self._quiet_until:
            return []
        taken = list(self._parts.store.take(now, free, SETTLED, self._parts.worker))
        with self._awake:
            self._free -= len(taken)
        return taken

    def _carry(self, pending: PendingEffect) -> None:
        try:
            self._parts.store.settle(pending.key, self.deliver(pending))
        except Exception:  # one effect must not stop the others; its lease ends, and it is tried again
            log.exception("%s: could not be settled", pending.key)
        finally:
            with self._awake:
                self._free += 1
            self._parts.bell.ring()

    def _introduce(self) -> None:
        """Read once who we are there; while Mattermost does not answer, effects are tried and fail all the same."""
        self._introduced = self._introduced or self._parts.lookout.look()

    # ------------------------------------------------------------------------------------------- one effect

    def deliver(self, pending: PendingEffect) -> Outcome:
        """Try one effect, and say what became of it."""
        began = self._parts.clock.now()
        if next_move(pending, self._parts.worker, began) is Move.WAIT:
            return Retry((pending.last_try or began) + SETTLED, "its last try may be under way")
        try:
            outcome = self._do(pending)
        except ChatUnavailable as error:
            self._parts.conditions.begin(SERVER, error)
            if error.retry_after is not None:
                self._quiet_until = self._parts.clock.now() + error.retry_after
            return self._failed(pending, began, str(error), unclear=error.unclear, retry_after=error.retry_after)
        except ChatRefused as error:
            return self._refused(pending, began, error)
        except StoreError as error:
            return self._failed(pending, began, str(error), unclear=True)
        self._parts.conditions.end(SERVER, lane(pending.effect))
        log.info("%s: delivered", pending.key)
        return outcome

    def _failed(
        self,
        pending: PendingEffect,
        began: datetime,
        why: str,
        *,
        unclear: bool,
        retry_after: timedelta | None = None,
    ) -> Outcome:
        log.info("%s: not delivered, to be tried again: %s", pending.key, why)
        return failed(pending, began, self._parts.clock.now(), why, unclear=unclear, retry_after=retry_after)

    def _refused(self, pending: PendingEffect, began: datetime, error: ChatRefused) -> Outcome:
        """Give up only what can never be valid; permissions, tokens and channels are mended by people."""
        if isinstance(pending.effect, Resolve) and error.refusal is Refusal.NOT_FOUND:
            return self._unread(pending, began, str(error))
        to_somebody = isinstance(pending.effect, Tell | DirectMessage | Reaction)
        if error.refusal is Refusal.INVALID or (to_somebody and error.refusal is Refusal.NOT_FOUND):
            log.error("%s: given up: %s", pending.key, error)
            self._parts.conditions.end(lane(pending.effect))
            return GivenUp(str(error))
        server = error.refusal is Refusal.CREDENTIALS
        self._parts.conditions.begin(SERVER if server else lane(pending.effect), error)
        if error.refusal in {Refusal.ARCHIVED, Refusal.NOT_FOUND}:
            with contextlib.suppress(ChatError, StoreError):  # the next try knows where the channel is now
                self._parts.places.look_again()
        return self._failed(pending, began, str(error), unclear=False)

    def _unread(self, pending: PendingEffect, began: datetime, why: str) -> Outcome:
        """What was said is not there: deleted, or, of a server with several databases, not there yet."""
        if pending.tries < LAGGING:
            return self._failed(pending, began, why, unclear=False)
        log.info("%s: it is deleted", pending.key)
        return Done()

    def _do(self, pending: PendingEffect) -> Outcome:
        chat = self._parts.chat
        match pending.effect:
            case RootPost() as effect:
                case = self._parts.store.get(CaseId(effect.case))
                return Done(self._post_root(case, pending, pending.key, effect.channel))
            case RootUpdate() as effect:
                return self._update(pending, effect)
            case Reply() as effect:
                return self._reply(pending, effect)
            case Tell() as effect:
                return self._tell(pending, effect)
            case Notice() as effect:
                self._announce(pending, effect)
            case DirectMessage() as effect:
                channel_id = chat.direct_channel(effect.user_id)
                return Done(said=self._quote(pending, channel_id, Rendered(effect.text)))
            case Withdraw() as effect:
                self._replace(effect.post_id, effect.channel_id, Rendered(WITHDRAWN), pending.key)
            case Reaction() as effect:
                chat.react(effect.post_id, effect.emoji)
            case Resolve() as effect:
                self._parts.resolve(effect)
        return Done()

    def _update(self, pending: PendingEffect, effect: RootUpdate) -> Outcome:
        case = self._parts.store.get(CaseId(effect.case))
        if self._shown.get(case.id) == case.version and not (effect.moved or effect.erases):
            return Done()

        def update(root: PostRef) -> None:
            view = self._view(case, self._parts.roster.reach(), moved=effect.moved)
            rendered = self._parts.renderer.root(case, view)
            self._parts.chat.update_post(root.post_id, root.channel_id, rendered, key=pending.key, erases=effect.erases)
            self._remember_shown(case, moved=effect.moved)

        return Done() if self._on_root(case, update) else Done(self._new_root(case, pending))

    def _remember_shown(self, case: AnyCase, *, moved: bool) -> None:
        """Of many updates that wait for one case, the first shows what all would; a closed case is forgotten."""
        if case.deadline is None or moved:
            self._shown.pop(case.id, None)
        else:
            self._shown[case.id] = case.version

    def _reply(self, pending: PendingEffect, effect: Reply) -> Outcome:
        case = self._parts.store.get(CaseId(effect.case))
        if overtaken(effect, case):
            return Done()

        said: list[Said | None] = [None]

        def answer(root: PostRef) -> None:
            reach = self._parts.roster.gather(root.channel_id, effect.people, effect.usernames)
            now = self._parts.store.get(case.id)  # whoever was found gone may have been its owner
            if not overtaken(effect, now):
                rendered = self._parts.renderer.reply(now, effect, reach)
                said.append(self._quote(pending, root.channel_id, rendered, root.post_id))

        if self._on_root(case, answer):
            return Done(said=said[-1])
        new = self._new_root(case, pending)
        answer(new)
        return Done(new, said[-1])

    def _tell(self, pending: PendingEffect, effect: Tell) -> Done:
        """Say it to one person; to nobody when there is no account to say it to."""
        user_id = self._parts.roster.account(effect.person)
        if user_id is None:
            log.info("%s: there is no account to tell it to", pending.key)
            return Done()
        channel_id = self._parts.chat.direct_channel(user_id)
        case = self._parts.store.get(CaseId(effect.case))
        return Done(said=self._quote(pending, channel_id, self._parts.renderer.tell(case, effect)))

    def _on_root(self, case: AnyCase, act: Callable[[PostRef], None]) -> bool:
        """Do something with the case's root post; False when it is gone, or was never made."""
        root = self._parts.store.root_of(case.id)
        if root is None:
            return False
        try:
            act(root)
        except ChatRefused as error:
            moved = error.refusal is Refusal.ARCHIVED and not self._parts.places.is_one(root.channel_id)
            if error.refusal is not Refusal.ROOT_GONE and not moved:
                raise
            return False
        return True

    # ------------------------------------------------------------------------------------------- posting once

    def _new_root(self, case: AnyCase, pending: PendingEffect) -> PostRef:
        """Somebody deleted the root post (or it was never made): the case gets a new one."""
        channel = Channel.TRIAGE if case.state == "triage" else Channel.ESCALATIONS
        return self._post_root(case, pending, f"{pending.key}/root", channel)

    def _post_root(self, case: AnyCase, pending: PendingEffect, key: str, channel: Channel) -> PostRef:
        channel_id = self._parts.places.channel_id(channel)
        reach = self._parts.roster.gather(channel_id, *kinds()[case.kind].addressed(case))
        case = self._parts.store.get(case.id)  # whoever was found gone may have been its owner
        post = self._send(pending, key, channel_id, self._parts.renderer.root(case, self._view(case, reach)))
        return PostRef(post.id, channel_id, case.id)

    def _announce(self, pending: PendingEffect, notice: Notice) -> None:
        channel_id = self._parts.places.channel_id(Channel.ESCALATIONS)
        people = self._parts.roster.menders()
        reach = self._parts.roster.gather(channel_id, people)
        self._send(pending, pending.key, channel_id, self._parts.renderer.notice(notice, people, reach))

    def _quote(self, pending: PendingEffect, channel_id: str, rendered: Rendered, root_id: str = "") -> Said | None:
        """Post what may hold somebody's words, and tell where they stand now.

        What an earlier try said may have been erased since; a root post has an effect of its own for that.
        """
        post = self._send(pending, pending.key, channel_id, rendered, root_id)
        words = quoted(pending.effect)
        if pending.unclear_since is not None and post.message != rendered.message:
            self._replace(post.id, channel_id, rendered, pending.key)
        return Said(post.id, channel_id, words) if words else None

    def _replace(self, post_id: str, channel_id: str, rendered: Rendered, key: str) -> None:
        """Leave nothing of what a post of ours says; in one that was deleted there is nothing."""
        try:
            self._parts.chat.update_post(post_id, channel_id, rendered, key=key, erases=True)
        except ChatRefused as error:
            if error.refusal is not Refusal.ROOT_GONE:
                raise

    def _send(
        self, pending: PendingEffect, key: str, channel_id: str, rendered: Rendered, root_id: str = ""
    ) -> ChatPost:
        """Post, unless an earlier try with an unknown outcome did; answer the post."""
        me = self._parts.chat.me().id
        if next_move(pending, self._parts.worker, self._parts.clock.now()) is Move.LOOK:
            found = self._look(pending, key, channel_id, me)
            if found is not None:
                return found
        pending_id = self._parts.pending_id(key, channel_id)
        posted = self._parts.chat.create_post(channel_id, rendered, key=key, pending_id=pending_id, root_id=root_id)
        if posted.channel_id != channel_id or posted.user_id != me:
            raise ChatUnavailable("the server answered with somebody else's post", unclear=True)
        self._parts.places.well(channel_id)
        return posted

    def _look(self, pending: PendingEffect, key: str, channel_id: str, me: str) -> ChatPost | None:
        """Find the post by its key; one by anybody else with the same props is not ours."""
        since = (pending.unclear_since or self._parts.clock.now()) - LOOK_BACK
        posts = self._parts.chat.posts_since(channel_id, since)
        return next((post for post in posts if post.key == key and post.user_id == me), None)

    def _view(self, case: AnyCase, reach: Reach, *, moved: bool = False) -> RootView:
        others = self._parts.store.in_thread(case.matter.thread)
        return RootView(reach, tuple(one.id for one in others if one.id != case.id), moved=moved)
