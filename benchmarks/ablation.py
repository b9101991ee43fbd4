"""`python -m benchmarks.ablation FILE`: what each part of the classifier brings, by leaving it out and training anew.

FILE holds labelled texts, as for `escalation-router evaluate`. It takes about a minute for each of the variants.
"""

import argparse
import json
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import click

from benchmarks.sizes import tell
from router.classify import classifier_for
from router.classify.evaluation import Evaluation, evaluate
from router.classify.features import Fields, Units
from router.classify.learning import Seen, learn, see
from router.classify.model import load
from router.classify.phrases import Phrases
from router.classify.texts import CHECK, NONE, Text, labelled_texts, training_texts
from router.cli.evaluate import judge
from router.cli.report.columns import columns
from router.config import examine_policy_file
from router.core.policy import Policy
from router.core.topics import TopicId
from router.resources import data_folder

# The share of false alarms at which variants are compared, as their thresholds differ in what they let through.
FALSE_ALARMS = 0.03


@dataclass(frozen=True, slots=True)
class Variant:
    """What is left of each text, and which texts, by their number and themselves, are learnt from."""

    name: str
    change: Callable[[Seen], Seen] = lambda seen: seen
    keep: Callable[[int, Text], bool] = lambda _, __: True


class Result(NamedTuple):
    """How a variant does: `caught` is the share of sensitive texts escalated at `FALSE_ALARMS`."""

    name: str
    texts: int
    evaluation: Evaluation
    caught: float


def _fields(**given: bool) -> Callable[[Seen], Seen]:
    """Make a change that empties the fields that are given as False."""

    def change(seen: Seen) -> Seen:
        return replace(seen, fields=seen.fields._replace(**{name: {} for name, kept in given.items() if not kept}))

    return change


def _without_signs(seen: Seen) -> Seen:
    return replace(seen, signs=(0.0,) * len(seen.signs))


def _without_kind(seen: Seen) -> Seen:
    return replace(seen, fields=seen.fields._replace(words=_words(seen, of_the_kind=False)))


def _phrases_alone(seen: Seen) -> Seen:
    return replace(seen, fields=Fields(_words(seen, of_the_kind=True), {}, {}, {}))


def _words(seen: Seen, *, of_the_kind: bool) -> Units:
    return {
        weight: [unit for unit in units if unit.startswith(":") is of_the_kind]
        for weight, units in seen.fields.words.items()
    }


VARIANTS = (
    Variant("whole"),
    Variant("without the phrases' signs", _without_signs),
    Variant("without letters", _fields(letters=False)),
    Variant("without pairs", _fields(pairs=False)),
    Variant("without the title's own field", _fields(title=False)),
    Variant("without the kind", _without_kind),
    Variant("words alone", _fields(pairs=False, letters=False, title=False)),
    Variant("phrases' signs and kind alone", _phrases_alone),
    Variant("half of the texts", keep=lambda number, _: number % 2 == 0),
    Variant("a quarter of the texts", keep=lambda number, _: number % 4 == 0),
    Variant("English texts alone", keep=lambda _, text: text.lang == "en"),
    Variant("without texts marked hard", keep=lambda _, text: not text.hard),
)


def measure(texts: Sequence[Text], check: Sequence[Text], judged: Sequence[Text]) -> Iterator[Result]:
    """Train each variant on the texts, calibrate it on the check set, and judge."""
    policy, _ = examine_policy_file(data_folder() / "responders.toml").accepted()
    phrases = Phrases([TopicId(label) for label in sorted({text.label for text in texts} - {NONE})])
    seen, seen_check, seen_judged = ([see(text, phrases) for text in some] for some in (texts, check, judged))
    with tempfile.TemporaryDirectory() as folder:
        for number, variant in enumerate(VARIANTS):
            kept = [one for at, (text, one) in enumerate(zip(texts, seen, strict=True)) if variant.keep(at, text)]
            path = Path(folder) / f"{number}.model"
            path.write_bytes(learn([*map(variant.change, kept)], [*map(variant.change, seen_check)], variant.name))
            result = Result(variant.name, len(kept), _evaluated(policy, path, judged), _caught(path, seen_judged))
            tell(f"  {result.name}: macro F1 {result.evaluation.macro_f1.value:.3f}, {result.caught:.1%} escalated")
            yield result


def _evaluated(policy: Policy, model: Path, texts: Sequence[Text]) -> Evaluation:
    """Judge as the service does: what a model was not taught it does not see."""
    recognition = replace(policy.recognition, model=str(model))
    return evaluate(judge(classifier_for(list(policy.topics.values()), recognition), texts))


def _caught(path: Path, seen: Sequence[Seen]) -> float:
    model = load(path)
    likely = [1 - model.probabilities(model.weigh(one.fields, one.signs).scores)[0] for one in seen]
    harmless = sorted(share for share, one in zip(likely, seen, strict=True) if one.label == NONE)
    sensitive = sorted(share for share, one in zip(likely, seen, strict=True) if one.label != NONE)
    threshold = harmless[-1 - int(FALSE_ALARMS * len(harmless))]
    return 1 - bisect_right(sensitive, threshold) / len(sensitive)


def table(results: Sequence[Result]) -> Iterator[str]:
    """Lay results out, each beside the first."""
    header = ("VARIANT", "LEARNT FROM", "MACRO F1", "OF THE WHOLE'S", "ESCALATED AT 3 % FALSE ALARMS")
    shown = (*header, "AS SHIPPED: ESCALATED", "OR TRIAGE", "RIGHT TOPIC", "NONE: ESCALATED", "TRIAGE")
    whole = results[0].evaluation.macro_f1.value
    rows = []
    for one in results:
        points, f1 = one.evaluation.operating, one.evaluation.macro_f1.value
        shares = (points.escalated, points.found, points.right, points.false_alarms, points.needless_triage)
        figures = [one.caught, *(share.value for share in shares)]
        rows.append((one.name, str(one.texts), f"{f1:.3f}", f"{f1 / whole:.2f}", *(f"{100 * v:.1f}" for v in figures)))
    yield from columns([shown], rows)


def as_json(results: Sequence[Result]) -> str:
    """Give the same figures to scripts."""
    whole = results[0].evaluation.macro_f1.value
    shown = [
        {
            "name": one.name,
            "texts": one.texts,
            "macro_f1": one.evaluation.macro_f1.value,
            "ratio": one.evaluation.macro_f1.value / whole,
            "escalated_at_3_percent": one.caught,
            **{
                name: getattr(one.evaluation.operating, name).value
                for name in ("escalated", "found", "right", "false_alarms", "needless_triage")
            },
        }
        for one in results
    ]
    return json.dumps(shown, indent=2)


def main() -> None:
    """Train and judge all variants."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("file", type=Path, help="labelled texts, JSON Lines")
    parser.add_argument("--json", action="store_true", help="the figures for scripts")
    asked = parser.parse_args()
    results = list(measure(training_texts(), labelled_texts(CHECK), labelled_texts(asked.file)))
    click.echo(as_json(results) if asked.json else "\n".join(table(results)))


if __name__ == "__main__":
    sys.exit(main())
