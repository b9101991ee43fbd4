"""The whole policy file: every table read, every fault and warning found, and the policy that comes of it."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from router.config.formats import channel, folder, number, organisation, span, team, time_zone, web_address, words
from router.config.lines import Lines, Place
from router.config.nodes import Node, Report, Section, listed, quoted, written
from router.config.people import Directory, read_directory
from router.config.recognition import read_recognition
from router.config.sources import read_sources
from router.config.topics import UNREAD, Escalation, read_escalation, read_topics
from router.core.errors import Fault, PolicyFaulty
from router.core.policy import Policy, SourceTerms
from router.core.recognition import Recognition

_TABLES = (
    "community",
    "mattermost",
    "sources",
    "people",
    "roles",
    "escalation",
    "topics",
    "classifier",
    "conduct",
    "vendors",
    "storms",
)
# The tables that must be there, and how each is begun.
_NEEDED = {
    "community": "[community]",
    "mattermost": "[mattermost]",
    "sources": "[sources.default]",
    "people": "[people.ian-tien]",
    "escalation": "[escalation]",
    "topics": "[[topics]]",
}
# The commonest of tomllib's messages, for somebody who does not know TOML.
_IN_WORDS = {
    "Illegal character '\\n'": "a closing quote is missing",
    "Invalid value": "there is no value, or none that can be read; text stands in quotes",
    "Unclosed array": "a list is not closed",
    "Expected '=' after a key in a key/value pair": "there is no = after the key",
    "Cannot overwrite a value": "this key is there twice",
}
_CURLY = "\u201c\u201d\u201e\u2018\u2019"
_PERIODS = ("review_within", "vote_within", "improvement_period", "appeal_after", "reinstatement_after")


@dataclass(frozen=True, slots=True)
class Examination:
    """What came of reading a policy file; `policy` is None if there are faults. Both lists are sorted by line."""

    policy: Policy | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]

    def accepted(self) -> tuple[Policy, tuple[Fault, ...]]:
        """Give the policy and its warnings. Raises PolicyFaulty with every fault."""
        if self.policy is None:
            raise PolicyFaulty(self.faults)
        return self.policy, self.warnings


def read_policy(text: str, file: str) -> tuple[Policy, tuple[Fault, ...]]:
    """Read a policy file's text: the policy and its warnings. Raises PolicyFaulty with every fault in one go."""
    return examine_policy(text, file).accepted()


def examine_policy_file(path: Path) -> Examination:
    """Read a policy file from disk; one that is not there, or is no text, is a fault like any other."""
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "no usable path"
        remedy = "Set ROUTER_POLICY to the policy file, or start in the folder that holds it."
        return _unread(Fault(str(path), 0, "ROUTER_POLICY", f"the file can't be read: {reason}", remedy))
    try:
        return examine_policy(content.decode(), str(path))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _unread(Fault(str(path), line, "TOML", "this is no UTF-8 text", "Save the file with encoding UTF-8."))


def examine_shadow(policy: Policy) -> Examination | None:
    """Read the policy file that is only watched; None when there is none to watch."""
    path = Path(policy.recognition.shadow_policy)
    return examine_policy_file(path) if policy.recognition.shadow_policy else None


