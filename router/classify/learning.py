"""Train a model: the only place that knows scikit-learn, which `serve` never imports.

A logistic regression per label learns from the features of the texts, as `router/classify/model.py` will reckon them:
a text is the sum of its units, over its length. Its steps and their order are fixed, so equal texts give equal bytes.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import chain
from math import log

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from router.classify.features import MARKS, Fields, features, fields, sentences
from router.classify.model import FORMAT, LEAST_SQUARE, Description, Model, checksum
from router.classify.phrases import Phrases
from router.classify.reading import read
from router.classify.texts import NONE, Text
from router.core.topics import TopicId

# A feature that one text alone has says nothing of the next.
_FEWEST_TEXTS = 2
# How much each text may bend the weights: less is smoother.
_C = 5.0
# How exactly they are found, by the one method of these that does not hang on how a processor adds up many numbers.
_TOLERANCE = 1e-3
# How many of all signals are taken to be sensitive: far fewer than of the check set, which is there for the hard ones.
_SENSITIVE = 0.1
_LARGEST = 32767
_DIGITS = 4
_Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Seen:
    """A text as a model sees it."""

    fields: Fields
    signs: tuple[float, ...]
    label: str


def train(texts: Sequence[Text], check: Sequence[Text]) -> bytes:
    """Return the file of a model that learnt from the texts, its probabilities calibrated on the check set."""
    phrases = Phrases([TopicId(label) for label in _labels(texts)[1:]])
    return learn([see(text, phrases) for text in texts], [see(text, phrases) for text in check], digest(texts))


def learn(seen: Sequence[Seen], check: Sequence[Seen], name: str) -> bytes:
    """Do the same with texts as they are seen; the name is kept as what they were."""
    labels = _labels(seen)
    rarity = _rarity(seen)
    numbers = sorted(rarity)
    columns = {number: column for column, number in enumerate(numbers)}
    signs = csr_matrix(np.array([one.signs for one in seen]))
    learner = OneVsRestClassifier(
        LogisticRegression(C=_C, solver="liblinear", dual=True, tol=_TOLERANCE, max_iter=1000, random_state=0)
    )
    learner.fit(hstack([_matrix(seen, columns, rarity), signs]).tocsr(), [labels.index(one.label) for one in seen])
    weights: _Numbers = np.vstack([one.coef_[0] for one in learner.estimators_])
    rarities = np.array([rarity[number] for number in numbers])
    scales, rows = _stored(np.vstack([rarities**2, weights[:, : len(numbers)] * rarities]).T)
    stored = np.array(numbers, dtype="<u4").tobytes() + rows
    description = Description(
        format=FORMAT,
        labels=labels,
        features=len(numbers),
        scales=scales,
        phrases=_rounded(weights[:, len(numbers) :].T),
        biases=_rounded([[one.intercept_[0] for one in learner.estimators_]])[0],
        temperature=1.0,
        caution=0.0,
        texts=name,
        checksum="",
    )
    calibrated = _calibrated(Model(description, stored), check)
    whole = msgspec.structs.replace(calibrated, checksum=checksum(calibrated, stored))
    return msgspec.json.encode(whole) + b"\n" + stored


def _labels(labelled: Iterable[Text | Seen]) -> tuple[str, ...]:
    return (NONE, *sorted({one.label for one in labelled} - {NONE}))


def digest(texts: Iterable[Text]) -> str:
    """A number that changes with any text or label."""
    whole = sha256()
    for text in texts:
        whole.update(json.dumps([text.label, text.kind, text.title, text.body]).encode())
    return whole.hexdigest()


def see(text: Text, phrases: Phrases) -> Seen:
    """See a text as the running router does."""
    passages = read(text.title or "", text.body or "")
    return Seen(
        fields(sentences(passages), text.kind), phrases.of(passages, text.title or "", text.kind).signs, text.label
    )


def _rarity(seen: Sequence[Seen]) -> Mapping[int, float]:
    """How rare each feature is, of those that several texts have: the logarithm of one in how many."""
    texts_with = Counter(number for one in seen for number in set(_features(one.fields)))
    return {
        number: log((1 + len(seen)) / (1 + count)) + 1 for number, count in texts_with.items() if count >= _FEWEST_TEXTS
    }


def _features(fields: Fields) -> Iterator[int]:
    for mark, field in zip(MARKS, fields, strict=True):
        for unit in chain.from_iterable(field.values()):
            yield from features(unit, mark)


def _matrix(seen: Sequence[Seen], columns: Mapping[int, int], rarity: Mapping[int, float]) -> csr_matrix:
    @cache
    def values_of(unit: str, mark: str) -> dict[int, float]:
        return {number: rarity[number] for number in features(unit, mark) if number in rarity}

    ends, where = [0], list[int]()
    values = list[float]()
    for one in seen:
        row = _row(one.fields, values_of)
        where += [columns[number] for number in row]
        values += row.values()
        ends.append(len(where))
    return csr_matrix((values, where, ends), shape=(len(seen), len(columns)))


def _row(fields: Fields, values_of: Callable[[str, str], Mapping[int, float]]) -> dict[int, float]:
    """Add up the units of each field, over its length."""
    row: dict[int, float] = {}
    for mark, field in zip(MARKS, fields, strict=True):
        weighed = [(weight, values_of(unit, mark)) for weight, units in field.items() for unit in units]
        square = sum((weight * value) ** 2 for weight, values in weighed for value in values.values())
        length = max(square, LEAST_SQUARE) ** 0.5
        for weight, values in weighed:
            for number, value in values.items():
                row[number] = row.get(number, 0.0) + weight * value / length
    return row


def _stored(columns: _Numbers) -> tuple[tuple[float, ...], bytes]:
    """Store each column in 16 bits; return what to multiply it with, and the rows."""
    scales = np.maximum(np.abs(columns).max(axis=0), 1e-9) / _LARGEST
    return tuple(map(float, scales)), np.rint(columns / scales).astype("<i2").tobytes()


def _rounded(rows: Iterable[Iterable[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(round(float(value), _DIGITS) for value in row) for row in rows)


def _calibrated(model: Model, check: Sequence[Seen]) -> Description:
    """Choose temperature and caution so that the check set's labels are as likely as can be.

    Then let caution make up for how many more of its texts are sensitive than of all signals (by Bayes' rule).
    """
    scores = np.array([model.weigh(one.fields, one.signs).scores for one in check], np.float64)
    right = np.array([model.labels.index(one.label) for one in check])

    def surprise(choice: _Numbers) -> float:
        calibrated = scores / np.exp(choice[0])
        calibrated[:, 0] += choice[1]
        calibrated -= calibrated.max(axis=1, keepdims=True)
        chosen = calibrated[np.arange(len(right)), right]
        return float(np.mean(np.log(np.exp(calibrated).sum(axis=1)) - chosen))

    temperature, caution = minimize(surprise, [0.0, 0.0], method="Nelder-Mead").x
    harmless = float(np.mean(right == 0))
    caution += log((1 - _SENSITIVE) / _SENSITIVE) - log(harmless / (1 - harmless))
    return msgspec.structs.replace(
        model.description,
        temperature=round(float(np.exp(temperature)), _DIGITS),
        caution=round(float(caution), _DIGITS),
    )
