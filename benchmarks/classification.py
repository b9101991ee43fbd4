"""Classification: how long one signal takes, how long until the first can be judged, and how much memory it takes."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.bodies import ORDINARY
from benchmarks.figures import Figure, percentile, spread
from benchmarks.sizes import Size, tell
from router.classify import classifier_for
from router.config import examine_policy_file
from router.resources import data_folder

TITLE = "Classification, one core"
MEDIAN = 300.0
READY = 0.5
MEMORY = 60.0
Text = tuple[str, str]
# What a router has without a classifier.
_BEFORE = """
import json, sys, time
from pathlib import Path
from router.config import examine_policy_file
from router.resources import data_folder
policy, _ = examine_policy_file(data_folder() / "responders.toml").accepted()
def memory():
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) * 1024 / 1e6
"""
_READY = f"""{_BEFORE}
start = time.perf_counter()
from router.classify import classifier_for
classifier_for(list(policy.topics.values()), policy.recognition).classify("Hello", "Is this on?")
print(time.perf_counter() - start)
"""
_MEMORY = f"""{_BEFORE}
texts = json.load(sys.stdin)
before = memory()
from router.classify import classifier_for
classifier = classifier_for(list(policy.topics.values()), policy.recognition)
for title, body in texts:
    classifier.classify(title, body, source="github", kind="issue")
print(memory() - before)
"""


def measure(size: Size) -> Sequence[Figure]:
    """Judge all texts several times over, and texts as long as those of issues."""
    policy, _ = examine_policy_file(data_folder() / "responders.toml").accepted()
    classifier = classifier_for(list(policy.topics.values()), policy.recognition)
    texts = read_texts(size.texts)
    tell(f"  {len(texts)} texts of {size.texts.name}, {size.passes} times")
    given = _figures(f"{len(texts)} texts of {size.texts.name}", classifier.classify, texts, size.passes, target=MEDIAN)
    longer = [(title, f"{body}\n\n" * 3) for title, body in ORDINARY]
    issues = _figures(f"issues of {_length(longer)} characters", classifier.classify, longer, size.passes * 10)
    tell("  a model made anew in a process of its own")
    ready = [_alone(_READY) for _ in range(size.starts)]
    memory = [_alone(_MEMORY, texts) for _ in range(size.starts)]
    return [
        *given,
        *issues,
        spread("model ready in (imports, model, first verdict)", ready, "s", target=READY),
        spread("memory it adds (imports, model, what it remembers of these texts)", memory, "MB", target=MEMORY),
    ]


def read_texts(path: Path) -> list[Text]:
    """Read JSON Lines: objects with `title` and `body`, or arrays that end with the two."""
    texts = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            found = json.loads(line)
            title, body = (found.get("title"), found.get("body")) if isinstance(found, dict) else found[-2:]
            texts.append((title or "", body or ""))
    if not texts:
        raise SystemExit(f"{path} holds no texts")
    return texts


def _figures(
    called: str, classify: Callable[..., object], texts: Sequence[Text], passes: int, target: float | None = None
) -> tuple[Figure, Figure]:
    """Take each text's median over the passes, so that a busy machine does not make the slow ones."""
    times: list[list[float]] = [[] for _ in texts]
    for _ in range(passes):
        for place, (title, body) in enumerate(texts):
            start = time.perf_counter_ns()
            classify(title, body, source="github", kind="issue")
            times[place].append((time.perf_counter_ns() - start) / 1000)
    each = [percentile(one, 0.5) for one in times]
    return (
        spread(f"a signal, median; {called}", each, "µs", target=target),
        Figure("  99th percentile of the texts", percentile(each, 0.99), "µs"),
    )


def _alone(program: str, texts: Sequence[Text] = ()) -> float:
    """Run a program in a process of its own; gives the number that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(texts).encode(), check=True, capture_output=True, timeout=60
    )
    return float(done.stdout)


def _length(texts: Sequence[Text]) -> str:
    lengths = [len(title) + len(body) for title, body in texts]
    return f"{min(lengths):,} to {max(lengths):,}"
