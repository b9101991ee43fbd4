"""Who of the policy file can be reached: accounts are read again before they are mentioned, and in between.

Only members of a channel are notified by a mention, so whoever is missing is added first. Somebody whose account is
gone, or goes by another name, counts as away: that is written down, told once, and their cases are handed on.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from router.core.cases import Decision
from router.core.effects import Announces, Notice
from router.core.errors import ChatRefused, KeySeen, Refusal, RouterError, StaleCase
from router.core.escalations import OwnerGone, State
from router.core.kinds import kinds
from router.core.people import Absence, Gone, PersonId
from router.core.policy import Policy
from router.core.units import AnyCase, Key, Register, Unit, unit_of
from router.ports import Chat, ChatUser, Reach
from router.service.desk import Desk, register_of, until_settled
from router.service.directory import Directory
from router.service.together import Together

MISSED = "missed"
ROUNDS = "roster"
RACE = timedelta(days=1)  # how long the key of a finding is kept: longer than two could be at it at once
NOT_IN_TEAM = "not in this team"
NOT_ADDED = "not in this channel, and could not be added"
log = logging.getLogger(__name__)

Found = Mapping[PersonId, Absence | None]


class Roster:
    """Knows who can be told."""

    def __init__(self, desk: Desk, chat: Chat, directory: Directory) -> None:
        self._desk = desk
        self._chat = chat
        self._directory = directory
        self._together = Together[None]()

    def look_again(self, user_ids: Iterable[str]) -> None:
        """Read the accounts with these user ids again, as far as they are people of the policy file.

        For whoever hears that an account has changed. It raises nothing: what goes wrong is mended by the next look.
        """
        wanted = set(user_ids)
        people = [person for person, user_id in self._directory.pins().items() if user_id in wanted]
        try:
            self.read(people)
        except RouterError as error:
            log.info("accounts were not read again, but will be soon: %s", error)

    def read_all(self) -> None:
        """Read the accounts of all people of the policy file. Raises ChatError, StoreUnavailable."""
        self.read(self._desk.policy.people)
        until_settled(self._hand_on)

    def read(self, people: Iterable[PersonId]) -> None:
        """Read accounts, and settle what has changed. Raises ChatError, StoreUnavailable."""
        found = self._found(dict.fromkeys(people))
        known = self._desk.rules()[0].gone
        if any(known.get(person) != absence for person, absence in found.items()):
            until_settled(lambda: self._settle(found))

    def gather(self, channel_id: str, people: Iterable[PersonId], usernames: Iterable[str] = ()) -> Reach:
        """See to it that a mention in the channel reaches these, and say whom it will not reach.

        Who was never found is not asked for here. Raises ChatUnavailable, StoreUnavailable.
        """
        meant = tuple(one for one in dict.fromkeys(people) if one in self._desk.policy.people)
        named = tuple(dict.fromkeys(usernames))
        if meant or named:
            self._together.ask((channel_id, meant, named), lambda: self._gather(channel_id, meant, named))
        return self.reach()

    def _gather(self, channel_id: str, meant: tuple[PersonId, ...], usernames: tuple[str, ...]) -> None:
        known = self._desk.rules()[0].gone
        try:
            self.read(one for one in meant if one not in known or known[one].why is not Gone.NO_ACCOUNT)
            if not self._desk.rules()[0].gone.keys().isdisjoint(meant):
                until_settled(self._hand_on)
            ids, missed = self._accounts(meant, usernames)
            missed |= self._add_missing(channel_id, ids)
        except ChatRefused as refused:
            log.info("whom a mention reaches could not be looked up, so it is posted as it is: %s", refused)
        else:
            self._remember(missed, {*ids, *missed})

    def account(self, person: PersonId) -> str | None:
        """The user id of somebody who can be written to, read anew. Raises ChatError, StoreUnavailable."""
        if person not in self._desk.policy.people:
            return None
        self.read([person])
        policy, _ = self._desk.rules()
        return self._directory.pins().get(person) if policy.mention(person) else None

    def reach(self) -> Reach:
        """Say who can be reached by what was last found, without asking."""
        policy, _ = self._desk.rules()
        missed = dict(self._desk.store.registers(MISSED))
        for person, absence in policy.gone.items():
            if not absence.username:
                missed[policy.people[person].mattermost] = absence.why
        return Reach(policy, missed)

    def menders(self) -> tuple[PersonId, ...]:
        """Who is told of what is wrong with the desk itself."""
        policy, now = self._desk.rules()
        return policy.menders(now)

    # ------------------------------------------------------------------------------------------- accounts

    def _found(self, people: Iterable[PersonId]) -> Found:
        pins = self._directory.pins()
        pinned = {one: pins[one] for one in people if one in pins}
        unmet = {self._desk.policy.people[one].mattermost: one for one in people if one not in pins}
        by_id = {user.id: user for user in self._chat.users(list(pinned.values()))} if pinned else {}
        by_name = {user.username: user for user in self._chat.users_named(list(unmet))} if unmet else {}
        found = {one: self._absence(one, by_id.get(user_id)) for one, user_id in pinned.items()}
        return found | {one: self._first_contact(one, by_name.get(name)) for name, one in unmet.items()}

    def _absence(self, person: PersonId, user: ChatUser | None) -> Absence | None:
        if user is None:
            return Absence(Gone.DELETED)
        if not user.active:
            return Absence(Gone.DEACTIVATED)
        return None if user.username == self._desk.policy.people[person].mattermost else _renamed(user)

    def _first_contact(self, person: PersonId, user: ChatUser | None) -> Absence | None:
        if user is None or self._directory.person(user) != person:
            return Absence(Gone.NO_ACCOUNT)
        return self._absence(person, user)

    def _settle(self, found: Found) -> None:
        """Write down what has changed, tell it, and hand on the cases of whoever is gone: one commit, once."""
        store, (policy, now) = self._desk.store, self._desk.rules()
        changed = {one: absence for one, absence in found.items() if policy.gone.get(one) != absence}
        if not changed:
            return
        left = {one: absence for one, absence in changed.items() if absence is not None}
        turn = int(store.register(ROUNDS, "turn") or 0) + 1
        registers = (*(register_of(*one) for one in changed.items()), Register(ROUNDS, "turn", str(turn)))
        after = policy.with_gone(changed)
        facts = {str(one): after.why_gone(one) for one in left}
        notices = (Notice(Announces.PEOPLE_GONE, facts, key=f"people-gone/{turn}"),) if left else ()
        decisions = [self._without_owner(case, after, now) for case in store.live() if case.owner in left]
        keys = (Key(f"people-gone/{turn}", self._desk.real.now() + RACE),)
        try:
            store.commit(unit_of(decisions, effects=notices, keys=keys, registers=registers))
        except KeySeen as seen:
            raise StaleCase(seen.key) from seen
        for person, absence in changed.items():
            log.warning("%s: %s", person, f"{absence.why}, counts as away" if absence else "can be reached again")
        self._desk.wake()

    def _hand_on(self) -> None:
        """Hand on what waits for somebody who is gone: a case may have been opened while that was being found out."""
        policy, now = self._desk.rules()
        waiting = (case for case in self._desk.store.live() if case.state != State.ACKNOWLEDGED)
        decisions = [self._without_owner(case, policy, now) for case in waiting if case.owner in policy.gone]
        if any(one.entries for one in decisions):
            self._desk.store.commit(unit_of(decisions))
            self._desk.wake()

    def _without_owner(self, case: AnyCase, policy: Policy, now: datetime) -> Decision[Any]:
        gone = OwnerGone(policy.why_gone(case.owner) if case.owner else "")
        decision: Decision[Any] = kinds()[case.kind].decide(case, gone, policy, now)
        return decision

    # ------------------------------------------------------------------------------------------- channels

    def _accounts(
        self, people: Iterable[PersonId], usernames: tuple[str, ...]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """User ids by username of those with an account that can be notified, and why others have none."""
        policy, pins = self._desk.rules()[0], self._directory.pins()
        ids = {policy.people[one].mattermost: pins[one] for one in people if policy.mention(one) and one in pins}
        if not usernames:
            return ids, {}
        users = {user.username: user for user in self._chat.users_named(usernames)}
        missed = {name: str(Gone.NO_ACCOUNT) for name in usernames if name not in users}
        missed |= {name: str(Gone.DEACTIVATED) for name, user in users.items() if not user.active}
        return ids | {name: user.id for name, user in users.items() if user.active}, missed

    def _add_missing(self, channel_id: str, ids: Mapping[str, str]) -> dict[str, str]:
        """Add whoever is not in the channel yet, and say of the others why they could not be added."""
        inside = self._chat.members(channel_id, list(ids.values())) if ids else ()
        missed = {}
        for username, user_id in ids.items():
            if user_id in inside:
                continue
            try:
                self._chat.add_member(channel_id, user_id)
            except ChatRefused as refused:
                log.info("somebody could not be added to a channel: %s", refused)
                missed[username] = NOT_IN_TEAM if refused.refusal is Refusal.NOT_FOUND else NOT_ADDED
        return missed

    def _remember(self, missed: Mapping[str, str], asked: Iterable[str]) -> None:
        """Keep for the root post whom the last mention did not reach; it is updated without asking again."""
        known = self._desk.store.registers(MISSED)
        changed = tuple(
            Register(MISSED, name, missed.get(name)) for name in sorted(asked) if known.get(name) != missed.get(name)
        )
        if changed:
            self._desk.store.commit(Unit(registers=changed))


def _renamed(user: ChatUser) -> Absence:
    return Absence(Gone.RENAMED, user.username)
