"""Calls to Mattermost's REST API; the only import of mattermostdriver (7.3.2, archived upstream).

What the driver leaves open is settled here: no call waits for ever; connections are kept in one pool, safe for many
threads; the token is there without a `login()`, so that nothing is asked at construction; GET has no body; answers are
JSON or ChatUnavailable; no redirect is followed, as a POST would come out as a GET; no cookie is kept, since one of
Mattermost's would take the token's place. The driver's own log line with the server's error text is not reached.

Nothing here sleeps: when to try again is the outbox's to say. Only a read whose kept connection turned out dead is
repeated, at once and once. A failed read is never `unclear`, as it changes nothing.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3
from mattermostdriver import Driver
from mattermostdriver.client import Client
from requests.adapters import HTTPAdapter

from router.core.errors import BadInput
from router.mattermost.refusals import TRANSPORT_ERRORS, clock_difference, garbage, refusal_of, unreached

TIMEOUT = (3.05, 10.0)  # to connect (just over a packet's repetition), and between two bytes of the answer

USERNAMES, DIRECT = "/users/usernames", "/channels/direct"
IDS = "/users/ids"

_CONNECTIONS = 32
_PORTS = {"http": 80, "https": 443}
# POSTs that may be carried out any number of times.
_HARMLESS = re.compile(rf"{USERNAMES}|{IDS}|{DIRECT}|/channels/[a-z0-9]+/members(/ids)?")
_TOKEN = re.compile(r"[!-~]+")
_HOST = re.compile(r"[A-Za-z0-9._:-]+")


class Connection:
    """The server at `url`, with somebody's token: the driver's calls, each answered by JSON or a ChatError.

    `url` is scheme, host and port, no path. Raises BadInput for one that is not, and for a token no header can hold.
    """

    def __init__(self, url: str, token: str, timeout: tuple[float, float] = TIMEOUT) -> None:
        address = _address(url)
        self._session = _session(token)
        options = {**address, "request_timeout": timeout}
        self.driver = Driver(options, client_cls=lambda given: _PooledClient(given, self._session))

    def __repr__(self) -> str:
        return f"<Connection {self.driver.client.url}>"

    @property
    def ahead(self) -> timedelta:
        """How far the server's clock is ahead of this machine's, by the `Date` of its latest answer."""
        ahead: timedelta = self.driver.client.ahead
        return ahead

    @property
    def authorities(self) -> str:
        """Where the certificates are that it trusts: those of requests, else the environment names a file or folder."""
        trusted = self._environment["verify"]
        return requests.utils.DEFAULT_CA_BUNDLE_PATH if trusted is True else str(trusted)

    @property
    def proxy(self) -> str | None:
        """The proxy that the environment puts between, if any."""
        proxy = requests.utils.select_proxy(self.driver.client.url, self._environment["proxies"])
        return proxy if proxy is None or "://" in proxy else f"http://{proxy}"

    @property
    def version(self) -> str | None:
        """The `X-Version-ID` of the latest answer of success, "" when it had none; None before the first."""
        version: str | None = self.driver.client.version
        return version

    @property
    def _environment(self) -> Mapping[str, Any]:
        return self._session.merge_environment_settings(self.driver.client.url, {}, None, None, None)

    def close(self) -> None:
        """Let go of the pooled connections."""
        self._session.close()


class _PooledClient(Client):  # type: ignore[misc]  # the driver has no types
    """The driver's client on one session; everything it raises is a ChatError.

    `ahead` is how far the server's clock is ahead of this machine's, by the `Date` of its latest answer.
    """

    def __init__(self, options: dict[str, Any], session: requests.Session) -> None:
        super().__init__(options)
        self._session = session
        self.ahead = timedelta()
        self.version: str | None = None

    def get(self, endpoint: str, options: object = None, params: object = None) -> object:
        """Ask, without a body, whatever the options."""
        del options
        return self.make_request("get", endpoint, params=params)

    def post(self, endpoint: str, options: object = None, params: object = None, **_: object) -> object:
        """Send a new thing."""
        return self.make_request("post", endpoint, options, params)

    def put(self, endpoint: str, options: object = None, params: object = None, **_: object) -> object:
        """Send a change."""
        return self.make_request("put", endpoint, options, params)

    def delete(self, endpoint: str, options: object = None, params: object = None, **_: object) -> object:
        """Delete something."""
        return self.make_request("delete", endpoint, options, params)

    def make_request(
        self, method: str, endpoint: str, options: object = None, params: object = None, **_: object
    ) -> object:
        """Make one call and give its JSON. Raises ChatUnavailable or ChatRefused."""
        what = f"{method.upper()} {endpoint}"
        changes = method != "get" and _HARMLESS.fullmatch(endpoint) is None
        try:
            response = self._send(method, endpoint, json=options, params=params)
        except TRANSPORT_ERRORS as error:
            raise unreached(error, what, changes=changes) from error
        ahead = clock_difference(response.headers, datetime.now(UTC))
        self.ahead = self.ahead if ahead is None else ahead
        if refusal := refusal_of(response, what, changes=changes):
            raise refusal
        self.version = response.headers.get("X-Version-ID", "")
        try:
            return msgspec.json.decode(response.content)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise garbage(what, "answered without JSON", changes=changes) from error

    def _send(self, method: str, endpoint: str, **sent: Any) -> requests.Response:
        def send() -> requests.Response:
            return self._session.request(
                method, self.url + endpoint, timeout=self.request_timeout, allow_redirects=False, **sent
            )

        try:
            return send()
        except requests.ConnectionError as error:
            dead = any(isinstance(one, urllib3.exceptions.ProtocolError) for one in error.args)
            if method != "get" or not dead:
                raise
            return send()


class _Bearer(requests.auth.AuthBase):
    """Adds the token; as `auth` of the session, as a `.netrc` would otherwise replace the header."""

    __slots__ = ("_header",)

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


def _session(token: str) -> requests.Session:
    if not _TOKEN.fullmatch(token):
        raise BadInput("MATTERMOST_TOKEN", "expected printable ASCII characters without spaces")
    session = requests.Session()
    session.auth = _Bearer(token)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    for scheme in _PORTS:
        session.mount(f"{scheme}://", HTTPAdapter(pool_maxsize=_CONNECTIONS))
    return session


def _address(url: str) -> dict[str, object]:
    """Take an address apart as the driver wants it."""
    problem = BadInput("MATTERMOST_URL", "expected an address such as https://chat.example.org:8065, without a path")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise problem from error
    host, extra = parts.hostname or "", (parts.path.rstrip("/"), parts.query, parts.fragment, parts.username)
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host) or any(extra):
        raise problem
    bracketed = f"[{host}]" if ":" in host else host
    return {"scheme": parts.scheme, "url": bracketed, "port": port or _PORTS[parts.scheme]}
