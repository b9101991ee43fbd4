"""The sandbox in a process of its own, furnished for a router: `python -m benchmarks.server ROUTER_URL`.

Prints one JSON line with its address and tokens, then serves until it is told to stop.
"""

import json
import signal
import sys
import threading

from router.cli.demo.furnishing import COLLEAGUE, furnish
from router.config import examine_policy_file
from router.resources import data_folder
from router.sandbox import Sandbox


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    policy, _ = examine_policy_file(data_folder() / "responders.toml").accepted()
    with Sandbox.start() as sandbox:
        furnished = furnish(sandbox, policy, sys.argv[1])
        told = {
            "url": sandbox.url,
            "bot_token": furnished.bot_token,
            "command_token": furnished.command_token,
            "outgoing_token": furnished.outgoing_token,
            "reader": sandbox.token_of(COLLEAGUE),
            "team": policy.team,
            "channel": policy.escalations_channel,
        }
        print(json.dumps(told), flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
