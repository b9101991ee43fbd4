"""A trained model: how much each feature of a text speaks for each label, and how sure that makes one.

A model is one file: a line of JSON that describes it, then the numbers of its features in ascending order (32 bits
each) and, for each, the square of its rarity and its weight for each label (16 bits each), all little-endian. Nothing
in it is ever run, and a file whose checksum is wrong is refused.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import chain
from math import exp, sqrt
from operator import mul
from pathlib import Path
from struct import Struct
from typing import NamedTuple

import msgspec
import numpy as np

from router.classify.features import MARKS, Fields, features
from router.core.errors import BadInput

FORMAT = 1
SHIPPED = Path(__file__).parent / "shipped.model"
_LARGEST = 64 * 2**20
# So many units of a field are remembered; when there are more, all are forgotten but those at hand.
_MOST_KNOWN = 16_384
# The square of the least length of a field: what says less, such as one word again and again, decides nothing.
LEAST_SQUARE = 200.0
_NUMBER, _WEIGHT, _LANE = np.dtype("<u4"), np.dtype("<i2"), np.dtype("<i8")
_FIRST = (1 << 64) - 1
# Is added to each weight of a row, so that none of them is below zero; it is much more than a row can have.
_LIFT = 1 << 32


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
    """A text as a model sees it: how much speaks for each label, by which units, and how long each field is."""

    scores: Sequence[float]
    fields: Fields
    lengths: Sequence[float]


class Contributions(NamedTuple):
    """How much each unit spoke, field by field; and how rare it is: the logarithm of one in how many texts.

    Rarities are of the fields that take units as a whole, in the texts that were learnt.
    """

    spoke: Sequence[dict[str, float]]
    rarities: Mapping[str, float]


class Model:
    """Weighs texts; safe to use from many threads.

    What it makes of a unit is its row: the square of its length, then its weights by label, all of them whole numbers
    in one integer, so that rows are added up at once. Rows are remembered; each can be reckoned again, so threads need
    no lock.
    """

    def __init__(self, description: Description, stored: bytes) -> None:
        """Make a model of its description and of what follows it in the file."""
        self.description = description
        self.labels = description.labels
        self._numbers = np.frombuffer(stored, _NUMBER, description.features)
        weights = np.frombuffer(stored, _WEIGHT, offset=self._numbers.nbytes)
        self._weights = weights.reshape(description.features, 1 + len(self.labels))
        self._signs = tuple(zip(*description.phrases, strict=True))
        self._scales = description.scales
        self._row = Struct(f"<{1 + len(self.labels)}Q")
        self._lift = np.array([0, *[_LIFT] * len(self.labels)])
        self._nothing = int.from_bytes(self._row.pack(*self._lift), "little")
        self._known: list[dict[str, int]] = [{} for _ in MARKS]

    @property
    def version(self) -> str:
        """A short name of just this model."""
        return self.description.checksum[:12]

    def weigh(self, fields: Fields, signs: Sequence[float]) -> Weighed:
        """Add up what speaks for each label; `signs` are what phrases say of the text."""
        whole = [0.0] * len(self.labels)
        lengths = []
        for place, field in enumerate(fields):
            added = square = lift = 0
            for weight, units in field.items():
                quarters = round(4 * weight)
                part = self._added(place, units)
                added += quarters * part
                square += quarters * quarters * (part & _FIRST)
                lift += quarters * len(units) * _LIFT
            length = sqrt(max(square / 16 * self._scales[0], LEAST_SQUARE))
            _, *numbers = self._row.unpack(added.to_bytes(self._row.size, "little"))
            whole = [one + (number - lift) / (4 * length) for one, number in zip(whole, numbers, strict=True)]
            lengths.append(length)
        said = [sum(map(mul, signs, of)) for of in self._signs]
        spoke = map(mul, whole, self._scales[1:])
        return Weighed(list(map(sum, zip(self.description.biases, said, spoke, strict=True))), fields, lengths)

    def contributions(self, weighed: Weighed, towards: int, other: int) -> Contributions:
        """How much each unit of a text spoke for one label rather than another, by their places."""
        rows: list[bytes] = []
        shares: list[float] = []
        for place, (field, length) in enumerate(zip(weighed.fields, weighed.lengths, strict=True)):
            for weight, units in field.items():
                known = self._rows(place, units)
                rows += [known[unit].to_bytes(self._row.size, "little") for unit in units]
                shares += [weight / length] * len(units)
        columns = [0, 1 + towards, 1 + other]
        numbers = np.frombuffer(b"".join(rows), _LANE).reshape(-1, len(self._lift))[:, columns]
        squares, towards_it, away = ((numbers - self._lift[columns]) * np.array(self._scales)[columns]).T
        spoke, rarities = iter(((towards_it - away) * shares).tolist()), iter(np.sqrt(squares).tolist())
        fields = [list(chain.from_iterable(field.values())) for field in weighed.fields]
        by_field = [dict(zip(field, spoke, strict=False)) for field in fields]
        return Contributions(by_field, dict(zip([*fields[0], *fields[1]], rarities, strict=False)))

    def probabilities(self, scores: Sequence[float]) -> list[float]:
        """How likely each label is."""
        first, *others = (score / self.description.temperature for score in scores)
        calibrated = [first + self.description.caution, *others]
        most = max(calibrated)
        powers = [exp(one - most) for one in calibrated]
        whole = sum(powers)
        return [power / whole for power in powers]

    def _added(self, place: int, units: Collection[str]) -> int:
        """Add up the rows of units of a field."""
        try:
            return sum(map(self._known[place].__getitem__, units))
        except KeyError:
            return sum(map(self._rows(place, units).__getitem__, units))

    def _rows(self, place: int, units: Collection[str]) -> Mapping[str, int]:
        """Give the rows of these units, at least; those that are new are remembered unless they are very many."""
        known = self._known[place]
        if not (fresh := [unit for unit in units if unit not in known]):
            return known
        found = dict(zip(fresh, self._reckoned(place, fresh), strict=True))
        if len(known) + len(fresh) <= _MOST_KNOWN:
            known.update(found)
            return known
        found |= {unit: known[unit] for unit in units if unit in known}
        if len(found) <= _MOST_KNOWN // 2:
            self._known[place] = found
        return found

    def _reckoned(self, place: int, units: Sequence[str]) -> Iterator[int]:
        """Add up the features of each unit; those that the model does not have add nothing."""
        numbers = [features(unit, MARKS[place]) for unit in units]
        flat = np.fromiter(chain.from_iterable(numbers), np.uint32)
        places = np.searchsorted(self._numbers, flat)
        places[places == len(self._numbers)] = 0
        found = np.where(self._numbers[places] == flat, 1, 0)[:, np.newaxis]
        starts = np.cumsum([0, *map(len, numbers[:-1])])
        rows = (np.add.reduceat(self._weights[places] * found, starts) + self._lift).astype(_LANE)
        for row in rows:
            number = int.from_bytes(row.tobytes(), "little")
            yield self._nothing if number == self._nothing else number


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
