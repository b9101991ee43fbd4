"""What sources send: proved, read, stored, answered."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, copy_current_request_context, jsonify, request

from router.core.signals import Incoming
from router.ports import Source
from router.service.receiving import Received

if TYPE_CHECKING:
    from router.web.app import WebParts

LATER = {"Retry-After": "300"}
# Bytes; what is larger waits on the server's disk, whoever has sent it, and is read by one thread alone: what a thread
# has once used it seldom gives back to the system.
SMALL = 1024 * 1024
REPLAYED = "x-router-replayed"  # marks what a command posts in the place of the source, whose silence it does not end


def blueprint(parts: "WebParts") -> Blueprint:
    """Make the routes below `/hooks`."""
    pages, reader = Blueprint("hooks", __name__, url_prefix="/hooks"), ThreadPoolExecutor(1, "large-bodies")

    @pages.route("/<path:name>", methods=["GET", "POST"])
    def hook(name: str) -> tuple[Response, int] | tuple[Response, int, dict[str, str]]:
        source = parts.sources.get(name) or abort(404, f"there is no source {name[:40]}")
        secrets = [secret for setting in source.secrets for secret in parts.secrets(setting)]
        if not secrets:
            return jsonify(error=f"no secret yet: set {' or '.join(source.secrets)}"), 503, LATER
        if request.method != "POST":
            return jsonify(_challenged(source, b"", secrets) or abort(405)), 200
        if (request.content_length or 0) <= SMALL:
            read = _read(parts, source, secrets)
        else:
            read = reader.submit(copy_current_request_context(_read), parts, source, secrets).result()
        return jsonify(read) if isinstance(read, dict) else _answer(parts.receive(read)), 200

    return pages


def _read(parts: "WebParts", source: Source, secrets: list[str]) -> dict[str, str] | Sequence[Incoming]:
    """Prove a body, and give what it tells, or the answer to its set-up question."""
    request.max_content_length = source.largest
    body = request.get_data(cache=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    now = parts.clock.now()
    secret = source.verify(headers, body, secrets, now)
    if REPLAYED not in headers:
        parts.proved(source.name, secret)
    return _challenged(source, body, secrets) or source.parse(headers, body, now)


def _challenged(source: Source, body: bytes, secrets: list[str]) -> dict[str, str] | None:
    return source.challenge(request.args, body, secrets) if source.challenge else None


def _answer(received: Received) -> Response:
    body = json.dumps({"result": received.result, "escalation": received.case})
    return Response(body, mimetype="application/json")
