"""HMAC checks that sources share.

A source says what its header has to hold for a secret; this module compares, in constant time and on bytes, since
`hmac.compare_digest` raises TypeError for text that isn't ASCII, which would make a sender's fault look like ours.
"""

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from router.core.errors import ProofFailed, ProofFault

WINDOW = 300  # seconds by which a signed time may differ from ours, either way
_SECONDS = re.compile("[0-9]{1,12}")


def hmac_sha256(secret: str | bytes, text: bytes) -> bytes:
    """Sign `text`; how the digest is spelt in a header is the source's to say."""
    # Settings come from the environment, where bytes that aren't UTF-8 arrive as surrogates (PEP 383).
    key = secret if isinstance(secret, bytes) else secret.encode("utf-8", "surrogateescape")
    return hmac.digest(key, text, "sha256")


def sha256_in_hex(secret: str, body: bytes) -> str:
    """Sign a body as several senders spell it."""
    return f"sha256={hmac_sha256(secret, body).hex()}"


def signed_body(
    header: str, spelt: Callable[[str, bytes], str]
) -> Callable[[Mapping[str, str], bytes, Sequence[str], datetime], int]:
    """Make the `verify` of a source that signs the body as it was sent, and no time; `spelt` is what `header` holds."""

    def verify(
        headers: Mapping[str, str],
        body: bytes,
        secrets: Sequence[str],
        now: datetime,  # noqa: ARG001
    ) -> int:
        return matching_secret(header, headers.get(header.lower()), secrets, lambda secret: spelt(secret, body))

    return verify


def matching_secret(header: str, given: str | None, secrets: Sequence[str], expected: Callable[[str], str]) -> int:
    """Say which secret, by its index, makes `expected(secret)` exactly what was given.

    `header` is the name for messages, which hold nothing of what was sent. A secret that is empty proves nothing.
    Raises ProofFailed: MISSING without a header, else WRONG.
    """
    if given is None:
        raise ProofFailed(ProofFault.MISSING, header)
    return matching_secret_of(header, (given,), secrets, expected)


def matching_secret_of(
    header: str, given: Sequence[str], secrets: Sequence[str], expected: Callable[[str], str]
) -> int:
    """Do the same where a header holds several signatures, of which one has to match. Raises ProofFailed: WRONG."""
    sent = [one.encode("utf-8", "surrogatepass") for one in given]
    for index, secret in enumerate(secrets):
        wanted = expected(secret).encode() if secret else b""
        if wanted and any(hmac.compare_digest(one, wanted) for one in sent):
            return index
    raise ProofFailed(ProofFault.WRONG, header)


def check_time(header: str, given: str | None, now: datetime) -> None:
    """Check the time of sending, in seconds since 1970. Raises ProofFailed: EXPIRED outside of the window."""
    if given is None:
        raise ProofFailed(ProofFault.MISSING, header)
    if not _SECONDS.fullmatch(given):
        raise ProofFailed(ProofFault.WRONG, header)
    if abs(int(given) - now.timestamp()) > WINDOW:
        raise ProofFailed(ProofFault.EXPIRED, header)
