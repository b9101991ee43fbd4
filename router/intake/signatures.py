"""HMAC checks that sources share.

A source says what its header has to hold for a secret; this module compares, in constant time and on bytes, since
`hmac.compare_digest` raises TypeError for text that isn't ASCII, which would make a sender's fault look like ours.
"""

import hmac
from collections.abc import Callable, Sequence

from router.core.errors import ProofFailed, ProofFault


def hmac_sha256(secret: str, text: bytes) -> bytes:
    """Sign `text`; how the digest is spelt in a header is the source's to say."""
    # Settings come from the environment, where bytes that aren't UTF-8 arrive as surrogates (PEP 383).
    return hmac.digest(secret.encode("utf-8", "surrogateescape"), text, "sha256")


def matching_secret(header: str, given: str | None, secrets: Sequence[str], expected: Callable[[str], str]) -> int:
    """Say which secret, by its index, makes `expected(secret)` exactly what was given.

    `header` is the name for messages, which hold nothing of what was sent. A secret that is empty proves nothing.
    Raises ProofFailed: MISSING without a header, else WRONG.
    """
    if given is None:
        raise ProofFailed(ProofFault.MISSING, header)
    sent = given.encode("utf-8", "surrogatepass")
    for index, secret in enumerate(secrets):
        if secret and hmac.compare_digest(sent, expected(secret).encode()):
            return index
    raise ProofFailed(ProofFault.WRONG, header)
