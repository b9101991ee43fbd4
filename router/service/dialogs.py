"""Forms for commands whose argument is awkward to type: what each asks, and the command that its answers come to.

What a form comes to is a request like any other, so rights and rules are those of the command. What is sent in comes
from a browser and is believed in nothing: only what was asked, in the bounds that were set, is read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from router.core.cases import CaseId
from router.core.commands import Malformed, Parsed, parse, usage
from router.core.errors import Impossible
from router.core.escalations import Esc, Resolution, Word
from router.core.forms import Dialog, Field, FieldKind, Option
from router.core.kinds import table
from router.core.policy import Policy
from router.service.commanding import Answer, Commands, Request, typed
from router.service.desk import Desk

LONGEST_REMARK = 1000
LONGEST_REPORT = 2000  # what is kept of a text
NOT_SENSITIVE = Option("Not sensitive", "none")


@dataclass(frozen=True, slots=True)
class Refused:
    """What is wrong with what was filled in: by the name of the field, or with the whole."""

    fields: Mapping[str, str]
    whole: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the fields of a form are made of."""

    policy: Policy
    now: datetime
    case: Esc | None

    def topics(self, *but: str | None) -> tuple[Option, ...]:
        return tuple(Option(one.title, one.id) for one in self.policy.topics.values() if one.id not in but)


@dataclass(frozen=True, slots=True)
class _Form:
    """`title` is followed by the case's id; `argument` puts together what would be typed after the word."""

    title: str
    words: str
    submit: str
    fields: Callable[[_Known], tuple[Field, ...]]
    argument: Callable[[Mapping[str, str]], str]


class Dialogs:
    """Makes forms and reads them. May raise ChatUnavailable, ChatRefused or StoreUnavailable."""

    def __init__(self, desk: Desk, commands: Commands) -> None:
        self._desk = desk
        self._commands = commands

    def asked(self, request: Request) -> Parsed | None:
        """Give the command whose missing argument a form can ask for; None for any other text."""
        parsed = parse(request.text, table())
        lacking = parsed.lacking if isinstance(parsed, Malformed) else None
        if lacking is None or lacking.word not in FORMS:
            return None
        return replace(lacking, case=lacking.case or request.case)

    def form(self, request: Request, asked: Parsed) -> Dialog | Answer:
        """Make the form, its state still to be signed; a refusal for somebody whose answers would be refused."""
        refusal = self._commands.hindrance(request, asked)
        if refusal is not None:
            return refusal
        known, form = self._known(asked.case), FORMS[asked.word]
        facts = {"case": known.case, "words": form.words}
        about = asked.case if table()[asked.word].prefix else None
        return Dialog(
            title=f"{form.title} {about or ''}".strip(),
            introduction=self._desk.renderer.answer("form", facts),
            fields=form.fields(known),
            submit=form.submit,
        )

    def instead(self, asked: Parsed) -> str:
        """Say what to type when no form can be shown."""
        row = table()[asked.word]
        words = f"{usage(row).replace('[ID]', asked.case or 'ESC-1')} ({row.help})"
        return self._desk.renderer.answer("said", {"text": f"The form can't be shown just now. Type instead: {words}"})

    def submit(self, request: Request, word: str, submission: Mapping[str, object]) -> Answer | Refused:
        """Carry out what was filled in; who may not, or not any more, need not mend any field first."""
        form = FORMS.get(word)
        if form is None:
            return Refused({}, "there is no such form any more: close it and type the command")
        refusal = self._commands.hindrance(request, Parsed(word, request.case, ""))
        if refusal is not None:
            return refusal
        values, wrong = _read(form.fields(self._known(request.case)), submission)
        if wrong:
            return Refused(wrong)
        text = typed(word, request.case, form.argument(values))
        return self._commands.command(replace(request, text=text))

    def _known(self, case_id: CaseId | None) -> _Known:
        policy, now = self._desk.rules()
        return _Known(policy, now, self._desk.store.get(case_id) if case_id else None)


