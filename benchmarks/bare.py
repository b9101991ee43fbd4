"""The baseline: a bare Flask view that verifies GitHub's signature and parses the JSON, under the router's own server.

`python -m benchmarks.bare` prints its address and serves until it is told to stop.
"""

import hashlib
import hmac
import json
import signal
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, abort, jsonify, request  # noqa: TID251  (the baseline is a program of its own)

from benchmarks.bodies import SECRET
from router.cli.running import Listener

if TYPE_CHECKING:
    from router.bootstrap import Router


class Bare:
    """Stands where a router would: an application, and nothing beside it."""

    def __init__(self) -> None:
        self.app = Flask(__name__)
        self.app.add_url_rule("/hooks/github", view_func=hook, methods=["POST"])
        self.desk = self
        self.store = self

    def start(self) -> None:
        """Nothing runs beside the application."""

    stop = close = start


def hook() -> Response:
    """Verify and parse."""
    body = request.get_data(cache=False)
    expected = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("X-Hub-Signature-256", "")):
        abort(401)
    payload: dict[str, Any] = json.loads(body)
    return jsonify(result=payload["action"])


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    listener = Listener("127.0.0.1", 0)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: listener.end())
    print(json.dumps({"url": listener.url}), flush=True)
    listener.run(cast("Router", Bare()))


if __name__ == "__main__":
    main()
