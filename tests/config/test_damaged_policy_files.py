"""Whatever is done to the shipped file, reading it gives a policy or names what is wrong; nothing else."""

import json
import tomllib
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from router.config import read_policy
from router.core.errors import PolicyFaulty
from router.core.policy import Policy

SHIPPED = (Path(__file__).parents[2] / "responders.toml").read_text(encoding="utf-8")
LINES = SHIPPED.splitlines()
ODD = [7, -1, 0, 2.5, True, "", "x", "none", "CEO", [], [[]], ["CEO", 3], {}, {"do": 1}, [{}], date(2026, 1, 1)]


def written(value):
    """Write a value as TOML, tables inline."""
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)} = {written(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(written, value)) + "]"
        case date():
            return value.isoformat()
        case _:
            return json.dumps(value)


def places(value, place=()):
    """Every key and element within a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in list(pairs):
        yield (*place, key)
        yield from places(each, (*place, key))


PLACES = sorted(places(tomllib.loads(SHIPPED)), key=str)


def outcome(text):
    """Read a text; faults must be whole and in order."""
    try:
        policy, _ = read_policy(text, "responders.toml")
    except PolicyFaulty as faulty:
        return whole(faulty, text)
    return policy


def whole(faulty, text):
    lines = [fault.line for fault in faulty.faults]
    assert lines == sorted(lines)
    assert all(0 <= line <= max(1, len(text.splitlines())) for line in lines)
    assert all(fault.path and fault.problem and fault.remedy for fault in faulty.faults)
    return faulty


def at(content, place):
    """The table or list that holds a place; None if an earlier damage has removed it."""
    for key in place[:-1]:
        if not isinstance(content, (dict, list)):
            return None
        try:
            content = content[key]
        except (KeyError, IndexError, TypeError):
            return None
    return content


def damage(content, place, how, odd):
    holder, key = at(content, place), place[-1]
    known = (isinstance(holder, dict) and key in holder) or (
        isinstance(holder, list) and isinstance(key, int) and key < len(holder)
    )
    if not known:
        return
    if how == "drop":
        del holder[key]
    elif how == "retype":
        holder[key] = odd
    elif isinstance(holder, list):
        holder.append(holder[key])
    else:
        holder[f"{key}s"] = holder[key]


@settings(deadline=None)  # a bad time zone has the whole tz database listed
@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.sampled_from(["drop", "retype", "double"]), st.sampled_from(ODD)),
        min_size=1,
        max_size=4,
    )
)
def test_damaged_values_give_a_policy_or_faults(damages):
    content = tomllib.loads(SHIPPED)
    for place, how, odd in damages:
        damage(content, place, how, json.loads(json.dumps(odd)) if not isinstance(odd, date) else odd)
    text = "\n".join(f"{json.dumps(key)} = {written(value)}" for key, value in content.items())
    assert isinstance(outcome(text), (Policy, PolicyFaulty))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["drop", "double", "cut", "swap"]), st.integers(0, len(LINES) - 1)), max_size=4)
)
def test_damaged_lines_give_a_policy_or_faults(damages):
    lines = list(LINES)
    for how, number in damages:
        line = lines[number]
        lines[number] = {
            "drop": "",
            "double": f"{line}\n{line}",
            "cut": line[: len(line) // 2],
            "swap": line.replace('"', "'", 1).replace("[", "{", 1),
        }[how]
    assert isinstance(outcome("\n".join(lines)), (Policy, PolicyFaulty))


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_gives_faults(text):
    assert isinstance(outcome(text), PolicyFaulty)


def test_the_undamaged_file_survives_being_written_inline():
    content = tomllib.loads(SHIPPED)
    text = "\n".join(f"{json.dumps(key)} = {written(value)}" for key, value in content.items())
    assert outcome(text) == outcome(SHIPPED)
