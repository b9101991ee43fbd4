"""Who may be meant by a username of the policy file that nobody has: `jason.blais` for an account `jasonblais`."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from router.core.people import Person
from router.mattermost.administration import Account, Administration

_CLOSE = 0.85  # of two usernames, by difflib's measure
_BEYOND_LETTERS = re.compile(r"[._-]+")


def namesakes(administration: Administration, people: Iterable[Person]) -> dict[str, str]:
    """Suggest an account, by its username, for each missing username that resembles one. Raises ChatError."""
    found = {}
    for person in people:
        candidates = {one.id: one for term in terms(person) for one in administration.search(term)}
        if meant := likeliest(person, list(candidates.values())):
            found[person.mattermost] = meant
    return found


def terms(person: Person) -> list[str]:
    """What to search for: Mattermost finds what begins with it, among usernames, first and last names."""
    words = [*_BEYOND_LETTERS.split(person.mattermost), *person.name.split()]
    return list(dict.fromkeys(word.lower() for word in words if len(word) > 1))


def likeliest(person: Person, candidates: Sequence[Account]) -> str | None:
    """Choose whoever has the same letters in the username, or the same full name, or else a username much like it."""
    people = [one for one in candidates if not one.is_bot]
    wanted = _bare(person.mattermost)
    for same in (
        [one for one in people if _bare(one.username) == wanted],
        [one for one in people if one.name.lower() == person.name.lower()],
    ):
        if same:
            return same[0].username
    likeness = {one.username: SequenceMatcher(None, _bare(one.username), wanted).ratio() for one in people}
    best = max(likeness, key=lambda name: (likeness[name], name), default=None)
    return best if best and likeness[best] >= _CLOSE else None


def _bare(username: str) -> str:
    return _BEYOND_LETTERS.sub("", username.lower())
