"""`python -m router.sandbox --port N`: prints one JSON line with `url` and `admin_token`, serves until interrupted."""

import argparse
import json
import signal
import sys
import threading

from router.sandbox import Sandbox


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m router.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1; any free one by default")
    port = parser.parse_args().port
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with Sandbox.start(port) as sandbox:
        sys.stdout.write(json.dumps({"url": sandbox.url, "admin_token": sandbox.admin_token}) + "\n")
        sys.stdout.flush()
        stopped.wait()


if __name__ == "__main__":
    main()
