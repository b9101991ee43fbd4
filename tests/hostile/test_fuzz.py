"""Bodies that are nearly right: keys dropped, values of other types, doubled, a thousand times as long.

`make fuzz` runs it longer.
"""

import json
import os
from copy import deepcopy
from typing import Any

from hostile.senders import Desk, Recording, recordings
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from router.core.errors import BadInput
from router.service.receiving import Result

RECORDINGS = recordings()
LARGEST = 4_000_000  # characters of a place that is resized: more than most sources may send
EXAMPLES = int(os.environ.get("ROUTER_FUZZ_EXAMPLES", "300"))
OTHERS = (
    None,
    True,
    -1,
    2**63,
    0.5,
    "",
    "text",
    [],
    {},
    [[]],
    "\u202e@all `x` \U0001f642",
    "https://[oops",
    "a" * 5000,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document, as what holds it and its key."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [place for key in keys for place in ((value, key), *places(value[key]))]


@st.composite
def bodies(draw: st.DrawFn) -> tuple[Recording, bytes]:
    """One recording, damaged in up to five places."""
    recording = draw(st.sampled_from(RECORDINGS))
    document = recording.document
    for _ in range(draw(st.integers(1, 5))):
        known = places(document)
        if not known:
            break
        holder, key = known[draw(st.integers(0, len(known) - 1))]
        damage(draw, holder, key)
    return recording, json.dumps(document).encode()


def damage(draw: st.DrawFn, holder: Any, key: Any) -> None:
    match draw(st.sampled_from(["drop", "retype", "double", "resize"])):
        case "drop":
            del holder[key]
        case "retype":
            holder[key] = deepcopy(draw(st.sampled_from(OTHERS) | st.text(max_size=20) | st.integers()))
        case "double":
            holder[key] = [holder[key], holder[key]]
        case "resize" if isinstance(holder[key], str | list):
            times = draw(st.sampled_from([0, 2, 1000]))
            if times * len(json.dumps(holder[key])) <= LARGEST:
                holder[key] = holder[key] * times


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=bodies())
def test_a_body_that_is_nearly_right_is_understood_or_refused(desk: Desk, sent: tuple[Recording, bytes]) -> None:
    recording, body = sent
    try:
        answer = desk.send_signed(recording, body)
    except BadInput:  # it names no event any more, so nobody could have sent it
        reject()
    assert answer.status_code in {200, 400, 413}, answer.text
    if answer.status_code == 200 and "result" in answer.json:
        assert answer.json["result"] in set(Result)
    elif answer.status_code != 200:
        assert answer.json["error"]
