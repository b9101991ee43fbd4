"""Each benchmark in its smallest form gives sensible figures; none of them is held to a time here."""

import json
import math
import sys

import pytest

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.figures import Figure, percentile, spread, table
from benchmarks.load import Load
from benchmarks.sizes import SMALLEST


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_gives_sensible_figures(name):
    figures = BENCHMARKS[name].measure(SMALLEST)

    assert any(one.target is not None for one in figures)
    for one in figures:
        assert math.isfinite(one.value)
        assert one.value > 0
        assert one.low is None or one.low <= one.value <= one.high


def test_the_command_prints_json(monkeypatch, capsys, tmp_path):
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"title": "License question", "body": null}\n["none", "Crash", "It crashes."]\n')
    monkeypatch.setattr(sys, "argv", ["benchmarks", "classification", "--quick", "--json", "--texts", str(texts)])

    main()

    first = json.loads(capsys.readouterr().out)["classification"][0]
    assert "2 texts" in first["what"]
    assert first["ratio"] == first["value"] / first["target"]


def test_an_unknown_name_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks", "nonsense"])

    with pytest.raises(SystemExit):
        main()

    assert "there is no nonsense" in capsys.readouterr().err


def test_a_target_is_met_from_its_own_side():
    fast = spread("rate", [150, 200, 160], "/s", target=150, at_least=True)
    slow = spread("time", [150, 200, 160], "ms", target=150)

    assert (fast.value, fast.low, fast.high) == (160, 150, 200)
    assert (fast.met, slow.met) == (True, False)


def test_a_table_shows_every_figure():
    shown = table("Speed", [Figure("a rate", 160.4, "/s", target=150, at_least=True), Figure("a time", 0.0123, "s")])

    assert "a rate  160 /s" in shown
    assert "0.0123 s" in shown


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_one_of_the_values(share, expected):
    assert percentile(range(1, 101), share) == expected


def test_a_load_that_was_answered_otherwise_is_refused():
    load = Load()
    load.results.update({"escalated": 3, "HTTP/1.1 503 Service Unavailable": 1})

    with pytest.raises(RuntimeError, match="503"):
        load.expect("escalated")
