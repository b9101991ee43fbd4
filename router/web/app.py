"""The Flask application, made by `create_app` out of parts; nothing is built at import."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from router.core.errors import BadInput, ChatError, ProofFailed, StoreError
from router.core.signals import Incoming
from router.hearing import Deaf
from router.ports import Clock, Source
from router.service.metrics import Metric
from router.service.receiving import Received
from router.web import health, hooks, mattermost, metrics
from router.web.doors import Doors

LARGEST_BODY = 25 * 1024 * 1024  # GitHub's cap; larger bodies are not sent (its page on webhook events and payloads)
RETRY_AFTER = "30"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebParts:
    """What the views call. `secrets` gives those of a setting, by its name; `trouble` is why nothing is delivered.

    `proved` hears by which of its secrets, counted from 0, a source has signed a delivery. `failed_proofs` counts by
    door and reason.

    `deaf` is why nothing that people say is heard over the WebSocket; `remarks` is what people should know although
    everything works. `private`: only this machine reaches the router.
    """

    receive: Callable[[Sequence[Incoming]], Received]
    proved: Callable[[str, int], None]
    doors: Doors
    sources: Mapping[str, Source]
    secrets: Callable[[str], Sequence[str]]
    clock: Clock
    backlog: Callable[[], int]
    given_up: Callable[[], int]
    trouble: Callable[[], str | None]
    deaf: Callable[[], Deaf | None]
    remarks: Callable[[], Sequence[str]]
    measure: Callable[[], Sequence[Metric]]
    api_tokens: Sequence[str]
    private: bool
    failed_proofs: Counter[tuple[str, str]]


def create_app(parts: WebParts) -> Flask:
    """Make the application."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.register_blueprint(hooks.blueprint(parts))
    app.register_blueprint(mattermost.blueprint(parts))
    app.register_blueprint(health.blueprint(parts))
    app.register_blueprint(metrics.blueprint(parts))
    _answer_errors(app, parts)
    return app


def _answer_errors(app: Flask, parts: WebParts) -> None:
    @app.errorhandler(ProofFailed)
    def _unproved(error: ProofFailed) -> tuple[Response, int]:
        parts.failed_proofs[_door(request.path), str(error.fault)] += 1
        log.warning("refused: %s: %s", request.path, error)
        return jsonify(error=str(error)), 401

    @app.errorhandler(BadInput)
    def _damaged(error: BadInput) -> tuple[Response, int]:
        log.warning("refused: %s: %s", request.path, error)
        return jsonify(error=str(error), path=error.path), 400

    @app.errorhandler(StoreError)
    def _not_stored(error: StoreError) -> tuple[Response, int, dict[str, str]]:
        log.error("not stored: %s", error)
        return jsonify(error="can't store anything now; send it again"), 503, {"Retry-After": RETRY_AFTER}

    @app.errorhandler(ChatError)
    def _no_chat(error: ChatError) -> tuple[Response, int, dict[str, str]]:
        log.warning("Mattermost: %s", error)
        return jsonify(error="Mattermost does not answer; try again"), 503, {"Retry-After": RETRY_AFTER}

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> tuple[Response, int]:
        return jsonify(error=error.description), error.code or 500


def _door(path: str) -> str:
    """Name the source of a hook, else the first word of the path."""
    first, _, rest = path.strip("/").partition("/")
    return rest if first == "hooks" else first