def examine_policy(text: str, file: str) -> Examination:
    """Read a policy file's text, for whoever wants the warnings of a faulty file, too."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return _unread(_not_toml(text, file, str(error)))
    report = Report(file, Lines(text))
    policy = _policy(Node(content, (), report))
    faults = _sorted(report.faults)
    return Examination(None if faults else policy, faults, _sorted(report.warnings))


def _sorted(faults: list[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: fault.line))


def _unread(fault: Fault) -> Examination:
    return Examination(None, (fault,), ())


def _not_toml(text: str, file: str, message: str) -> Fault:
    lines = text.splitlines() or [""]
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", message)
    line = int(found[1]) if found and found[1] else len(lines)
    problem = message[: found.start()] if found else message
    remedy = _toml_remedy(problem, lines[min(line, len(lines)) - 1])
    return Fault(file, line, "TOML", _IN_WORDS.get(problem, f"not readable: {problem}"), remedy)


def _toml_remedy(problem: str, line: str) -> str:
    if any(quote in line for quote in _CURLY):
        return 'Use straight quotes (") in place of curly ones.'
    if "twice" in problem or "overwrite" in problem:
        return "Each table and each key stands once only: rename or remove one of the two."
    return "Look for a quote, bracket, comma or equals sign that is missing or too many, there or just before."


def _policy(root: Node) -> Policy:
    file = Section(root, "", _TABLES)
    for key, header in _NEEDED.items():
        if file.at(key) is None:
            remedy = f"Add one that begins with {header}, as in the responders.toml that is shipped."
            root.report.fault((key,), "missing", remedy)
    directory = read_directory(file.at("people"), file.at("roles"))
    given = file.at("escalation")
    escalation = read_escalation(given, directory) if given else Escalation()
    sources = read_sources(file.at("sources"), directory)
    managers = {name: one.manager for name, one in sources.items() if one.manager}
    community = _Community.of(file, directory)
    channels = _Channels.of(file, directory)
    _watched(root, sources, channels)
    listed_topics = file.at("topics")
    topics = read_topics(listed_topics, escalation.default, directory) if listed_topics else {}
    classifier = file.at("classifier")
    recognition = read_recognition(classifier) if classifier else Recognition()
    committee = _conduct(file, directory)
    _vendors(file, directory)
    _storms(file)
    _warn_of_vacancies(file, directory)
    return Policy(
        community=community.name,
        policy_url=community.policy_url,
        policy_contact=community.policy_contact or managers.get("default", ""),
        tips_url=community.tips_url,
        team=channels.team,
        escalations_channel=channels.escalations,
        triage_channel=channels.triage or channels.escalations,
        members=channels.members,
        people=directory.people,
        roles=directory.roles,
        topics=topics,
        managers=managers,
        sources=sources,
        organisation=community.organisation,
        triage_within=escalation.triage_within,
        triage_chase=escalation.default.chase,
        backstop=escalation.backstop,
        default=escalation.default,
        committee_channel=channels.committee,
        committee=committee,
        recognition=recognition,
    )


def _section(file: Section, name: str, known: tuple[str, ...]) -> Section | None:
    node = file.at(name)
    return Section(node, f"Begin it with a line [{name}] of its own.", known) if node else None


@dataclass(frozen=True, slots=True)
class _Community:
    """The `[community]` table."""

    name: str = ""
    policy_url: str = ""
    policy_contact: str = ""
    tips_url: str = ""
    organisation: str = ""

    @classmethod
    def of(cls, file: Section, directory: Directory) -> "_Community":
        urls = ("policy_url", "tips_url", "feature_ideas_url")
        section = _section(file, "community", ("name", "default_timezone", "organisation", "policy_contact", *urls))
        if section is None:
            return cls()
        section.read("default_timezone", time_zone, "")
        company = section.read("organisation", organisation, "")
        addresses = {key: section.read(key, web_address, "") for key in urls}
        contact = section.read("policy_contact", _if_any(directory.named), "")
        return cls(section.need("name", words, ""), addresses["policy_url"], contact, addresses["tips_url"], company)


def _if_any(reader: Callable[[Node], str | None]) -> Callable[[Node], str | None]:
    """Let an empty text stand for "none"."""
    return lambda node: "" if node.value == "" else reader(node)


@dataclass(frozen=True, slots=True)
class _Channels:
    """The `[mattermost]` table."""

    team: str = ""
    escalations: str = ""
    triage: str = ""
    committee: str = ""
    members: tuple[str, ...] = ()

    @classmethod
    def of(cls, file: Section, directory: Directory) -> "_Channels":
        keys = ("team", "escalations_channel", "triage_channel", "committee_channel", "members")
        section = _section(file, "mattermost", keys)
        if section is None:
            return cls()
        escalations = section.need("escalations_channel", channel, "")
        triage = section.read("triage_channel", channel, "")
        committee = section.read("committee_channel", channel, "")
        given = section.at("committee_channel")
        if given and committee and committee in {escalations, triage}:
            remedy = "Name a private channel of its own: conduct records are shown nowhere else."
            given.fault(f"{quoted(committee)} is open to others than the committee", remedy)
        members: tuple[str, ...] = section.read("members", listed(directory.named), ())
        return cls(section.need("team", team, ""), escalations, triage, committee, members)


def _watched(root: Node, sources: Mapping[str, SourceTerms], channels: _Channels) -> None:
    """See to it that the router does not watch what it writes itself."""
    named = sources["mattermost"].channels if "mattermost" in sources else ()
    for index, name in enumerate(named):
        if name in {channels.escalations, channels.triage, channels.committee}:
            remedy = "Name channels in which the community asks; in this one the desk works."
            place = ("sources", "mattermost", "channels", index)
            root.report.fault(place, f"{quoted(name)} can't be watched", remedy)


def _conduct(file: Section, directory: Directory) -> tuple[str, ...]:
    """Check the table, and give who sits on the committee."""
    place: Place = ("conduct", "committee")
    off = "nobody sits on the committee: the conduct desk is off", "Name roles or people to switch it on."
    section = _section(file, "conduct", ("committee", "code_of_conduct_url", *_PERIODS, "company_review"))
    if section is None:
        file.node.report.warn(place, *off)
        return ()
    committee: tuple[str, ...] | None = section.read("committee", listed(directory.named), None)
    if section.at("committee") is None or (committee is not None and not directory.holders(committee)):
        file.node.report.warn(place, *off)
    section.read("code_of_conduct_url", web_address, "")
    for key in _PERIODS:
        section.read(key, span, UNREAD)
    review = section.at("company_review")
    if review:
        terms = Section(review, 'Write it as { incidents = 3, within = "6 months" }.', ("incidents", "within"))
        terms.need("incidents", number, 1)
        terms.need("within", span, UNREAD)
    return committee or ()


def _vendors(file: Section, directory: Directory) -> None:
    section = _section(file, "vendors", ("directory", "maintainers", "feedback_every"))
    if section:
        section.read("directory", folder, "")
        section.read("maintainers", listed(directory.named), None)
        section.read("feedback_every", span, UNREAD)


def _storms(file: Section) -> None:
    section = _section(file, "storms", ("mentions_per_hour",))
    if section:
        section.read("mentions_per_hour", number, 1)


def _warn_of_vacancies(file: Section, directory: Directory) -> None:
    topics = file.at("topics")
    ids = [dict(item.entries()).get("id") for item in topics.items()] if topics else []

    def user(place: Place) -> str:
        """Name a topic by its id, anything else by its key."""
        topic = ids[place[1]] if place[0] == "topics" and isinstance(place[1], int) else None
        if topic and isinstance(topic.value, str):
            return topic.value
        return written(place[:-1] if isinstance(place[-1], int) else place)

    for role, places in directory.used.items():
        users = ", ".join(dict.fromkeys(map(user, places)))
        remedy = "It is skipped until somebody is entered here."
        file.node.report.warn(("roles", role), f"nobody holds this role, and it is named by {users}", remedy)
