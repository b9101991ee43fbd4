"""`python -m benchmarks [name …] [--quick]`: measure, and print a table for each benchmark."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from benchmarks import classification, durable, footprint, hooks, latency
from benchmarks.figures import Figure, as_json, table
from benchmarks.sizes import FULL, QUICK, Size, tell

BENCHMARKS: dict[str, ModuleType] = {
    "hooks": hooks,
    "durable": durable,
    "latency": latency,
    "classification": classification,
    "footprint": footprint,
}


def main() -> None:
    """Run what was asked for. Missed targets are shown; they are no failure, as machines differ."""
    asked = _arguments()
    size = replace(QUICK if asked.quick else FULL, **({"texts": asked.texts} if asked.texts else {}))
    results: dict[str, Sequence[Figure]] = {}
    for name in dict.fromkeys(asked.names or BENCHMARKS):
        results[name] = _measure(name, size)
        if not asked.json:
            print(table(BENCHMARKS[name].TITLE, results[name]), flush=True)
    if asked.json:
        print(as_json(results))


def _measure(name: str, size: Size) -> Sequence[Figure]:
    tell(name)
    figures: Sequence[Figure] = BENCHMARKS[name].measure(size)
    return figures


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="less of everything: about a minute in all")
    parser.add_argument("--json", action="store_true", help="the figures for scripts")
    parser.add_argument("--texts", type=Path, help="JSON Lines with title and body, to be classified")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in BENCHMARKS]:
        parser.error(f"there is no {', '.join(unknown)}: choose from {', '.join(BENCHMARKS)}")
    if asked.texts and not asked.texts.is_file():
        parser.error(f"{asked.texts} is no file")
    return asked


if __name__ == "__main__":
    sys.exit(main())
