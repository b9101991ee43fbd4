"""The topics of the policy file, and `[escalation]`, from which they inherit what they do not override."""

from dataclasses import dataclass

from router.config.formats import flag, span, step, template, text, topic_id, web_address, words
from router.config.nodes import Node, Once, Reader, Section, listed, quoted
from router.config.people import Directory
from router.core.deadlines import Do, Duration, Step, Unit
from router.core.people import PersonId
from router.core.policy import Topic
from router.core.topics import TopicId

_RHYTHM = ("acknowledge_within", "answer_within", "close_after", "around_the_clock", "chase", "answer_chase")
_ESCALATION = ("triage_within", *_RHYTHM, "backstop")
_TOPIC = (
    *("id", "title", "description", "approved_responders", "loop_in"),
    *("template", "position_url", "phrases", "examples", "labels"),
    *_RHYTHM,
    "backstop",
)
_BEGIN = "Begin each topic with a line [[topics]] of its own."
# What commands and labels say in the place of a topic.
_RESERVED = {"none", "mine", "open", "overdue"}

# While nobody has claimed it, ownership moves by itself; there is nothing to reopen.
_CHASE = (Do.REMIND_OWNER, Do.HAND_OVER, Do.NOTIFY_ALL, Do.NOTIFY_BACKSTOP)
# A claimed one changes hands by being opened again only, so that nobody is taken to have claimed what they did not.
_ANSWER_CHASE = (Do.REMIND_OWNER, Do.NOTIFY_ALL, Do.NOTIFY_BACKSTOP, Do.REOPEN)

UNREAD = Duration(1, Unit.HOURS)  # stands for a duration that could not be read; such a file gives no policy
_NOTHING = Topic(TopicId(""), "", "", (), (), UNREAD, UNREAD, UNREAD, (), ())


@dataclass(frozen=True, slots=True)
class Escalation:
    """The `[escalation]` table."""

    default: Topic = _NOTHING
    triage_within: Duration = UNREAD
    backstop: str = ""


def read_escalation(node: Node, directory: Directory) -> Escalation:
    """Read the defaults; all but `around_the_clock` must be there."""
    section = Section(node, "Begin it with a line [escalation] of its own.", _ESCALATION)
    default = Topic(
        id=TopicId(""),
        title="",
        description="",
        approved=(),
        loop_in=(),
        acknowledge_within=section.need("acknowledge_within", span, UNREAD),
        answer_within=section.need("answer_within", span, UNREAD),
        close_after=section.need("close_after", span, UNREAD),
        chase=section.need("chase", _steps(_CHASE), ()),
        answer_chase=section.need("answer_chase", _steps(_ANSWER_CHASE), ()),
        around_the_clock=section.read("around_the_clock", flag, fallback=False),
    )
    triage_within = section.need("triage_within", span, UNREAD)
    return Escalation(default, triage_within, section.need("backstop", directory.manned, ""))


def _steps(allowed: tuple[Do, ...]) -> Reader[tuple[Step, ...]]:
    read_do = step(allowed)

    def one(node: Node) -> Step | None:
        section = Section(node, 'Write it as { do = "remind-owner" }.', ("do", "every"))
        known = len(node.report.faults)
        do = section.need("do", read_do, None)
        every = section.read("every", span, None)
        return Step(do, every) if do and len(node.report.faults) == known else None

    def read(node: Node) -> tuple[Step, ...] | None:
        if node.value == []:
            node.fault("a chase without steps", 'Write at least one step, such as { do = "remind-owner" }.')
            return None
        return listed(one)(node)

    return read


def read_topics(node: Node, default: Topic, directory: Directory) -> dict[TopicId, Topic]:
    """Read the list of topics; ids and titles are unique."""
    if not isinstance(node.value, list):
        node.expected("a list of topics", _BEGIN)
    elif not node.value:
        node.fault("there is no topic", _BEGIN)
    ids = Once("the id of a topic", "Give each topic an id of its own.")
    titles = Once("the title of a topic", "Give each topic a title of its own.")
    topics = [_topic(item, default, directory, ids, titles) for item in node.items()]
    _each_label_once(node)
    return {topic.id: topic for topic in topics}


def _each_label_once(node: Node) -> None:
    once = Once("a label of a topic", "Enter each label at one topic only.")
    labels = (value for topic in node.items() for key, value in topic.entries() if key == "labels")
    for one in (one for given in labels for one in given.items()):
        if isinstance(one.value, str):
            once.take(one, one.value)


def _topic(node: Node, default: Topic, directory: Directory, ids: Once, titles: Once) -> Topic:
    section = Section(node, _BEGIN, _TOPIC, {"triage_within": "[escalation]"})
    section.read("template", template, "")
    section.read("position_url", web_address, "")
    for key, once in (("id", ids), ("title", titles)):
        given = section.at(key)
        if given and isinstance(given.value, str) and given.value:
            once.take(given, given.value)
    title = section.need("title", words, "")
    return Topic(
        id=TopicId(section.need("id", _id, "")),
        title=title,
        description=section.read("description", text, ""),
        approved=_approved(section, title, directory),
        loop_in=section.read("loop_in", listed(directory.named), ()),
        acknowledge_within=section.read("acknowledge_within", span, default.acknowledge_within),
        answer_within=section.read("answer_within", span, default.answer_within),
        close_after=section.read("close_after", span, default.close_after),
        chase=section.read("chase", _steps(_CHASE), default.chase),
        answer_chase=section.read("answer_chase", _steps(_ANSWER_CHASE), default.answer_chase),
        around_the_clock=section.read("around_the_clock", flag, default.around_the_clock),
        phrases=section.read("phrases", listed(words), ()),
        examples=section.read("examples", listed(words), ()),
        labels=section.read("labels", listed(words), ()),
        backstop=section.read("backstop", directory.manned, ""),
    )


def _id(node: Node) -> str | None:
    found = topic_id(node)
    if found not in _RESERVED:
        return found
    node.fault(f'"{found}" is a word of the commands', "Choose another id.")
    return None


def _approved(section: Section, title: str, directory: Directory) -> tuple[str, ...]:
    """Read who may answer. Nobody is a fault, a single person a warning."""
    names = section.need("approved_responders", listed(directory.named), None)
    given = section.at("approved_responders")
    if names is None or given is None or not directory.whole:
        return ()
    holders = directory.holders(names)
    if not holders:
        given.fault(f"nobody may answer {quoted(title)}", "Name a role that somebody holds, or a person.")
    elif len(holders) == 1 and not directory.unclear.intersection(names):
        name = directory.people[PersonId(holders.pop())].name
        given.warn(f"only {name} may answer {quoted(title)}", "Name somebody else, too, for times of absence.")
    return names
