"""The fixtures of sources: bodies as they were sent, and the headers that came with each."""

import json
from pathlib import Path

FIXTURES = Path(__file__).parent / "intake" / "fixtures"


def bodies(source: str) -> list[Path]:
    """The files that hold a body, by name."""
    return [
        path for path in sorted((FIXTURES / source).glob("*.json")) if not path.stem.endswith((".headers", ".signals"))
    ]


def headers_of(body: Path) -> dict[str, str]:
    """What came with a body; names are lower case."""
    stored = json.loads(body.with_suffix(".headers.json").read_text("utf-8"))
    return {name.lower(): value for name, value in stored.items()}
