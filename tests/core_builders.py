"""Builders for the tests of the rules: a community made by hand, its signals, and shortcuts to a case's states."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from router.core.cases import CaseId
from router.core.deadlines import Do, Step, duration
from router.core.effects import Reply, Says
from router.core.escalations import (
    Arrived,
    Commanded,
    DeadlinePassed,
    Erased,
    Given,
    Transferred,
    Word,
    decide,
    open_case,
)
from router.core.people import Actor, Door, Person, PersonId
from router.core.policy import Policy, Topic
from router.core.signals import Moved, Signal
from router.core.topics import Routing, TopicId, Verdict

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

NAMES = {
    "ann": "Ann Alder",
    "bob": "Bob Birch",
    "cat": "Cat Cedar",
    "dan": "Dan Dogwood",
    "eve": "Eve Elder",
    "fay": "Fay Fir",
    "gus": "Gus Gum",
}
PEOPLE = {PersonId(one): Person(PersonId(one), name, f"{one}.mm", {"github": (one,)}) for one, name in NAMES.items()}
ROLES = {
    "Guards": tuple(map(PersonId, ("ann", "bob", "cat"))),
    "Lawyer": (),
    "Manager": (PersonId("eve"),),
    "Forum manager": (PersonId("gus"),),
    "Backstop": (PersonId("fay"),),
}


def step(do, every=None):
    return Step(do, duration(every) if every else None)


CHASE = (step(Do.REMIND_OWNER), step(Do.HAND_OVER), step(Do.NOTIFY_ALL), step(Do.NOTIFY_BACKSTOP, "24h"))
ANSWER_CHASE = (step(Do.REMIND_OWNER), step(Do.REOPEN))


def topic(name, title, approved, loop_in=(), **more):
    given = {
        "acknowledge_within": duration("4h"),
        "answer_within": duration("2d"),
        "close_after": duration("7d"),
        "chase": CHASE,
        "answer_chase": ANSWER_CHASE,
    } | more
    return Topic(TopicId(name), title, f"About {title}", tuple(approved), tuple(loop_in), **given)


TOPICS = (
    topic("security", "Security", ["Guards"], ["gus"], acknowledge_within=duration("1h"), around_the_clock=True),
    topic("privacy", "Privacy", ["ann", "dan"], ["gus", "ann"]),
    topic("licence", "Licences", ["Lawyer", "dan"]),  # its first role is vacant
    topic("law", "Law", ["Lawyer"]),  # nobody at all
)


def policy(*topics, away=None, **more):
    """Make the policy; topics given replace those of the same id."""
    every = {one.id: one for one in (*TOPICS, *topics)}
    given = {
        "community": "Example",
        "policy_url": "https://example.org/policy",
        "policy_contact": "Manager",
        "tips_url": "https://example.org/tips",
        "team": "core",
        "escalations_channel": "escalations",
        "triage_channel": "triage",
        "members": (),
        "people": PEOPLE,
        "roles": ROLES,
        "topics": every,
        "managers": {"default": "Manager", "discourse": "Forum manager"},
        "triage_within": duration("3h"),
        "triage_chase": CHASE,
        "backstop": "Backstop",
        "default": topic("", "", []),
        "away": {PersonId(one): NOW + 1000 * DAY for one in away or ()},
    } | more
    return Policy(**given)


POLICY = policy()


def changed(name, **more):
    """Make a policy in which one topic differs."""
    return policy(replace(POLICY.topics[TopicId(name)], **more))


def actor(name, *, guest=False):
    """A person of the policy by id, or a stranger."""
    known = PEOPLE.get(PersonId(name))
    if known is None:
        return Actor(name, name.title(), f"u-{name}", None, guest)
    return Actor(known.mattermost, known.name, f"u-{name}", known.id, guest)


GUEST = actor("guest", guest=True)
STRANGER = actor("stranger")
SOURCE = Actor("github", "github")


def signal(number=1, body="text", *, source="github", url=None, **more):
    given = {
        "source": source,
        "instance": "example.org",
        "kind": "issue",
        "object_id": f"o{number}",
        "thread": f"{source}:owner/name#12",
        "url": url if url is not None else f"https://example.org/{number}",
        "title": "A title",
        "headline": "A headline",
        "body": body,
        "author": "someone",
        "at": NOW,
    } | more
    return Signal(**given)


def sensitive(name="security", *others):
    return Verdict(TopicId(name), Routing.ESCALATE, 0.9, ("evidence",), tuple(map(TopicId, others)))


def uncertain(*names):
    return Verdict(TopicId(names[0]) if names else None, Routing.TRIAGE, 0.5, ("hm",), tuple(map(TopicId, names)))


def doubtful(*names):
    """Make an uncertain verdict that rather takes it for not sensitive."""
    return Verdict(None, Routing.TRIAGE, 0.7, ("hm",), tuple(map(TopicId, names)))


HARMLESS = Verdict(None, Routing.NONE, 0.9, ())


def arrived(verdict=None, number=2, by=SOURCE, door=Door.HOOK, *, own=False, **more):
    return Arrived(signal(number, **more), verdict or sensitive(), by, door, own)


def opened(name="security", rules=POLICY, now=NOW, *, case_id="ESC-1", others=(), **more):
    """Decide on the first signal of a thread that is sensitive."""
    return open_case(CaseId(case_id), arrived(sensitive(name, *others), 1, **more), rules, now)


def triaged(*names, rules=POLICY, now=NOW, case_id="ESC-1", **more):
    """Decide on the first signal of a thread that is uncertain."""
    return open_case(CaseId(case_id), arrived(uncertain(*names), 1, **more), rules, now)


def do(case, word, by="ann", rules=POLICY, now=NOW + MINUTE, *, door=Door.SLASH, **given):
    """Have somebody give a command."""
    by = actor(by) if isinstance(by, str) else by
    return decide(case, Commanded(Word(word), by, door, Given(**given)), rules, now)


def hear(case, verdict, rules=POLICY, now=NOW + MINUTE, number=2, **more):
    return decide(case, arrived(verdict, number, **more), rules, now)


def move(case, rules=POLICY, now=NOW + MINUTE, *, to="github:owner/other#3", confidential=False):
    """Have the case's thread moved at its source."""
    moved = Moved("github", case.matter.thread, to, "https://example.org/moved", confidential, now)
    return decide(case, Transferred(moved, SOURCE, Door.HOOK), rules, now)


