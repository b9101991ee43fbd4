"""`escalation-router evaluate`: how good the verdicts on labelled texts are."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from router.classify import classifier_for
from router.classify.evaluation import Estimate, Evaluation, Judged, Operating, Share, evaluate, operating
from router.classify.texts import NONE, Text, labelled_texts
from router.cli.policies import policy_for
from router.cli.report.columns import columns
from router.config import read_settings
from router.core.policy import Policy
from router.ports import Classifier
from router.views import DIGITS

# Other thresholds to choose from.
ESCALATE_FROM = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98)


@click.command("evaluate")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Go by the topics and thresholds of this policy file.",
)
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Judge by this model instead of the policy file's.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def evaluate_file(*, file: Path, policy: Path | None, model: Path | None, as_json: bool) -> None:
    """Classify labelled texts and say how right the verdicts are.

    FILE has one JSON object a line, {"source", "kind", "title", "body", "label"}, and where known "lang", "hard" and
    "also", a list of other topics that are defensible. The label is a topic's id or none.
    """
    chosen = policy_for(read_settings(os.environ), policy)
    if model:
        chosen = with_model(chosen, model)
    texts = labelled_texts(file)
    if not texts:
        raise click.ClickException(f"{file} holds no texts")
    strange = {text.label for text in texts} - {NONE, *chosen.topics}
    if strange:
        click.echo(f"no topic of the policy file: {', '.join(sorted(strange))}; such texts can't be told", err=True)
    found = evaluate(judge(_classifier(chosen), texts))
    others = {threshold: operating(judge(_classifier(chosen, threshold), texts)) for threshold in ESCALATE_FROM}
    if as_json:
        click.echo(json.dumps(_document(found, others), indent=2))
    else:
        for line in _told(found, others, chosen):
            click.echo(line)


def with_model(policy: Policy, model: Path) -> Policy:
    """Let a policy go by another model."""
    return replace(policy, recognition=replace(policy.recognition, model=str(model)))


def judge(classifier: Classifier, texts: Sequence[Text]) -> list[Judged]:
    """Classify every text."""
    return [
        Judged(text, classifier.classify(text.title or "", text.body or "", source=text.source, kind=text.kind))
        for text in texts
    ]


def _classifier(policy: Policy, escalate_from: float | None = None) -> Classifier:
    recognition = policy.recognition
    if escalate_from is not None:
        recognition = replace(recognition, given_escalate_from=escalate_from)
    return classifier_for(list(policy.topics.values()), recognition)


# ------------------------------------------------------------------------------------------- for scripts


def _document(found: Evaluation, others: dict[float, Operating]) -> dict[str, Any]:
    return {
        "texts": found.texts,
        "macro_f1": _estimate_json(found.macro_f1),
        "labels": {
            label: {
                "texts": one.texts,
                "precision": _share_json(one.precision),
                "recall": _share_json(one.recall),
                "f1": _estimate_json(one.f1),
            }
            for label, one in found.labels.items()
        },
        "confusion": [
            {"label": true, "answered": answered, "count": count}
            for (true, answered), count in sorted(found.confusion.items())
        ],
        "operating": _operating_json(found.operating),
        "escalate_from": {str(threshold): _operating_json(one) for threshold, one in others.items()},
        "groups": {
            name: {"accuracy": _share_json(found.accuracy[name]), **_operating_json(one)}
            for name, one in found.groups.items()
        },
    }


def _operating_json(one: Operating) -> dict[str, Any]:
    return {
        name: _share_json(getattr(one, name))
        for name in ("escalated", "found", "false_alarms", "needless_triage", "right")
    }


def _share_json(share: Share) -> dict[str, Any]:
    return {**_figure(share.value, share.interval), "of": share.whole}


def _estimate_json(estimate: Estimate) -> dict[str, Any]:
    return _figure(estimate.value, estimate.interval)


def _figure(value: float, interval: tuple[float, float]) -> dict[str, Any]:
    return {"value": round(value, DIGITS), "interval": [round(end, DIGITS) for end in interval]}


# ------------------------------------------------------------------------------------------- for people

_HEADER = ("SENSITIVE: ESCALATED", "OR TRIAGE", "RIGHT TOPIC", "NONE: ESCALATED", "TRIAGE")


def _told(found: Evaluation, others: dict[float, Operating], policy: Policy) -> Iterator[str]:
    yield f"{found.texts} texts; in brackets, where the true figure lies in 95 of 100 cases"
    yield f"macro F1 {_with_interval(found.macro_f1)}"
    yield ""
    rows = [
        (
            label,
            str(one.texts),
            _with_interval(one.precision),
            _with_interval(one.recall) if one.texts else "-",
            _with_interval(one.f1) if one.texts else "-",
        )
        for label, one in found.labels.items()
    ]
    yield from columns([("LABEL", "TEXTS", "PRECISION", "RECALL", "F1")], rows)
    yield ""
    yield from _confusion(found)
    yield ""
    now = f"from {policy.recognition.escalate_from:.2f}, {policy.recognition.triage_from:.2f} (this policy file)"
    points = [(now, found.operating), *((f"from {threshold:.2f}", one) for threshold, one in others.items())]
    yield from columns([("THRESHOLDS", *_HEADER)], [(name, *_points(one)) for name, one in points])
    yield ""
    groups = [
        (name, str(found.accuracy[name].whole), f"{found.accuracy[name].value:.0%}", *_points(one))
        for name, one in found.groups.items()
    ]
    yield from columns([("GROUP", "TEXTS", "LABEL RIGHT", *_HEADER)], groups)


def _confusion(found: Evaluation) -> Iterator[str]:
    labels = list(found.labels)
    rows = [(true, *(str(found.confusion.get((true, one), "") or ".") for one in labels)) for true in labels]
    yield from columns([("LABEL / ANSWERED", *(_short(label) for label in labels))], rows)


def _short(label: str) -> str:
    return "-".join(part[:4] for part in label.split("-"))


def _points(one: Operating) -> Iterator[str]:
    for share in (one.escalated, one.found, one.right, one.false_alarms, one.needless_triage):
        yield _with_interval(share) if share.whole else "-"


def _with_interval(figure: Share | Estimate) -> str:
    low, high = figure.interval
    return f"{100 * figure.value:.1f} ({100 * low:.0f}-{100 * high:.0f})"
