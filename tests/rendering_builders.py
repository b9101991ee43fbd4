"""Builders for the tests of posts: every root post and every reply there is, made of cases that really came about."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from core_builders import (
    HARMLESS,
    MINUTE,
    NOW,
    POLICY,
    STRANGER,
    actor,
    do,
    erase,
    hear,
    move,
    opened,
    policy,
    remark,
    replies,
    sensitive,
    triaged,
    wait,
)

from router.core.effects import Announces, Confides, Notice, Reply, Says, Tell
from router.core.escalations import Resolution
from router.core.people import Absence, Door, Gone
from router.ports import Reach, RootView
from router.rendering import TemplateRenderer

TEMPLATES = Path(__file__).parent.parent / "templates"
RENDERER = TemplateRenderer(TEMPLATES)
ANSWER = "https://github.com/owner/name/issues/12#issuecomment-2"
TEXT = "Does it send our data home?\n\nWe *really* need to know."
SAID = {
    "body": TEXT,
    "headline": "Data sent home?",
    "url": "https://github.com/owner/name/issues/12",
    "author": "octocat",
}
NOBODY = policy(away=["ann", "bob", "cat", "dan", "eve", "fay", "gus"])


def root_cases(rules=POLICY, **said):
    """Give a case for every shape that the root post has, by name."""
    said = SAID | said
    case = opened("security", rules, **said).case
    claimed = do(case, "claim", rules=rules).case
    answered = do(claimed, "answered", rules=rules, url=ANSWER).case
    triage = triaged("security", "privacy", rules=rules, **said).case
    return {
        "root-triage": triage,
        "root-triage-nobody-present": triaged("security", rules=replace(rules, away=NOBODY.away), **said).case,
        "root-open": case,
        "root-open-overdue": wait(case, rules).case,
        "root-open-vacant": opened("licence", rules, **said).case,
        "root-open-nobody-present": opened("law", rules, **said).case,
        "root-open-second-topic": opened("security", rules, others=["security", "privacy"], **said).case,
        "root-open-other-topic": do(case, "topic", rules=rules, topic="privacy").case,
        "root-open-counted": hear(hear(case, HARMLESS, rules).case, HARMLESS, rules).case,
        "root-open-perhaps-answered": remark(case, "bob", rules=rules).case,
        "root-open-unconfirmed": wait(remark(case, "bob", rules=rules).case, rules).case,
        "root-open-confidential-perhaps-answered": remark(
            opened("security", rules, confidential=True, **said).case, "bob", rules=rules
        ).case,
        "root-acknowledged-perhaps-answered": remark(claimed, rules=rules).case,
        "root-open-ceased": hear(case, HARMLESS, rules, **SAID | {"body": "Thanks.", "number": 1}).case,
        "root-open-one-ceased": hear(
            hear(case, sensitive(), rules, **SAID).case, HARMLESS, rules, **SAID | {"body": "Thanks."}
        ).case,
        "root-open-confidential": opened("security", rules, confidential=True, **said).case,
        "root-open-erased": erase(case, 1).case,
        "root-open-followed": do(case, "loop-in", rules=rules, user=STRANGER).case,
        "root-acknowledged": claimed,
        "root-acknowledged-overdue": wait(claimed, rules).case,
        "root-answered": answered,
        "root-closed-answered": do(answered, "close", rules=rules).case,
        "root-closed-not-sensitive": do(triage, "topic", "eve", rules, topic=None).case,
        "root-closed-duplicate": do(opened("privacy", rules, case_id="ESC-2", **said).case, "topic", rules=rules,
                                    topic="security", merge=case).case,
        "root-closed-no-answer-due": do(case, "dismiss", rules=rules, resolution=Resolution.NO_ANSWER_DUE).case,
    }  # fmt: skip


def root_posts(rules=POLICY, **said):
    """Give every root post: its case and what is rendered of it."""
    views = {"root-open-counted": RootView(Reach(rules), ("ESC-7", "ESC-9"))}
    found = {
        name: (case, RENDERER.root(case, views.get(name, RootView(Reach(rules)))))
        for name, case in root_cases(rules, **said).items()
    }
    moved = do(triaged("security", rules=rules, **(SAID | said)).case, "topic", "eve", rules, topic="privacy").case
    return found | {"root-moved": (moved, RENDERER.root(moved, RootView(Reach(rules), moved=True)))}


def decisions(rules=POLICY, by="ann", **said):
    """Give decisions that bring about every reply, by name."""
    said = SAID | said
    case = opened("security", rules, **said).case
    claimed = do(case, "claim", rules=rules).case
    triage = triaged("security", "privacy", rules=rules, **said).case
    text = said["body"]
    away = replace(rules, away=NOBODY.away)
    chased = chain(case, rules, 4)
    of_triage = chain(triage, rules, 4)
    return {
        "joined": hear(case, sensitive(), rules, **said),
        "joined-confidential": hear(case, sensitive(), rules, confidential=True, **said),
        "confirm-answer": remark(case, "bob", rules=rules),
        "confirm-answer-by-the-owner": remark(case, rules=rules),
        "confirm-answer-without-address": remark(case, "bob", rules=rules, url=""),
        "confirm-answer-nobody-present": remark(case, "bob", rules=away),
        "confirm-answer-confidential": remark(
            opened("security", rules, confidential=True, **said).case, "bob", rules=rules
        ),
        "remind-owner-unconfirmed": wait(remark(case, "bob", rules=rules).case, rules),
        "remind-owner-claimed-unconfirmed": wait(remark(claimed, rules=rules).case, rules),
        "ceased": hear(case, HARMLESS, rules, number=1),
        "ceased-confidential": hear(case, HARMLESS, rules, number=1, confidential=True),
        "ceased-triage": hear(triage, HARMLESS, rules, number=1),
        "ceased-answered": hear(do(claimed, "answered", rules=rules, url=ANSWER).case, HARMLESS, rules, number=1),
        "transferred": move(case),
        "transferred-to-a-private-place": move(case, confidential=True),
        "erased": erase(case, 1),
        "note": do(case, "note", by, rules, text=text),
        "looped-in": do(case, "loop-in", by, rules, user=STRANGER),
        "assigned": do(case, "assign", by, rules, user=actor("bob")),
        "new-topic": do(case, "topic", by, rules, topic="privacy"),
        "new-topic-nobody-present": do(case, "topic", by, rules, topic="law"),
        "reopened": do(do(claimed, "answered", rules=rules, url=ANSWER).case, "reopen", by, rules),
        "remind-owner": chased[0],
        "new-owner": chased[1],
        "notify-all": chased[2],
        "notify-backstop": chased[3],
        "remind-owner-claimed": wait(claimed, rules),
        "given-back": wait(wait(claimed, rules).case, rules),
        "nobody-left": wait(case, away),
        "remind-owner-triage": of_triage[0],
        "new-owner-triage": of_triage[1],
        "notify-all-triage": of_triage[2],
        "notify-backstop-triage": of_triage[3],
        "nobody-left-triage": wait(triage, away),
    }


def chain(case, rules, steps):
    found = []
    for _ in range(steps):
        found.append(wait(case, rules))
        case = found[-1].case
    return found


def reply_posts(rules=POLICY, by="ann", **said):
    """Give every reply: what is meant to be said, and what is rendered of it."""
    found = {}
    for name, decision in decisions(rules, by, **said).items():
        reply = replies(decision)[-1 if name.startswith("nobody-left") else 0]
        found[name] = (reply, RENDERER.reply(decision.case, reply, Reach(rules)))
    case = opened("security", rules, **(SAID | said)).case
    erased = Reply(case.id, Says.JOINED, facts={"signal": "gone"})
    answer = Reply(case.id, Says.ANSWER, facts={"text": (SAID | said)["body"]})
    for name, reply in (("joined-erased", erased), ("answer", answer)):
        found[name] = (reply, RENDERER.reply(case, reply, Reach(rules)))
    joined = hear(case, sensitive(), rules, **(SAID | said)).case
    reply = Reply(case.id, Says.JOINED, facts={"signal": joined.matter.signals[1].identity})
    found["joined-deleted"] = (reply, RENDERER.reply(erase(joined, 2).case, reply, Reach(rules)))
    return found


def told_posts(rules=POLICY, **said):
    """Give every message to one person: what is rendered of it."""
    case = opened("security", rules, confidential=True, **(SAID | said)).case
    facts = {"signal": case.matter.signals[0].identity, "by": (SAID | said)["author"], "url": ANSWER}
    more = hear(case, sensitive(), rules, confidential=True, **(SAID | said)).case
    triage = triaged("security", rules=rules, confidential=True, **(SAID | said)).case
    raised = opened("security", rules, confidential=True, **(SAID | said | {"kind": "report"})).case
    told = {str(one): (case, one, facts) for one in Confides} | {
        "confidential-one-more": (more, Confides.CONFIDENTIAL, {"signal": more.matter.signals[1].identity}),
        "confidential-triage": (triage, Confides.CONFIDENTIAL, {"signal": triage.matter.signals[0].identity}),
        "confidential-raised": (raised, Confides.CONFIDENTIAL, {"signal": raised.matter.signals[0].identity}),
        "confidential-dropped": (case, Confides.CONFIDENTIAL, {"signal": "not kept any more"}),
    }
    return {name: RENDERER.tell(of, Tell(of.id, says, "ann", given)) for name, (of, says, given) in told.items()}


def unreached_posts(rules=POLICY, **said):
    """Give posts of which not everybody is told, and every notice."""
    case = opened("security", rules, **(SAID | said)).case
    gone = {"ann": Absence(Gone.RENAMED, "ann.now"), "bob": Absence(Gone.DEACTIVATED)}
    reach = Reach(rules.with_gone(gone), {"bob.mm": "deactivated", "cat.mm": "not in this team"})
    given = {person: reach.policy.why_gone(person) for person in gone}
    notice = Notice(Announces.PEOPLE_GONE, given)
    pause = {"last": "Mon 02 Mar 2026, 09:00 UTC", "quiet": "14h 5m", "longest": "7h", "replay": "yes"}
    silence = Notice(Announces.SOURCE_SILENT, {"source": "github"} | pause)
    return {
        "root-open-not-all-told": RENDERER.root(case, RootView(reach)),
        "reply-notify-all-not-all-told": RENDERER.reply(case, Reply(case.id, Says.NOTIFY_ALL, ("ann", "bob")), reach),
        "reply-new-owner-not-told": RENDERER.reply(case, Reply(case.id, Says.NEW_OWNER, ("cat",)), reach),
        "notice-people-gone": RENDERER.notice(notice, ("eve", "cat"), reach),
        "notice-source-silent": RENDERER.notice(silence, ("eve",), reach),
    }


def notice_of(text):
    """Give the notice with that text in the place of what is known of somebody."""
    return RENDERER.notice(Notice(Announces.PEOPLE_GONE, {"ann": text}), ("eve",), Reach(POLICY))


LATER = NOW + MINUTE


def responses(text):
    entry = SimpleNamespace(seq=1, at=NOW, actor=text, door=Door.SLASH, event="note", reason=text)
    case = SimpleNamespace(
        id="ESC-1",
        state="open",
        topic=text,
        title=text,
        owner=text,
        deadline=NOW,
        overdue=True,
        terms=SimpleNamespace(title=text),
        matter=SimpleNamespace(title=text),
    )
    row = SimpleNamespace(usage="assign ESC-1 [user]", help=text, who=text)
    return {
        "said": {"text": text},
        "list": {"cases": [case], "scope": "", "more": 3},
        "show": {"case": case, "responders": text, "url": "", "timeline": [entry]},
        "form": {"case": case, "words": text},
        "who": {"title": text, "responders": text, "looped_in": text, "vacant": text, "become": text},
        "help": {"rows": [row], "policy_url": ""},
    }
