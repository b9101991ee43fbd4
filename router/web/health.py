"""Health for operators. A Mattermost that does not answer is told, but is no reason to send no signals here."""

from collections import Counter
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify

if TYPE_CHECKING:
    from router.web.app import WebParts


def blueprint(parts: "WebParts") -> Blueprint:
    """Make `/healthz` and `/readyz`."""
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @pages.get("/readyz")
    def readyz() -> Response:
        trouble, deaf, given_up = parts.trouble(), parts.deaf(), parts.given_up()
        failed: Counter[str] = Counter()
        for (_, reason), count in dict(parts.failed_proofs).items():
            failed[reason] += count
        hears = deaf is None or not deaf.lasting  # a connection may be lost and be back
        return jsonify(
            status="ready" if trouble is None and hears and not given_up else "degraded",
            store="ok",
            mattermost=trouble or "ok",
            listening=deaf.why if deaf else "ok",
            remarks=list(parts.remarks()),
            outbox=parts.backlog(),
            given_up=given_up,
            failed_proofs=failed,
        )

    return pages
