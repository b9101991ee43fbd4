"""A trained model: how much each feature of a text speaks for each label, and how sure that makes one.

A model is one file: a line of JSON that describes it, then the numbers of its features in ascending order (32 bits
each) and, for each, the square of its rarity and its weight for each label (16 bits each), all little-endian. Nothing
in it is ever run, and a file whose checksum is wrong is refused.
"""

from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate, chain
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from router.classify.features import Fields, features
from router.core.errors import BadInput

FORMAT = 1
SHIPPED = Path(__file__).parent / "shipped.model"
_LARGEST = 64 * 2**20
# Units of texts are remembered with what the model makes of them; when there are this many, all are forgotten.
_MOST_KNOWN = 65_536
# The square of the least length of a field: what says less, such as one word again and again, decides nothing.
LEAST_SQUARE = 200.0
_NUMBER, _WEIGHT = np.dtype("<u4"), np.dtype("<i2")

Array = NDArray[np.float32]


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the first line says.

    `scales` turns the stored numbers into the square of a feature's rarity and its weights; `phrases` has the weights
    of each sign that phrases give. With `biases`, `temperature` and `caution`, which is added to the first label,
    scores become probabilities. `texts` is the digest of what it was trained on, `checksum` that of all the rest.
    """

    labels: tuple[str, ...]
    features: int
    scales: tuple[float, ...]
    phrases: tuple[tuple[float, ...], ...]
    biases: tuple[float, ...]
    temperature: float
    caution: float
    texts: str
    checksum: str
    format: int = FORMAT


class Weighed(NamedTuple):
    """A text as a model sees it: how much speaks for each label, and by which units.

    `rows` has a line per unit, field by field: the square of its length, then its weights by label. `shares` is how
    much of its line each unit adds to the text.
    """

    scores: Array
    fields: Fields
    rows: Array
    shares: Array

    def contributions(self, towards: int, other: int) -> list[list[float]]:
        """How much each unit of each field spoke for one label rather than another, by their places."""
        spoke = (self.shares * (self.rows[:, 1 + towards] - self.rows[:, 1 + other])).tolist()
        ends = accumulate(map(len, self.fields))
        return [spoke[end - len(field) : end] for field, end in zip(self.fields, ends, strict=True)]

    def rarities(self) -> dict[str, float]:
        """How rare each word and pair is in what the model learnt from: the logarithm of one in how many texts."""
        words, pairs, *_ = self.fields
        return dict(zip([*words, *pairs], np.sqrt(self.rows[:, 0]).tolist(), strict=False))


class _Known(NamedTuple):
    """Where the row of each unit is among the rows."""

    places: dict[str, int]
    rows: Array


class Model:
    """Weighs texts; safe to use from many threads."""

    def __init__(self, description: Description, stored: bytes) -> None:
        """Make a model of its description and of what follows it in the file."""
        self.description = description
        self.labels = description.labels
        self._numbers = np.frombuffer(stored, _NUMBER, description.features)
        weights = np.frombuffer(stored, _WEIGHT, offset=self._numbers.nbytes)
        self._weights = weights.reshape(description.features, 1 + len(self.labels))
        self._scales = np.array(description.scales, np.float32)
        self._biases = np.array(description.biases, np.float32)
        self._signs = np.array(description.phrases, np.float32)
        self._known = self._nothing_known()
        self._learning = Lock()

    @property
    def version(self) -> str:
        """A short name of just this model."""
        return self.description.checksum[:12]

    def weigh(self, fields: Fields, signs: Sequence[float]) -> Weighed:
        """Add up what speaks for each label; `signs` are what phrases say of the text."""
        scores = self._biases + np.array(signs, np.float32) @ self._signs
        units = [unit for field in fields for unit in field]
        if not units:
            nothing = np.zeros((0, 1 + len(self.labels)), np.float32)
            return Weighed(scores, fields, nothing, nothing[:, 0])
        rows = self._rows(units)
        loudness = np.array([weight for field in fields for weight in field.values()], np.float32)
        lengths = [len(field) for field in fields if field]
        squares = np.add.reduceat(rows[:, 0] * loudness * loudness, np.cumsum([0, *lengths[:-1]]))
        shares = loudness / np.repeat(np.sqrt(np.maximum(squares, LEAST_SQUARE)), lengths)
        return Weighed(scores + shares @ rows[:, 1:], fields, rows, shares)

    def probabilities(self, scores: Array) -> list[float]:
        """How likely each label is."""
        calibrated = scores / self.description.temperature
        calibrated[0] += self.description.caution
        powers = np.exp(calibrated - calibrated.max())
        found: list[float] = (powers / powers.sum()).tolist()
        return found

    def _rows(self, units: Sequence[str]) -> Array:
        if len(units) > _MOST_KNOWN // 2:
            return self._reckoned(units)
        places, rows = self._known
        try:
            return rows[list(map(places.__getitem__, units))]
        except KeyError:
            with self._learning:
                places, rows = self._known = self._learnt(units)
            return rows[list(map(places.__getitem__, units))]

    def _learnt(self, units: Sequence[str]) -> _Known:
        """Remember these units, too; what is known already stays where it is, as others may be reading it."""
        known = self._known
        fresh = [unit for unit in units if unit not in known.places]
        if len(known.places) + len(fresh) > _MOST_KNOWN:
            known, fresh = self._nothing_known(), list(units)
        if fresh:  # else another thread was faster
            start = len(known.places)
            known.rows[start : start + len(fresh)] = self._reckoned(fresh)
            known.places.update(zip(fresh, range(start, start + len(fresh)), strict=True))
        return known

    def _nothing_known(self) -> _Known:
        return _Known({}, np.empty((_MOST_KNOWN, 1 + len(self.labels)), np.float32))

    def _reckoned(self, units: Sequence[str]) -> Array:
        """Add up the features of each unit; those that the model does not have add nothing."""
        numbers = list(map(features, units))
        flat = np.fromiter(chain.from_iterable(numbers), np.uint32)
        places = np.searchsorted(self._numbers, flat)
        places[places == len(self._numbers)] = 0
        found = np.where(self._numbers[places] == flat, 1, 0)[:, np.newaxis]
        weights = self._weights[places] * found
        starts = np.cumsum([0, *map(len, numbers[:-1])])
        return (np.add.reduceat(weights, starts) * self._scales).astype(np.float32)


def checksum(description: Description, stored: bytes) -> str:
    """Give the digest of the numbers and of all else that the description says."""
    said = msgspec.json.encode(msgspec.structs.replace(description, checksum=""))
    return sha256(said + stored).hexdigest()


def load(path: Path) -> Model:
    """Read a model's file. Raises BadInput for what is none, is damaged, or was made for another version."""
    try:
        with path.open("rb") as file:
            first, _, stored = file.read(_LARGEST).partition(b"\n")
    except OSError as error:
        raise BadInput(str(path), f"can't be read: {error.strerror}") from error
    try:
        description = msgspec.json.decode(first, type=Description)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(str(path), f"is no model: {error}") from error
    if description.format != FORMAT:
        raise BadInput(
            str(path), f"is a model of format {description.format}, and this router reads {FORMAT}: train it anew"
        )
    width = _NUMBER.itemsize + _WEIGHT.itemsize * (1 + len(description.labels))
    if len(stored) != description.features * width or checksum(description, stored) != description.checksum:
        raise BadInput(str(path), "is damaged: its checksum is wrong")
    return Model(description, stored)
