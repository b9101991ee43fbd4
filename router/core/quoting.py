"""Whose words an effect or a post of ours holds, so that they can be taken out of it when they must be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from router.core.effects import Confides, DirectMessage, Effect, Reply, Says, Tell

TITLE = ""  # stands for the title of a case, in the place of a signal's identity
WITHDRAWN = "What stood here quoted a text that was deleted at its source, or is confidential now."
KEPT_ANSWERS = 100  # posts known to quote no more than the title of a case; of more, the oldest are withdrawn early


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a signal that a case holds, by its identity; TITLE for the title of the case."""

    case: str
    identity: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A post of ours that holds words."""

    words: Words
    post_id: str
    channel_id: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """Words of a case that are to be kept nowhere any more: those of some signals, or, with None, all."""

    case: str
    identities: tuple[str, ...] | None

    def covers(self, words: Words) -> bool:
        """Whether these words are among them."""
        return words.case == self.case and (self.identities is None or words.identity in self.identities)


def quoted(effect: Effect) -> tuple[Words, ...]:
    """Say whose words a post that comes of the effect holds for good: not a root post, which is brought up to date."""
    match effect:
        case Reply(says=Says.JOINED):
            return (Words(effect.case, effect.facts.get("signal", TITLE)),)
        case Tell(confides=Confides.CONFIDENTIAL):
            return Words(effect.case, effect.facts.get("signal", TITLE)), Words(effect.case, TITLE)
        case DirectMessage():
            return tuple(Words(case, TITLE) for case in effect.cases)
        case _:
            return ()


def without_words(effect: Effect) -> Effect:
    """What is left of an effect whose words are erased while it waits; most hold none, and are rendered when sent."""
    return replace(effect, text=WITHDRAWN, cases={}) if isinstance(effect, DirectMessage) else effect


def in_excess(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """Of the posts that quote no more than a case's title, oldest first, give those too many to be remembered."""
    more = {one.post_id for one in quotes if one.words.identity != TITLE}
    titles = [one for one in quotes if one.words.identity == TITLE and one.post_id not in more]
    return tuple(titles[:-KEPT_ANSWERS])
