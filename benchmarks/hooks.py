"""Non-sensitive signals: how many a second, as a share of what a bare view does under the same server."""

from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks.bodies import ORDINARY, deliveries
from benchmarks.figures import Figure, spread
from benchmarks.load import Load, run
from benchmarks.processes import bare, router, sandbox
from benchmarks.sizes import Size, tell

TITLE = "Non-sensitive signed GitHub webhooks, 16 keep-alive connections"
SHARE = 0.5
_SIZES = ((False, "as GitHub's, 11 kB"), (True, "the least that is read, under 1 kB"))


def measure(size: Size) -> Sequence[Figure]:
    """Measure both servers in turns, with bodies as long as GitHub's and with the shortest."""
    figures: list[Figure] = []
    with ExitStack() as stack:
        chat = stack.enter_context(sandbox())
        ours = stack.enter_context(router(chat, "memory://")).url
        baseline = stack.enter_context(bare())
        for small, called in _SIZES:
            tell(f"  bodies {called}")
            _warm_up(ours, baseline, small=small)
            rounds = [_round(ours, baseline, size.plain, small=small, turn=turn) for turn in range(size.rounds)]
            figures += _figures(called, rounds)
    return figures


def _warm_up(ours: str, baseline: str, *, small: bool) -> None:
    for url in (ours, baseline):
        run(url, deliveries(ORDINARY, 64, small=small))


def _round(ours: str, baseline: str, count: int, *, small: bool, turn: int) -> tuple[Load, Load]:
    """Load one server, then the other; who comes first changes from round to round."""
    loads: dict[str, Load] = {}
    for url in (ours, baseline) if turn % 2 else (baseline, ours):
        loads[url] = run(url, deliveries(ORDINARY, count, small=small))
    loads[ours].expect("not_sensitive")
    loads[baseline].expect("opened")
    return loads[ours], loads[baseline]


def _figures(called: str, rounds: Sequence[tuple[Load, Load]]) -> list[Figure]:
    return [
        spread(f"router, bodies {called}", [ours.rate for ours, _ in rounds], "/s"),
        spread("  bare Flask view", [baseline.rate for _, baseline in rounds], "/s"),
        spread(
            "  router as a share of the bare view",
            [ours.rate / baseline.rate for ours, baseline in rounds],
            "",
            target=SHARE,
            at_least=True,
        ),
    ]
