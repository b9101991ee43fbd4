"""What Mattermost sends: slash commands, presses, forms, and what is said in channels.

People are answered with exactly 200, since Mattermost shows them nothing of any other answer.
"""

from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, request

if TYPE_CHECKING:
    from router.web.app import WebParts


LARGEST = 1024 * 1024  # bytes: several times the longest post, however it is escaped


def blueprint(parts: "WebParts") -> Blueprint:
    """Make the routes below `/mattermost`."""
    pages = Blueprint("mattermost", __name__, url_prefix="/mattermost")

    @pages.before_request
    def bounded() -> None:
        """What proves these bodies is within them, so that they are read while anybody may have sent them."""
        request.max_content_length = LARGEST

    @pages.post("/command")
    def command() -> Response:
        return jsonify(parts.doors.command(request.get_data(cache=False)))

    @pages.post("/action")
    def action() -> Response:
        return jsonify(parts.doors.press(request.get_data(cache=False)))

    @pages.post("/dialog")
    def dialog() -> Response:
        return jsonify(parts.doors.submitted(request.get_data(cache=False)))

    @pages.post("/outgoing")
    def outgoing() -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        parts.doors.said(headers, request.get_data(cache=False))
        return jsonify({})

    return pages
