"""Asking a source's own API: JSON over HTTPS, with limits on time and size, and errors that people can act on."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec
import requests
from urllib3.exceptions import HTTPError

from router.core.errors import SourceError

TIMEOUT = (10, 30)  # seconds to connect, and between two pieces of an answer
PATIENCE = 120.0  # seconds for a whole answer
_PIECE = 64 * 1024
_FAULTS = (OSError, HTTPError, ValueError)  # OSError: those of requests, too; ValueError: what no header can hold
_WHYS: Mapping[type[Exception], str] = {
    requests.exceptions.SSLError: "its certificate is not trusted; REQUESTS_CA_BUNDLE may name its authority's",
    requests.exceptions.ProxyError: "the proxy does not let it through",
    requests.exceptions.Timeout: "it does not answer in time",
    requests.exceptions.ConnectionError: "there is no connection",
}
LARGEST = 64 * 1024 * 1024  # bytes of an answer: a page of a hundred deliveries with their bodies


@dataclass(frozen=True, slots=True)
class Reply:
    """What an API said: `document` is None for what is no JSON. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    document: Any


class Api:
    """One source's API, asked with one token. Every call may raise SourceError."""

    def __init__(self, token: str, patience: float = PATIENCE) -> None:
        self.token = token
        self._patience = patience
        self._timeout = min(TIMEOUT[0], patience), min(TIMEOUT[1], patience)
        self._session = requests.Session()
        self._session.auth = lambda asked: asked  # else a password of a .netrc would take the token's place

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def get(self, url: str, headers: Mapping[str, str], **query: str) -> Reply:
        """Ask for something."""
        return self._call("GET", url, headers, params=query)

    def post(self, url: str, headers: Mapping[str, str], body: object = None) -> Reply:
        """Have something done."""
        return self._call("POST", url, headers, json=body)

    def _call(self, method: str, url: str, headers: Mapping[str, str], **given: Any) -> Reply:
        host, until = urlsplit(url).hostname, time.monotonic() + self._patience
        try:
            with self._session.request(
                method, url, headers=dict(headers), timeout=self._timeout, allow_redirects=False, stream=True, **given
            ) as answer:
                content = bytearray()
                while piece := answer.raw.read1(_PIECE, decode_content=True):
                    content.extend(piece)
                    if len(content) > LARGEST:
                        raise SourceError(f"{host} answered with more than {LARGEST} bytes")
                    if time.monotonic() > until:
                        raise SourceError(f"{host} takes more than {self._patience:g} s to answer")
                named = {name.lower(): value for name, value in answer.headers.items()}
        except _FAULTS as error:
            raise SourceError(f"{host} can't be reached: {_why(error)}") from error
        return Reply(answer.status_code, named, _document(content))


def _why(error: Exception) -> str:
    """Say what is in the way, in words of ours: those of the error may hold what was sent."""
    known = ((kind, words) for kind, words in _WHYS.items() if isinstance(error, kind))
    return next((words for _, words in known), type(error).__name__)


def _document(content: bytearray) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
