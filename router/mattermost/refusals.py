"""What goes wrong on the way to Mattermost and back, as ChatUnavailable or ChatRefused: translated here, once.

Two questions decide. Did the server itself say no (then its error id and status say what follows), and, when nobody
knows, may the call have been carried out all the same? Facts: design.md section 6, and the server's own errors as
11.6 gives them: JSON `{id, message, detailed_error, request_id, status_code}`, whose `message` is localised.
"""

import re
import ssl
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import MappingProxyType

import msgspec
import requests
import urllib3

from router.core.errors import ChatError, ChatRefused, ChatUnavailable, Refusal
from router.mattermost import remedies

CLOCKS_AGREE = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)  # as long as the outbox itself ever waits

# Whatever requests can raise; True: the server may have got the request. A class that is missing here counts as its
# nearest base class, and fails a test.
PERHAPS_SENT: Mapping[type[Exception], bool] = MappingProxyType(
    {
        requests.ConnectTimeout: False,
        requests.exceptions.InvalidHeader: False,
        requests.exceptions.InvalidProxyURL: False,
        requests.exceptions.InvalidSchema: False,
        requests.exceptions.InvalidURL: False,
        requests.exceptions.MissingSchema: False,
        requests.exceptions.ProxyError: False,  # the proxy was not reached
        requests.exceptions.UnrewindableBodyError: False,
        requests.URLRequired: False,
        requests.ConnectionError: True,  # unless its causes say more: see _never_sent
        requests.exceptions.ChunkedEncodingError: True,
        requests.exceptions.ContentDecodingError: True,
        requests.exceptions.InvalidJSONError: True,
        requests.exceptions.RetryError: True,
        requests.exceptions.SSLError: True,
        requests.exceptions.StreamConsumedError: True,
        requests.HTTPError: True,
        requests.JSONDecodeError: True,
        requests.ReadTimeout: True,
        requests.RequestException: True,
        requests.Timeout: True,
        requests.TooManyRedirects: True,
    }
)
# What may come through requests untranslated is here too: urllib3's own, and a missing CA bundle (OSError).
TRANSPORT_ERRORS = (OSError, urllib3.exceptions.HTTPError)

_BY_ID = {
    "api.post.create_post.can_not_post_to_deleted.error": Refusal.ARCHIVED,
    "api.post.patch_post.can_not_update_post_in_deleted.error": Refusal.ARCHIVED,
    "api.reaction.save.archived_channel.app_error": Refusal.ARCHIVED,
    "api.post.update_post.permissions_time_limit.app_error": Refusal.TOO_LATE,
    "api.post.create_post.root_id.app_error": Refusal.ROOT_GONE,
    "api.post.create_post.channel_root_id.app_error": Refusal.ROOT_GONE,
}
# Each of these leaves the delivery trying again, so a proxy's word is enough.
_BY_STATUS = {
    HTTPStatus.UNAUTHORIZED: Refusal.CREDENTIALS,
    HTTPStatus.FORBIDDEN: Refusal.FORBIDDEN,
    # A body that is too large stays too large, whoever says so.
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Refusal.INVALID,
    HTTPStatus.REQUEST_URI_TOO_LONG: Refusal.INVALID,
}
# These may give something up for good, so only Mattermost's own word counts, and no error page of a proxy.
_BY_STATUS_WITH_ID = {
    HTTPStatus.BAD_REQUEST: Refusal.INVALID,
    HTTPStatus.NOT_FOUND: Refusal.NOT_FOUND,
    HTTPStatus.NOT_IMPLEMENTED: Refusal.FORBIDDEN,  # switched off, or without a licence: an admin can change it
}
_ERROR_ID = re.compile(r"[A-Za-z0-9_.<>-]{1,120}")
_SECONDS = re.compile(r"[0-9]{1,20}")


def unreached(error: Exception, what: str, *, changes: bool) -> ChatUnavailable:
    """Translate an exception of the transport; `changes` whether the request changes anything when carried out."""
    causes = tuple(_causes(error))
    perhaps = _perhaps_sent(error) and not any(map(_never_sent, causes))
    told = f"{what}: {type(error).__name__}"
    return ChatUnavailable(told, unclear=changes and perhaps, remedy=remedies.of_transport(causes))


def garbage(what: str, problem: str, *, changes: bool, remedy: str = remedies.NOT_MATTERMOST) -> ChatUnavailable:
    """Say that an answer of success was not what Mattermost answers."""
    return ChatUnavailable(f"{what}: {problem}", unclear=changes, remedy=remedy)


def refusal_of(response: requests.Response, what: str, *, changes: bool) -> ChatError | None:
    """Translate an answer; None for one of success. The error's text names call, status and id, nothing else."""
    status = response.status_code
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    error_id = _error_id(response)
    told = f"{what}: {status} {error_id}".rstrip()
    refusal = _refusal(status, error_id)
    remedy = remedies.of_answer(status, error_id, refusal, response.headers.get("Location", ""))
    if refusal:
        return ChatRefused(refusal, told, remedy=remedy)
    perhaps = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT
    wait = _retry_after(response.headers)
    return ChatUnavailable(told, unclear=changes and perhaps, retry_after=wait, remedy=remedy)


def _refusal(status: int, error_id: str) -> Refusal | None:
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and error_id in _BY_ID:
        return _BY_ID[error_id]
    known = {**_BY_STATUS, **_BY_STATUS_WITH_ID} if error_id else _BY_STATUS
    return {int(one): refusal for one, refusal in known.items()}.get(status)


def _error_id(response: requests.Response) -> str:
    """Give the error's id; "" when this is not Mattermost's error JSON."""
    try:
        body = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return ""
    given = body.get("id") if isinstance(body, dict) else None
    return given if isinstance(given, str) and _ERROR_ID.fullmatch(given) else ""


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read `Retry-After` (RFC 9110, 10.2.3): seconds, or a date, which the answer's own `Date` makes a duration."""
    given = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(given):
        return min(timedelta(seconds=min(int(given), 10**6)), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(given) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(wait, timedelta()), LONGEST_WAIT)


def clock_difference(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How far the server's clock is ahead of ours, by the `Date` of an answer; None when it tells no usable one.

    The header has whole seconds and is on its way for a while, so that a smaller difference is none.
    """
    try:
        ahead = parsedate_to_datetime(headers.get("Date", "")) - now
    except (TypeError, ValueError, OverflowError):
        return None
    return ahead if abs(ahead) > CLOCKS_AGREE else timedelta()


def _perhaps_sent(error: Exception) -> bool:
    return next((PERHAPS_SENT[one] for one in type(error).__mro__ if one in PERHAPS_SENT), True)


def _never_sent(cause: BaseException) -> bool:
    """Tell that no connection came about; both reach us as causes only, inside errors that say less."""
    return isinstance(cause, urllib3.exceptions.NewConnectionError | ssl.SSLCertVerificationError)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk down what requests and urllib3 have wrapped, each in its own way."""
    yield error
    for inner in (getattr(error, "reason", None), error.__cause__, *error.args):
        if isinstance(inner, BaseException):
            yield from _causes(inner)