def remark(case, by="ann", number=9, rules=POLICY, now=NOW + MINUTE, **more):
    """Have a colleague write in the thread."""
    said = {"kind": "comment", "title": "", "author": by} | more
    return decide(case, arrived(HARMLESS, number, **said), rules, now)


def erase(case, number=None, rules=POLICY, now=NOW + MINUTE):
    """Have one of the case's objects deleted at its source, or its whole thread."""
    return decide(case, deletion(number), rules, now)


def deletion(number=None):
    return Erased(signal(number).identity if number else "", SOURCE, Door.HOOK)


def wait(case, rules=POLICY, late=timedelta()):
    """Let the deadline pass."""
    return decide(case, DeadlinePassed(), rules, case.deadline + late)


def in_state(state, name="security", rules=POLICY):
    """A case in that state, by the shortest way."""
    if state == "triage":
        return triaged(name, rules=rules).case
    case = opened(name, rules).case
    first = case.terms.approved[0] if case.terms.approved else "ann"
    if state in {"acknowledged", "answered", "closed"}:
        case = do(case, "claim", first, rules).case
    if state in {"answered", "closed"}:
        case = do(case, "answered", first, rules, url="https://example.org/answer").case
    if state == "closed":
        case = do(case, "close", first, rules).case
    return case


def replies(decision, says=None):
    return [one for one in decision.effects if isinstance(one, Reply) and says in {None, one.says}]


def mentioned(decision, says=None):
    """Those whom the replies of a decision mention."""
    return [name for one in replies(decision, says) for name in (*one.people, *one.usernames)]


def told_backstop(decision):
    return any(one.people for one in replies(decision) if one.says in {Says.NOBODY_LEFT, Says.NOTIFY_BACKSTOP})
