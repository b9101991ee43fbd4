"""What is done for each kind of effect: posts are made once, brought up to date, and emptied of what was erased."""

import logging
from collections.abc import Callable

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
)
from router.core.errors import ChatRefused, ChatUnavailable, Refusal
from router.core.kinds import kinds
from router.core.quoting import WITHDRAWN, quoted
from router.core.retries import LOOK_BACK, Move, next_move, overtaken
from router.core.units import AnyCase, Done, Outcome, PendingEffect, PostRef, Said
from router.delivery.parts import Parts
from router.ports import ChatPost, Reach, Rendered, RootView

log = logging.getLogger(__name__)


class Carrying:
    """Carries effects out, each in its own way."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._shown: dict[CaseId, int] = {}

    def carry_out(self, pending: PendingEffect) -> Outcome:
        """Try one effect. Raises ChatError, StoreError."""
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
