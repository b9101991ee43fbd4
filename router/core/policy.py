"""What the policy file says, as values that the rules can ask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from router.core.deadlines import Duration, Step
from router.core.people import Absence, Gone, Person, PersonId
from router.core.recognition import Recognition
from router.core.signals import Signal
from router.core.topics import TopicId


@dataclass(frozen=True, slots=True)
class Topic:
    """One sensitive topic. `approved` and `loop_in` name roles or people, in order; no `backstop`: the default.

    A signal with one of the `labels` is about it, whatever its text says.
    """

    id: TopicId
    title: str
    description: str
    approved: tuple[str, ...]
    loop_in: tuple[str, ...]
    acknowledge_within: Duration
    answer_within: Duration
    close_after: Duration
    chase: tuple[Step, ...]
    answer_chase: tuple[Step, ...]
    around_the_clock: bool = False
    phrases: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    backstop: str = ""


@dataclass(frozen=True, slots=True)
class SourceTerms:
    """What the file says of a source: who answers for it, and what only some sources have.

    `channels` are watched, `repositories` have webhooks of their own, `fields` say where a generic sender has what.
    """

    manager: str = ""
    channels: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """The policy snapshot that a case keeps: who and how long, as it was when its topic was chosen.

    In triage `approved` are the approved responders of all candidate topics, and `acknowledge_within` is the time the
    manager has to decide. `vacant` names the vacant roles that were skipped before the first filled one.
    """

    title: str
    approved: tuple[PersonId, ...]
    loop_in: tuple[PersonId, ...]
    managers: tuple[PersonId, ...]
    backstop: tuple[PersonId, ...]
    acknowledge_within: Duration
    answer_within: Duration
    close_after: Duration
    chase: tuple[Step, ...]
    answer_chase: tuple[Step, ...]
    around_the_clock: bool = False
    vacant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy file, checked. From the store come `away`, until when, and `gone`: whose account can't be reached."""

    community: str
    policy_url: str
    policy_contact: str
    tips_url: str
    team: str
    escalations_channel: str
    triage_channel: str
    members: tuple[str, ...]
    people: Mapping[PersonId, Person]
    roles: Mapping[str, tuple[PersonId, ...]]
    topics: Mapping[TopicId, Topic]
    managers: Mapping[str, str]
    triage_within: Duration
    triage_chase: tuple[Step, ...]
    backstop: str
    default: Topic
    sources: Mapping[str, SourceTerms] = field(default_factory=dict)
    organisation: str = ""
    committee_channel: str = ""
    committee: tuple[str, ...] = ()
    recognition: Recognition = field(default_factory=Recognition)
    away: Mapping[PersonId, datetime] = field(default_factory=dict)
    gone: Mapping[PersonId, Absence] = field(default_factory=dict)

    @property
    def watched(self) -> tuple[str, ...]:
        """The channels of Mattermost where the community speaks."""
        return self.sources["mattermost"].channels if "mattermost" in self.sources else ()

    def channel_people(self) -> tuple[PersonId, ...]:
        """Everybody who belongs in the channels of escalations and triage: only members are told of a mention."""
        topics = self.topics.values()
        named = [name for topic in topics for name in (*topic.approved, *topic.loop_in, topic.backstop)]
        return self.holders([*named, *self.managers.values(), self.backstop, *self.members])

    def holders(self, names: Iterable[str]) -> tuple[PersonId, ...]:
        """Resolve roles and people to people, in order, each once; vacant roles give nobody."""
        found: dict[PersonId, None] = {}
        for name in names:
            for person in self.roles.get(name, (PersonId(name),) if name in self.people else ()):
                found.setdefault(person)
        return tuple(found)

    def present(self, person: PersonId, now: datetime) -> bool:
        """Whether somebody may be expected to act now."""
        until = self.away.get(person)
        return person in self.people and person not in self.gone and (until is None or until <= now)

    def acted_by(self, person: PersonId | None) -> "Policy":
        """Whoever acts is present while doing so, whatever was said before."""
        if person is None or person not in {*self.away, *self.gone}:
            return self
        away = {one: until for one, until in self.away.items() if one != person}
        return replace(self, away=away, gone={one: why for one, why in self.gone.items() if one != person})

    def terms(self, topic: TopicId, source: str) -> Terms:
        """Take the snapshot for a case of that topic."""
        chosen = self.topics[topic]
        return self._snapshot(chosen, source, chosen.title, self.holders(chosen.approved))

    def triage_terms(self, candidates: Iterable[TopicId], source: str) -> Terms:
        """Take the snapshot for a case that waits for the manager's decision."""
        approved = self.holders(name for topic in candidates for name in self.topics[topic].approved)
        plain = replace(
            self.default, acknowledge_within=self.triage_within, chase=self.triage_chase, approved=(), loop_in=()
        )
        return self._snapshot(plain, source, "Is this sensitive?", approved)

    def _snapshot(self, topic: Topic, source: str, title: str, approved: tuple[PersonId, ...]) -> Terms:
        return Terms(
            title=title,
            approved=approved,
            loop_in=self.holders(topic.loop_in),
            managers=self.holders([self.manager_of(source)]),
            backstop=self.holders([topic.backstop or self.backstop]),
            acknowledge_within=topic.acknowledge_within,
            answer_within=topic.answer_within,
            close_after=topic.close_after,
            chase=topic.chase,
            answer_chase=topic.answer_chase,
            around_the_clock=topic.around_the_clock,
            vacant=self._vacant_first(topic.approved),
        )

    def manager_of(self, source: str) -> str:
        """Role (or person) that answers for a source's signals; of `generic/shop`, else that of `generic`."""
        names = (source, source.partition("/")[0], "default")
        return next(self.managers[name] for name in names if name in self.managers)

    def is_ours(self, organisation: str) -> bool:
        """Whether this is the community's own organisation."""
        return bool(organisation) and organisation.lower() == self.organisation.lower()

    def colleague(self, source: str, account: str | None) -> Person | None:
        """Find the person whose public account this is."""
        if account is None:
            return None
        name = account.lower()
        for one in self.people.values():
            if name in ((one.mattermost,) if source == "mattermost" else one.accounts.get(source, ())):
                return one
        return None

    def is_colleague(self, signal: Signal) -> bool:
        """Whether somebody of the policy file, or of the community's organisation, speaks."""
        return self.is_ours(signal.member_of) or self.colleague(signal.source, signal.author) is not None

    def topic_labelled(self, labels: Iterable[str]) -> tuple[TopicId, str] | None:
        """Find the topic that a label stands for, in any case, and that label; topics in the order of the file."""
        given = {label.strip().lower(): label for label in labels}
        marks = ((one.id, mark.lower()) for one in self.topics.values() for mark in one.labels)
        return next(((topic, given[mark]) for topic, mark in marks if mark in given), None)

    def topic_called(self, words: str) -> TopicId | None:
        """Find a topic by its id or title, in any case."""
        wanted = words.strip().lower()
        return next((one.id for one in self.topics.values() if wanted in (one.id.lower(), one.title.lower())), None)

    def username(self, person: PersonId) -> str:
        """Present Mattermost username of a person, or the id of somebody who has left the file."""
        known = self.people.get(person)
        return self.mention(person) or (known.mattermost if known else person)

    def mention(self, person: PersonId) -> str:
        """The username that notifies a person; "" when none does, as the account is gone or was never there."""
        if person in self.gone:
            return self.gone[person].username
        return self.people[person].mattermost if person in self.people else ""

    def with_gone(self, found: Mapping[PersonId, Absence | None]) -> "Policy":
        """The same, after some accounts were looked at: None for one that is as the policy file says."""
        gone = {**self.gone, **found}
        return replace(self, gone={person: absence for person, absence in gone.items() if absence is not None})

    def why_gone(self, person: PersonId) -> str:
        """Say what became of the account of somebody who is gone."""
        absence, account = self.gone[person], self.people[person].mattermost
        match absence.why:
            case Gone.RENAMED:
                return f"{self.name(person)}'s account {account} is called {absence.username} now"
            case Gone.NO_ACCOUNT:
                return f"{self.name(person)} has no account: there is no {account}"
            case _:
                return f"{self.name(person)}'s account {account} is {absence.why}"

    def menders(self, now: datetime) -> tuple[PersonId, ...]:
        """Who is told of what is wrong with the desk itself: whoever is present of the first of these that has any."""
        for names in ([self.policy_contact], [self.manager_of("default")], [self.backstop], self.roles, self.people):
            present = tuple(one for one in self.holders(names) if self.present(one, now))
            if present:
                return present
        return ()

    def name(self, person: PersonId) -> str:
        """Full name of a person, or the id of somebody who has left the file."""
        known = self.people.get(person)
        return known.name if known else person

    def _vacant_first(self, names: Iterable[str]) -> tuple[str, ...]:
        vacant: list[str] = []
        for name in names:
            if self.holders([name]):
                break
            vacant.append(name)
        return tuple(vacant)
