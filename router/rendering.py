"""Rendering: cases and effects become Mattermost's Markdown, and hostile text becomes harmless.

Whatever a template prints is neutralised as a text within a line, unless a filter made it `Safe` in another way: a
template that forgets its filter is ugly, never dangerous.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from router.core.cases import Audience, CaseId
from router.core.commands import is_address
from router.core.effects import Notice, Reply, Tell
from router.core.escalations import Esc, Heard, State, addressed, waits
from router.core.people import PersonId
from router.core.policy import Policy
from router.ports import Button, Reach, Rendered, RootView

QUOTED_CHARACTERS = 1200
QUOTED_LINES = 24
TITLE_CHARACTERS = 140
AUTHOR_CHARACTERS = 60
URL_CHARACTERS = 500
MESSAGE_CHARACTERS = 16000  # Mattermost refuses more than 16,383 (its model/post.go)

# Of these Mattermost's clients take the backslash away, as far as they do something; before others it would be shown.
_SPECIAL = re.compile(r"([`*_\[\]{}>!|#~]|\\(?!\w))", re.ASCII)
_LINE_START = re.compile(r"^([-+]|=|\d{1,9}(?=[.)]))")
_SAFE_URL = re.compile(r"https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?(/[A-Za-z0-9\-._~!$&+,;=:/?#%]*)?", re.ASCII)
_ADDRESS = re.compile(rf"(?<![^\s(\[\"'<]){_SAFE_URL.pattern}", re.ASCII)
# Begins a mention, channel, hashtag (these escaped, too), tag, entity.
_READ_ON = re.compile(r"([@~#<]|&(?=[#A-Za-z]))")
_NO_BREAK = "\u200b"  # a zero-width character after @ keeps it from being a mention
_CALLED = {"github": "GitHub"}  # sources that are not spelt as other names are


def visible(text: str) -> str:
    """Drop what can't be seen and only misleads: control, direction and zero-width characters."""
    return "".join(one for one in text if one in "\n\t" or unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Co"})


def neutral(text: str) -> str:
    """Make a text harmless within a line: no mention, image, channel, hashtag, emphasis or code.

    Addresses stay as they are, so that what is read is where they lead; no other link is left.
    """
    flat = " ".join(visible(text).split())
    pieces, end = [], 0
    for address in _ADDRESS.finditer(flat):
        pieces += [_plain(flat[end : address.start()]), address[0]]
        end = address.end()
        if _SPECIAL.match(flat, end) or _READ_ON.match(flat, end) or flat.startswith("…", end):
            pieces.append(" ")  # or the backslash or dots that follow would be read as part of the address
    return _LINE_START.sub(_escape_start, "".join((*pieces, _plain(flat[end:]))))


def _plain(text: str) -> str:
    return _READ_ON.sub(rf"\1{_NO_BREAK}", _SPECIAL.sub(r"\\\1", text))


def _escape_start(found: re.Match[str]) -> str:
    mark = found[1]
    if mark == "=":
        return f"{_NO_BREAK}="
    return f"{mark}{_NO_BREAK}" if mark.isdigit() else f"\\{mark}"


def short(text: str, limit: int = TITLE_CHARACTERS) -> str:
    """Cut a text, then neutralise it."""
    flat = " ".join(visible(text).split())
    return neutral(flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…")


def quote(text: str) -> str:
    """Quote what somebody wrote: its lines, each harmless, none outside the quote."""
    lines = [line for line in visible(text).splitlines() if line.strip()]
    kept, length = [], 0
    for line in lines[:QUOTED_LINES]:
        kept.append(line[: QUOTED_CHARACTERS - length])
        length += len(line)
        if length >= QUOTED_CHARACTERS:
            break
    cut = sum(map(len, lines)) > sum(map(len, kept))
    return "\n".join(f"> {neutral(line)}" for line in kept) + ("\n> …" if cut else "")


def who(author: str | None) -> str:
    """Name who said something; some sources tell no more than the number of an account."""
    if author is None:
        return "somebody"
    number = author.removeprefix("id:")
    return short(author if number == author else f"account {number}", AUTHOR_CHARACTERS)


def place(source: str) -> str:
    """Call a source as people do, and a generic sender by its own name."""
    sender = source.removeprefix("generic/")
    return neutral(_CALLED.get(source, source.capitalize()) if sender == source else sender)


def link(url: str) -> str:
    """Show an address bare, so that its text is its target; one with odd characters in code, where it is no link."""
    address = url.replace("@", "%40")
    if len(address) <= URL_CHARACTERS and _SAFE_URL.fullmatch(address):
        return address
    return "`" + re.sub(r"[`\s]", "", visible(url))[:URL_CHARACTERS] + "`"


def code(text: str) -> str:
    """Show our own words as they are typed, inside back-ticks that the template writes."""
    return text.replace("`", "'")


def moment(at: datetime | None) -> str:
    """Write a time for people."""
    return at.strftime("%a %d %b %Y, %H:%M UTC") if at else "no deadline"


class TemplateRenderer:
    """Satisfies ports.Renderer with the templates of a folder."""

    def __init__(self, templates: Path) -> None:
        # Markdown is no HTML, so instead of escaping for HTML `finalize` neutralises what no filter made safe.
        self._env = Environment(
            loader=FileSystemLoader(templates),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            auto_reload=False,
            finalize=_finalize,
        )
        filters: Mapping[str, Callable[..., str]] = {
            "neutral": neutral,
            "short": short,
            "quote": quote,
            "who": who,
            "place": place,
            "link": link,
            "moment": moment,
            "code": code,
        }
        self._env.filters |= {name: _safe(function) for name, function in filters.items()}

    def root(self, case: Esc, view: RootView) -> Rendered:
        """The root post as the case stands now."""
        policy = view.reach.policy
        told = _Told.of(view.reach, *addressed(case))
        name = "moved" if view.moved else case.kind
        message = self._render(
            f"posts/{name}.md.j2",
            case=case,
            matter=case.matter,
            policy=policy,
            linked=view.linked,
            owner=policy.name(case.owner) if case.owner else None,
            mentions=told.mentions,
            missed=told.missed,
            waits=waits(case),
            guessed=_guessed(case, policy),
            candidates=[policy.topics[one].title for one in case.matter.candidates if one in policy.topics],
        )
        buttons = () if view.moved else _buttons(case, policy)
        return Rendered(message, buttons, CaseId(case.id), urgent=case.terms.around_the_clock)

    def reply(self, case: Esc, reply: Reply, reach: Reach) -> Rendered:
        """A reply in the case's thread."""
        policy = reach.policy
        told = _Told.of(reach, reply.people, reply.usernames)
        message = self._render(
            f"posts/{reply.says}.md.j2",
            case=case,
            matter=case.matter,
            policy=policy,
            facts=reply.facts,
            heard=_heard(case, reply.facts),
            owner=policy.name(case.owner) if case.owner else None,
            mentions=told.mentions,
            confirm=bool(_confirm(case)),
        )
        return Rendered(told.after(message))

    def tell(self, case: Esc, tell: Tell) -> Rendered:
        """What is said of a case to one person alone."""
        heard = _heard(case, tell.facts)
        return Rendered(
            self._render(f"posts/{tell.confides}.md.j2", case=case, matter=case.matter, facts=tell.facts, heard=heard)
        )

    def notice(self, notice: Notice, people: Sequence[PersonId], reach: Reach) -> Rendered:
        """What is said to those people of no case."""
        told = _Told.of(reach, people)
        message = self._render(
            f"posts/{notice.announces}.md.j2", facts=notice.facts, policy=reach.policy, mentions=told.mentions
        )
        return Rendered(told.after(message))

    def answer(self, template: str, facts: Mapping[str, object]) -> str:
        """What a command's door says to the person who gave it."""
        return self._render(f"responses/{template}.md.j2", **facts)

    def _render(self, name: str, **facts: object) -> str:
        text = self._env.get_template(name).render(facts).strip()
        return text if len(text) <= MESSAGE_CHARACTERS else text[: MESSAGE_CHARACTERS - 1] + "…"


def _guessed(case: Esc, policy: Policy) -> str:
    """Name the topic that the router was sure of, where the case is about another by now."""
    label = case.matter.verdict.label
    if label is None or case.matter.topic in (None, label):
        return ""
    topic = policy.topics.get(label)
    return topic.title if topic else label


def _heard(case: Esc, facts: Mapping[str, str]) -> Heard | None:
    """Find the signal that something is said of, as the case keeps it now."""
    return next((one for one in case.matter.signals if one.identity == facts.get("signal")), None)


@dataclass(frozen=True, slots=True)
class Safe:
    """Markdown that is harmless already."""

    text: str


def _safe(function: Callable[..., str]) -> Callable[..., Safe]:
    return lambda *given: Safe(function(*given))


def _finalize(value: object) -> object:
    if isinstance(value, Safe):
        return value.text
    return neutral(str(value))


@dataclass(frozen=True, slots=True)
class _Told:
    """Who is told by a post: `mentions` of those it reaches, or their names if it reaches none; `missed`, and why."""

    mentions: Safe
    missed: Safe

    @classmethod
    def of(cls, reach: Reach, people: Sequence[PersonId], usernames: Sequence[str] = ()) -> "_Told":
        """Tell apart whom a mention reaches and whom it does not."""
        policy = reach.policy
        known = [policy.people[one] for one in people if one in policy.people]
        names = {one.mattermost: policy.username(one.id) for one in known} | dict(
            zip(usernames, usernames, strict=True)
        )
        reached = [f"@{now}" for name, now in names.items() if name not in reach.missed]
        by_name = ", ".join(neutral(one.name) for one in known) or ", ".join(map(neutral, usernames))
        reasons: dict[str, list[str]] = {}
        for name, now in names.items():
            if name in reach.missed:
                reasons.setdefault(reach.missed[name], []).append(neutral(f"@{now}"))
        told = "; ".join(f"{reason}: {', '.join(missed)}" for reason, missed in reasons.items())
        return cls(Safe(" ".join(reached) or by_name), Safe(f"Not told, {told}." if told else ""))

    def after(self, message: str) -> str:
        """Add to a message whom it does not reach."""
        return f"{message}\n\n{self.missed.text}" if self.missed.text else message


def _buttons(case: Esc, policy: Policy) -> tuple[Button, ...]:
    """What can be done now: what is expected next stands first, and what needs more opens a form ("…").

    Once claimed, a disabled `claim` says so: a press of the earlier one that is under way is still found, and answered.
    """
    match State(case.state):
        case State.TRIAGE:
            topics = (policy.topics[one] for one in case.matter.candidates if one in policy.topics)
            return (
                *(Button(topic.title, "topic", topic.id, "primary") for topic in topics),
                Button("Not sensitive", "topic", "none"),
                _TOPIC,
            )
        case State.OPEN:
            return (
                *_confirm(case),
                Button("Claim", "claim", style="primary"),
                Button("Not sensitive", "dismiss", "not-sensitive"),
                *_second_topics(case, policy),
                *_HAND_ON,
                *((Button("Raise…", "raise"),) if case.matter.url else ()),
            )
        case State.ACKNOWLEDGED:
            answered = Button("Answered…", "answered", style="primary")
            return (*_confirm(case), _stands("Claimed"), answered, Button("Release", "release"), *_HAND_ON)
        case State.ANSWERED:
            return (_stands("Answered"), Button("Close", "close", style="primary"), _REOPEN)
        case State.CLOSED:
            return (_stands("Closed"), _REOPEN)


def _confirm(case: Esc) -> tuple[Button, ...]:
    """Say that it was the answer. Everybody in the channel can read what a button carries: nothing confidential."""
    offered = case.matter.offered
    if offered is None or case.audience is not Audience.COMPANY or not is_address(offered.url):
        return ()
    return (Button("Confirm answer", "answered", offered.url, "primary"),)


def _stands(label: str) -> Button:
    return Button(label, "claim", disabled=True)


_TOPIC = Button("Topic…", "topic")
_HAND_ON = (Button("Dismiss…", "dismiss", style="danger"), _TOPIC, Button("Assign…", "assign"))
_REOPEN = Button("Reopen", "reopen")


def _second_topics(case: Esc, policy: Policy) -> tuple[Button, ...]:
    others = (one for one in case.matter.candidates if one in policy.topics and one not in case.matter.topics)
    return tuple(Button(f"It is {policy.topics[one].title}", "topic", one) for one in list(others)[:1])
