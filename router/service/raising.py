"""Raising: a colleague puts something before its responders, as an address or in words. It never gets lost."""

from collections.abc import Callable
from dataclasses import replace

from router.core.errors import Impossible
from router.core.people import Actor, Door
from router.core.signals import LONGEST_URL, RAISED, Signal, first_line
from router.core.topics import Routing, TopicId, Verdict
from router.core.units import Key
from router.service.desk import Desk, topic_called
from router.service.receiving import Judged, Received, Result, take_in


def raise_matter(
    desk: Desk, thread_of: Callable[[str], str | None], report: str, by: Actor, door: Door, key: Key
) -> str:
    """Open a case, or join the thread's. Unclear words go to triage. `thread_of` knows the addresses of Mattermost.

    Raises Impossible, KeySeen.
    """
    text, topic = _read(desk, report)
    signal = _signal(desk, thread_of, text, by, key)
    verdict = _judge(desk, signal, topic, by)
    received = take_in(desk, [Judged(signal, verdict, by, door)], (key,))
    return _said(desk, received)


def _read(desk: Desk, report: str) -> tuple[str, TopicId | None]:
    text, found, name = report.replace("—topic", "--topic").rpartition("--topic")  # phones make one dash of two
    if not found:
        return report, None
    return text.strip(), topic_called(desk.policy, name)


def _signal(desk: Desk, thread_of: Callable[[str], str | None], text: str, by: Actor, key: Key) -> Signal:
    first, rest = [*text.split(maxsplit=1), "", ""][:2]
    if not text or len(first) > LONGEST_URL:
        raise Impossible("say what it is about, in words or with the address of where it was said")
    url = first if first.startswith(("https://", "http://")) else ""
    threads = ((source.name, source.thread_of(url)) for source in desk.sources.values())
    source, thread = next(((name, thread) for name, thread in threads if thread), ("mattermost", thread_of(url)))
    words = rest.strip() if url else text
    return Signal(
        source=source,
        instance=RAISED,
        kind="report",
        object_id=key.name,
        thread=thread or (f"web:{url.lower()}" if url else f"mattermost:{key.name}"),
        url=url,
        title="",
        headline=first_line(words) if words else url,
        body=words or url,
        author=by.called,
        at=desk.clock.now(),
    )


def _judge(desk: Desk, signal: Signal, topic: TopicId | None, by: Actor) -> Verdict:
    evidence = (f"raised by {by.called}",)
    if topic is not None:
        return Verdict(topic, Routing.ESCALATE, 1.0, evidence)
    if signal.body == signal.url:  # what stands there was not read
        return Verdict(None, Routing.TRIAGE, 1.0, evidence)
    verdict = desk.classifier.classify(signal.title, signal.body, source=signal.source, kind=signal.kind)
    if verdict.decision is Routing.NONE:
        return replace(verdict, decision=Routing.TRIAGE, evidence=evidence)
    return verdict


def _said(desk: Desk, received: Received) -> str:
    case_id = received.case
    if case_id is None:
        return "raised"
    case = desk.store.get(case_id)
    owner = desk.policy.name(case.owner) if case.owner else "nobody present"
    match received.result:
        case Result.ESCALATED:
            return f"{case_id} ({case.terms.title}) is before its responders; {owner} is asked first"
        case Result.TRIAGE:
            return f"{case_id} waits for {owner} to say whether it is sensitive"
        case _:
            return f"this thread has {case_id} already ({case.state}, {owner}); yours was added"
