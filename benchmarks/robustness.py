"""`python -m benchmarks.robustness FILE`: whether verdicts hang on names, and whether texts of FILE were learnt.

FILE holds labelled texts, as for `escalation-router evaluate`. Of them numbers of lines are shown, never texts.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from benchmarks.figures import Figure, as_json, table
from benchmarks.sizes import tell
from router.classify import classifier_for
from router.classify.evaluation import evaluate
from router.classify.features import sentences
from router.classify.reading import read
from router.classify.texts import CHECK, TRAINING, Text, labelled_texts, read_texts
from router.cli.evaluate import judge
from router.config import examine_policy_file
from router.ports import Classifier
from router.resources import data_folder

POINTS = 3.0
TITLE = "Robustness"
# Each name gives way to the one that stands so many places further on.
STEP = 23
NAMES = """
Mattermost GitLab Zulip Rocket.Chat Nextcloud Discord Grafana Sentry Google AWS GitHub Microsoft|Teams Jira Confluence
Trello Asana Atlassian Salesforce HubSpot Zendesk Intercom Mailchimp PostHog Plausible Matomo Kubernetes Docker
Elasticsearch MongoDB Redis PostgreSQL MySQL Supabase Firebase Cloudflare Heroku DigitalOcean Hetzner Azure OpenAI
ChatGPT Copilot Facebook Twitter LinkedIn WhatsApp Telegram YouTube Reddit Okta Keycloak Jenkins Bitbucket Gitea Forgejo
Codeberg WordPress Drupal Discourse Jitsi
"""
# These are words as well, so they count as names only where they are written as here.
WORDS_TOO = "Slack Element Signal Zoom Notion Apple Oracle Amazon Mozilla Matrix Terraform Segment"
# Texts with fewer pieces than this are the same only when all of their pieces are.
FEWEST_PIECES = 5
SAME = 0.5
Pieces = frozenset[tuple[str, ...]]


class Names:
    """Swaps names of products and companies for others."""

    def __init__(self) -> None:
        names = [name.replace("|", " ") for name in NAMES.split()]
        as_written = WORDS_TOO.split()
        everything = names + as_written
        self._other = {name: everything[(place + STEP) % len(everything)] for place, name in enumerate(everything)}
        self._as_listed = {name.casefold(): name for name in everything}
        either = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<!\w)(?:(?i:{either})|{'|'.join(as_written)})(?!\w)")

    def swapped(self, text: Text) -> Text:
        """Swap all names of a text, in small or capital letters as they were."""
        title, body = (part and self._pattern.sub(self._swap, part) for part in (text.title, text.body))
        return msgspec.structs.replace(text, title=title, body=body)

    def _swap(self, found: re.Match[str]) -> str:
        other = self._other[self._as_listed[found[0].casefold()]]
        if found[0].islower():
            return other.lower()
        return other.upper() if found[0].isupper() and found[0] not in self._other else other


def of_names(texts: Sequence[Text]) -> Sequence[Figure]:
    """Judge the texts as they are and with other names."""
    policy, _ = examine_policy_file(data_folder() / "responders.toml").accepted()
    classifier = classifier_for(list(policy.topics.values()), policy.recognition)
    swapped = [*map(Names().swapped, texts)]
    before, after = _macro_f1(classifier, texts), _macro_f1(classifier, swapped)
    changed = sum(one != other for one, other in zip(texts, swapped, strict=True))
    return [
        Figure("macro F1", before, ""),
        Figure(f"macro F1 with other names in {changed} of {len(texts)} texts", after, ""),
        Figure("  points between them", 100 * abs(before - after), "", target=POINTS),
    ]


def _macro_f1(classifier: Classifier, texts: Sequence[Text]) -> float:
    return evaluate(judge(classifier, texts)).macro_f1.value


def nearly_the_same(texts: Sequence[Text], files: Sequence[Path]) -> Iterator[tuple[int, Path, int]]:
    """Yield lines of the texts with the file and the line of a text that is nearly the same."""
    pieces = [_pieces(text) for text in texts]
    having: dict[tuple[str, ...], list[int]] = {}
    for place, own in enumerate(pieces):
        for piece in own:
            having.setdefault(piece, []).append(place)
    for path in files:
        for number, text in enumerate(read_texts(path), 1):
            other = _pieces(text)
            for place, common in _in_common(other, having).items():
                if _is_same(common, pieces[place], other):
                    yield place + 1, path, number


def _pieces(text: Text) -> Pieces:
    """Cut what a text says into runs of three words, of three characters where it is Chinese or Japanese."""
    words = [word for one in sentences(read(text.title or "", text.body or "")) for word in one.words]
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _in_common(pieces: Pieces, having: Mapping[tuple[str, ...], Sequence[int]]) -> Counter[int]:
    return Counter(place for piece in pieces for place in having.get(piece, ()))


def _is_same(common: int, one: Pieces, other: Pieces) -> bool:
    fewer = min(len(one), len(other))
    return common > SAME * fewer if fewer >= FEWEST_PIECES else common == max(len(one), len(other))


def main() -> None:
    """Print both, and what is nearly the same."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.robustness", description=__doc__)
    parser.add_argument("file", type=Path, help="labelled texts, JSON Lines")
    parser.add_argument("--json", action="store_true", help="the figures for scripts")
    asked = parser.parse_args()
    texts = labelled_texts(asked.file)
    tell("  names")
    figures = [*of_names(texts)]
    tell("  texts that are nearly the same")
    same = [*nearly_the_same(texts, [*sorted(TRAINING.glob("*.jsonl")), CHECK])]
    lines = {line for line, _, _ in same}
    figures.append(Figure("texts that are nearly in the training or the check set", len(lines), "", target=0))
    if asked.json:
        found = [{"line": line, "like": f"{path.name}:{number}"} for line, path, number in same]
        print(json.dumps({**json.loads(as_json({"figures": figures})), "nearly_the_same": found}, indent=2))
        return
    print(table(TITLE, figures))
    for line, path, number in sorted(same):
        print(f"{asked.file.name}:{line} is nearly {path.name}:{number}")


if __name__ == "__main__":
    sys.exit(main())
