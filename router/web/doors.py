"""The doors of Mattermost: each proves its caller and builds a request; what follows is the service's business."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from router.core.cases import CaseId
from router.core.errors import ChatError, ProofFailed, ProofFault, StoreError
from router.core.people import Door
from router.ports import Clock, Store
from router.service.commanding import Commands, Request
from router.service.directory import Directory
from router.service.overhearing import Overhearing
from router.web.forms import Press, press_answer, read_action, read_command, read_outgoing, slash_answer

log = logging.getLogger(__name__)


class Proofs(Protocol):
    """Checks tokens, contexts and trigger ids. Every method raises ProofFailed."""

    def read_context(self, context: object, channel_id: str) -> tuple[CaseId, str, str]:
        """Case, word and argument of a genuine context."""

    def check_trigger(self, trigger_id: str, user_id: str, signing_key: str, now: datetime) -> str:
        """The client trigger id of a genuine, fresh trigger id of that user."""

    def check_token(self, given: object, accepted: Sequence[str]) -> int:
        """Which of the accepted tokens this is."""


NOT_READY = "not ready yet: press again in a moment"
AWAY = "Mattermost or the store does not answer just now: try again"
BUTTON = "This button can't be used: "
WORN_OUT = {
    ProofFault.MISSING: "the press carries no proof of who pressed",
    ProofFault.WRONG: "it does not belong here",
    ProofFault.EXPIRED: "the press came too late, press again",
    ProofFault.USED: "it was used before",
    ProofFault.NOT_READY: "press again in a moment",
}


@dataclass(frozen=True, slots=True)
class Doors:
    """The three doors. `command_tokens` and `outgoing_tokens` are those of the integrations in Mattermost."""

    commands: Commands
    overhearing: Overhearing
    directory: Directory
    store: Store
    proofs: Proofs
    clock: Clock
    command_tokens: Sequence[str]
    outgoing_tokens: Sequence[str]
    failed_proofs: Counter[str]

    def command(self, body: bytes) -> dict[str, object]:
        """Answer a slash command. Raises BadInput, ProofFailed for a wrong token."""
        given = read_command(body)
        self.proofs.check_token(given.token, self.command_tokens)
        try:
            key = self._proved(given.trigger_id, given.user_id)
            case = self._thread(given.root_id, given.channel_id)
            request = Request(key, given.user_id, Door.SLASH, case, given.text)
            return slash_answer(self.commands.command(request).text)
        except ProofFailed as failed:
            return slash_answer(self._refused(failed, "Nothing was done: "))
        except (ChatError, StoreError) as error:
            return slash_answer(self._away(error))

    def press(self, body: bytes) -> dict[str, object]:
        """Answer a button press, for the eyes of who pressed. Raises BadInput."""
        given = read_action(body)
        try:
            case, word, argument = self.proofs.read_context(given.context, given.channel_id)
            key = self._proved(given.trigger_id, given.user_id)
            if not self._at_home(given, case):
                return press_answer(NOT_READY)
            text = " ".join(part for part in (word, case, argument) if part)
            return press_answer(self.commands.command(Request(key, given.user_id, Door.BUTTON, case, text)).text)
        except ProofFailed as failed:
            return press_answer(self._refused(failed, BUTTON))
        except (ChatError, StoreError) as error:
            return press_answer(self._away(error))

    def said(self, headers: Mapping[str, str], body: bytes) -> None:
        """Store a reply that reads as a command. Raises BadInput, ProofFailed, StoreUnavailable."""
        given = read_outgoing(headers, body)
        self.proofs.check_token(given.token, self.outgoing_tokens)
        self.overhearing.overhear(given.post_id, given.text)

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
        self.failed_proofs[str(failed.fault)] += 1
        log.warning("refused: %s", failed)
        return words + WORN_OUT[failed.fault]

    def _away(self, error: Exception) -> str:
        log.warning("a command was not carried out: %s", error)
        return AWAY
