"""`/metrics`, in the text format of Prometheus (its page on exposition formats, version 0.0.4)."""

import hmac
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, request

from router.core.errors import ProofFailed, ProofFault
from router.service.metrics import Metric

if TYPE_CHECKING:
    from router.web.app import WebParts

PREFIX = "escalation_router_"
_CONTENT = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def blueprint(parts: "WebParts") -> Blueprint:
    """Make `/metrics`: open where only this machine reaches it, else for whoever brings the token."""
    pages = Blueprint("metrics", __name__)

    @pages.get("/metrics")
    def metrics() -> Response | tuple[Response, int]:
        if not parts.private:
            if not parts.api_tokens:
                return jsonify(error="set ROUTER_API_TOKEN, or have the router listen on 127.0.0.1 alone"), 503
            _prove(request.headers.get("Authorization", ""), parts.api_tokens)
        return Response(exposed(parts.measure()), content_type=_CONTENT)

    return pages


def _prove(header: str, tokens: Iterable[str]) -> None:
    if not header:
        raise ProofFailed(ProofFault.MISSING, "Authorization")
    given = header.encode()
    if not any(hmac.compare_digest(given, f"Bearer {token}".encode()) for token in tokens):
        raise ProofFailed(ProofFault.WRONG, "Authorization")


def exposed(metrics: Iterable[Metric]) -> str:
    """Write metrics as Prometheus reads them."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    name = f"{PREFIX}{metric.name}{'_total' if metric.counter else ''}"
    yield f"# HELP {name} {metric.help}"
    yield f"# TYPE {name} {'counter' if metric.counter else 'gauge'}"
    for labels, value in metric.samples:
        written = ",".join(f'{label}="{said.translate(_ESCAPED)}"' for label, said in labels.items())
        yield f"{name}{{{written}}} {value}" if written else f"{name} {value}"
