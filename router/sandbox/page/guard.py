"""Who may ask the page's server for anything: pages that it served itself, under its own name.

Against DNS rebinding the Host must be this machine's loopback; against other sites' pages the browser's own words
(`Sec-Fetch-Site`, `Origin`) must not name another site, and whatever changes something carries a token that only
the page can read.
"""

import hmac
from http import HTTPStatus

from werkzeug.datastructures import Headers

TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105  (the header's name)
SAFE_METHODS = frozenset({"GET", "HEAD"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


def refusal(method: str, headers: Headers, hosts: frozenset[str], token: str) -> tuple[int, str] | None:
    """Say why a request is refused, as a status and a sentence; None where it may pass."""
    if headers.get("Host", "") not in hosts:
        return HTTPStatus.MISDIRECTED_REQUEST, "this page answers on 127.0.0.1 and localhost only"
    is_navigation = method in SAFE_METHODS and headers.get("Sec-Fetch-Mode") == "navigate"
    if not is_navigation and headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return HTTPStatus.FORBIDDEN, "another site's page may not ask this"
    origin = headers.get("Origin")
    if origin is not None and origin.removeprefix("http://") not in hosts:
        return HTTPStatus.FORBIDDEN, "another site's page may not ask this"
    given = headers.get(TOKEN_HEADER, "")
    if method not in SAFE_METHODS and not hmac.compare_digest(given.encode(), token.encode()):
        return HTTPStatus.FORBIDDEN, f"{TOKEN_HEADER} is missing or wrong: load the page again"
    return None
