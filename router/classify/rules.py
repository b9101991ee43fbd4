"""The rules that phrases make: what they speak for or against, and how loudly.

`phrases/<topic-id>.toml` speaks for its topic, `none.toml` against all topics or some, `groups.toml` names words that
several files share. Each table has phrases in three tiers, and `together` tables: phrases that mean something only
near each other. A topic's own phrases and examples, from the policy file, become rules of the same shape.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

from router.classify.patterns import Phrase, expand, plain
from router.core.topics import Recognisable, TopicId

_FOLDER = Path(__file__).parent / "phrases"
# A strong phrase decides alone, a likely one deserves a person's look, a hint counts beside others.
_TIERS = {"strong": 4.0, "likely": 2.0, "hint": 1.0}
# What the policy file itself says about a topic outweighs a shipped phrase.
_OWN = 6.0
_NEAR_WORDS = 30
_EXAMPLE_NEAR_WORDS = 200
_EXAMPLE_SHARE = 0.5
_EXAMPLE_SHORTEST_WORD = 4
_EXAMPLE_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """Parts of which `need` must be found within `near` words; each part is a phrase in all its wordings.

    `weight` is below zero when the rule speaks against. `topics` are those that it is about, `instead_of` those that
    it explains away; a `general` rule is about every topic alike, an `own` one is of the policy file.
    """

    topics: tuple[TopicId, ...]
    weight: float
    parts: tuple[tuple[Phrase, ...], ...]
    need: int = 1
    near: int = _NEAR_WORDS
    instead_of: tuple[TopicId, ...] = ()
    general: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Habits:
    """What the form of a signal says against all topics: a title's beginning, a kind of signal."""

    title_starts: tuple[str, ...]
    title_weight: float
    kinds: Mapping[str, float]


def shipped_rules(ids: Sequence[TopicId]) -> tuple[list[Rule], Habits]:
    """Return the shipped rules for these topics only, and the habits of form."""
    groups = _groups()
    against = _read("none")
    rules = [rule for topic in ids for rule in _shipped(topic, ids, groups)]
    for table in against["against"]:
        about = tuple(topic for topic in table.get("topics", ids) if topic in ids)
        found = _rules(table, about, ids, groups, sign=-1)
        rules.extend(replace(rule, general="topics" not in table) for rule in found)
    form = against["form"]
    return rules, Habits(tuple(form["title_starts"]), form["title_weight"], form["kinds"])


def own_rules(topic: Recognisable) -> Iterator[Rule]:
    """Yield what the policy file says of a topic: each phrase, and an example when most of its words come together."""
    for phrase in topic.phrases:
        if words := plain(phrase):
            yield Rule((topic.id,), _OWN, (([[[words]]],),), own=True)
    for example in topic.examples:
        content = sorted({word for word in plain(example) if len(word) >= _EXAMPLE_SHORTEST_WORD})
        need = max(_EXAMPLE_FEWEST_WORDS, ceil(len(content) * _EXAMPLE_SHARE))
        if len(content) >= need:
            parts = tuple(([[[[word]]]],) for word in content)
            yield Rule((topic.id,), _OWN, parts, need, _EXAMPLE_NEAR_WORDS, own=True)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))


def _groups() -> dict[str, str]:
    """Return the named groups as alternatives; a group may use those above it in the file."""
    groups: dict[str, str] = {}
    for name, phrases in _read("groups").items():
        joined = "|".join(phrases)
        for known, alternatives in groups.items():
            joined = joined.replace(f"{{{known}}}", f"({alternatives})")
        groups[name] = joined
    return groups


def _shipped(topic: TopicId, ids: Sequence[TopicId], groups: Mapping[str, str]) -> Iterator[Rule]:
    """Yield the rules of the shipped file of this id, if there is one; ids are compared, never used as a path."""
    if topic in {path.stem for path in _FOLDER.glob("*.toml")} - {"none", "groups"}:
        yield from _rules(_read(topic), (topic,), ids, groups, sign=1)


def _rules(
    table: Mapping[str, Any],
    about: tuple[TopicId, ...],
    ids: Sequence[TopicId],
    groups: Mapping[str, str],
    *,
    sign: int,
) -> Iterator[Rule]:
    for tier, weight in _TIERS.items():
        for phrase in table.get(tier, ()):
            yield Rule(about, sign * weight, (tuple(expand(phrase, groups)),))
    for together in table.get("together", ()):
        parts = tuple(tuple(expand(phrase, groups)) for phrase in together["all"])
        yield Rule(
            about,
            sign * _TIERS[together["tier"]],
            parts,
            need=len(parts),
            near=together.get("near", _NEAR_WORDS),
            instead_of=tuple(topic for topic in together.get("instead_of", ()) if topic in ids),
        )
