"""The state diagram of the escalation, drawn from the rows of the command table and never by hand."""

from collections.abc import Iterator

from router.core.escalations import CLOCK_MOVES, ROWS, State, Word

# What the router does by itself, beside the clock: from, to, why. None: nothing is known of the thread and topic.
_SIGNAL_MOVES = (
    (None, State.OPEN, "sensitive signal"),
    (None, State.TRIAGE, "uncertain signal"),
    (State.TRIAGE, State.OPEN, "sensitive signal"),
    (State.ANSWERED, State.OPEN, "sensitive signal"),
    (State.CLOSED, State.OPEN, "sensitive signal if answered"),
)
_NEVER = frozenset({(Word.REOPEN, State.ANSWERED, State.TRIAGE)})  # what was answered has a topic


def state_diagram() -> str:
    """Draw it as a Mermaid stateDiagram-v2: one arrow for each two states, with all that leads along it."""
    labels: dict[tuple[str, str], list[str]] = {}
    for start, end, why in _moves():
        labels.setdefault((start, end), []).append(why)
    arrows = [f"    {start} --> {end}: {', '.join(why)}" for (start, end), why in labels.items()]
    return "\n".join(["stateDiagram-v2", *arrows, f"    {State.CLOSED} --> [*]", ""])


def _moves() -> Iterator[tuple[str, str, str]]:
    """Every move there is, signals first, then commands in the table's order, then time."""
    for start, end, why in _SIGNAL_MOVES:
        yield start or "[*]", end, why
    for row in ROWS:
        moves = ((start, end) for start in row.states for end in row.to)
        yield from ((start, end, row.word) for start, end in moves if (row.word, start, end) not in _NEVER)
    yield from CLOCK_MOVES
