"""`train` as an operator meets it, on the whole training set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from world import POLICY_FILE

from router.classify.model import SHIPPED, load


def test_the_shipped_model_is_what_training_makes_but_for_the_last_digits_of_another_processor(tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("ROUTER_", "MATTERMOST_"))}
    path = tmp_path / "own.model"
    process = subprocess.run(
        [sys.executable, "-m", "router.cli", "train", "--output", path, "--policy", POLICY_FILE],
        cwd=tmp_path,
        env=bare,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert (process.returncode, process.stderr[:14]) == (0, "learning from ")
    assert process.stdout.startswith("CHECK SET, ")
    assert f"wrote {path}; name it as model " in process.stdout
    assert process.stdout.endswith(", and restart the service to use it\n")
    made, shipped = load(path).description, load(SHIPPED).description
    assert (made.texts, made.labels, made.features) == (shipped.texts, shipped.labels, shipped.features)
    assert made.biases == pytest.approx(shipped.biases, abs=0.01)
    assert made.scales == pytest.approx(shipped.scales, rel=0.01)
    assert (made.temperature, made.caution) == pytest.approx((shipped.temperature, shipped.caution), abs=0.01)
