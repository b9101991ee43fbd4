"""Every declared value survives the way to JSON and back."""

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from storage.builders import NOW, a_case, an_entry

from router.core.cases import Case, Entry
from router.core.effects import Effect
from router.core.errors import BadInput, StoreUnavailable
from router.core.kinds import kinds
from router.core.units import Key, PendingEffect, PostRef
from router.storage import codec

PLAIN = {
    str: st.text(max_size=8),
    int: st.integers(-(2**53), 2**53),
    bool: st.booleans(),
    float: st.floats(0, 1),
    datetime: st.datetimes(timezones=st.just(UTC)),
    NoneType: st.none(),
}


@cache
def values(wanted: Any) -> st.SearchStrategy:
    """Make values of a declared type, by its annotations: a new field is tested without an edit here."""
    if wanted in PLAIN:
        return PLAIN[wanted]
    if isinstance(wanted, NewType):
        return values(wanted.__supertype__)
    if get_origin(wanted) in (Union, UnionType):
        return st.one_of([values(one) for one in get_args(wanted)])
    if get_origin(wanted) is tuple:
        return st.lists(values(get_args(wanted)[0]), max_size=2).map(tuple)
    if get_origin(wanted) is dict:
        return st.dictionaries(*(values(one) for one in get_args(wanted)), max_size=2)
    if issubclass(wanted, Enum):
        return st.sampled_from(wanted)
    assert is_dataclass(wanted)
    hints = get_type_hints(wanted)
    return st.builds(wanted, **{one.name: values(hints[one.name]) for one in fields(wanted)})


def cases() -> st.SearchStrategy:
    hints = get_type_hints(Case)
    plain = {one: values(hint) for one, hint in hints.items() if not isinstance(hint, TypeVar) and one != "kind"}
    return st.one_of(
        [st.builds(Case, kind=st.just(kind), matter=values(of.MATTER), **plain) for kind, of in kinds().items()]
    )


def through_json(doc: dict) -> dict:
    return json.loads(json.dumps(doc))


@given(cases())
def test_every_case_of_every_kind_survives(case):
    assert codec.decode_case(through_json(codec.encode_case(case))) == case


@given(values(Effect))
def test_every_effect_survives(effect):
    restored = codec.decode_effect(through_json(codec.encode_effect(effect)))
    assert (type(restored), restored) == (type(effect), effect)


@given(values(PendingEffect))
def test_every_effect_in_the_outbox_survives(pending):
    assert codec.decode_pending(through_json(codec.encode_pending(pending))) == pending


@pytest.mark.parametrize("wanted", [Entry, Key, PostRef])
@given(data=st.data())
def test_every_entry_key_and_root_survives(wanted, data):
    value = data.draw(values(wanted))
    assert codec.decode(through_json(codec.encode(value)), wanted) == value


def test_every_document_tells_its_version():
    assert codec.encode_case(a_case())["v"] == codec.encode(an_entry())["v"] == 1


@pytest.mark.parametrize("version", [None, 0, 2, "1"])
def test_an_unknown_version_is_refused_by_name(version):
    with pytest.raises(StoreUnavailable, match=f"version {version!r}.*reads version 1"):
        codec.decode_case({**codec.encode_case(a_case()), "v": version})


def test_an_unknown_kind_of_case_is_refused_with_the_known_ones():
    with pytest.raises(StoreUnavailable, match=r"'riddle'.*escalation"):
        codec.decode_case({**codec.encode_case(a_case()), "kind": "riddle"})


def test_an_unknown_kind_of_effect_is_refused_with_the_known_ones():
    with pytest.raises(StoreUnavailable, match=r"'Fax'.*RootPost"):
        codec.decode_effect({"kind": "Fax", "v": 1})


def test_a_document_of_another_shape_is_refused_with_the_place():
    doc = codec.encode_case(a_case())
    doc["terms"]["approved"] = "ada"
    with pytest.raises(StoreUnavailable, match=r"\$\.terms\.approved"):
        codec.decode_case(doc)


def test_half_a_surrogate_pair_is_bad_input():
    with pytest.raises(BadInput, match="surrogate"):
        codec.check_storable(Key("\ud83d", NOW))
