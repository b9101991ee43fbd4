"""The doors of Mattermost: each proves its caller and builds a request; what follows is the service's business."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from router.core.cases import CaseId, Outcome
from router.core.errors import ChatError, ProofFailed, ProofFault, StoreError
from router.core.forms import Dialog
from router.core.people import Door
from router.ports import Chat, Clock, Store
from router.service.commanding import Answer, Commands, Request, typed
from router.service.dialogs import Dialogs, Refused
from router.service.directory import Directory
from router.service.overhearing import Overhearing
from router.web.forms import (
    Press,
    dialog_answer,
    press_answer,
    read_action,
    read_command,
    read_outgoing,
    read_submission,
    slash_answer,
)

log = logging.getLogger(__name__)


class Proofs(Protocol):
    """Checks tokens, contexts and trigger ids. Every method raises ProofFailed."""

    def read_context(self, context: object, channel_id: str) -> tuple[CaseId, str, str]:
        """Case, word and argument of a genuine context."""

    def state(self, case: CaseId | None, word: str, user_id: str, key: str, until: datetime) -> str:
        """The state of a form."""

    def read_state(self, state: object, user_id: str, now: datetime) -> tuple[CaseId | None, str, str]:
        """Case, word and key of a genuine state of that user."""

    def check_trigger(self, trigger_id: str, user_id: str, signing_key: str, now: datetime) -> str:
        """The client trigger id of a genuine, fresh trigger id of that user."""

    def check_token(self, given: object, accepted: Sequence[str]) -> int:
        """Which of the accepted tokens this is."""


NOT_READY = "not ready yet: press again in a moment"
AWAY = "Mattermost or the store does not answer just now: try again"
BUTTON = "This button can't be used: "
FORM = "Nothing was done: close this form and open it again. "
NOTICE = "notice"  # the state of a dialog that only says something: to close it needs no proof
FORM_LIFETIME = timedelta(hours=1)  # to fill it in; what it is about will have moved on by then
SELF_TEST = "self-test"  # the word of a button of `check --live`, which acts on nothing; its post shows that it came
WORN_OUT = {
    ProofFault.MISSING: "the press carries no proof of who pressed",
    ProofFault.WRONG: "it does not belong here",
    ProofFault.EXPIRED: "the press came too late, press again",
    ProofFault.USED: "it was used before",
    ProofFault.NOT_READY: "press again in a moment",
}
WORN_OUT_FORM = {
    ProofFault.MISSING: "It carries no proof that it was opened here",
    ProofFault.WRONG: "It was not opened here, or not by you",
    ProofFault.EXPIRED: "It was open for more than an hour",
}


@dataclass(frozen=True, slots=True)
class Doors:
    """The four doors. `command_tokens` and `outgoing_tokens` are those of the integrations in Mattermost.

    `proved` hears which of them, counted from 0, proved what.
    """

    commands: Commands
    overhearing: Overhearing
    dialogs: Dialogs
    chat: Chat
    directory: Directory
    store: Store
    proofs: Proofs
    clock: Clock
    command_tokens: Sequence[str]
    outgoing_tokens: Sequence[str]
    proved: Callable[[str, int], None]
    failed_proofs: Counter[tuple[str, str]]

    def command(self, body: bytes) -> dict[str, object]:
        """Answer a slash command. Raises BadInput, ProofFailed for a wrong token."""
        given = read_command(body)
        self.proved("mattermost/command", self.proofs.check_token(given.token, self.command_tokens))
        try:
            key = self._proved(given.trigger_id, given.user_id)
            case = self._thread(given.root_id, given.channel_id)
            request = Request(key, given.user_id, Door.SLASH, case, given.text)
            return slash_answer(self._carried_out(request, given.trigger_id).text)
        except ProofFailed as failed:
            return slash_answer(self._refused(failed, "Nothing was done: "))
        except (ChatError, StoreError) as error:
            return slash_answer(self._away(error))

    def press(self, body: bytes) -> dict[str, object]:
        """Answer a button press, for the eyes of who pressed. Raises BadInput."""
        given = read_action(body)
        try:
            case, word, argument = self.proofs.read_context(given.context, given.channel_id)
            if word == SELF_TEST:
                return {"update": {"message": argument}}
            key = self._proved(given.trigger_id, given.user_id)
            if not self._at_home(given, case):
                return press_answer(NOT_READY)
            request = Request(key, given.user_id, Door.BUTTON, case, typed(word, case, argument))
            return press_answer(self._seen(self._carried_out(request, given.trigger_id), given.trigger_id))
        except ProofFailed as failed:
            return press_answer(self._refused(failed, BUTTON))
        except (ChatError, StoreError) as error:
            return press_answer(self._away(error))

    def submitted(self, body: bytes) -> dict[str, object]:
        """Answer a form that was filled in: nothing closes it, what is wrong is shown in it. Raises BadInput."""
        given = read_submission(body)
        if given.cancelled is True or given.state == NOTICE:
            return dialog_answer()
        try:
            case, word, key = self.proofs.read_state(given.state, given.user_id, self.clock.now())
            request = Request(key, given.user_id, Door.DIALOG, case, "", channel_id=str(given.channel_id))
            done = self.dialogs.submit(request, word, given.submission)
        except ProofFailed as failed:
            self._count(failed)
            return dialog_answer(FORM + WORN_OUT_FORM[failed.fault])
        except (ChatError, StoreError) as error:
            return dialog_answer(self._away(error))
        if isinstance(done, Refused):
            return dialog_answer(done.whole, done.fields)
        return dialog_answer("" if done.outcome is Outcome.DONE else done.plain)

    def said(self, headers: Mapping[str, str], body: bytes) -> None:
        """Store what reads as a command or may be a signal. Raises BadInput, ProofFailed, StoreUnavailable."""
        given = read_outgoing(headers, body)
        token = self.proofs.check_token(given.token, self.outgoing_tokens)
        self.proved("mattermost" if self.overhearing.watches(given.channel_id) else "mattermost/outgoing", token)
        self.overhearing.overhear(given.user_id, given.channel_id, given.post_id, given.text)

    def _carried_out(self, request: Request, trigger_id: str) -> Answer:
        """Carry a command out, or show the form for what it lacks; a form that is shown says all there is to say."""
        asked = self.dialogs.asked(request)
        if asked is None:
            return self.commands.command(request)
        form = self.dialogs.form(request, asked)
        if isinstance(form, Answer):
            return form
        until = self.clock.now() + FORM_LIFETIME
        state = self.proofs.state(asked.case, asked.word, request.actor_id, request.key, until)
        shown = self._show(trigger_id, replace(form, state=state))
        return Answer(Outcome.UNCHANGED, "" if shown else self.dialogs.instead(asked))

    def _seen(self, answer: Answer, trigger_id: str) -> str:
        """Show what a press did not do, and why; give what is still to be said.

        Mattermost's web client shows the answer to a press in the pane of its thread, so not while that is closed.
        What was done shows in the post; what was not would show nowhere, hence a dialog.
        """
        if answer.outcome is Outcome.DONE or not answer.text:
            return answer.text
        said = answer.text[0].upper() + answer.text[1:]
        shown = self._show(trigger_id, Dialog("Nothing was done", said, (), "OK", state=NOTICE))
        return "" if shown else answer.text

    def _show(self, trigger_id: str, dialog: Dialog) -> bool:
        try:
            self.chat.open_dialog(trigger_id, dialog)
        except ChatError as error:
            log.warning("a dialog was not shown: %s", error)
            return False
        return True

    def _proved(self, trigger_id: str, user_id: str) -> str:
        """Give the key of a proved press or command: its client trigger id, which is used once."""
        signing_key = self.directory.signing_key
        if signing_key is None:
            raise ProofFailed(ProofFault.NOT_READY, "signing key")
        return self.proofs.check_trigger(trigger_id, user_id, signing_key, self.clock.now())

    def _at_home(self, press: Press, case: CaseId) -> bool:
        """Whether the post is the case's own; False while that is not settled. Raises ProofFailed on any other post."""
        ref = self.store.by_post(press.post_id)
        if ref is None and self.store.root_of(case) is None:
            return False
        if ref is None or ref.case != case or ref.channel_id != press.channel_id:
            raise ProofFailed(ProofFault.WRONG, "post of a button")
        return True

    def _thread(self, root_id: str, channel_id: str) -> CaseId | None:
        """The case in whose thread a slash command was typed; the root id is the caller's claim, so it must fit."""
        ref = self.store.by_post(root_id) if root_id else None
        return ref.case if ref is not None and ref.channel_id == channel_id else None

    def _refused(self, failed: ProofFailed, words: str) -> str:
        self._count(failed)
        return words + WORN_OUT[failed.fault]

    def _count(self, failed: ProofFailed) -> None:
        self.failed_proofs["mattermost", str(failed.fault)] += 1
        log.warning("refused: %s", failed)

    def _away(self, error: Exception) -> str:
        log.warning("a command was not carried out: %s", error)
        return AWAY
