"""The page's routes: the shell, its files, the REST API in somebody's name, that person's events."""

import json
import secrets
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from importlib.resources import files
from urllib.parse import quote

from flask import Flask, Response, abort, redirect, request

from router.sandbox.page.guard import HEADERS, refusal
from router.sandbox.page.seats import Seat, Seats

LARGEST_BODY = 1024 * 1024
RETRY_MS = 500  # after which a browser that lost the stream asks for it again


def create_app(seats: Seats) -> Flask:
    """Make the application for the people of one sandbox."""
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    token = secrets.token_urlsafe(32)
    app.before_request(partial(_guard, token))
    app.after_request(_harden)
    app.add_url_rule("/", "door", partial(_door, seats))
    app.add_url_rule("/as/<username>", "shell", partial(_shell, seats, token))
    app.add_url_rule("/as/<username>/events", "events", partial(_events, seats))
    methods = ["GET", "POST", "PUT", "DELETE"]
    app.add_url_rule("/as/<username>/api/v4/<path:path>", "api", partial(_api, seats), methods=methods)
    return app


def _guard(token: str) -> Response | None:
    port = request.environ["SERVER_PORT"]
    hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
    refused = refusal(request.method, request.headers, hosts, token)
    return _said(*refused) if refused else None


def _harden(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


def _said(status: int, message: str) -> Response:
    """Answer as the REST API answers a refusal."""
    return Response(json.dumps({"message": message, "status_code": status}), status, mimetype="application/json")


def _seat(seats: Seats, username: str) -> Seat:
    seat = seats.of(username)
    if seat is None:
        abort(_said(HTTPStatus.NOT_FOUND, "nobody of that name can be acted as here"))
    return seat


def _door(seats: Seats) -> Response:
    return redirect(f"/as/{seats.usernames[0]}")  # type: ignore[return-value]


def _shell(seats: Seats, token: str, username: str) -> Response:
    """Return the page itself; all that is filled in are names of Mattermost's shape and the token."""
    _seat(seats, username)
    text = (files(__package__) / "static" / "index.html").read_text(encoding="utf-8")
    filled = {"{{csrf}}": token, "{{me}}": username, "{{people}}": " ".join(seats.usernames)}
    for name, value in filled.items():
        text = text.replace(name, value)
    return Response(text, mimetype="text/html")


def _api(seats: Seats, username: str, path: str) -> Response:
    """Pass a call of the REST API on, with the token of the person acted as."""
    seat = _seat(seats, username)
    if not {".", ".."}.isdisjoint(path.split("/")):
        abort(_said(HTTPStatus.NOT_FOUND, "that is no path of the REST API"))
    target = f"{quote(path)}?{request.query_string.decode()}"
    status, body = seat.call(request.method, target, request.get_data())
    return Response(body, status, mimetype="application/json")


def _events(seats: Seats, username: str) -> Response:
    return Response(_stream(_seat(seats, username)), mimetype="text/event-stream")


def _stream(seat: Seat) -> Iterator[str]:
    """Yield what happens as server-sent events; comments in between notice a browser that has gone."""
    yield f"retry: {RETRY_MS}\n\n"
    for event in seat.events():
        yield ": still here\n\n" if event is None else f"data: {json.dumps(event)}\n\n"
