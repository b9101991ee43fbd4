"""Every variant trains and is judged, whatever it leaves out."""

import json

from benchmarks.ablation import VARIANTS, as_json, measure, table
from router.classify.texts import Text

EXAMPLES = (
    ("none", "The build fails", "A test of the importer fails on the second run", "issue", False),
    ("none", "Add a licence header", "The linter wants a header in each file", "pull_request", True),
    ("licensing", "May I sell it?", "Does the licence allow me to sell copies", "issue", False),
    ("packaging", "Make SSO free", "Please move single sign-on to the free edition", "post", False),
)
TEXTS = [
    Text(label=label, title=title, body=f"{body} {count}", kind=kind, lang="en", hard=hard)
    for label, title, body, kind, hard in EXAMPLES
    for count in range(8)
]


def test_every_variant_is_trained_and_judged():
    results = list(measure(TEXTS, TEXTS, TEXTS))

    assert [one.name for one in results] == [one.name for one in VARIANTS]
    assert all(0 <= one.caught <= 1 for one in results)
    assert results[0].texts == len(TEXTS)
    assert {one.texts for one in results[1:]} > {len(TEXTS), len(TEXTS) // 2, len(TEXTS) // 4}


def test_results_stand_beside_the_whole():
    results = list(measure(TEXTS, TEXTS, TEXTS))[:2]

    lines = list(table(results))
    shown = json.loads(as_json(results))

    assert "whole" in lines[1]
    assert shown[0]["ratio"] == 1
    assert shown[1]["ratio"] == shown[1]["macro_f1"] / shown[0]["macro_f1"]
