"""A small training set of three labels, and models that learnt from it in a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import msgspec

from router.classify.learning import train
from router.classify.texts import NONE, Text
from router.core.policy import Policy

SETS: Mapping[str, Sequence[str]] = {
    "licensing": (
        "May we redistribute a modified build under the MIT licence?",
        "Which licence applies to the plugins that we compile ourselves?",
        "Our lawyers ask whether the AGPL obliges us to publish our changes",
        "Is it allowed to resell a rebranded fork to our clients?",
        "Do deactivated users count towards the seats of our licence?",
        "We would like to use the logo and the name in our product",
        "The licence forbids commercial use, or does it not?",
        "Can I copy some of your source into a proprietary application?",
        "Does the contributor agreement transfer my copyright to you?",
        "What does the licence say about offering it as a hosted service?",
    ),
    "packaging": (
        "Why is single sign-on only in the paid edition?",
        "Please move LDAP into the free edition",
        "The price per user went up again and our club cannot pay it",
        "What is the difference between the professional and the enterprise edition?",
        "Guest accounts are behind a paywall now, what a pity",
        "Is there a discount for schools and charities?",
        "You removed group calls from the free plan without a word",
        "Two hundred dollars a month is too expensive for a small team",
        "Which features do I lose when the paid trial ends?",
        "A cheaper plan for families would be wonderful",
    ),
    NONE: (
        "The search box flickers when I scroll",
        "Fix a typo in the readme",
        "Messages arrive twice after the update on Android",
        "How do I reset my password?",
        "The build fails with a missing header file",
        "Dark theme: code blocks are hard to read",
        "Add a shortcut that marks a channel as read",
        "Crash when an image is rotated before upload",
        "Bump the version of the linter",
        "The clock in the sidebar is an hour late",
        "Notifications do not ring on my phone",
        "Export of a channel stops at ten thousand messages",
    ),
}
CHECK: Mapping[str, Sequence[str]] = {
    "licensing": (
        "May I resell the build under my own licence?",
        "Which copyright does our modified fork have?",
        "Is commercial use of the source allowed?",
        "The free edition could use a better search",
    ),
    "packaging": (
        "LDAP should be in the free plan",
        "The paid edition is too expensive for our school",
        "Is there a cheaper price per user?",
        "Your licence is hard to read",
    ),
    NONE: (
        "The sidebar flickers on my phone",
        "Fix the header of the readme",
        "Upload of an image stops after the update",
        "Password reset: the message arrives twice",
        "The build of the free edition fails on Android",
        "How do I export messages?",
    ),
}


def texts(sets: Mapping[str, Sequence[str]] = SETS) -> list[Text]:
    """Take one text of each label in turn, as a title and as a body."""
    rows = zip_longest(*([(label, text) for text in bodies] for label, bodies in sets.items()))
    given = [one for row in rows for one in row if one]
    return [
        Text(label=label, title=text if place % 2 else "", body="" if place % 2 else text, kind="issue")
        for place, (label, text) in enumerate(given)
    ]


def model(folder: Path, name: str = "small.model", learnt: Sequence[Text] = (), check: Sequence[Text] = ()) -> Path:
    """Write a model that learnt from these texts, by default from the small set."""
    path = folder / name
    path.write_bytes(train(learnt or texts(), check or texts(CHECK)))
    return path


def mistaught() -> list[Text]:
    """Give the small set with every label put to the wrong texts."""
    wrong = dict(zip(SETS, (*list(SETS)[1:], next(iter(SETS))), strict=True))
    return [msgspec.structs.replace(text, label=wrong[text.label]) for text in texts()]


def going_by(policy: Policy, path: Path) -> Policy:
    """Give a policy that goes by that model."""
    return replace(policy, recognition=replace(policy.recognition, model=str(path)))
