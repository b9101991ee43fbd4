"""`escalation-router train`: make a model from the training set, the policy file's examples and people's decisions."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from router.classify import classifier_for
from router.classify.evaluation import Estimate, Evaluation, Share, evaluate
from router.classify.texts import CHECK, NONE, Text, labelled_texts, training_texts
from router.cli.evaluate import judge, with_model
from router.cli.policies import policy_for
from router.cli.report.columns import columns
from router.cli.stores import read_store
from router.config import Settings, read_settings
from router.core.errors import BadInput
from router.core.policy import Policy
from router.service.decisions import decided
from router.storage.files import write_whole

# A local text counts as much as so many of the training set, so that a word that only it has is learnt, too.
LOCAL = 3
# A new model may be worse on the check set by this much of macro F1, which is within its noise.
TOLERATED = 0.005
_NAME = "name it as model (or as shadow, to watch it first) under [classifier] in the policy file, and "
_EXTRA = "training needs scikit-learn: pip install 'escalation-router[train]'"


@click.command()
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; by default the one that the policy file's [classifier] names as its model.",
)
@click.option("--with-decisions", is_flag=True, help="Learn from what people decided, too; the store is only read.")
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Learn the examples of this policy file, and compare with its model.",
)
def train(*, output: Path | None, with_decisions: bool, policy: Path | None) -> None:
    """Train a model, and say whether it is better than the one in use.

    It learns from the texts that are shipped and from the examples of the policy file. Equal texts give equal files, to
    the byte. A model that does worse on the check set than the one in use is refused: nothing is written. The service
    reads its model when it starts.
    """
    settings = read_settings(os.environ)
    chosen = policy_for(settings, policy)
    path = output or (Path(chosen.recognition.model) if chosen.recognition.model else None)
    if path is None:
        raise click.UsageError("name a file with --output, and the same as model under [classifier] in the policy file")
    try:
        from router.classify.learning import train as learn  # noqa: PLC0415 scikit-learn is there for training only
    except ModuleNotFoundError as missing:
        raise click.ClickException(_EXTRA) from missing
    writable(path)
    local = [*_examples(chosen), *(_decisions(settings) if with_decisions else ())]
    texts = [*training_texts(), *(text for text in local for _ in range(LOCAL))]
    click.echo(f"learning from {len(texts) - LOCAL * len(local)} texts that are shipped and {_told(local)}", err=True)
    check = labelled_texts(CHECK)
    before = in_use(chosen, check)
    adopt(learn(texts, check), path, chosen, check, before)
    named = chosen.recognition.model and Path(chosen.recognition.model).resolve() == path.resolve()
    click.echo(f"wrote {path}; {'' if named else _NAME}restart the service to use it")


def writable(path: Path) -> None:
    """See whether a model can be written there, before it is learnt. Raises ClickException."""
    trial = _trial(path)
    try:
        trial.write_bytes(b"")
        trial.unlink()
    except OSError as error:
        raise click.ClickException(f"{path} can't be written: {error.strerror}") from error


def _trial(path: Path) -> Path:
    """Where a model lies until it is known to be good."""
    return path.with_name(f".{path.name}.trial")


def in_use(policy: Policy, check: Sequence[Text]) -> Evaluation | None:
    """Judge the model that the policy goes by.

    One that can't be read, such as that of an older version, is nothing to compare with.
    """
    try:
        return _evaluated(policy, check)
    except BadInput as unreadable:
        click.echo(f"nothing to compare with: {unreadable}", err=True)
        return None


def adopt(model: bytes, path: Path, policy: Policy, check: Sequence[Text], before: Evaluation | None) -> None:
    """Compare a new model with the one in use, and write it unless it does worse."""
    trial = _trial(path)
    try:
        write_whole(trial, model)
        after = _evaluated(with_model(policy, trial), check)
    finally:
        trial.unlink(missing_ok=True)
    before = before or after
    for line in _compared(before, after):
        click.echo(line)
    shown = {label for label, one in before.labels.items() if one.texts}
    if untold := [topic for topic in policy.topics if topic not in shown]:
        click.echo(
            f"the check set has no texts about {', '.join(untold)}: `evaluate` shows how it does on yours", err=True
        )
    if after.macro_f1.value < before.macro_f1.value - TOLERATED:
        raise click.ClickException(f"the new model does worse on the check set: {path} was not written")
    write_whole(path, model)


def _examples(policy: Policy) -> Iterator[Text]:
    """Yield what the policy file shows of its topics."""
    for topic in policy.topics.values():
        for example in topic.examples:
            yield Text(label=topic.id, body=example)


def _decisions(settings: Settings) -> Iterator[Text]:
    """Yield the signals that people decided on, masked."""
    store = read_store(settings.database_url)
    try:
        for one in decided(store):
            yield Text(label=one.label or NONE, title=one.title, body=one.text, kind=one.kind, source=one.source)
    finally:
        store.close()


def _told(local: Sequence[Text]) -> str:
    counts = Counter(text.label for text in local)
    listed = ", ".join(f"{label} {count}" for label, count in sorted(counts.items()))
    return f"{len(local)} of your own" + (f" ({listed})" if listed else "")


def _evaluated(policy: Policy, texts: Sequence[Text]) -> Evaluation:
    classifier = classifier_for(list(policy.topics.values()), policy.recognition)
    return evaluate(judge(classifier, texts))


def _compared(before: Evaluation, after: Evaluation) -> Iterator[str]:
    figures: tuple[tuple[str, Share | Estimate, Share | Estimate], ...] = (
        ("macro F1", before.macro_f1, after.macro_f1),
        ("sensitive, escalated", before.operating.escalated, after.operating.escalated),
        ("sensitive, escalated or triage", before.operating.found, after.operating.found),
        ("none, escalated", before.operating.false_alarms, after.operating.false_alarms),
        ("none, triage", before.operating.needless_triage, after.operating.needless_triage),
        *(
            (f"F1 of {label}", one.f1, after.labels[label].f1)
            for label, one in before.labels.items()
            if one.texts and label in after.labels
        ),
    )
    rows = [(name, f"{100 * old.value:.1f}", f"{100 * new.value:.1f}") for name, old, new in figures]
    yield from columns([(f"CHECK SET, {before.texts} TEXTS", "IN USE", "NEW")], rows)
