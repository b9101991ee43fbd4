"""The memory of `pending_post_id`: a repeated creation within 30 s is answered with the first post.

The key is global: another text, channel or user gets the first post as well. It lives in memory only, so a restart
forgets it.
"""

from collections.abc import Callable
from http import HTTPStatus

from router.sandbox.errors import ApiError

LIFETIME_MS = 30_000
_IN_FLIGHT = ""
_TIDY_SIZE = 1000


class PendingIds:
    """Which post came of which `pending_post_id`. The caller holds the state's lock."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._now = clock
        self._known: dict[str, tuple[str, int]] = {}  # key -> post id or in flight, until when
        self._tidy_at = _TIDY_SIZE

    def reserve(self, key: str) -> str | None:
        """Take the key and return None, or return the id of the post that it made; in flight is a 500."""
        if not key:
            return None
        post_id, until = self._known.get(key, ("", 0))
        if until <= self._now():
            self._tidy()
            self._known[key] = (_IN_FLIGHT, self._now() + LIFETIME_MS)
            return None
        if post_id == _IN_FLIGHT:
            raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "api.post.deduplicate_create_post.pending")
        return post_id

    def _tidy(self) -> None:
        """Drop what has expired, whenever the memory has doubled."""
        if len(self._known) >= self._tidy_at:
            now = self._now()
            self._known = {key: entry for key, entry in self._known.items() if entry[1] > now}
            self._tidy_at = max(_TIDY_SIZE, 2 * len(self._known))

    def settle(self, key: str, post_id: str) -> None:
        """Remember the post that the key made, from now on for 30 s."""
        if key:
            self._known[key] = (post_id, self._now() + LIFETIME_MS)

    def free(self, key: str) -> None:
        """Forget the key of a creation that failed."""
        self._known.pop(key, None)

    def forget(self) -> None:
        """Forget every key, as a restart of the server does."""
        self._known.clear()