def _read(fields: tuple[Field, ...], submission: Mapping[str, object]) -> tuple[dict[str, str], dict[str, str]]:
    """Read the fields: values by name, and what is wrong by name."""
    values: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for field in fields:
        try:
            values[field.name] = _value(field, submission.get(field.name))
        except Impossible as problem:
            wrong[field.name] = str(problem)
    return values, wrong


def _value(field: Field, given: object) -> str:
    """Read one field; blank where it may be left out. Raises Impossible."""
    text = given.replace("\0", "\ufffd").strip() if isinstance(given, str) else given
    if text is None or text == "":
        if field.optional:
            return ""
        raise Impossible("choose one" if field.options else "write something here")
    if not isinstance(text, str):
        raise Impossible("this can't be read: fill it in again")
    if field.options and text not in {one.value for one in field.options}:
        raise Impossible("choose one of those offered; this one is not, or not any more")
    if not field.options and len(text) > field.longest:
        raise Impossible(f"at most {field.longest:,} characters; these are {len(text):,}")
    return text


# ------------------------------------------------------------------------------------------------- the forms


def _dismiss(known: _Known) -> tuple[Field, ...]:  # noqa: ARG001
    reasons = (
        Option("Not sensitive: anyone may answer", Resolution.NOT_SENSITIVE),
        Option("No answer is due", Resolution.NO_ANSWER_DUE),
        Option("Duplicate of another case", Resolution.DUPLICATE),
    )
    return (
        Field("reason", "Reason", FieldKind.CHOICE, reasons),
        Field("text", "Remark", FieldKind.TEXT, help="Kept in the timeline.", optional=True, longest=LONGEST_REMARK),
    )


def _topic(known: _Known) -> tuple[Field, ...]:
    present = known.case.matter.topic if known.case else None
    options = (*known.topics(present), NOT_SENSITIVE)
    return (Field("topic", "What is it about?", FieldKind.MENU, options),)


def _assign(known: _Known) -> tuple[Field, ...]:
    approved = known.case.terms.approved if known.case else ()
    people = ((known.policy.name(one), known.policy.username(one), one) for one in approved)
    options = (
        Option(name if known.policy.present(one, known.now) else f"{name} (away)", username)
        for name, username, one in people
    )
    return (Field("user", "New owner", FieldKind.MENU, tuple(options)),)


def _answered(known: _Known) -> tuple[Field, ...]:  # noqa: ARG001
    return (Field("url", "Link to the answer", FieldKind.TEXT, hint="https://", longest=LONGEST_REPORT),)


def _raise(known: _Known) -> tuple[Field, ...]:
    url = known.case.matter.url if known.case else ""
    return (
        Field(
            "text",
            "Text or link",
            FieldKind.TEXT,
            filled=f"{url}\n" if url and len(url) < LONGEST_REPORT else "",
            hint="What was said, and where",
            help="A link to a known thread joins its case, or opens another for another topic.",
            longest=LONGEST_REPORT,
        ),
        Field("topic", "Topic", FieldKind.MENU, known.topics(), hint="Let the router decide", optional=True),
    )


FORMS: Mapping[str, _Form] = MappingProxyType(
    {
        Word.DISMISS: _Form(
            "Dismiss",
            "Closes it without an answer.",
            "Dismiss",
            _dismiss,
            lambda given: f"{given['reason']} {given['text']}".strip(),
        ),
        Word.TOPIC: _Form(
            "Topic of",
            "The responders of that topic are told. Not sensitive closes it: anyone may answer then.",
            "Set topic",
            _topic,
            lambda given: given["topic"],
        ),
        Word.ASSIGN: _Form(
            "Assign",
            "Who is chosen is asked to claim it; choosing yourself claims it.",
            "Assign",
            _assign,
            lambda given: f"@{given['user']}",
        ),
        Word.ANSWERED: _Form(
            "Answer to",
            "Where was it answered?",
            "Mark as answered",
            _answered,
            lambda given: given["url"],
        ),
        "raise": _Form(
            "Raise a matter",
            "It goes before the approved responders of its topic; who is asked first is told to you.",
            "Raise",
            _raise,
            lambda given: f"{given['text']} --topic {given['topic']}" if given["topic"] else given["text"],
        ),
    }
)
