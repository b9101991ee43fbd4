"""What sources send: proved, read, stored, answered."""

import json
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, jsonify, request

from router.ports import Source
from router.service.receiving import Received

if TYPE_CHECKING:
    from router.web.app import WebParts

LATER = {"Retry-After": "300"}


def blueprint(parts: "WebParts") -> Blueprint:
    """Make the routes below `/hooks`."""
    pages = Blueprint("hooks", __name__, url_prefix="/hooks")

    @pages.post("/<name>")
    def hook(name: str) -> tuple[Response, int] | tuple[Response, int, dict[str, str]]:
        source = parts.sources.get(name) or abort(404, f"there is no source {name[:40]}")
        secrets = [secret for setting in source.secrets for secret in parts.secrets(setting)]
        if not secrets:
            return jsonify(error=f"no secret yet: set {' or '.join(source.secrets)}"), 503, LATER
        return _answer(_receive(parts, source, secrets)), 200

    return pages


def _receive(parts: "WebParts", source: Source, secrets: list[str]) -> Received:
    body = request.get_data(cache=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    now = parts.clock.now()
    source.verify(headers, body, secrets, now)
    return parts.receive(source.parse(headers, body, now))


def _answer(received: Received) -> Response:
    body = json.dumps({"result": received.result, "escalation": received.case})
    return Response(body, mimetype="application/json")
